"""Waiting until what was recorded is durable, on any loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Generator

from .errors import JournalError

__all__ = ["Durability", "Kept"]


class Kept:
    """Awaited, it returns when everything that was recorded before it was made is durable.

    It may be awaited on any loop, by several, and be cancelled. Raises JournalError if the journal was closed before.
    """

    def __init__(self, durability: Durability, ticket: int) -> None:
        self._durability, self._ticket = durability, ticket

    def __await__(self) -> Generator[object, None, None]:
        """Wait, on the loop that runs."""
        future = self._durability.future(self._ticket)
        if future is not None:
            yield from future


class Durability:
    """How many entries are durable, of those that were ever taken; the writer counts, others wait."""

    def __init__(self) -> None:
        self.reached = 0
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._given_up: JournalError | None = None

    def future(self, ticket: int) -> asyncio.Future[None] | None:
        """Done when that many are durable; None if they are."""
        loop = asyncio.get_running_loop()
        with self._lock:
            if self.reached >= ticket:
                return None
            if self._given_up is not None:
                raise self._given_up
            future = loop.create_future()
            self._waiting.append((ticket, loop, future))
        return future

    def reach(self, number: int) -> None:
        """That many are durable."""
        with self._lock:
            self.reached = number
            waiting, self._waiting = self._waiting, []
            self._waiting = [each for each in waiting if each[0] > number]
        for ticket, loop, future in waiting:
            if ticket <= number:
                _tell(loop, future, None)

    def give_up(self, error: JournalError) -> None:
        """What is not durable by now never will be."""
        with self._lock:
            self._given_up = error
            waiting, self._waiting = self._waiting, []
        for _, loop, future in waiting:
            _tell(loop, future, error)


def _tell(loop: asyncio.AbstractEventLoop, future: asyncio.Future[None], error: JournalError | None) -> None:
    with contextlib.suppress(RuntimeError):  # its loop is closed: nobody waits there any more
        loop.call_soon_threadsafe(_resolve, future, error)


def _resolve(future: asyncio.Future[None], error: JournalError | None) -> None:
    if future.done():  # cancelled
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
