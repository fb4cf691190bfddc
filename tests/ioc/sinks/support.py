"""A journal, sinks that do what a test tells them, and a clock that stands still."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from reioc.ioc.journal import Journal, JournalReader, put_value
from reioc.ioc.sinks.sink import Numbered
from reioc.ioc.sinks.worker import SinkWorker

from .. import documents as docs

DEADLINE = 10.0


def until(condition: Callable[[], Any], what: str = "it") -> None:
    """Wait until something is so that other threads bring about."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f"{what} did not come about"
        threading.Event().wait(0.001)


class Kept:
    """A journal, and what was recorded in it as it is read; `opened` counts its readers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = Journal(path, rest=0.0)
        self.opened = 0

    def record(self, *documents: tuple[str, dict[str, Any]]) -> list[Numbered]:
        """Record documents, wait until they are durable, and return them with their numbers."""
        with closing(JournalReader(self.path)) as reader:
            before = reader.last_seq
            for name, doc in documents:
                self.journal.record(name, doc)
            self.journal.store(put_value("recorded", True)).result(DEADLINE)
            numbered: list[Numbered] = []
            while part := reader.after(before):
                numbered += part
                before = part[-1][0]
        return numbered

    def open(self) -> JournalReader:
        """Open it for reading."""
        self.opened += 1
        reader = JournalReader(self.path)
        close = reader.close

        def closed() -> None:
            self.opened -= 1
            close()

        reader.close = closed
        return reader

    def close(self) -> None:
        self.journal.close()


class Recording:
    """A sink that takes what it is given, or does what it is told."""

    def __init__(self, name: str = "recording") -> None:
        self.name = name
        self.taken: list[Numbered] = []
        self.batches: list[int] = []
        self.attempts = self.opens = self.closes = 0
        self.trouble: Exception | None = None
        self.refused: dict[int, Exception] = {}
        self.may_answer = threading.Event()
        self.may_answer.set()

    def open(self) -> None:
        self.opens += 1

    def put(self, documents: Sequence[Numbered]) -> None:
        self.attempts += 1
        assert self.may_answer.wait(DEADLINE)
        if self.trouble is not None:
            raise self.trouble
        for seq, _, _ in documents:
            if seq in self.refused:
                raise self.refused[seq]
        self.taken += documents
        self.batches.append(len(documents))

    def close(self) -> None:
        self.closes += 1

    @property
    def numbers(self) -> list[int]:
        return [seq for seq, _, _ in self.taken]


class StillTime:
    """A clock that stands still until it is told; whoever waits for a time waits for that."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._waiting: set[threading.Condition] = set()
        self._read = threading.local()

    def clock(self) -> float:
        self._read.at = self.now
        return self._read.at

    def wall_clock(self) -> float:
        return 1.7e9 + self.now

    def wait(self, condition: threading.Condition, seconds: float | None) -> None:
        self._waiting.add(condition)
        if seconds is None or self._read.at == self.now:  # else it has become later since the time was reckoned
            condition.wait(DEADLINE)

    def advance(self, seconds: float) -> None:
        self.now += seconds
        for condition in tuple(self._waiting):
            with condition:
                condition.notify_all()


def run_of(points: int, uid: str = "run", **metadata: Any) -> list[tuple[str, dict[str, Any]]]:
    """A whole run: start, descriptor, events of a motor and a detector, stop."""
    keys = {field: {"source": field, "dtype": "number", "shape": []} for field in ("m1", "det")}
    return [
        docs.start(uid, **metadata),
        docs.descriptor(run=uid, data_keys=keys),
        *(docs.event(n, {"m1": n / 10, "det": n * 1.1}, run=uid) for n in range(1, points + 1)),
        docs.stop(run=uid),
    ]


class Worked:
    """A worker over a journal; `with` ends it."""

    def __init__(self, sink: Any, journal: Kept, cursor: int = 0, **settings: Any) -> None:
        self.sink, self.journal = sink, journal
        self.saved: list[int] = []
        self.worker = SinkWorker(sink, journal.open, cursor, self.saved.append, **settings)

    def __enter__(self) -> SinkWorker:
        self.journal.journal.on_commit.append(self.worker.committed)
        self.worker.start()
        return self.worker

    def __exit__(self, *_: object) -> None:
        if hasattr(self.sink, "may_answer"):
            self.sink.may_answer.set()
        assert self.worker.close(DEADLINE)
