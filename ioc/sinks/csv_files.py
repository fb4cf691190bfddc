"""CSV: a file per run and stream, for spreadsheets, pandas and Igor; what has no column is in a JSON file beside it.

`<template>-<stream>.csv` begins with the names of its columns: `seq_num`, `time` (seconds since 1970), then every field
that is one value. Numbers have all their digits. Arrays and external data are left out; `<template>.json` says so, and
has the run's start, descriptors and stop. When the run is over, rows are in the order of seq_num, and of a point
that was taken again the last is there; until then they are in the order in which they came.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .csv_table import CsvTable, tidy
from .file_names import safe
from .json_text import json_text
from .run_files import FilesPerRun, RunWriter, free_stems, sync
from .sink import Unacceptable

__all__ = ["CsvFiles"]


class CsvFiles(FilesPerRun):
    """Writes a table for each stream of a run."""

    def begin(self, stem: Path, start: dict[str, Any]) -> RunWriter:
        """Begin a run's tables; those that it has already are written anew. Raises OSError."""
        stem.parent.mkdir(parents=True, exist_ok=True)
        return _RunTables(next(free for free in free_stems(stem) if _belongs(free, start["uid"])))


class _RunTables:
    """The tables of a run, and the file that describes them."""

    def __init__(self, stem: Path) -> None:
        self._stem = stem
        self._about = _about(stem)
        self._start: dict[str, Any] = {}
        self._stop: dict[str, Any] | None = None
        self._streams: dict[str, list[CsvTable]] = {}
        self._tables: dict[str, CsvTable] = {}
        """By the descriptor's uid."""
        self._described = False
        self._last: dict[str, int] = {}
        self._taken_again: set[str] = set()

    def write(self, name: str, doc: dict[str, Any]) -> None:
        match name:
            case "start":
                self._start = doc
                self._describe()  # it is what says whose the tables are, so it comes before them
            case "descriptor":
                self._add_stream(doc)
            case "stop":
                self._stop = doc
            case _:
                self._add_rows(name, doc)

    def flush(self) -> None:
        for table in self._all():
            table.flush()
        if self._stop is not None:
            for stream in sorted(self._taken_again):
                tidy(self._streams[stream])
            self._taken_again.clear()
            self._described = False
        if not self._described:
            self._describe()
        if self._stop is not None:
            sync([self._about, *(table.path for table in self._all())])

    def is_as_left(self) -> bool:
        return self._about.exists() and all(table.is_as_left() for table in self._all())

    def _all(self) -> list[CsvTable]:
        return [table for tables in self._streams.values() for table in tables]

    def _add_stream(self, descriptor: dict[str, Any]) -> None:
        """Another table, unless the stream has one with these columns."""
        stream = descriptor.get("name") or "primary"
        tables = self._streams.setdefault(stream, [])
        table = next((table for table in tables if table.fits(descriptor)), None)
        if table is None:
            table = CsvTable(self._free_path(stream), stream)
            tables.append(table)
        table.describe(descriptor)
        self._tables[descriptor["uid"]] = table
        self._described = False

    def _free_path(self, stream: str) -> Path:
        taken = {table.path for table in self._all()}
        paths = (free.with_name(f"{free.name}.csv") for free in free_stems(Path(f"{self._stem}-{safe(stream)}")))
        return next(path for path in paths if path not in taken)

    def _add_rows(self, name: str, doc: dict[str, Any]) -> None:
        try:
            for descriptor, seq_num, time, data in list(_events(name, doc)):
                table = self._tables[descriptor]
                table.add(seq_num, time, data)
                if seq_num <= self._last.get(table.stream, -1):
                    self._taken_again.add(table.stream)
                self._last[table.stream] = max(seq_num, self._last.get(table.stream, -1))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise Unacceptable(0, f"this {name} makes no rows: {type(error).__name__}: {error}") from error

    def _describe(self) -> None:
        about = {
            "start": self._start,
            "streams": {name: [table.about() for table in tables] for name, tables in self._streams.items()},
            "stop": self._stop,
        }
        new = self._about.with_name(f".{self._about.name}.new")
        new.write_text(json_text(about, indent=1) + "\n", encoding="ascii")
        new.replace(self._about)
        self._described = True


def _about(stem: Path) -> Path:
    return stem.with_name(f"{stem.name}.json")


def _belongs(stem: Path, uid: str) -> bool:
    """Whether files of this name are that run's, or none is there."""
    about = _about(stem)
    if not about.exists():
        return not any(path.name.startswith(f"{stem.name}-") for path in stem.parent.glob("*.csv"))
    try:
        return json.loads(about.read_text(encoding="utf-8"))["start"]["uid"] == uid
    except (ValueError, TypeError, KeyError):
        return False


def _events(name: str, doc: dict[str, Any]) -> Iterator[tuple[str, int, float, dict[str, Any]]]:
    """Descriptor, seq_num, time and data of each event in a document; assets have none."""
    if name == "event":
        yield doc["descriptor"], int(doc["seq_num"]), doc["time"], doc["data"]
    elif name == "event_page":
        for index, seq_num in enumerate(doc["seq_num"]):
            data = {field: values[index] for field, values in doc["data"].items()}
            yield doc["descriptor"], int(seq_num), doc["time"][index], data
    elif name == "bulk_events":
        for events in doc.values():
            for event in events:
                yield from _events("event", event)
