"""JSON lines: a file per run, a line per document, `["name", {document}]`.

It is the form of bluesky's own exporters. A file is complete when its last line is the run's "stop".
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from .file_names import DEFAULT_TEMPLATE
from .json_text import json_text
from .run_files import FilesPerRun, RunWriter, free_stems, sync
from .runs import StoredRuns

__all__ = ["JsonLines"]

ENDING = ".jsonl"
_HELD_BACK = 4_000_000
"""Bytes that are written at a time while a long run is read again."""
_BLOCK = 1 << 20


class JsonLines(FilesPerRun):
    """Writes `<folder>/<template>.jsonl`, in ASCII, each line whole; on the disk when the run is over."""

    def __init__(self, name: str, folder: Path, stored: StoredRuns, template: str = DEFAULT_TEMPLATE) -> None:
        super().__init__(name, folder, stored, template)

    def begin(self, stem: Path, start: dict[str, Any]) -> RunWriter:
        """Begin a file, or find the one that has this run already. Raises OSError."""
        first = _line("start", start)
        for free in free_stems(stem):
            path = free.with_name(free.name + ENDING)
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                path.open("xb").close()
            if _belongs(path, first, start["uid"]):
                return _RunFile(path)
        raise AssertionError("there is always another name")


class _RunFile:
    """The file of a run: documents that it has as lines are not written again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._there, self._size = _whole_lines(path)
        self._seen = 0
        self._new: list[bytes] = []
        self._held_back = 0
        """Bytes of these."""
        self._over = False

    def write(self, name: str, doc: dict[str, Any]) -> None:
        self._seen += 1
        self._over = self._over or name == "stop"
        if self._seen > self._there:
            self._new.append(line := _line(name, doc))
            self._held_back += len(line)
            if self._held_back >= _HELD_BACK:
                self._append()

    def flush(self) -> None:
        if self._new:
            self._append()
        if self._over:
            sync([self._path])

    def is_as_left(self) -> bool:
        return self._path.exists() and self._path.stat().st_size == self._size

    def _append(self) -> None:
        with self._path.open("r+b") as file:
            # A line that was torn, by a crash or a full disk, is written anew.
            file.truncate(self._size)
            file.seek(self._size)
            file.writelines(self._new)
            file.flush()
            self._size = file.tell()
        self._new.clear()
        self._held_back = 0


def _line(name: str, doc: dict[str, Any]) -> bytes:
    return json_text([name, doc]).encode() + b"\n"


def _belongs(path: Path, first: bytes, uid: str) -> bool:
    """Whether a file is empty or that run's: by its first line, or by what there is of it."""
    with path.open("rb") as file:
        line = file.readline()
    if not line.endswith(b"\n"):
        return first.startswith(line)
    try:
        name, start = json.loads(line)
        return name == "start" and start["uid"] == uid
    except (ValueError, TypeError, KeyError):
        return False


def _whole_lines(path: Path) -> tuple[int, int]:
    """How many lines are complete, and how many bytes these are."""
    lines = size = end = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            lines += block.count(b"\n")
            if b"\n" in block:
                end = size + block.rindex(b"\n") + 1
            size += len(block)
    return lines, end
