"""The words of configuration, PVs and Python: what trips, what is done then, what a bad PV does."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Action", "OnBadPV", "SuspenderKind"]


class SuspenderKind(StrEnum):
    """When it trips."""

    FLOOR = "floor"
    CEIL = "ceil"
    OUTSIDE_BAND = "outside_band"
    INSIDE_BAND = "inside_band"
    BOOL_HIGH = "bool_high"
    BOOL_LOW = "bool_low"
    CHANGED = "changed"
    SEVERITY = "severity"
    STALE = "stale"
    ANY_OF = "any_of"
    ALL_OF = "all_of"


class Action(StrEnum):
    """What a trip does. `stop` and `abort` end the plan, and hold the next one; `warn` only tells."""

    SUSPEND = "suspend"
    STOP = "stop"
    ABORT = "abort"
    WARN = "warn"


class OnBadPV(StrEnum):
    """What a PV does that is disconnected, INVALID or stale: counts as tripped, or as nothing, or ends the plan."""

    SUSPEND = "suspend"
    IGNORE = "ignore"
    ABORT = "abort"
