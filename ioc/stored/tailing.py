"""`reioc runs tail`: documents as they become durable."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from ..journal import JournalReader, RunSummary
from ..sinks.json_text import json_text
from .contents import Contents, Row, Stream
from .texts import clock, plan_call, value

__all__ = ["POLL", "tail"]

POLL = 0.2
"""Seconds between two looks into the journal."""

_Put = Callable[[int, str, dict[str, Any]], None]


def tail(
    path: Path, out: TextIO, *, follow: bool = False, form: str = "text", rest: Callable[[float], None] = time.sleep
) -> None:
    """Write the documents of the last run of a journal, a line each; with `follow` those of all runs since, for ever.

    `form` is "text" or "jsonl". Raises JournalError, and what `out` raises; KeyboardInterrupt ends it.
    """
    put = _jsonl(out) if form == "jsonl" else _text(out)
    with JournalReader(path) as reader:
        newest = next(iter(reader.runs(1)), None)
        if follow:
            seq = 0 if newest is None else _first_seq(reader, newest) - 1
        elif newest is None:
            out.write("no runs\n" if form == "text" else "")
            return
        else:
            for document in reader.documents(newest.uid):
                put(*document)
            return
    while True:
        seq = _put_new(path, seq, put)
        out.flush()
        rest(POLL)


def _first_seq(reader: JournalReader, run: RunSummary) -> int:
    return next(seq for seq, _, _ in reader.documents(run.uid))


def _put_new(path: Path, seq: int, put: _Put) -> int:
    # Opened each time: the service may have been given a new file meanwhile.
    with JournalReader(path) as reader:
        if reader.last_seq < seq:
            seq = 0
        while part := reader.after(seq):
            for document in part:
                put(*document)
            seq = part[-1][0]
    return seq


def _jsonl(out: TextIO) -> _Put:
    def put(seq: int, name: str, doc: dict[str, Any]) -> None:
        out.write(f"{json_text([name, doc])}\n")

    return put


def _text(out: TextIO) -> _Put:
    lines = _Lines()

    def put(seq: int, name: str, doc: dict[str, Any]) -> None:
        out.writelines(f"{line}\n" for line in lines.of(seq, name, doc))

    return put


class _Lines:
    """Documents of any runs as lines."""

    def __init__(self) -> None:
        self._open: dict[Any, tuple[str, Contents]] = {}
        """What people call a run, and what is known of it, by its uid."""
        self._runs: dict[Any, Any] = {}
        """Runs by descriptor."""

    def of(self, seq: int, name: str, doc: dict[str, Any]) -> list[str]:
        run = self._run_of(name, doc)
        called, contents = self._open.get(run, ("a run that began before", Contents()))
        rows = contents.take(seq, name, doc)
        when = doc.get("time")
        at = clock(when)[11:] if isinstance(when, int | float) else " " * 8
        match name:
            case "start":
                return [f"{at} {called} begins: {plan_call(doc)} {doc.get('uid')}"]
            case "descriptor":
                return [f"{at} {called} {doc.get('name')}: {_fields(doc)}"]
            case "stop":
                self._forget(run)
                reason = f", {doc['reason']}" if doc.get("reason") else ""
                return [f"{at} {called} ends: {doc.get('exit_status')}{reason}"]
            case "event" | "event_page" if rows:
                return [f"{clock(row.time)[11:]} {called} {_event(stream, row)}" for stream, row in rows]
        return [f"{at} {called} {name}"]

    def _run_of(self, name: str, doc: dict[str, Any]) -> Any:
        if name == "start":
            scan_id = doc.get("scan_id")
            called = f"run {str(doc.get('uid'))[:8]}" if scan_id is None else f"scan {scan_id}"
            self._open[doc.get("uid")] = (called, Contents())
            return doc.get("uid")
        if name == "descriptor":
            self._runs[doc.get("uid")] = doc.get("run_start")
        return doc.get("run_start") or self._runs.get(doc.get("descriptor"))

    def _forget(self, run: Any) -> None:
        self._open.pop(run, None)
        self._runs = {descriptor: of for descriptor, of in self._runs.items() if of != run}


def _fields(descriptor: dict[str, Any]) -> str:
    keys = descriptor.get("data_keys")
    found = keys.items() if isinstance(keys, dict) else ()
    return ", ".join(f"{name} ({key['units']})" if key.get("units") else str(name) for name, key in found)


def _event(stream: Stream, row: Row) -> str:
    data = (f"{name}={value(each, _precision(stream, name))}" for name, each in row.data.items())
    return f"{stream.name} #{row.seq_num} {' '.join(data)}"


def _precision(stream: Stream, field: str) -> Any:
    return stream.data_keys.get(field, {}).get("precision")
