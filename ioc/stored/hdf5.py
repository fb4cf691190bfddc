"""Runs as an HDF5 file that NeXus programs open with a plot.

/scan_12                         NXentry, @start and @stop: the documents as JSON
    title, start_time, end_time, program_name, exit_status …
    sample, user                 as far as the metadata has them
    metadata                     all of it
    instrument/<stream>/<field>  a value for each event, @units
    instrument/<stream>/configuration/<device>/<field>
    data                         NXdata: what is drawn
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from itertools import takewhile
from pathlib import Path
from typing import Any

import h5py

from ..journal import JournalReader, RunSummary
from ..sinks.json_text import json_text
from .contents import Contents
from .hdf5_stream import StreamWriter
from .hdf5_values import group, put
from .nexus_about import put_about
from .nexus_plot import put_plot
from .texts import iso, name_of, plan_call

__all__ = ["write_hdf5"]


def write_hdf5(file: Path, reader: JournalReader, runs: Sequence[RunSummary]) -> list[str]:
    """Write runs into a new file. Returns what is left out, for people. Raises OSError, JournalError."""
    left_out: list[str] = []
    with h5py.File(file, "w") as root:
        root.attrs.update({"NX_class": "NXroot", "creator": f"reioc {version('reioc')}"})
        for run in runs:
            entry, why = _put_run(root, reader, run)
            left_out += [f"{name_of(run)}: {each}" for each in why]
            if "default" not in root.attrs or "default" not in root[root.attrs["default"]].attrs:
                root.attrs["default"] = entry
    return left_out


def _put_run(root: h5py.File, reader: JournalReader, run: RunSummary) -> tuple[str, list[str]]:
    """Read it twice: what there is, before its place is made; then the data."""
    contents = Contents()
    writers: dict[str, StreamWriter] = {}
    for stream, row in contents.take_all(reader.documents(run.uid)):
        writers.setdefault(stream.name, StreamWriter(stream)).see(row)
    entry = _put_entry(root, run, contents)
    instrument = put_about(entry, run.start)
    left_out = list(contents.odd)
    for stream in contents.streams.values():
        left_out += writers.setdefault(stream.name, StreamWriter(stream)).create(instrument, run.started)
    until = takewhile(lambda document: document[0] <= contents.last_seq, reader.documents(run.uid))
    for stream, row in Contents().take_all(until):
        writers[stream.name].write(row)
    for writer in writers.values():
        writer.flush()
    _put_plot(entry, contents, run, writers)
    return str(entry.name).strip("/"), left_out


def _put_entry(root: h5py.File, run: RunSummary, contents: Contents) -> h5py.Group:
    called = f"run_{run.uid[:8]}" if run.scan_id is None else f"scan_{run.scan_id}"
    entry = group(root, called, "NXentry")
    entry.attrs["start"] = json_text(run.start)
    entry.attrs["stop"] = json_text(contents.stop)
    title = run.start.get("title")
    put(entry, "title", title if isinstance(title, str) else plan_call(run.start))
    put(entry, "entry_identifier", run.uid)
    put(entry, "start_time", iso(run.started))
    put(entry, "program_name", "reioc", version=version("reioc"))
    stop: dict[str, Any] = contents.stop or {}
    if run.ended is not None:
        put(entry, "end_time", iso(run.ended))
        put(entry, "duration", run.ended - run.started, units="s")
    put(entry, "exit_status", str(stop.get("exit_status") or "open"))
    put(entry, "reason", str(stop.get("reason") or ""))
    if contents.assets:
        put(entry, "assets", [json_text(list(asset)) for asset in contents.assets], encoding="json")
    return entry


def _put_plot(entry: h5py.Group, contents: Contents, run: RunSummary, writers: dict[str, StreamWriter]) -> None:
    main = contents.scene.main
    if main is None or not contents.streams[main.name].seq_nums:
        return
    if put_plot(entry, contents, run, main.name, writers[main.name].datasets):
        entry.attrs["default"] = "data"
