"""The thread that brings the journal's documents to one sink.

Rules of this file:
1. The journal is the queue: documents are read from it after the cursor, at most `BATCH` at a time, so what waits for
   a slow sink takes no memory, and nothing is dropped.
2. The cursor moves only over documents that the sink has taken, or can never take.
3. The lock is never held while the sink, the journal or the disk is waited for: those who ask or tell never wait.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..journal import JournalReader
from .sink import Numbered, Sink, Unacceptable
from .status import Failure, SinkStatus, status_of, told

__all__ = ["BATCH", "SinkWorker"]

log = logging.getLogger("reioc.ioc.sinks")

BATCH = 500
SAVE_EVERY = 1.0
"""Seconds between two savings of the cursor: each is a transaction, and what comes again after a crash is no harm."""
FIRST_RETRY = 1.0
LAST_RETRY = 60.0
"""Seconds until a sink that fails is tried again: twice as long each time, up to this."""


class SinkWorker:
    """Brings documents to a sink, for as long as it is started and enabled.

    `cursor` is the number of the last document that the sink has; `save_cursor` keeps it and is called from the
    worker's thread. `open_journal` opens the journal for reading. `clock` counts seconds, `wall_clock` since 1970;
    `wait` waits for a condition, for so many seconds or for ever.
    """

    def __init__(
        self,
        sink: Sink,
        open_journal: Callable[[], JournalReader],
        cursor: int,
        save_cursor: Callable[[int], Any],
        *,
        enabled: bool = True,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        wait: Callable[[threading.Condition, float | None], Any] = threading.Condition.wait,
    ) -> None:
        self.name = sink.name
        self._sink, self._open_journal, self._save_cursor = sink, open_journal, save_cursor
        self._clock, self._wall_clock, self._wait = clock, wall_clock, wait
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._work, name=f"sink {self.name}", daemon=True)
        self._reader: JournalReader | None = None
        self._opened = False
        self._cursor = self._saved = cursor
        self._end = cursor
        self._enabled = enabled
        self._ends_by: float | None = None
        self._failure: Failure | None = None
        self._retry_at = self._save_at = -math.inf
        self._busy_since: float | None = None
        self._delivered = self._rejected = 0
        self._note = ""
        self._last_time: float | None = None

    # For everybody, from any thread

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def committed(self, seq: int) -> None:
        """Documents up to this number are durable now; for the journal's `on_commit`."""
        with self._news:
            if seq > self._end:
                self._end = seq
                self._news.notify_all()

    @property
    def enabled(self) -> bool:
        """Whether the sink is given documents; one that is not keeps its place, and catches up later."""
        return self._enabled

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        with self._news:
            self._enabled = enabled
            self._failure = None  # switching it on again is also how to try again at once
            self._news.notify_all()

    def status(self) -> SinkStatus:
        """How it is doing now."""
        with self._news:
            silent = 0.0 if self._busy_since is None else self._clock() - self._busy_since
            return status_of(
                self.name,
                enabled=self._enabled,
                behind=max(self._end - self._cursor, 0),
                failure=self._failure,
                silent=silent,
                note=self._note,
                counts=(self._delivered, self._rejected, self._last_time),
            )

    def finish(self, timeout: float = 5.0) -> None:
        """Ask it to deliver what there is, for at most `timeout` seconds, and end; do not wait for it."""
        with self._news:
            self._ends_by = self._clock() + timeout
            self._news.notify_all()

    def close(self, timeout: float = 5.0) -> bool:
        """Finish, and wait; whether it has ended. A sink that does not answer is left behind, with its place kept."""
        if self._ends_by is None:
            self.finish(timeout)
        if self._thread.ident is not None:
            self._thread.join(timeout)
        if self._thread.is_alive():
            log.warning("sink %s does not answer: it is left, with %d documents to come", self.name, self._behind())
            return False
        return True

    # In its thread

    def _work(self) -> None:
        while self._rest():
            self._turn()
        self._shut()
        self._close_reader()

    def _rest(self) -> bool:
        """Wait until there is something to do; whether to go on."""
        with self._news:
            while self._ends_by is None:
                due = self._due()
                if due is not None and due <= 0:
                    return True
                self._wait(self._news, due)
            more = self._enabled and self._failure is None and self._cursor < self._end
            return more and self._clock() < self._ends_by

    def _due(self) -> float | None:
        """Seconds until there is something to do; None: until somebody tells."""
        dues = []
        if not self._enabled:
            dues += [0.0] if self._opened else []
        elif self._failure is not None:
            dues.append(self._retry_at - self._clock())
        elif not self._opened or self._cursor < self._end:
            return 0.0
        if self._saved != self._cursor:
            dues.append(self._save_at - self._clock())
        return min(dues, default=None)

    def _turn(self) -> None:
        if not self._enabled:
            self._shut()
        elif self._failure is None or self._clock() >= self._retry_at:
            try:
                self._deliver()
            except BaseException as error:  # also a SystemExit of some library: the thread must not vanish
                self._failed(error)
        self._save()

    def _deliver(self) -> None:
        """Bring the next documents. Raises what is wrong."""
        if self._reader is None:
            self._reader = self._open_journal()
            self.committed(self._reader.last_seq)
        if not self._opened:
            with self._waiting_for_the_sink():
                self._sink.open()
            self._opened = True
        batch = self._reader.after(self._cursor, BATCH)
        if batch:
            self._pass_on(batch)
        elif self._behind():
            raise RuntimeError(f"the journal does not give what comes after document {self._cursor}")
        with self._news:
            if self._failure is not None:
                log.info("sink %s works again", self.name)
            self._failure = None

    def _pass_on(self, batch: Sequence[Numbered]) -> None:
        refused: list[Unacceptable] = []
        rest = list(batch)
        while rest:
            try:
                with self._waiting_for_the_sink():
                    self._sink.put(rest)
                break
            except Unacceptable as refusal:
                rest = self._without(rest, refusal)
                refused.append(refusal)
        for refusal in refused:
            log.warning("sink %s: %s: it is passed over", self.name, refusal)
        with self._news:
            self._cursor = batch[-1][0]
            self._end = max(self._end, self._cursor)
            self._delivered += len(rest)
            self._rejected += len(refused)
            self._note = f"{refused[-1]}: it was passed over" if refused else self._note
            self._last_time = self._wall_clock() if rest else self._last_time

    def _without(self, documents: list[Numbered], refusal: Unacceptable) -> list[Numbered]:
        rest = [numbered for numbered in documents if numbered[0] != refusal.seq]
        if len(rest) == len(documents):
            raise RuntimeError(f"it refuses a document that it was not given, {refusal.seq}") from refusal
        return rest

    @contextmanager
    def _waiting_for_the_sink(self) -> Iterator[None]:
        with self._news:
            self._busy_since = self._clock()
        try:
            yield
        finally:
            with self._news:
                self._busy_since = None

    def _failed(self, error: BaseException) -> None:
        with self._news:
            before = self._failure
            since = self._wall_clock() if before is None else before.since
            delay = FIRST_RETRY if before is None else min(2 * before.delay, LAST_RETRY)
            self._failure = Failure(told(error), since, delay)
            self._retry_at = self._clock() + delay
        self._close_reader()  # it may be what is broken
        if before is None:
            log.error("sink %s cannot deliver: %s", self.name, told(error))
            log.debug("sink %s", self.name, exc_info=error)

    def _shut(self) -> None:
        """Close the sink and keep the place, whatever that brings."""
        try:
            if self._opened:
                with self._waiting_for_the_sink():
                    self._sink.close()
        except Exception as error:
            log.warning("sink %s could not be closed: %s", self.name, told(error))
        self._opened = False
        self._save(at_once=True)

    def _save(self, at_once: bool = False) -> None:
        now = self._clock()
        if self._cursor == self._saved or (now < self._save_at and not at_once):
            return
        self._save_at = now + SAVE_EVERY
        try:
            self._save_cursor(self._cursor)
            self._saved = self._cursor
        except Exception as error:  # no loss: some documents come again after a restart
            log.warning("sink %s: how far it is could not be kept: %s", self.name, told(error))

    def _close_reader(self) -> None:
        reader, self._reader = self._reader, None
        try:
            if reader is not None:
                reader.close()
        except Exception as error:
            log.warning("sink %s: the journal could not be closed: %s", self.name, told(error))

    def _behind(self) -> int:
        return max(self._end - self._cursor, 0)
