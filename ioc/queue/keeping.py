"""The queue's way into the journal.

Rules of this file:
1. What is given to `keep` is on its way, in that order, when `keep` returns; what it returns is done when it is
   durable.
2. Whoever waits may go away: what was on its way is kept all the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Protocol

from ..bridge import Failure
from ..journal import tables
from .changes import Change, Cleared, Dropped, Entered, Moved, Placed, Valued

__all__ = ["Keeping", "QueueJournal"]


log = logging.getLogger("reioc.ioc.queue")


class QueueJournal(Protocol):
    """What the queue asks of the journal."""

    @property
    def trouble(self) -> str:
        """Why it cannot write now, for people; empty if it can."""
        ...

    def store(self, *statements: Any) -> Future[None]:
        """Keep, as one, in order; done when it is durable."""
        ...

    def items(self) -> list[tuple[str, int, dict[str, Any]]]:
        """uid, rank and item of all that wait."""
        ...

    def value(self, key: str, default: Any = None) -> Any:
        """What was kept under a name."""
        ...

    def history(self, limit: int) -> list[dict[str, Any]]:
        """The last entries, the newest first."""
        ...


class Keeping:
    """Keeps changes of the queue in a journal; without one, nothing outlives the IOC."""

    def __init__(self, journal: QueueJournal | None = None) -> None:
        self.journal = journal

    @property
    def trouble(self) -> str:
        """Why nothing can be kept now, for people; empty if it can."""
        return self.journal.trouble if self.journal is not None else ""

    def keep(self, changes: Sequence[Change]) -> asyncio.Future[None]:
        """Keep these as one. The answer is a Failure where the journal gives up."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.journal is None or not changes:
            kept.set_result(None)
            return kept
        stored = asyncio.wrap_future(self.journal.store(*map(_statement, changes)))
        stored.add_done_callback(lambda _: _tell(kept, stored.exception()))
        return kept


def _tell(kept: asyncio.Future[None], error: BaseException | None) -> None:
    if error is not None:
        log.error("the queue could not be kept: %s", error)
    if kept.done():  # whoever waited has gone
        return
    if error is None:
        kept.set_result(None)
    else:
        kept.set_exception(Failure(f"the journal could not keep it: {error}"))
        kept.exception()  # it has been told of, whether somebody waits or not


def _statement(change: Change) -> Any:
    match change:
        case Placed(item, rank):
            return tables.put_item(item.uid, rank, item.as_dict())
        case Moved(uid, rank):
            return tables.move_item(uid, rank)
        case Dropped(uid):
            return tables.drop_item(uid)
        case Cleared():
            return tables.drop_items()
        case Valued(key, value):
            return tables.put_value(key, value)
        case Entered(entry):
            return tables.add_history(entry)
