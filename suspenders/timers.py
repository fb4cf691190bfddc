"""Timers: what happens when time alone changes something.

Rules of this file
- One thread for all of them, however many there are; it is made when the first one is needed.
- What is called must be quick and must not raise: the next one waits for it.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol, TypeAlias

__all__ = ["TimerFactory", "TimerHandle", "start_timer"]

log = logging.getLogger(__name__)


class TimerHandle(Protocol):
    """What a timer factory returns."""

    def cancel(self) -> None:
        """Do not call, if not called yet."""
        ...


TimerFactory: TypeAlias = Callable[[float, Callable[[], None]], TimerHandle]


class _Timer:
    def __init__(self, call: Callable[[], None]) -> None:
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        self.call = None


class _Timers:
    """A heap of what is due, and the thread that waits for it."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, _Timer]] = []
        self._order = itertools.count()
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    def start(self, seconds: float, call: Callable[[], None]) -> _Timer:
        timer = _Timer(call)
        with self._news:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._order), timer))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="suspenders' timers", daemon=True)
                self._thread.start()
            self._news.notify()
        return timer

    def _run(self) -> None:
        while True:
            timer = self._next()
            call, timer.call = timer.call, None
            try:
                if call is not None:
                    call()
            except Exception:
                log.exception("%r failed, which a timer called", call)

    def _next(self) -> _Timer:
        with self._news:
            while True:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._news.wait(wait)


_timers = _Timers()


def start_timer(seconds: float, call: Callable[[], None]) -> TimerHandle:
    """Calls `call` once after `seconds`, in a thread that does not keep the interpreter alive."""
    return _timers.start(seconds, call)
