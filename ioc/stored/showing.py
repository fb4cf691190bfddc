"""`reioc runs show`."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..journal import JournalReader, RunSummary
from ..sinks.json_text import json_text
from .contents import Contents, Row, Stream
from .listing import status_of, summary_json
from .texts import argument, clock, cut, duration, name_of, plan_call, table, value

__all__ = ["shown", "shown_json"]

_INTERRUPTIONS = "interruptions"
_RESUMED = re.compile(r"resume after (\d+(?:\.\d+)?) s")
_ENDS = 3
"""Events that are shown of each end of a stream."""
_MOST_FIELDS = 12
_OWN = ("uid", "time", "scan_id", "plan_name", "plan_args", "plan_type", "hints", "plan_pattern_args")
_KINDS = {"number": "number", "integer": "integer", "boolean": "true or false", "string": "text", "array": "array"}


@dataclass
class _Events:
    """Those at both ends of a stream, in the order of their numbers."""

    first: dict[int, Row] = field(default_factory=dict)
    last: deque[Row] = field(default_factory=lambda: deque(maxlen=4 * _ENDS))

    def add(self, row: Row) -> None:
        if row.seq_num in self.first or len(self.first) < _ENDS:
            self.first[row.seq_num] = row
        self.last.append(row)

    def rows(self) -> list[Row]:
        ends = sorted({row.seq_num: row for row in self.last}.items())[-_ENDS:]
        return [row for _, row in sorted({**self.first, **dict(ends)}.items())]


class _Seen:
    """A run, read through."""

    def __init__(self, reader: JournalReader, run: RunSummary) -> None:
        self.run = run
        self.contents = Contents()
        self.events: dict[str, _Events] = {}
        self.interruptions: list[tuple[float, str]] = []
        self.by = _asked_by(reader, run.uid)
        for stream, row in self.contents.take_all(reader.documents(run.uid)):
            self.events.setdefault(stream.name, _Events()).add(row)
            if stream.name == _INTERRUPTIONS:
                self.interruptions.append((row.time, str(row.data.get("interruption", ""))))

    @property
    def streams(self) -> list[Stream]:
        return [stream for stream in self.contents.streams.values() if stream.name != _INTERRUPTIONS]

    @property
    def suspended(self) -> float:
        """Seconds, as the engine has told them at each resumption."""
        found = (_RESUMED.fullmatch(what) for _, what in self.interruptions)
        return sum(float(each[1]) for each in found if each)

    @property
    def paused(self) -> float:
        """Seconds."""
        total, since = 0.0, None
        for when, what in self.interruptions:
            if what == "pause" and since is None:
                since = when
            elif what == "resume" and since is not None:
                total, since = total + when - since, None
        return total if since is None or self.run.ended is None else total + self.run.ended - since


def _asked_by(reader: JournalReader, uid: str) -> str:
    """Who has started its plan, as the history knows."""
    for entry in reader.history(1000):
        if uid in (entry.get("run_uids") or ()):
            return str(entry.get("by") or "")
    return ""


def shown(reader: JournalReader, run: RunSummary) -> str:
    """All about a run but its data, of which the first and the last of each stream. Raises JournalError."""
    seen = _Seen(reader, run)
    parts = [[f"{name_of(run)} · {run.plan_name or 'no plan'} · {status_of(run)}"], _facts(seen)]
    parts += [_stream(stream, seen.events.get(stream.name)) for stream in seen.streams]
    if seen.interruptions:
        rows = [(clock(when), what) for when, what in seen.interruptions]
        parts.append(["interruptions", *table(rows, indent="  ")])
    if seen.contents.odd:
        parts.append(["left out", *(f"  {each}" for each in seen.contents.odd[:10])])
    return "\n\n".join("\n".join(part) for part in parts)


def _facts(seen: _Seen) -> list[str]:
    run, start = seen.run, seen.run.start
    rows = [("uid", run.uid), ("plan", plan_call(start)), ("started", clock(run.started))]
    if run.ended is not None:
        rows.append(("ended", f"{clock(run.ended)} ({_took(seen, run.ended - run.started)})"))
    rows.append(("status", status_of(run)))
    rows += [("reason", run.reason)] if run.reason else []
    rows += [("started by", seen.by)] if seen.by else []
    rows += [(str(key), argument(each)) for key, each in start.items() if key not in _OWN]
    return table(rows, indent="  ")


def _took(seen: _Seen, seconds: float) -> str:
    parts = [duration(max(0.0, seconds))]
    parts += [f"suspended for {duration(seen.suspended)}"] if seen.suspended else []
    parts += [f"paused for {duration(seen.paused)}"] if seen.paused else []
    return ", ".join(parts)


def _stream(stream: Stream, events: _Events | None) -> list[str]:
    count = len(stream.seq_nums)
    lines = [f"stream {stream.name}: {count} event{'' if count == 1 else 's'}"]
    if stream.data_keys:
        rows = [("field", "kind", "shape", "units", "precision", "source")]
        rows += [_field(name, about) for name, about in stream.data_keys.items()]
        lines += table(rows, indent="  ")
    return lines + (["", *_readings(stream, events)] if events else [])


def _field(name: str, about: dict[str, Any]) -> tuple[str, ...]:
    kind = _KINDS.get(str(about.get("dtype")), str(about.get("dtype") or ""))
    shape = about.get("shape")
    return (
        name,
        f"{kind}, elsewhere" if about.get("external") else kind,
        " × ".join(map(str, shape)) if isinstance(shape, list | tuple) else "",
        str(about.get("units") or ""),
        str(about["precision"]) if about.get("precision") is not None else "",
        cut(str(about.get("source") or ""), 40),
    )


def _readings(stream: Stream, events: _Events) -> list[str]:
    fields = [name for name in stream.data_keys if _is_shown(stream, name)]
    left = len(fields) - _MOST_FIELDS
    fields = fields[:_MOST_FIELDS]
    rows = [["#", "time", *fields]]
    before = 0
    for row in events.rows():
        if before and row.seq_num > before + 1:
            rows.append(["…", "", *([""] * len(fields))])
        cells = (value(row.data.get(name), stream.data_keys[name].get("precision")) for name in fields)
        rows.append([str(row.seq_num), clock(row.time)[11:], *cells])
        before = row.seq_num
    lines = table(rows, range(len(rows[0])), indent="  ")
    return lines + ([f"  and {left} fields more"] if left > 0 else [])


def _is_shown(stream: Stream, name: str) -> bool:
    return not stream.data_keys[name].get("shape") and stream.data_keys[name].get("dtype") != "array"


def shown_json(reader: JournalReader, run: RunSummary) -> str:
    """The same for programs. Raises JournalError."""
    seen = _Seen(reader, run)
    return json_text(
        {
            **summary_json(run),
            "by": seen.by,
            "suspended": seen.suspended,
            "paused": seen.paused,
            "streams": {stream.name: dict(_stream_json(stream, seen)) for stream in seen.streams},
            "interruptions": [{"time": when, "what": what} for when, what in seen.interruptions],
            "left_out": seen.contents.odd,
        },
        indent=1,
    )


def _stream_json(stream: Stream, seen: _Seen) -> Iterator[tuple[str, Any]]:
    yield "events", len(stream.seq_nums)
    yield "fields", stream.data_keys
    events = seen.events.get(stream.name)
    rows = events.rows() if events else []
    yield "first_and_last", [{"seq_num": row.seq_num, "time": row.time, "data": dict(row.data)} for row in rows]
