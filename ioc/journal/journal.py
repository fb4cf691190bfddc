"""The journal as the engine, the queue and the service see it."""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from .errors import JournalError
from .file import JournalFile
from .ledger import Ledger
from .outline import Outline, outline_of
from .packing import pack
from .reading import JournalReader
from .recovery import recover
from .tables import Statement
from .waiting import Kept
from .writer import Store, Writer

__all__ = ["Journal"]

log = logging.getLogger("reioc.ioc")

REST = 0.02
"""Seconds between two transactions, while nobody waits for one."""
RETRY = 0.25


class Journal:
    """Every document, the queue and the history, in one file that outlives everything.

    Opens the file at `path`, or makes it. Raises JournalError if it is in use by another process, has another version,
    or cannot be opened. One that is no journal, or is damaged, is set aside under another name: see `set_aside`.
    Runs that were open are closed: see `recovered`. It is written by a thread of its own, until `close`.
    """

    def __init__(self, path: str | os.PathLike[str], *, rest: float = REST, retry: float = RETRY) -> None:
        self.path = Path(path).resolve()  # by whatever name: its lock is beside it
        file = JournalFile(self.path)
        state = file.open(recover)
        self.set_aside = file.set_aside
        self.recovered = state.recovered
        """The runs that had no RunStop: they have one now, with the exit status "fail" and "engine died"."""
        self._was_told = False
        """Of a document that came after the end."""
        self._writer = Writer(file, Ledger(state.last_seq, state.last_run), state.last_scan_id, rest, retry)
        self.observers: list[Callable[[], None]] = self._writer.observers
        """Called when `trouble` or `is_behind` has changed: in the writer's thread, or in that of who records."""
        self.on_commit: list[Callable[[int], None]] = self._writer.on_commit
        """Called, in the writer's thread, with the number of the last document that is durable, when there is more."""

    # The engine's recorder

    def record(self, name: str, doc: dict[str, Any]) -> None:
        """Take a document, as it is now. Takes microseconds; never waits, never raises."""
        if self._writer.put((name, pack(doc), _outline(name, doc))):
            return
        if name == "start" or not self._was_told:  # not of each event
            log.error("a %s came after the journal %s was closed: it and what follows is not stored", name, self.path)
        self._was_told = True

    def kept(self) -> Awaitable[None] | None:
        """None if all that was recorded is durable; else what to await until it is, on any loop."""
        ticket = self._writer.taken
        if self._writer.durability.reached == ticket:
            return None
        self._writer.hurry()
        return Kept(self._writer.durability, ticket)

    # The queue's store

    def store(self, *statements: Statement) -> Future[None]:
        """Store these together or not at all, after all that was recorded or stored before; done when it is durable.

        It cannot be cancelled. Its exception is a JournalError if a statement cannot be stored whenever it is tried,
        or the journal is closed.
        """
        store = Store(statements)
        store.future.set_running_or_notify_cancel()
        if self._writer.put(store):
            self._writer.hurry()
        else:
            store.future.set_exception(JournalError(f"the journal {self.path} is closed"))
        return store.future

    def items(self) -> list[tuple[str, int, dict[str, Any]]]:
        """The queue as (uid, rank, item), by rank; what is durable of it. Raises JournalError."""
        with JournalReader(self.path) as reader:
            return reader.items()

    def value(self, key: str, default: Any = None) -> Any:
        """The value of that name; what is durable. Raises JournalError."""
        with JournalReader(self.path) as reader:
            return reader.value(key, default)

    def history(self, limit: int | None = None, plan: str | None = None) -> list[dict[str, Any]]:
        """What became of the items of the queue, newest first; what is durable of it. Raises JournalError."""
        with JournalReader(self.path) as reader:
            return reader.history(limit, plan)

    # How it is

    @property
    def trouble(self) -> str:
        """Why it cannot be written now, for people; or nothing."""
        return self._writer.trouble

    @property
    def backlog(self) -> int:
        """Documents and stores that are not durable yet."""
        return self._writer.backlog

    @property
    def is_behind(self) -> bool:
        """Whether so much waits to be written that whoever makes documents should wait."""
        return self._writer.is_behind

    @property
    def silent(self) -> float:
        """For how long (s) the disk has not answered, while something is being written."""
        return self._writer.silent

    @property
    def last_scan_id(self) -> int:
        """That of the last run which has a number for one, and is durable; 0 if there is none."""
        return self._writer.last_scan_id

    def close(self, timeout: float = 5.0) -> None:
        """Write what is left, for at most so many seconds, and let go of the file. What is lost is logged."""
        self._writer.close(timeout)


def _outline(name: str, doc: dict[str, Any]) -> Outline:
    try:
        return outline_of(name, doc)
    except Exception:  # it is no document: it is stored, and belongs to whatever run is open
        log.exception("a %s is not as a document should be", name)
        return None
