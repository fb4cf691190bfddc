"""The suspenders there are: bluesky's names over signals, and their PV forms."""

from __future__ import annotations

from typing import Any, Unpack

from .base import SuspenderBase
from .conditions import BoolHigh, BoolLow, Floor
from .pv_source import PVSource
from .settings import Settings

__all__ = [
    "PVSuspendBoolHigh",
    "PVSuspendBoolLow",
    "PVSuspendFloor",
    "SuspendBoolHigh",
    "SuspendBoolLow",
    "SuspendFloor",
]


class SuspendFloor(SuspenderBase):
    """Suspends while a signal is below `suspend_thresh`, and then until it is back at `resume_thresh`.

    `resume_thresh` is `suspend_thresh` unless given, and must not be below it (ValueError).
    """

    def __init__(
        self,
        signal: Any,
        suspend_thresh: float,
        *,
        resume_thresh: float | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(signal, condition=Floor(suspend_thresh, resume_thresh), **settings)


class SuspendBoolHigh(SuspenderBase):
    """Suspends while a signal is true."""

    def __init__(self, signal: Any, **settings: Unpack[Settings]) -> None:
        super().__init__(signal, condition=BoolHigh(), **settings)


class SuspendBoolLow(SuspenderBase):
    """Suspends while a signal is false."""

    def __init__(self, signal: Any, **settings: Unpack[Settings]) -> None:
        super().__init__(signal, condition=BoolLow(), **settings)


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


class PVSuspendBoolHigh(SuspendBoolHigh):
    """SuspendBoolHigh over a PV name."""

    def __init__(self, pvname: str, **settings: Unpack[Settings]) -> None:
        super().__init__(PVSource(pvname), **settings)


class PVSuspendBoolLow(SuspendBoolLow):
    """SuspendBoolLow over a PV name."""

    def __init__(self, pvname: str, **settings: Unpack[Settings]) -> None:
        super().__init__(PVSource(pvname), **settings)
