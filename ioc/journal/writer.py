"""The thread that writes.

Rules of this file
1. What was taken stays until it is durable: a batch that cannot be written is tried again, as it is, for ever.
2. Whoever puts something in never waits for the disk.
3. Group commit: what comes within `rest` seconds shares a transaction, unless somebody waits for it.
4. What others do when they are told (futures, observers) cannot end the thread.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeAlias

from .errors import JournalError, damage_of, in_words
from .file import JournalFile
from .ledger import Ledger
from .outline import Outline
from .tables import Statement
from .transaction import LARGEST_BATCH, Batch, write
from .waiting import Durability

__all__ = ["Entry", "Store", "Writer"]

log = logging.getLogger("reioc.ioc")

Document: TypeAlias = tuple[str, bytes, Outline]
"""Its name, the document as bytes, and what the ledger has to know of it."""

_MOST_BYTES = 32_000_000
"""In one transaction, if it has several documents: so long nobody else is served."""
_MANY, _FEW = 20_000, 2_000
"""Entries: with so many waiting the writer is behind, until there are few."""
_MUCH, _LITTLE = 500_000_000, 100_000_000
"""Bytes of documents, likewise: some thousand images are no memory's size any more."""


@dataclass(frozen=True, slots=True)
class Store:
    """Statements that are stored together or not at all."""

    statements: Sequence[Statement]
    future: Future[None] = field(default_factory=Future)


Entry: TypeAlias = Document | Store


class Writer:
    """Takes documents and statements from any thread, in order, and makes them durable in its own.

    `rest`: seconds that the first one waits for others; `retry`: seconds until what failed is tried again.
    """

    def __init__(self, file: JournalFile, ledger: Ledger, last_scan_id: int, rest: float, retry: float) -> None:
        self.trouble = ""
        self.is_behind = False
        self.last_scan_id = last_scan_id
        self.observers: list[Callable[[], None]] = []
        self.on_commit: list[Callable[[int], None]] = []
        self.durability = Durability()
        self.taken = 0
        self._file, self._ledger = file, ledger
        self._rest, self._retry = rest, retry
        self._lock = threading.Lock()
        self._queue: list[Entry] = []
        self._size = 0
        """Bytes of the documents that are not durable yet."""
        self._noting = threading.Lock()
        self._busy_since: float | None = None
        self._work, self._urgent = threading.Event(), threading.Event()
        self._is_idle = False
        self._until: float | None = None
        """When to give up, as it is being closed."""
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    # Any thread

    @property
    def backlog(self) -> int:
        """Entries that are not durable yet."""
        return self.taken - self.durability.reached

    @property
    def silent(self) -> float:
        """For how long (s) the disk has not answered."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    def put(self, entry: Entry) -> bool:
        """Take an entry; False if the journal is closed."""
        with self._lock:
            if self._until is not None:
                return False
            self._queue.append(entry)
            self.taken += 1
            if entry.__class__ is tuple:
                self._size += len(entry[1])  # type: ignore[index]
        if self._is_idle:  # it looks into the queue after it has said so
            self._work.set()
        # The writer cannot say so while its disk does not answer.
        if (self._size > _MUCH or len(self._queue) > _MANY) and not self.is_behind:
            self._note()
        return True

    def hurry(self) -> None:
        """Somebody waits for what was put in."""
        self._urgent.set()

    def close(self, timeout: float) -> None:
        """Write what is left, for at most so many seconds, and end the thread; no matter if it has ended."""
        with self._lock:
            if self._until is None:
                self._until = time.monotonic() + timeout
        self._work.set()
        self._urgent.set()
        self._thread.join(timeout + 1.0)
        if self._thread.is_alive():
            log.error("%s: the disk does not answer; %d entries may not be stored", self._file.path, self.backlog)

    # The thread

    def _run(self) -> None:
        entries: list[Entry] = []
        try:
            while (entries := self._wait_for_entries()) or self._until is None or self._queue:
                for part in _parts(entries):
                    self._make_durable(part)
        except BaseException as error:  # a mistake of ours: whoever watches `trouble` must not go on
            self._change_trouble(f"{self._file.path}: the writer has failed: {in_words(error)}", error)
            with self._lock:
                self._until = 0.0
            self._fail([store for store in (*entries, *self._queue) if isinstance(store, Store)])
        if self.backlog:
            why = f"{self._file.path} was closed while it could not be written: {self.trouble}"
            log.error("%s; %d documents and changes are lost", why, self.backlog)
            self.durability.give_up(JournalError(why))
        self._file.close()

    def _wait_for_entries(self) -> list[Entry]:
        """What has come in; when it is closed, what is left."""
        self._work.clear()
        self._is_idle = True
        if not self._queue and self._until is None:
            self._work.wait()
        self._is_idle = False
        self._urgent.wait(self._rest)
        if self._until is None:
            self._urgent.clear()
        with self._lock:
            entries, self._queue = self._queue, []
        return entries

    def _make_durable(self, entries: list[Entry]) -> None:
        documents = [entry for entry in entries if isinstance(entry, tuple)]
        stores = [entry for entry in entries if isinstance(entry, Store)]
        batch = Batch(self._ledger.enter(documents), [store.statements for store in stores])
        outcomes = self._written_in_time(batch)
        if outcomes is None:
            self._fail(stores)
            return
        if batch.changes.last_scan_id is not None:
            self.last_scan_id = batch.changes.last_scan_id
        with self._lock:
            self._size -= sum(len(packed) for _, packed, _ in documents)
        self.durability.reach(self.durability.reached + len(entries))
        self._note()
        for store, error in zip(stores, outcomes, strict=True):
            _resolve(store, error)
        if documents:
            self._tell(self.on_commit, batch.changes.last_seq)

    def _written_in_time(self, batch: Batch) -> list[Exception | None] | None:
        """What `write` returns, when it succeeds at last; None if it has not when there is no more time."""
        while not self._has_to_give_up():
            outcomes = self._attempt(batch)
            if outcomes is not None:
                return outcomes
            self._note()
            self._pause()
        return None

    def _attempt(self, batch: Batch) -> list[Exception | None] | None:
        """What `write` returns, or None if it cannot be written now; `trouble` says why."""
        self._busy_since = time.monotonic()
        try:
            self._file.check_place()
            outcomes = write(self._file.connection, batch)
        except Exception as error:  # rule 1: whatever it is
            remedy = "; end the service, move the file away, and start it again" if damage_of(error) else ""
            self._change_trouble(f"{self._file.path}: {in_words(error)}{remedy}", error)
            return None
        finally:
            self._busy_since = None
        self._change_trouble("")
        return outcomes

    def _change_trouble(self, trouble: str, error: BaseException | None = None) -> None:
        if trouble == self.trouble:
            return
        self.trouble = trouble
        if error is not None:
            log.error("the journal cannot write, and tries again: %s", trouble, exc_info=error)
        else:
            log.warning("the journal %s can be written again", self._file.path)
        self._tell(self.observers)

    def _note(self) -> None:
        """Whether it is behind. In any thread."""
        with self._noting:
            was_behind = self.is_behind
            most, much = (_FEW, _LITTLE) if was_behind else (_MANY, _MUCH)
            self.is_behind = self.backlog > most or self._size > much
        if self.is_behind != was_behind:
            self._tell(self.observers)

    def _pause(self) -> None:
        """Until it is tried again. Those who wait cannot hurry this, but closing can."""
        self._work.clear()
        if self._until is None:
            self._work.wait(self._retry)
        else:
            time.sleep(min(self._retry, max(0.0, self._until - time.monotonic())))

    def _has_to_give_up(self) -> bool:
        return bool(self._until is not None and self.trouble and time.monotonic() >= self._until)

    def _fail(self, stores: list[Store]) -> None:
        for store in stores:
            if not store.future.done():
                _resolve(store, JournalError(f"it was not stored before the journal was closed: {self.trouble}"))

    def _tell(self, those: Sequence[Callable[..., None]], *what: int) -> None:
        for tell in tuple(those):
            try:
                tell(*what)
            except Exception:
                log.exception("%r failed as it was told of the journal; the journal goes on", tell)


def _parts(entries: list[Entry]) -> Iterator[list[Entry]]:
    """In order, none of them too large for one transaction."""
    part: list[Entry] = []
    size = 0
    for entry in entries:
        size += len(entry[1]) if isinstance(entry, tuple) else 0
        if part and (size > _MOST_BYTES or len(part) == LARGEST_BATCH):
            yield part
            part, size = [], len(entry[1]) if isinstance(entry, tuple) else 0
        part.append(entry)
    if part:
        yield part


def _resolve(store: Store, error: Exception | None) -> None:
    if error is None:
        store.future.set_result(None)
    elif isinstance(error, JournalError):
        store.future.set_exception(error)
    else:
        refused = JournalError(f"it cannot be stored: {in_words(error)}")
        refused.__cause__ = error
        store.future.set_exception(refused)
