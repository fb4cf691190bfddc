"""How a caller's thread waits for the engine's.

Rules of this file:
1. Ctrl-C may strike the caller at any instruction, but never one that holds a lock which the engine's thread needs: it
   would stay locked, and the engine hang for ever. `threading.Condition`, and with it a Future's `result()`, has such
   instructions, since it takes its lock in Python code. Whoever waits here has a queue of their own instead.
2. The queue is there before anything is looked at: the other way round loses what comes in between.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic

__all__ = ["News"]

SIGNAL_LOOK = 0.1
"""Seconds between two looks at signals: one that comes just before the wait wakes nobody."""


class News:
    """Something has changed: whoever waits looks again."""

    def __init__(self) -> None:
        self._waiting: list[tuple[SimpleQueue[None], Callable[[], bool]]] = []

    def tell(self) -> None:
        """Wake those who wait for what is so now: to wake a thread costs more than to look for it. Never blocks."""
        for queue, is_so in tuple(self._waiting):
            if queue.empty() and is_so():  # Ctrl-C in the `finally` of a wait leaves a queue behind: it must not grow
                queue.put(None)

    def wait_for(self, is_so: Callable[[], bool], timeout: float = float("inf")) -> bool:
        """Wait until `is_so()`, at most `timeout` seconds. Returns whether it is so.

        `is_so` is asked by whoever tells as well, in their thread: it looks at an attribute or two, and never waits.
        """
        give_up_at = monotonic() + timeout
        queue: SimpleQueue[None] = SimpleQueue()
        waiting = queue, is_so
        try:
            self._waiting.append(waiting)
            while not (so := is_so()) and (left := give_up_at - monotonic()) > 0:
                with suppress(Empty):
                    queue.get(timeout=min(SIGNAL_LOOK, left))
        finally:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
        return so
