"""Which run a document belongs to, and what that run has said before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import Any

from ..journal import JournalError, JournalReader
from .sink import Numbered

__all__ = ["RunIndex", "StoredRuns"]

_BLOCK = 500
_NAMES_ITS_RUN = ("stop", "descriptor", "resource", "stream_resource")
_PARENT = {
    "event": "descriptor",
    "event_page": "descriptor",
    "stream_datum": "descriptor",
    "datum": "resource",
    "datum_page": "resource",
}


class StoredRuns:
    """Runs as the journal has them, read when they are needed. `open_journal` opens it for reading."""

    def __init__(self, open_journal: Callable[[], JournalReader]) -> None:
        self._open_journal = open_journal

    def documents(self, uid: str) -> Iterable[Numbered]:
        """Every durable document of a run, in order; it is a `Replay`. Raises JournalError if it cannot be read."""
        with closing(self._open_journal()) as reader:
            try:
                yield from reader.documents(uid)
            except JournalError:
                if any(run.uid == uid for run in reader.runs(text=uid)):
                    raise  # it is there, and cannot be read

    def run_of(self, parent: str, before: int) -> str | None:
        """The run in which the descriptor or resource of this uid was, somewhere before document number `before`."""
        with closing(self._open_journal()) as reader:
            for first in range(before - 1 - _BLOCK, -_BLOCK, -_BLOCK):  # it is seldom far
                for _, name, doc in _between(reader, max(first, 0), first + _BLOCK):
                    if name in _NAMES_ITS_RUN and doc.get("uid") == parent:
                        return doc.get("run_start")
        return None


def _between(reader: JournalReader, seq: int, last: int) -> Iterator[Numbered]:
    """Documents after that number, up to the last."""
    while seq < last and (part := reader.after(seq, last - seq)):
        yield from part
        seq = part[-1][0]


class RunIndex:
    """Knows the run of each document. A sink that begins in the middle of a run looks for it in the journal, once."""

    def __init__(self, stored: StoredRuns) -> None:
        self._stored = stored
        self._runs: dict[str, str | None] = {}
        """By the uid of a descriptor or resource."""

    def run_of(self, numbered: Numbered) -> str | None:
        """The uid of its run; None if there is none to be found. Python may emit anything: no document is trusted."""
        seq, name, doc = numbered
        if name == "start":
            return _uid(doc, "uid")
        if name in _NAMES_ITS_RUN and (run := _uid(doc, "run_start")):
            if name != "stop" and (uid := _uid(doc, "uid")):
                self._runs[uid] = run
            return run
        parent = _parent(name, doc)
        if parent is None:
            return None
        if parent not in self._runs:
            self._runs[parent] = self._stored.run_of(parent, seq)
        return self._runs[parent]

    def forget(self, run: str | None) -> None:
        """That run is over."""
        self._runs = {parent: of for parent, of in self._runs.items() if of != run}


def _parent(name: str, doc: dict[str, Any]) -> str | None:
    if name == "bulk_events":  # events by descriptor
        return next(iter(doc), None)
    return _uid(doc, _PARENT.get(name, ""))


def _uid(doc: dict[str, Any], key: str) -> str | None:
    uid = doc.get(key)
    return uid if isinstance(uid, str) and uid else None
