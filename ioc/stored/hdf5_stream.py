"""A stream as a group of an HDF5 file: a dataset for each field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import h5py
import numpy as np

from .contents import Row, Stream
from .hdf5_columns import Column, Layout
from .hdf5_values import encodable, free_name, group, put_all
from .texts import iso

__all__ = ["StreamWriter"]

_OURS = ("seq_num", "time", "epoch", "timestamps", "configuration")
_ROWS = 500
_BYTES = 16_000_000
_ATTRIBUTES = ("units", "precision", "source", "object_name", "lower_ctrl_limit", "upper_ctrl_limit", "external")


class StreamWriter:
    """Sees all events of a stream first, then writes them, a few at a time."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.datasets: dict[str, h5py.Dataset] = {}
        """By field; and `time` and `seq_num`."""
        self._columns: dict[str, Column] = {}
        self._stamps: dict[str, h5py.Dataset] = {}
        self._is_begun = False
        self._index: dict[int, int] = {}
        self._waiting: dict[int, Row] = {}
        self._size = 0

    def see(self, row: Row) -> None:
        """Take an event into account."""
        for field in self.stream.data_keys:
            column = self._columns.get(field)
            if column is None:
                column = self._columns[field] = Column()
                column.is_missing = self._is_begun
            column.see(row.data.get(field))
        self._is_begun = True

    def create(self, parent: h5py.Group, start: float) -> list[str]:
        """Make the datasets; `start` is when the run began (s since 1970). Returns what is left out, and why."""
        seq_nums = sorted(self.stream.seq_nums)
        self._index = {seq_num: at for at, seq_num in enumerate(seq_nums)}
        made = group(parent, self.stream.name, "NXcollection")
        self.datasets["seq_num"] = made.create_dataset("seq_num", data=np.array(seq_nums, dtype=int))
        self.datasets["time"] = self._time = made.create_dataset("time", (len(seq_nums),), float)
        self._time.attrs.update({"units": "s", "start": iso(start)})
        self._epoch = made.create_dataset("epoch", (len(seq_nums),), float)
        self._epoch.attrs.update({"units": "s", "long_name": "seconds since 1970"})
        self._start = start
        stamps = group(made, "timestamps", "NXcollection")
        left_out = [why for field in self.stream.data_keys if (why := self._create(made, stamps, field))]
        self._put_configuration(made)
        return left_out

    def _create(self, made: h5py.Group, stamps: h5py.Group, field: str) -> str:
        about = self.stream.data_keys[field]
        name = free_name(f"data_{field}" if field in _OURS else field, made)
        column = self._columns.get(field, Column())
        dataset = column.create(made, name, len(self._index))
        if about.get("external"):
            if dataset is not None:
                _describe(dataset, field, about)
            return f"{field} of {self.stream.name}: its data are elsewhere (the group assets says where)"
        if dataset is None:
            return f"{field} of {self.stream.name}: it has no value in any event" if self._is_begun else ""
        _describe(dataset, field, about)
        self.datasets.setdefault(field, dataset)  # a field that is called like one of ours is not drawn
        self._stamps[field] = stamps.create_dataset(name, (len(self._index),), float, fillvalue=np.nan)
        self._stamps[field].attrs["units"] = "s"
        is_json = column.layout is Layout.JSON
        return f"{field} of {self.stream.name}: kept as JSON, its values are no array" if is_json else ""

    def _put_configuration(self, made: h5py.Group) -> None:
        """That of each descriptor: the devices may have been configured anew in the middle of a run."""
        for descriptor in self.stream.descriptors:
            devices = descriptor.get("configuration")
            if not isinstance(devices, Mapping) or not devices:
                continue
            parent = group(made, "configuration", "NXcollection")
            parent.attrs["descriptor"] = encodable(str(descriptor.get("uid")))
            for device, configured in devices.items():
                data = configured.get("data") if isinstance(configured, Mapping) else None
                put_all(group(parent, str(device), "NXcollection"), data if isinstance(data, Mapping) else {})

    def write(self, row: Row) -> None:
        """Write an event; one that was written before is replaced."""
        self._waiting[self._index[row.seq_num]] = row
        self._size += sum(getattr(value, "nbytes", 8) for value in row.data.values())
        if len(self._waiting) >= _ROWS or self._size >= _BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        for first, rows in _in_sequence(self._waiting):
            at = slice(first, first + len(rows))
            times = np.array([row.time for row in rows], dtype=float)
            self._epoch[at], self._time[at] = times, times - self._start
            for field, column in self._columns.items():
                column.write(first, [row.data.get(field) for row in rows])
            for field, stamps in self._stamps.items():
                stamps[at] = [_seconds(row.timestamps.get(field)) for row in rows]
        self._waiting.clear()
        self._size = 0


def _in_sequence(waiting: Mapping[int, Row]) -> list[tuple[int, list[Row]]]:
    """Events that follow one another, with the place of the first."""
    found: list[tuple[int, list[Row]]] = []
    for at in sorted(waiting):
        if found and found[-1][0] + len(found[-1][1]) == at:
            found[-1][1].append(waiting[at])
        else:
            found.append((at, [waiting[at]]))
    return found


def _seconds(stamp: Any) -> float:
    return float(stamp) if isinstance(stamp, int | float | np.floating) else np.nan


def _describe(dataset: h5py.Dataset, field: str, about: Mapping[str, Any]) -> None:
    dataset.attrs["long_name"] = encodable(f"{field} ({about['units']})" if about.get("units") else field)
    for key in _ATTRIBUTES:
        found = about.get(key)
        if isinstance(found, str):
            dataset.attrs[key] = encodable(found)
        elif isinstance(found, int | float):
            dataset.attrs[key] = float(found) if isinstance(found, float) else min(max(found, -(2**63)), 2**63 - 1)
