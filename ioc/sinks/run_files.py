"""Files that each hold one run, written as its documents come.

Rules of this file:
1. Documents that come again change nothing. Where it is not known what a run's files hold, after a restart, an error,
   or a change by somebody else, the run is read again from the journal, from its start.
2. What is in a file that is not that run's is never changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Any, Protocol

from .file_names import DEFAULT_TEMPLATE, run_name
from .runs import RunIndex, StoredRuns
from .sink import Numbered, Unacceptable

__all__ = ["FilesPerRun", "RunWriter", "free_stems", "sync"]


class RunWriter(Protocol):
    """Writes one run, from its RunStart on, or on from where it was."""

    def write(self, name: str, doc: dict[str, Any]) -> None:
        """Take the next document. Raises Unacceptable, with number 0, if it never can."""
        ...

    def flush(self) -> None:
        """Hand everything to the operating system; after a RunStop, to the disk. Raises OSError."""
        ...

    def is_as_left(self) -> bool:
        """Whether the files are there, as they were after the last `flush`."""
        ...


class FilesPerRun:
    """A sink that has a writer for each open run; a kind of file says what `begin` is."""

    def __init__(self, name: str, folder: Path, stored: StoredRuns, template: str = DEFAULT_TEMPLATE) -> None:
        self.name = name
        self.folder = folder
        self.template = template
        self._stored = stored
        self._index = RunIndex(stored)
        self._writers: dict[str, tuple[RunWriter, int]] = {}
        """By run, with the number of the last document."""

    def begin(self, stem: Path, start: dict[str, Any]) -> RunWriter:
        """Begin a run's files, or take them up again; their names begin with `stem`, or with one of `free_stems`."""
        raise NotImplementedError

    def open(self) -> None:
        """Make the folder. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)

    def put(self, documents: Sequence[Numbered]) -> None:
        """Write documents into the files of their runs. Raises OSError; Unacceptable for what belongs to no run."""
        for run, theirs in self._by_run(documents).items():
            self._take(run, theirs)
        for _, name, doc in documents:  # each of them has its run
            if name == "stop":
                self._writers.pop(doc["run_start"], None)
                self._index.forget(doc["run_start"])

    def close(self) -> None:
        """Forget what is open; it is taken up again where it was."""
        self._writers.clear()
        self._index = RunIndex(self._stored)

    def _by_run(self, documents: Sequence[Numbered]) -> dict[str, list[Numbered]]:
        runs: dict[str, list[Numbered]] = {}
        for numbered in documents:
            run = self._index.run_of(numbered)
            if run is None:
                raise Unacceptable(numbered[0], f"the run of this {numbered[1]} is not in the journal")
            runs.setdefault(run, []).append(numbered)
        return runs

    def _take(self, run: str, documents: list[Numbered]) -> None:
        # Forgotten until all is well, so that any error leads to reading the run again.
        writer, last = self._writers.pop(run, (None, 0))
        if writer is None or not writer.is_as_left():
            writer, last = self._take_up(run, documents[0])
        refusal = None
        for seq, name, doc in documents:
            if seq > last:
                try:
                    _write(writer, name, doc)
                except Unacceptable as refused:
                    refusal = Unacceptable(seq, refused.why)
                    break
                last = seq
        writer.flush()
        self._writers[run] = (writer, last)
        if refusal is not None:
            raise refusal

    def _take_up(self, run: str, first: Numbered) -> tuple[RunWriter, int]:
        """A writer that has all of the run before its document `first`, and the number of the last one it has."""
        earlier = iter([first]) if first[1] == "start" else self._before(run, first[0])
        seq, name, start = next(earlier, first)
        if name != "start":
            raise Unacceptable(first[0], f"the start of its run {run} is not in the journal")
        writer = self.begin(self.folder / run_name(self.template, start), start)
        writer.write(name, start)
        last = seq
        for numbered in earlier:
            last, name, doc = numbered
            with suppress(Unacceptable):  # it has been passed over before
                _write(writer, name, doc)
        return writer, last

    def _before(self, run: str, seq: int) -> Iterator[Numbered]:
        return takewhile(lambda numbered: numbered[0] < seq, self._stored.documents(run))


def _write(writer: RunWriter, name: str, doc: dict[str, Any]) -> None:
    """Write a document. Raises Unacceptable, with number 0, for what is none: nothing would ever come after it."""
    try:
        writer.write(name, doc)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise Unacceptable(0, f"this {name} is not as one should be: {type(error).__name__}: {error}") from error


def free_stems(stem: Path) -> Iterator[Path]:
    """The name, and what to take instead when a file of somebody else has it."""
    yield stem
    number = 2
    while True:
        yield stem.with_name(f"{stem.name}-{number}")
        number += 1


def sync(paths: Iterable[Path]) -> None:
    """Wait until files, and their names, are on the disk. Raises OSError."""
    paths = list(paths)
    for path in [*paths, *{path.parent for path in paths}]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
