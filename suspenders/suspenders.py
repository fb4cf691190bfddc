"""bluesky's suspenders, and two more, over signals of ophyd or ophyd-async."""

from __future__ import annotations

import warnings
from typing import Any, Unpack

from .base import SuspenderBase
from .conditions import AtSeverity, BoolHigh, BoolLow, Ceil, Changed, Floor, InsideBand, OlderThan, OutsideBand
from .sample import Severity
from .settings import Settings

__all__ = [
    "SuspendAtSeverity",
    "SuspendBoolHigh",
    "SuspendBoolLow",
    "SuspendCeil",
    "SuspendFloor",
    "SuspendInBand",
    "SuspendOutBand",
    "SuspendWhenChanged",
    "SuspendWhenInsideBand",
    "SuspendWhenOutsideBand",
    "SuspendWhenStale",
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


class SuspendCeil(SuspenderBase):
    """Suspends while a signal is above `suspend_thresh`, and then until it is back at `resume_thresh`.

    `resume_thresh` is `suspend_thresh` unless given, and must not be above it (ValueError).
    """

    def __init__(
        self,
        signal: Any,
        suspend_thresh: float,
        *,
        resume_thresh: float | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(signal, condition=Ceil(suspend_thresh, resume_thresh), **settings)


class SuspendBoolHigh(SuspenderBase):
    """Suspends while a signal is true."""

    def __init__(self, signal: Any, **settings: Unpack[Settings]) -> None:
        super().__init__(signal, condition=BoolHigh(), **settings)


class SuspendBoolLow(SuspenderBase):
    """Suspends while a signal is false."""

    def __init__(self, signal: Any, **settings: Unpack[Settings]) -> None:
        super().__init__(signal, condition=BoolLow(), **settings)


class SuspendWhenOutsideBand(SuspenderBase):
    """Suspends unless a signal is between `band_bottom` and `band_top`.

    Once it has, until it is between `resume_bottom` and `resume_top`, which are the band unless given, and must be
    within it (ValueError).
    """

    def __init__(
        self,
        signal: Any,
        band_bottom: float,
        band_top: float,
        *,
        resume_bottom: float | None = None,
        resume_top: float | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(signal, condition=OutsideBand(band_bottom, band_top, resume_bottom, resume_top), **settings)


class SuspendInBand(SuspendWhenOutsideBand):
    """bluesky's older name of SuspendWhenOutsideBand: it suspends *unless* the signal is in the band."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn("SuspendInBand suspends outside of its band: write SuspendWhenOutsideBand", stacklevel=2)
        super().__init__(*args, **kwargs)


class SuspendWhenInsideBand(SuspenderBase):
    """Suspends while a signal is between `band_bottom` and `band_top`.

    Once it has, until it is outside of `resume_bottom` and `resume_top`, which are the band unless given, and must not
    be within it (ValueError).
    """

    def __init__(
        self,
        signal: Any,
        band_bottom: float,
        band_top: float,
        *,
        resume_bottom: float | None = None,
        resume_top: float | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(signal, condition=InsideBand(band_bottom, band_top, resume_bottom, resume_top), **settings)


class SuspendOutBand(SuspendWhenInsideBand):
    """bluesky's name of SuspendWhenInsideBand, deprecated there: it suspends while the signal is *in* the band."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn("SuspendOutBand suspends inside of its band: write SuspendWhenInsideBand", stacklevel=2)
        super().__init__(*args, **kwargs)


class SuspendWhenChanged(SuspenderBase):
    """Suspends while a signal is not `expected_value`; for good, unless `allow_resume`.

    An `expected_value` of None is what the signal says first.
    """

    def __init__(
        self,
        signal: Any,
        *,
        expected_value: Any = None,
        allow_resume: bool = False,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(signal, condition=Changed(expected_value, allow_resume), **settings)


class SuspendAtSeverity(SuspenderBase):
    """Suspends while a signal's alarm severity is `severity` or worse (MINOR, MAJOR or INVALID)."""

    def __init__(self, signal: Any, severity: Severity | str = Severity.MAJOR, **settings: Unpack[Settings]) -> None:
        super().__init__(signal, condition=AtSeverity(severity), **settings)


class SuspendWhenStale(SuspenderBase):
    """Suspends when a signal's time stamp has not changed for `seconds`.

    For what changes all the time, such as a heartbeat: a monitor tells of nothing that stays as it is.
    """

    def __init__(self, signal: Any, seconds: float, **settings: Unpack[Settings]) -> None:
        super().__init__(signal, condition=OlderThan(seconds), **settings)
