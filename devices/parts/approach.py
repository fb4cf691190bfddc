"""Whether something has come where it was sent, and stays there.

Rules of this file: pure. Whoever brings readings brings the time (s, of one clock) as well.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

from .moves import within

__all__ = ["Approach", "Arrival", "Missed", "arrival_of"]

Arrival = Literal["done", "put", "readback"]
"""What tells that a move is over: the done PV, the completion of the put, or nothing but the readback."""

GRACE = 1.0
"""Seconds that a readback may be later than whatever says that the move is over."""


class Missed(Exception):
    """The device says that the move is over, and it is not there. Raised by `Approach.look`, for its positioner."""


class Approach:
    """One move: the reading is to be within `tolerance` of `target`, without a break, for `settle` seconds.

    With `patient` it may take any time to come there; else it is `Missed` if it is not there soon after the device said
    that the move is over.
    """

    def __init__(self, target: Any, tolerance: float, settle: float, *, patient: bool) -> None:
        self._target, self._tolerance, self._settle, self._patient = target, tolerance, settle, patient
        self._there_since: float | None = None
        self._over_since: float | None = None

    def look(self, reading: Any, device_is_done: bool, now: float) -> float | None:
        """Seconds after which to look again if nothing changes: 0 when it is there to stay; None: a change will tell.

        Raises Missed.
        """
        if not device_is_done:
            self._there_since = self._over_since = None
            return None
        if self._over_since is None:
            self._over_since = now
        if within(reading, self._target, self._tolerance):
            if self._there_since is None:
                self._there_since = now
            return max(0.0, self._there_since + self._settle - now)
        self._there_since = None
        if self._patient:
            return None
        left = self._over_since + GRACE + self._settle - now
        if left <= 0:
            raise Missed
        return left


def arrival_of(wanted: Arrival | None, has_done: bool) -> Arrival:
    """What a positioner goes by: `wanted`, or by default its done PV if there is one. Raises ValueError."""
    if wanted is None:
        return "done" if has_done else "put"
    if wanted not in get_args(Arrival):
        raise ValueError(f"arrival must be one of {', '.join(get_args(Arrival))}, not {wanted!r}")
    if wanted == "done" and not has_done:
        raise ValueError("arrival='done' needs the PV that tells it: done='…', what follows the prefix")
    return wanted
