"""How often, how long and why plans were suspended.

Rules of this file:
1. Time counts while the state is `suspended`: a pause in the middle of a suspension does not.
2. Written by the engine's loop only; may be read from anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .states import State, StateChange

__all__ = ["HeldTime", "Mark"]

MOST_KEPT = 1000
MOST_REASONS = 20
"""Of a run that is suspended more often, the first reasons are told."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What had been at some moment."""

    count: int
    seconds: float


class HeldTime:
    """Counts suspensions."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.count = 0
        self._clock = clock
        self._total: tuple[float, float | None] = (0.0, None)
        """Seconds until now, or until the moment that goes along: one attribute, since others read it meanwhile."""
        self._began_at = 0.0
        self._reasons: list[tuple[int, str]] = []

    def began(self, *reasons: str) -> None:
        """A plan is about to be suspended, for these reasons."""
        self.count += 1
        self._began_at = self.seconds
        for reason in reasons:
            self.joined(reason)

    def joined(self, reason: str) -> None:
        """There is another reason for the suspension."""
        self._reasons = [*self._reasons, (self.count, reason)][-MOST_KEPT:]

    def follow(self, change: StateChange) -> None:
        """The state changes."""
        if change.old is State.SUSPENDED:
            self._total = self.seconds, None
        if change.new is State.SUSPENDED:
            self._total = self.seconds, self._clock()

    @property
    def seconds(self) -> float:
        """For how long plans have been suspended, in all."""
        seconds, since = self._total
        return seconds + (0.0 if since is None else self._clock() - since)

    @property
    def last(self) -> float:
        """For how long the last suspension has lasted, in seconds."""
        return self.seconds - self._began_at

    def mark(self, *, forget: bool) -> Mark:
        """What has been until now; with `forget` nobody needs the reasons until here any more."""
        if forget:
            self._reasons = []
        return Mark(self.count, self.seconds)

    def since(self, mark: Mark | None) -> dict[str, Any] | None:
        """What has been since then, for a RunStop: `count`, `time` (s), `reasons`; None if nothing has."""
        if mark is None or self.count == mark.count:
            return None
        reasons = [reason for count, reason in self._reasons if count > mark.count]
        return {
            "count": self.count - mark.count,
            "time": round(self.seconds - mark.seconds, 3),
            "reasons": list(dict.fromkeys(reasons))[:MOST_REASONS],
        }
