"""What is known of one device, and what follows for a plan that uses it.

Rules of this file:
1. Pure: no clock, no thread, no Channel Access. What happens is told in whatever order; `wish` says what follows.
2. Trouble is a level: it lasts until all that is wrong is over, and the device has been well for a while.
3. A failure that is waited out counts as a try, until the plan gets on. A device that is known to be lost is waited
   for in any case: that is no try.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from ..registry.care import Care

__all__ = ["Watch", "Wish"]

IsOver = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Wish:
    """Whoever uses the device is to be held, and why; with `fails` not held, but failed."""

    reason: str
    fails: bool = False


@dataclass(slots=True)
class _Failure:
    what: str
    is_over: IsOver | None
    """None: over when its server answers."""
    over: bool = False


class Watch:
    """One device. All times are in seconds, of one clock that never goes back."""

    def __init__(self, name: str, care: Care) -> None:
        self.name, self.care = name, care
        self.tries = 0
        self.disturbed = False
        """Whether it was lost since the plan last got on."""
        self._lost: tuple[str, ...] = ()
        self._failure: _Failure | None = None
        self._since: float | None = None
        """When the trouble began; None while there is none."""
        self._well_since: float | None = None
        self._has_given_up = False
        self._told = ""
        self._pv = ""
        self._was_lost = False
        """Whether the last trouble was one of the connection, or of the server."""

    # What happens

    def linked(self, lost: Collection[str]) -> None:
        """These of its PVs are lost, in its order; none: all are there again."""
        self._lost = tuple(lost)
        self.disturbed = self.disturbed or bool(lost)
        if self._lost:
            self._pv, self._was_lost = self._lost[0], True

    def failed(self, pv: str, what: str, is_over: IsOver | None) -> str | None:
        """What was asked of it has failed; over when `is_over()`, or, without that, when its server answers.

        Returns why it is worth waiting; None if it is not.
        """
        if self.is_to_fail:
            return None
        if not self._lost:
            if self.tries >= self.care.retries:
                return None
            self.tries += 1
        self._pv = pv or self._pv
        self._was_lost = bool(self._lost) or is_over is None
        self._failure = _Failure(f"{self.name}: {what}", is_over)
        return self._what_is_wrong()

    def is_silent(self, pv: str) -> str:
        """Its server does not answer, while it is waited for. Returns that, for people."""
        self._pv, self._was_lost = pv, True
        self._failure = _Failure(f"{self.name}: {pv} does not answer", None)
        return self._what_is_wrong()

    def answered(self) -> None:
        """Its server answers."""
        if self._failure is not None and self._failure.is_over is None:
            self._failure.over = True

    def looked_at(self) -> None:
        """Ask a failure that can tell whether it is over."""
        failure = self._failure
        if failure is not None and failure.is_over is not None and not failure.over:
            failure.over = failure.is_over()

    def got_on(self) -> None:
        """The plan has got a point further, or is over: what was tried has succeeded, or is nobody's business."""
        self.tries, self.disturbed = 0, bool(self._lost)

    def forget(self) -> None:
        """The plan is over: the next one will see for itself what still fails."""
        self._failure = None
        self.got_on()

    # What follows

    @property
    def pv(self) -> str:
        """The PV by which its last trouble has shown; "" if none has."""
        return self._pv

    @property
    def is_to_fail(self) -> bool:
        """Whether a plan is not to wait for it, or no longer."""
        return self.care.on_trouble == "fail" or self._has_given_up

    @property
    def is_lost(self) -> bool:
        """Whether a PV of it is lost."""
        return bool(self._lost)

    @property
    def in_trouble(self) -> bool:
        """Whether something is wrong, or was a moment ago."""
        return self._since is not None

    @property
    def wants_answer(self) -> bool:
        """Whether its server is to be asked whether it answers."""
        failure = self._failure
        return failure is not None and failure.is_over is None and not failure.over and not self._lost

    @property
    def wants_look(self) -> bool:
        """Whether there is a failure that must be asked whether it is over."""
        return self._failure is not None and self._failure.is_over is not None and not self._failure.over

    def wish(self, now: float) -> Wish | None:
        """Why the device keeps a plan from going on, as of now; None if it does not."""
        if wrong := self._what_is_wrong():
            self._since = now if self._since is None else self._since
            self._well_since, self._told = None, wrong
            return Wish(self._text(now), self._is_to_fail(now))
        self._failure = None
        if self._since is None:
            return None
        self._well_since = now if self._well_since is None else self._well_since
        settle = self.care.settle if self.care.on_trouble == "suspend" else 0.0
        if now - self._well_since >= settle:
            self._since, self._has_given_up = None, False
            return None
        again = f"{self._pv} is there again" if self._pv and self._was_lost else "is well again"
        return Wish(f"{self.name}: {again}; goes on after {settle:g} s", self._has_given_up)

    def due(self) -> float | None:
        """When `wish` may change without anything happening."""
        if self._since is None:
            return None
        if self._well_since is not None:
            return self._well_since + self.care.settle
        return self._since + self.care.give_up if self.care.give_up and not self._has_given_up else None

    def _is_to_fail(self, now: float) -> bool:
        if self.care.on_trouble == "fail":
            return True
        since = now if self._since is None else self._since
        if self.care.give_up and now - since >= self.care.give_up:
            self._has_given_up = True
        return self._has_given_up

    def _text(self, now: float) -> str:
        given_up = self.care.on_trouble != "fail" and self._is_to_fail(now)
        return f"{self._told}; given up after {self.care.give_up:g} s" if given_up else self._told

    def _what_is_wrong(self) -> str:
        if self._lost:
            first, *others = self._lost
            more = f" (and {len(others)} more)" if others else ""
            return f"{self.name}: {first} is not connected{more}"
        failure = self._failure
        return failure.what if failure is not None and not failure.over else ""
