"""A thread that does what it is told, in order, and never in a hurry.

Rules of this file
- What is asked for after a quiet moment is done at once; a flood is worked off in rounds, a thousand a second.
- One that raises is logged, and the others go on.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

__all__ = ["Courier"]

log = logging.getLogger("reioc.suspenders")

PACE = 0.001
"""Seconds between two rounds."""


class Courier:
    """Calls what it is given in a thread of its own, made when there is something to do; it calls `begin` first."""

    def __init__(self, name: str, begin: Callable[[], None] = lambda: None) -> None:
        self._name, self._begin = name, begin
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()  # quicker than an Event, and wakes but one thread
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def call(self, what: Callable[[], None]) -> None:
        """Have this called soon. Does not block, and may be called from any thread once there is one (`start`)."""
        self._calls.put(what)

    def call_later(self, seconds: float, what: Callable[[], None]) -> None:
        """Have this called then; for what is called by the courier itself."""
        heapq.heappush(self._later, (time.monotonic() + seconds, next(self._order), what))

    def start(self) -> None:
        """Have the thread; once is enough."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        self._safely(self._begin)
        while True:
            call = self._next()
            while call is not None:
                self._safely(call)
                call = self._next(wait=False)
            time.sleep(PACE)

    def _next(self, *, wait: bool = True) -> Callable[[], None] | None:
        """What is to be called now, if anything is; with `wait` there may be nothing only when something was due."""
        due = self._later[0][0] - time.monotonic() if self._later else None
        if due is not None and due <= 0:
            return heapq.heappop(self._later)[2]
        with suppress(Empty):
            return self._calls.get(block=wait, timeout=due)
        return None

    def _safely(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            log.exception("%r failed", call)
