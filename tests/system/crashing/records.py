"""What is in a journal, and what must be true of it whenever its service was killed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from event_model import DocumentNames, schema_validators

from reioc.ioc.journal import JournalReader

__all__ = ["ENGINE_DIED", "Records", "Run"]

ENGINE_DIED = "engine died"
IN_PROGRESS = "queue.in_progress"


@dataclass
class Run:
    """A run, of its documents alone."""

    start: dict[str, Any]
    streams: dict[str, list[int]] = field(default_factory=dict)
    """By name, the sequence numbers of its events, in the order in which they came."""
    stop: dict[str, Any] | None = None

    @property
    def uid(self) -> str:
        """That of its RunStart."""
        return self.start["uid"]

    @property
    def events(self) -> int:
        """How many points it has, of all streams."""
        return sum(len(set(numbers)) for numbers in self.streams.values())

    @property
    def is_broken(self) -> bool:
        """Whether the engine has died in it."""
        return self.stop is not None and self.stop.get("reason") == ENGINE_DIED


class Records:
    """All that is durable at a time. Raises AssertionError if something is damaged, or does not fit."""

    def __init__(self, reader: JournalReader) -> None:
        with closing(sqlite3.connect(f"{reader.path.as_uri()}?mode=ro", uri=True)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        documents = reader.after(0, 1_000_000)
        assert [seq for seq, _, _ in documents] == list(range(1, len(documents) + 1))
        uids = Counter(doc["uid"] for _, _, doc in documents)
        assert not [uid for uid, number in uids.items() if number > 1], "a document is stored twice"
        self.runs = _runs_of((name, doc) for _, name, doc in documents)
        self.line: list[dict[str, Any]] = [item for _, _, item in reader.items()]
        self.in_progress: dict[str, Any] | None = reader.value(IN_PROGRESS)
        self.history: list[dict[str, Any]] = reader.history()[::-1]
        """The oldest first."""
        self._agrees(reader)

    @property
    def orphans(self) -> list[Run]:
        """Runs that are open."""
        return [run for run in self.runs.values() if run.stop is None]

    @property
    def last_scan_id(self) -> int:
        """That of the last run, 0 if there is none."""
        return max((run.start["scan_id"] for run in self.runs.values()), default=0)

    @property
    def items(self) -> list[dict[str, Any]]:
        """What is to be run, first what is in progress."""
        return [*([self.in_progress] if self.in_progress else []), *self.line]

    def _agrees(self, reader: JournalReader) -> None:
        """The tables say what the documents say."""
        found = {run.uid: (run.events, run.stop) for run in reader.runs()}
        assert found == {uid: (run.events, run.stop) for uid, run in self.runs.items()}
        for run in self.orphans:
            assert Counter(name for _, name, _ in reader.documents(run.uid))["event"] == run.events


def _runs_of(documents: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, Run]:
    """Runs by uid: each begins with its start, has descriptors before events, ends with its stop, and has no holes."""
    runs: dict[str, Run] = {}
    streams: dict[str, list[int]] = {}
    for name, doc in documents:
        if name == "start":
            runs[doc["uid"]] = Run(doc)
        elif name == "descriptor":
            run = runs[doc["run_start"]]
            assert run.stop is None
            streams[doc["uid"]] = run.streams.setdefault(doc["name"], [])
        elif name == "event":
            streams[doc["descriptor"]].append(doc["seq_num"])
        else:
            assert name == "stop"
            runs[doc["run_start"]].stop = doc
            _check_stop(runs[doc["run_start"]])
    for run in runs.values():
        for numbers in run.streams.values():
            assert sorted(set(numbers)) == list(range(1, len(set(numbers)) + 1)), run
    return runs


def _check_stop(run: Run) -> None:
    """As event-model has it, and about what is there when it comes."""
    stop = run.stop
    assert stop is not None
    schema_validators[DocumentNames.stop].validate(stop)
    assert stop["num_events"] == {name: len(set(numbers)) for name, numbers in run.streams.items()}
    assert stop["time"] >= run.start["time"]
