"""What a suspender shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .conditions import limits_of
from .judge import Judge
from .sample import Severity
from .spec import OnBadPV

__all__ = ["SuspenderStatus", "status_of"]


@dataclass(frozen=True)
class SuspenderStatus:
    """All there is to know of a suspender at one moment.

    `tripped`: it holds the engine (settle time included); `reason` says why, `since` since when (s since 1970). `value`
    is the last one known, even while not `connected`. `countdown_until` is in `clock`'s time, None unless the settle
    time runs. Limits that its kind does not have are None. `delay`, `time_lost` in seconds.
    """

    name: str
    source: str
    kind: str
    enabled: bool
    tripped: bool
    connected: bool
    severity: Severity
    value: Any
    low: float | None
    high: float | None
    resume_low: float | None
    resume_high: float | None
    delay: float
    on_bad_pv: OnBadPV
    reason: str
    since: float | None
    countdown_until: float | None
    trips: int
    time_lost: float


def status_of(judge: Judge, name: str, source: str, since: float | None, now: float) -> SuspenderStatus:
    """The status of a judge at `now` (s, monotonic); `since` is in seconds since 1970."""
    sample = judge.sample
    connected = sample is not None and sample.connected
    return SuspenderStatus(
        name=name,
        source=source,
        kind=judge.condition.kind,
        enabled=judge.enabled,
        tripped=judge.tripped,
        connected=connected,
        severity=sample.severity if sample is not None and connected else Severity.INVALID,
        value=judge.value,
        delay=judge.delay,
        on_bad_pv=judge.on_bad_pv,
        reason=judge.reason,
        since=since,
        countdown_until=judge.countdown_until,
        trips=judge.trips,
        time_lost=judge.time_lost(now),
        **limits_of(judge.condition),
    )
