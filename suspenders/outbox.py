"""Delivers in order, whichever thread asks.

Rules of this file
- Items are put under the lock of whoever decided on them: that makes their order.
- One thread delivers at a time and no lock of the owner is held meanwhile, so that what is called may call back.
- A thread that finds another one delivering leaves at once; its items go out in that one's turn.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

__all__ = ["Outbox"]

Item = TypeVar("Item")


class Outbox(Generic[Item]):
    """A queue whose items are handed to `deliver` one by one, in order; `deliver` must not raise."""

    def __init__(self, deliver: Callable[[Item], None]) -> None:
        self._deliver = deliver
        self._items: deque[Item] = deque()
        self._turn = threading.Lock()

    def put(self, items: Iterable[Item]) -> None:
        """Queue items; `flush` delivers them."""
        self._items.extend(items)

    def flush(self) -> None:
        """Deliver all that is queued, unless another thread, or a call further down in this one, is at it."""
        # Looking at the items again after the turn was given back: otherwise those that came meanwhile would stay.
        while self._items and self._turn.acquire(blocking=False):
            try:
                if self._items:
                    self._deliver(self._items.popleft())
            finally:
                self._turn.release()
