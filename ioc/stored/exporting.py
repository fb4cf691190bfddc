"""`reioc runs export`.

Rules of this file:
1. Files are written in a folder of their own and moved to their places when all are whole: none is ever left half-done.
2. What is there is replaced only if that is asked for, and is looked for before anything is moved.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from ..journal import JournalReader, RunSummary
from ..sinks.csv_files import CsvFiles
from ..sinks.file_names import run_name
from ..sinks.json_text import json_text
from ..sinks.jsonl import JsonLines
from ..sinks.run_files import FilesPerRun
from ..sinks.runs import StoredRuns
from ..sinks.sink import Unacceptable
from .errors import StoredError
from .texts import name_of

__all__ = ["NAME", "Export", "form_of", "in_place"]

NAME = "{scan_id:05d}-{plan}-{uid8}"
"""What the files of a run are called, where nothing else is said."""
_ENDINGS = {".jsonl": "jsonl", ".csv": "csv", ".h5": "hdf5", ".hdf5": "hdf5", ".nxs": "hdf5", ".nx": "hdf5"}
_WRITTEN = {"jsonl": ".jsonl", "csv": ".json", "hdf5": ".h5"}
_STDOUT = "-"


def form_of(form: str | None, output: str | None) -> str:
    """The form that was named, else the one that the ending of the output tells, else JSON lines."""
    return form or _ENDINGS.get(Path(output or "").suffix.lower(), "jsonl")


class Export:
    """Writes runs as files: of one form, to one place. `left_out` says, after it, what has no place in that form."""

    def __init__(self, form: str | None, output: str | None = None, *, force: bool = False) -> None:
        """`output` is a folder, a file, or "-"; None is the folder where one is."""
        self.form = form_of(form, output)
        self.left_out: list[str] = []
        self._output, self._force = output, force
        self._to_folder = output is None or output.endswith("/") or Path(output).is_dir()

    def write(self, reader: JournalReader, runs: Sequence[RunSummary], out: TextIO) -> list[Path]:
        """Write runs; returns the files that there are now. `out` is the standard output.

        Raises StoredError, and leaves everything as it was; JournalError.
        """
        if self._output == _STDOUT:
            self._write_out(reader, runs, out)
            return []
        if self._to_folder:
            folder = Path(self._output or ".")
            stems = [folder / run_name(NAME, run.start) for run in runs]
            parts = [([run], stem) for run, stem in zip(runs, stems, strict=True)]
        else:
            parts = [(list(runs), self._one_file(runs))]
            folder = parts[0][1].parent
        self._refuse_replacing(self._place(stem) for _, stem in parts)
        with in_place(folder, force=self._force) as place:
            for each, stem in parts:
                self._write(reader, each, place.work / stem.name)
        return place.files

    def _one_file(self, runs: Sequence[RunSummary]) -> Path:
        file = Path(self._output or "")
        if self.form != "csv":
            return file
        if len(runs) > 1:
            raise StoredError(f"{file}: a CSV file holds a stream of one run, and these are {len(runs)}: name a folder")
        return file.with_suffix("") if file.suffix.lower() == ".csv" else file

    def _place(self, stem: Path) -> Path:
        """The file that there will be in any case."""
        return stem if self.form != "csv" and not self._to_folder else stem.with_name(stem.name + _WRITTEN[self.form])

    def _refuse_replacing(self, files: Iterator[Path]) -> None:
        _refuse_replacing([] if self._force else list(files))

    def _write(self, reader: JournalReader, runs: Sequence[RunSummary], stem: Path) -> None:
        file = self._place(stem)
        match self.form:
            case "hdf5":
                self.left_out += _write_hdf5()(file, reader, runs)
            case "csv":
                self._by_sink(CsvFiles, reader, runs[0], stem)
                self.left_out += _without_columns(runs[0], file)
            case _:
                with file.open("wb") as whole:
                    for number, run in enumerate(runs):
                        self._by_sink(JsonLines, reader, run, part := file.with_name(f"part-{number}"))
                        with (one := part.with_name(f"{part.name}.jsonl")).open("rb") as lines:
                            shutil.copyfileobj(lines, whole)
                        one.unlink()

    def _by_sink(self, kind: Callable[..., FilesPerRun], reader: JournalReader, run: RunSummary, stem: Path) -> None:
        """As the sink of that form has it."""
        sink = kind("export", stem.parent, StoredRuns(partial(JournalReader, reader.path)))
        writer = sink.begin(stem, run.start)
        for seq, name, doc in reader.documents(run.uid):
            try:
                writer.write(name, doc)
            except Unacceptable as refused:
                self.left_out.append(f"{name_of(run)}: left out: document {seq}: {refused.why}")
        writer.flush()

    def _write_out(self, reader: JournalReader, runs: Sequence[RunSummary], out: TextIO) -> None:
        if self.form != "jsonl":
            raise StoredError(f"only jsonl can be written to the standard output, not {self.form}: name a file")
        for run in runs:
            out.writelines(f"{json_text([name, doc])}\n" for _, name, doc in reader.documents(run.uid))


def _write_hdf5() -> Callable[[Path, JournalReader, Sequence[RunSummary]], list[str]]:
    try:
        from .hdf5 import write_hdf5
    except ImportError as error:
        raise StoredError(f"an HDF5 file needs h5py: pip install 'reioc[hdf5]' ({error})") from error
    return write_hdf5


def _without_columns(run: RunSummary, about: Path) -> list[str]:
    """Fields that have none, as the file beside the tables tells."""
    streams: dict[str, list[dict[str, Any]]] = json.loads(about.read_text(encoding="ascii"))["streams"]
    found = {
        f"{name_of(run)}: left out: {field} of {stream}: {why}": None
        for stream, tables in streams.items()
        for each in tables
        for field, why in each["left_out"].items()
    }
    return list(found)


class _Place:
    """Where files are made, and where they have gone."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.files: list[Path] = []


@contextmanager
def in_place(folder: Path, *, force: bool) -> Iterator[_Place]:
    """A folder to write files in; at the end they all go to `folder`, or none does. Raises StoredError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".reioc-", dir=folder, ignore_cleanup_errors=True) as work:
            place = _Place(Path(work))
            yield place
            made = sorted(place.work.iterdir())
            _refuse_replacing([] if force else [folder / file.name for file in made])
            place.files = [file.replace(folder / file.name) for file in made]
    except OSError as error:
        raise StoredError(f"{folder}: cannot be written: {error.strerror or error}") from error


def _refuse_replacing(files: Sequence[Path]) -> None:
    there = [str(file) for file in files if file.exists()]
    if there:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise StoredError(f"{there[0]}{more} exists already: --force replaces it, -o names another place")
