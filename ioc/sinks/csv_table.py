"""One table: the events of a stream as lines of a CSV file."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .json_text import json_text

__all__ = ["CsvTable", "tidy"]

_FIRST = ("seq_num", "time")
_HELD_BACK = 1000
"""Rows that are written at a time while a long run is read again."""


class CsvTable:
    """A file with a row per event, in the order in which they come. A file that is there is written anew."""

    def __init__(self, path: Path, stream: str) -> None:
        self.path = path
        self.stream = stream
        self._fields: list[str] = []
        self._left_out: dict[str, str] = {}
        self._descriptors: list[dict[str, Any]] = []
        self._rows: list[list[Any]] = []
        self._size: int | None = None
        """None: there is nothing in it yet."""

    def fits(self, descriptor: dict[str, Any]) -> bool:
        """Whether the events of a descriptor have the same columns."""
        return _columns(descriptor)[0] == self._fields

    def describe(self, descriptor: dict[str, Any]) -> None:
        """It also has the events of this descriptor."""
        self._fields, self._left_out = _columns(descriptor)
        self._descriptors.append(descriptor)

    def add(self, seq_num: int, time: float, data: dict[str, Any]) -> None:
        """A row; a field that an event lacks stays empty."""
        self._rows.append([seq_num, _cell(time), *(_cell(data.get(field)) for field in self._fields)])
        if len(self._rows) >= _HELD_BACK:
            self.flush()

    def flush(self) -> None:
        """Write what is new. Raises OSError."""
        if self._size is None:
            self._size = _write(self.path, "wb", 0, [self.header])
        if self._rows:
            self._size = _write(self.path, "r+b", self._size, self._rows)
            self._rows.clear()

    def is_as_left(self) -> bool:
        """Whether the file is as it was after the last `flush`."""
        return self._size is not None and self.path.exists() and self.path.stat().st_size == self._size

    def replace(self, rows: Iterable[Sequence[Any]]) -> None:
        """Give it other rows, all or nothing. Raises OSError."""
        new = self.path.with_name(f".{self.path.name}.new")
        self._size = _write(new, "wb", 0, [self.header, *rows])
        new.replace(self.path)

    def rows(self) -> list[list[str]]:
        """What is in the file, without the header. Raises OSError."""
        with self.path.open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))[1:]

    @property
    def header(self) -> list[str]:
        """The names of its columns; a field that is called like one of ours says that it is data."""
        return [*_FIRST, *(f"data.{field}" if field in _FIRST else field for field in self._fields)]

    def about(self) -> dict[str, Any]:
        """What there is to say of it, for the file beside it."""
        return {
            "file": self.path.name,
            "columns": self.header,
            "left_out": self._left_out,
            "descriptors": self._descriptors,
        }


def tidy(tables: Sequence[CsvTable]) -> None:
    """Sort the tables of a stream by seq_num; of a point that was taken again the last stays. Raises OSError."""
    seen: set[int] = set()
    for table in reversed(tables):  # the last one has what was taken last
        rows = {int(row[0]): row for row in table.rows()}
        table.replace(row for seq_num, row in sorted(rows.items()) if seq_num not in seen)
        seen.update(rows)


def _columns(descriptor: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
    """The fields that are one value, and why the others are none."""
    fields, left_out = [], {}
    for field, about in descriptor.get("data_keys", {}).items():
        if about.get("external"):
            left_out[field] = "its data are elsewhere"
        elif about.get("shape") or about.get("dtype") == "array":
            left_out[field] = f"an array of shape {list(about.get('shape') or [])}"
        else:
            fields.append(field)
    return fields, left_out


def _cell(value: Any) -> Any:
    """A value as the csv module writes it exactly: it gives numbers as many digits as they need."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.item() if value.size == 1 else value.tolist()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return json_text(value) if isinstance(value, list | tuple | dict) else value


def _write(path: Path, mode: str, at: int, rows: Iterable[Sequence[Any]]) -> int:
    """Write rows from this place on; where the file then ends."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    with path.open(mode) as file:
        file.truncate(at)
        file.seek(at)
        file.write(text.getvalue().encode("utf-8", errors="backslashreplace"))
        file.flush()
        return file.tell()
