"""The suspenders over PV names (docs/decisions/0007); limits and settings are those of their siblings over signals."""

from __future__ import annotations

from typing import Any, Unpack

from .pv_source import PVSource
from .sample import Severity
from .settings import Settings
from .suspenders import (
    SuspendAtSeverity,
    SuspendBoolHigh,
    SuspendBoolLow,
    SuspendCeil,
    SuspendFloor,
    SuspendWhenChanged,
    SuspendWhenInsideBand,
    SuspendWhenOutsideBand,
    SuspendWhenStale,
)

__all__ = [
    "PVSuspendAtSeverity",
    "PVSuspendBoolHigh",
    "PVSuspendBoolLow",
    "PVSuspendCeil",
    "PVSuspendFloor",
    "PVSuspendWhenChanged",
    "PVSuspendWhenInsideBand",
    "PVSuspendWhenOutsideBand",
    "PVSuspendWhenStale",
]


class PVSuspendFloor(SuspendFloor):
    """SuspendFloor over a PV name."""

    def __init__(
        self,
        pvname: str,
        suspend_thresh: float,
        *,
        resume_thresh: float | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(PVSource(pvname), suspend_thresh, resume_thresh=resume_thresh, **settings)


class PVSuspendCeil(SuspendCeil):
    """SuspendCeil over a PV name."""

    def __init__(
        self,
        pvname: str,
        suspend_thresh: float,
        *,
        resume_thresh: float | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(PVSource(pvname), suspend_thresh, resume_thresh=resume_thresh, **settings)


class PVSuspendBoolHigh(SuspendBoolHigh):
    """SuspendBoolHigh over a PV name."""

    def __init__(self, pvname: str, **settings: Unpack[Settings]) -> None:
        super().__init__(PVSource(pvname), **settings)


class PVSuspendBoolLow(SuspendBoolLow):
    """SuspendBoolLow over a PV name."""

    def __init__(self, pvname: str, **settings: Unpack[Settings]) -> None:
        super().__init__(PVSource(pvname), **settings)


class PVSuspendWhenOutsideBand(SuspendWhenOutsideBand):
    """SuspendWhenOutsideBand over a PV name."""

    def __init__(
        self,
        pvname: str,
        band_bottom: float,
        band_top: float,
        *,
        resume_bottom: float | None = None,
        resume_top: float | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(
            PVSource(pvname), band_bottom, band_top, resume_bottom=resume_bottom, resume_top=resume_top, **settings
        )


class PVSuspendWhenInsideBand(SuspendWhenInsideBand):
    """SuspendWhenInsideBand over a PV name."""

    def __init__(
        self,
        pvname: str,
        band_bottom: float,
        band_top: float,
        *,
        resume_bottom: float | None = None,
        resume_top: float | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(
            PVSource(pvname), band_bottom, band_top, resume_bottom=resume_bottom, resume_top=resume_top, **settings
        )


class PVSuspendWhenChanged(SuspendWhenChanged):
    """SuspendWhenChanged over a PV name; `expected_value` may be the label of an enum's state."""

    def __init__(
        self,
        pvname: str,
        *,
        expected_value: Any = None,
        allow_resume: bool = False,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(PVSource(pvname), expected_value=expected_value, allow_resume=allow_resume, **settings)


class PVSuspendAtSeverity(SuspendAtSeverity):
    """SuspendAtSeverity over a PV name."""

    def __init__(self, pvname: str, severity: Severity | str = Severity.MAJOR, **settings: Unpack[Settings]) -> None:
        super().__init__(PVSource(pvname), severity, **settings)


class PVSuspendWhenStale(SuspendWhenStale):
    """SuspendWhenStale over a PV name."""

    def __init__(self, pvname: str, seconds: float, **settings: Unpack[Settings]) -> None:
        super().__init__(PVSource(pvname), seconds, **settings)
