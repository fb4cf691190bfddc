"""Notices that something does not get on.

Rules of this file: nothing polls. The timer sleeps until the earliest moment at which the time can be up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

__all__ = ["Progress", "StallWatch"]


class Progress:
    """When something moved last, by at least `step`; times are seconds of one clock."""

    def __init__(self, now: float) -> None:
        self.since = now
        self._position: Any = None

    def seen(self, position: Any, step: float, now: float) -> None:
        """It is at `position` now."""
        if self._position is None or self._differs(position, step):
            self._position, self.since = position, now

    def remaining(self, patience: float, now: float) -> float:
        """Seconds left until it will have stood for `patience`; not above 0 when it has."""
        return self.since + patience - now

    def _differs(self, position: Any, step: float) -> bool:
        try:
            return bool(position != self._position and abs(position - self._position) >= step)
        except TypeError:  # no number
            return bool(position != self._position)


class StallWatch:
    """Calls `stalled(token)`, in a thread of its own, once `patience` seconds have brought no progress."""

    def __init__(self, token: Any, patience: float, stalled: Callable[[Any], None]) -> None:
        self._token, self._patience, self._stalled = token, patience, stalled
        self._progress = Progress(time.monotonic())
        self._over = False
        self._sleep(patience)

    def seen(self, position: Any, step: float) -> None:
        """It is at `position` now."""
        self._progress.seen(position, step, time.monotonic())

    def forget(self, token: Any) -> None:
        """Nobody wants to hear of it any more, if it is about `token`."""
        if token is self._token:
            self._over = True
            self._timer.cancel()

    def _sleep(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._look)
        self._timer.daemon = True
        self._timer.start()

    def _look(self) -> None:
        remaining = self._progress.remaining(self._patience, time.monotonic())
        if self._over:
            return
        if remaining > 0:
            self._sleep(remaining)
        else:
            self._stalled(self._token)
