"""Which run a document belongs to, and what the tables say of runs.

Rules of this file
1. Only the writer's thread is here.
2. A batch is entered once, and what comes of it may be written as often as it takes: what is counted is never counted
   twice.
3. Only runs that are open are remembered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .outline import Described, Events, Outline, Referring, Resource, Started, Stopped

__all__ = ["Changes", "Ledger"]

Row = tuple[Any, ...]


@dataclass(slots=True)
class _Stream:
    name: str
    events: int = 0
    furthest: int = 0
    """The highest sequence number: what is not above it was there before a rewind, and is not counted again."""


@dataclass(slots=True)
class _Run:
    number: int
    streams: dict[str, _Stream] = field(default_factory=dict)
    known: list[str] = field(default_factory=list)
    """The uids of what belongs to it, to be forgotten with it."""


@dataclass(slots=True)
class Changes:
    """What one batch of documents changes, as rows of the tables."""

    first_seq: int
    packed: list[bytes] = field(default_factory=list)
    """The documents, numbered from `first_seq` on."""
    parts: list[tuple[int, int | None, str]] = field(default_factory=list)
    """(number of the first, run, name) of each stretch of documents of the same run and name."""
    started: dict[int, Row] = field(default_factory=dict)
    """By number: (number, uid, scan_id, plan_name, started, about, start_seq)."""
    stopped: list[Row] = field(default_factory=list)
    """(ended, exit_status, reason, events, stop_seq, number)"""
    streams: list[Row] = field(default_factory=list)
    """(run, name, events)"""
    last_scan_id: int | None = None
    touched: dict[tuple[int, str], _Stream] = field(default_factory=dict)

    @property
    def last_seq(self) -> int:
        """The number of the last of them."""
        return self.first_seq + len(self.packed) - 1


class Ledger:
    """Numbers documents and runs, and knows the runs that are open."""

    def __init__(self, last_seq: int, last_run: int) -> None:
        self._seq, self._number = last_seq, last_run
        self._open: dict[str, _Run] = {}
        """By uid, those that were opened last at the end."""
        self._streams: dict[str, tuple[_Run, _Stream]] = {}
        """By the uid of the descriptor."""
        self._runs: dict[str, _Run] = {}
        """By the uids of descriptors and resources."""

    def enter(self, documents: list[tuple[str, bytes, Outline]]) -> Changes:
        """Number these documents (name, packed, outline) and say what they change."""
        changes = Changes(self._seq + 1, [packed for _, packed, _ in documents])
        part: tuple[int | None, str] | None = None
        descriptor: str | None = None
        number, stream = self._latest(), _Stream("")
        for seq, (name, _, outline) in enumerate(documents, changes.first_seq):
            if outline.__class__ is not tuple:
                number = self._enter(outline, seq, changes)
                descriptor = None  # what it was of may have ended
            else:
                events: Events = outline  # type: ignore[assignment]
                if events[0] != descriptor:  # most are of the stream of the one before
                    descriptor = events[0]
                    number, stream = self._stream_of(events[0], changes)
                for seq_num in events[1]:
                    if seq_num > stream.furthest:
                        stream.furthest = seq_num
                        stream.events += 1
            if part is None or part[0] != number or part[1] != name:
                part = number, name
                changes.parts.append((seq, number, name))
        self._seq = changes.last_seq
        changes.streams = [(run, name, stream.events) for (run, name), stream in changes.touched.items()]
        return changes

    def _stream_of(self, descriptor: str, changes: Changes) -> tuple[int | None, _Stream]:
        """The run and the stream to count in; where the descriptor is not known, one that nobody reads."""
        found = self._streams.get(descriptor)
        if found is None:
            return self._latest(), _Stream("")
        run, stream = found
        changes.touched[run.number, stream.name] = stream
        return run.number, stream

    def _enter(self, outline: Outline, seq: int, changes: Changes) -> int | None:
        match outline:
            case Started():
                return self._start(outline, seq, changes)
            case Described():
                return self._describe(outline, changes)
            case Stopped():
                return self._stop(outline, seq, changes)
            case Resource() if outline.run in self._open:
                return self._know(outline.uid, self._open[outline.run])
            case Resource() if self._open:  # one of long ago, which does not say its run
                return self._know(outline.uid, next(reversed(self._open.values())))
            case Referring():
                found = next((self._runs[uid] for uid in outline.uids if uid in self._runs), None)
                return self._latest() if found is None else found.number
        return self._latest()

    def _start(self, outline: Started, seq: int, changes: Changes) -> int:
        self._number += 1
        self._open[outline.uid] = _Run(self._number)
        changes.started[self._number] = (self._number, *outline, seq)
        if outline.scan_id is not None:
            changes.last_scan_id = outline.scan_id
        return self._number

    def _describe(self, outline: Described, changes: Changes) -> int | None:
        run = self._open.get(outline.run)
        if run is None:
            return self._latest()
        stream = run.streams.setdefault(outline.stream, _Stream(outline.stream))
        self._streams[outline.uid] = run, stream
        changes.touched[run.number, stream.name] = stream
        return self._know(outline.uid, run)

    def _know(self, uid: str, run: _Run) -> int:
        self._runs[uid] = run
        run.known.append(uid)
        return run.number

    def _stop(self, outline: Stopped, seq: int, changes: Changes) -> int | None:
        run = self._open.pop(outline.run, None)
        if run is None:
            return self._latest()
        for uid in run.known:
            self._streams.pop(uid, None)
            self._runs.pop(uid, None)
        for name in run.streams:
            changes.touched.pop((run.number, name), None)
        events = sum(stream.events for stream in run.streams.values())
        changes.stopped.append((outline.time, outline.exit_status, outline.reason, events, seq, run.number))
        return run.number

    def _latest(self) -> int | None:
        """The run that was opened last, for what does not say its own."""
        return next(reversed(self._open.values())).number if self._open else None
