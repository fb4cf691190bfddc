"""An HDF5 file as the file plugin of areaDetector lays it out.

Rules of this file:
- Nothing here is awaited: it is called in a thread of its own, as disks can be slow.
- Every failure is an OSError whose text says what and where. h5py is imported with the first file: it is optional, and
  takes a third of a second.
"""

import contextlib
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .attributes import Attribute
from .disk_space import Room, Stored, check_room, cut_rest, room_for
from .frame import Frame

_STANDARD = (
    ("NDArrayUniqueId", "i4", "The unique ID of the NDArray"),
    ("NDArrayTimeStamp", "f8", "The timestamp of the NDArray as float64"),
    ("NDArrayEpicsTSSec", "u4", "The NDArray EPICS timestamp seconds past epoch"),
    ("NDArrayEpicsTSnSec", "u4", "The NDArray EPICS timestamp nanoseconds"),
)
"""Attributes that every image has."""

_TIMES_CHUNK = 1024

_SOURCES = {"Driver": "NDAttrSourceDriver", "EPICS_PV": "NDAttrSourceEPICSPV", "PARAM": "NDAttrSourceParam"}
"""What areaDetector calls where a value comes from."""


@dataclass(frozen=True)
class Layout:
    """How the images are stored; 0 rows or columns in a chunk are all of them."""

    frames_in_chunk: int = 1
    rows_in_chunk: int = 0
    columns_in_chunk: int = 0
    compression: str = "None"
    zlevel: int = 6
    fill_value: float = 0.0
    swmr: bool = False
    attributes: bool = True
    attributes_in_chunk: int = 16384
    performance: bool = False
    temporary_suffix: str = ""


class Hdf5File:
    """One file that is being written. `close` it, whatever happens."""

    def __init__(self, path: str, like: Frame, layout: Layout) -> None:
        self.path = path
        self._open_path = path + layout.temporary_suffix
        self._layout = layout
        self._like = like
        self._shape, self._dtype = like.data.shape, like.data.dtype
        self._written = 0
        self._columns: dict[str, Any] = {}
        self._stored = self._datasets()
        self._file = self._create()
        try:
            with _told(path):
                self._room = Room(self._file.id.get_vfd_handle())
                self._room.take(room_for(1, self._stored))
                self._make_groups()
                if layout.swmr:
                    self._file.swmr_mode = True
        except BaseException:
            self.close()
            raise

    def append(self, frame: Frame) -> None:
        """Write one more image; it can be read when this is over, if the file has SWMR."""
        if frame.data.shape != self._shape or frame.data.dtype != self._dtype:
            raise OSError(
                f"{self.path}: it has images of {_describe(self._shape, self._dtype)}, "
                f"this one is of {_describe(frame.data.shape, frame.data.dtype)}"
            )
        begun = time.monotonic()
        n = self._written
        with _told(self.path):
            self._room.take(room_for(n + 1, self._stored))
            self._images.resize(n + 1, axis=0)
            self._images[n] = frame.data
            for name, value in self._row(frame).items():
                if name in self._columns:
                    self._columns[name].resize(n + 1, axis=0)
                    self._columns[name][n] = value
            if self._layout.performance:
                self._times.resize(n + 1, axis=0)
                self._times[n] = time.monotonic() - begun
        self._written = n + 1

    def flush(self) -> None:
        """Let readers see what was written."""
        with _told(self.path):
            self._file.flush()

    def close(self) -> None:
        """Complete the file, under its own name."""
        with _told(self.path):
            self._file.close()
            cut_rest(self._open_path)
            if self._open_path != self.path:
                Path(self._open_path).rename(self.path)

    def _create(self) -> Any:
        try:
            import h5py
        except ImportError as error:
            raise OSError("h5py is not installed, and without it HDF5 cannot be written: pip install h5py") from error
        with _told(self.path):
            check_room(self._open_path, room_for(1, self._stored))
            # SWMR needs the latest format; all other files are to be read by old programs as well.
            return h5py.File(self._open_path, "w", libver="latest" if self._layout.swmr else None)

    def _datasets(self) -> tuple[Stored, ...]:
        """What the file will have, for the room that it needs."""
        frames, *pixels = self._chunk()
        tiles = math.prod(-(-size // chunk) for size, chunk in zip(self._shape, pixels, strict=True))
        images = Stored(tiles * math.prod((frames, *pixels)) * self._dtype.itemsize, frames)
        sizes = [np.dtype(dtype).itemsize for _, dtype, _ in _STANDARD]
        sizes += [np.asarray(value).dtype.itemsize for value in self._like.attributes.values()]
        n = self._layout.attributes_in_chunk
        columns = [Stored(size * n, n) for size in sizes] if self._layout.attributes else []
        return (images, *columns, Stored(8 * _TIMES_CHUNK, _TIMES_CHUNK))

    def _chunk(self) -> tuple[int, int, int]:
        layout, (rows, columns) = self._layout, self._shape
        return (
            max(1, layout.frames_in_chunk),
            min(layout.rows_in_chunk or rows, rows),
            min(layout.columns_in_chunk or columns, columns),
        )

    def _make_groups(self) -> None:
        entry = _group(self._file, "entry", "NXentry")
        instrument = _group(entry, "instrument", "NXinstrument")
        self._images = self._make_images(_group(instrument, "detector", "NXdetector"))
        data = _group(entry, "data", "NXdata")
        data.attrs["signal"] = "data"
        data["data"] = self._images
        if self._layout.attributes:
            self._make_attributes(_group(instrument, "NDAttributes", "NXcollection"))
        if self._layout.performance:
            performance = _group(instrument, "performance", "NXcollection")
            self._times = performance.create_dataset("timestamp", (0,), "f8", maxshape=(None,), chunks=(_TIMES_CHUNK,))

    def _make_images(self, detector: Any) -> Any:
        layout, (rows, columns) = self._layout, self._shape
        zipped = {"compression": "gzip", "compression_opts": layout.zlevel} if layout.compression == "zlib" else {}
        images = detector.create_dataset(
            "data",
            (0, rows, columns),
            self._dtype,
            maxshape=(None, rows, columns),
            chunks=self._chunk(),
            fillvalue=layout.fill_value,
            **zipped,
        )
        images.attrs["NX_class"] = "SDS"
        images.attrs["signal"] = 1
        return images

    def _make_attributes(self, group: Any) -> None:
        for name, dtype, description in _STANDARD:
            self._make_column(group, Attribute(name, "Driver", "Driver", dtype, description), np.dtype(dtype))
        for attribute, value in self._like.attributes.items():
            self._make_column(group, attribute, np.asarray(value).dtype)

    def _make_column(self, group: Any, attribute: Attribute, dtype: np.dtype) -> None:
        chunk = (self._layout.attributes_in_chunk,)
        column = group.create_dataset(attribute.name, (0,), dtype, maxshape=(None,), chunks=chunk)
        column.attrs["NDAttrName"] = attribute.name
        column.attrs["NDAttrDescription"] = attribute.description
        column.attrs["NDAttrSourceType"] = _SOURCES.get(attribute.kind, "NDAttrSourceFunct")
        column.attrs["NDAttrSource"] = attribute.source
        self._columns[attribute.name] = column

    def _row(self, frame: Frame) -> Mapping[str, Any]:
        seconds, ns = frame.seconds
        standard = (frame.unique_id, frame.time_stamp, seconds, ns)
        row = {name: value for (name, _, _), value in zip(_STANDARD, standard, strict=True)}
        return row | {attribute.name: value for attribute, value in frame.attributes.items()}


@contextlib.contextmanager
def _told(path: str) -> Iterator[None]:
    """h5py raises RuntimeError and ValueError for a full disk, too."""
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        raise OSError(f"{path}: {error}") from error


def _group(parent: Any, name: str, nx_class: str) -> Any:
    group = parent.create_group(name)
    group.attrs["NX_class"] = nx_class
    return group


def _describe(shape: tuple[int, ...], dtype: np.dtype) -> str:
    return f"{shape[1]} x {shape[0]} {dtype.name}"
