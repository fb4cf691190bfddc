"""Settings that every suspender has, and their checks."""

from __future__ import annotations

import math
from typing import Any, TypedDict

from .spec import OnBadPV

__all__ = ["Settings", "checked_delay", "checked_policy"]


class Settings(TypedDict, total=False):
    """The keywords of every suspender; SuspenderBase says what they mean."""

    name: str | None
    sleep: float
    pre_plan: Any
    post_plan: Any
    tripped_message: str
    on_bad_pv: OnBadPV | str
    enabled: bool
    clock: Any
    timer: Any


def checked_delay(delay: float) -> float:
    """`delay` in seconds as a float. ValueError unless it is finite and not negative."""
    if isinstance(delay, int | float) and math.isfinite(delay) and delay >= 0:
        return float(delay)
    raise ValueError(f"delay = {delay!r} is no settle time: it must be a number of seconds, 0 or more")


def checked_policy(on_bad_pv: OnBadPV | str) -> OnBadPV:
    """`on_bad_pv` as a policy. ValueError names those there are."""
    try:
        return OnBadPV(on_bad_pv)
    except ValueError:
        allowed = ", ".join(OnBadPV)
        raise ValueError(f"on_bad_pv = {on_bad_pv!r} is no policy; there are: {allowed}") from None
