"""The curves of the open run, from its documents.

Rules of this file:
1. With several runs open, it is about the one that was opened last.
2. A document that cannot be drawn is not an error: this never raises for what a document contains.
3. All scalars are kept, so that what is selected in the middle of a run is drawn from its start.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from .field_readings import FieldReading, FieldReadings
from .hints import dimensions, is_scalar
from .latest import last_of_page, latest_text
from .selection import AXES, Axes, Scene, StreamFields, find_field, shown_names
from .statistics import PeakStatistics, peak_statistics
from .table import TIME, Table

__all__ = ["PlotData"]

_PRIMARY = "primary"
AUTO = ("", "auto")
"""What is put to give an axis back to the hints."""


class PlotData:
    """Folds documents into an x and up to four y, of fixed length.

    Where nothing is selected, x is the first field of the first dimension that the RunStart hints at, or the time since
    the run began (s), and the y are the scalars that the stream's devices hint at and that are no dimension, in order.
    """

    def __init__(self, length: int = 1000) -> None:
        """Keep at most `length` points. Raises ValueError when that is less than 2."""
        if length < 2:
            raise ValueError(f"a curve needs room for at least 2 points, not {length}")
        self._length = length
        self._wanted: dict[str, str] = {}
        self._begin({})

    def document(self, name: str, doc: dict[str, Any]) -> None:
        """Take a document of the engine into account."""
        match name:
            case "event":
                if (stream := self._streams.get(doc["descriptor"])) is not None:
                    self._tables[stream].event(doc)
                    self._take_last(stream, doc)
            case "event_page":
                if (stream := self._streams.get(doc["descriptor"])) is not None:
                    self._tables[stream].page(doc)
                    if (last := last_of_page(doc)) is not None:
                        self._take_last(stream, last)
            case "start":
                self._begin(doc)
            case "descriptor" if doc["run_start"] == self._run:
                self._describe(doc)

    # What is selected

    def select(self, axis: str, text: str) -> str:
        """Draw a field along an axis, X or Y … Y4, in this run and later ones; "" or "auto": what the hints say.

        Returns the field that is drawn there now. Raises ValueError if the run has no such field, or not beside what
        else is selected.
        """
        if text.strip() in AUTO:
            self._wanted.pop(axis, None)
        else:
            field = find_field(text, self.fields)
            self._scene.check(axis, field, self._wanted)
            self._wanted[axis] = field
        return self.axes.fields[AXES.index(axis)]

    @property
    def selected(self) -> dict[str, str]:
        """The fields that were selected, by axis."""
        return dict(self._wanted)

    def restore(self, selected: Mapping[str, str]) -> None:
        """Select what was selected before a restart."""
        self._wanted = {axis: field for axis, field in selected.items() if axis in AXES}

    # What is drawn

    @property
    def fields(self) -> tuple[str, ...]:
        """Everything that can be drawn; nothing before the first run."""
        return self._scene.fields if self._scene.streams else ()

    @property
    def axes(self) -> Axes:
        """What is drawn along which axis."""
        return self._scene.axes(self._wanted)

    @property
    def stride(self) -> int:
        """Of how many points one is kept."""
        table = self._tables.get(self.axes.stream)
        return table.stride if table else 1

    def arrays(self) -> tuple[np.ndarray, int]:
        """x, y, y2, y3 and y4 as rows, and how many points are real: the rest repeats the last one.

        Points without a number for x or y are left out; one without one for y2 … is NaN there, as is all of an axis
        along which nothing is drawn. Without any point x and y are zeros.
        """
        rows = np.full((len(AXES), self._length), math.nan)
        points = self._points()
        n = points.shape[1]
        if n:
            rows[:, :n] = points
            rows[:, n:] = points[:, -1:]
        else:
            rows[:2] = 0.0
        return rows, n

    def statistics(self) -> PeakStatistics:
        """Of y against x, from the points that are kept. A map of several dimensions has no width along one of them."""
        x, y, *_ = self._points()
        found = peak_statistics(x, y)
        return replace(found, center=math.nan, fwhm=math.nan, com=math.nan) if self._is_map else found

    def latest(self, longest: int = 2000) -> str:
        """The last event of any stream as JSON of up to `longest` bytes; empty before the first."""
        return latest_text(*self._last, longest) if self._last else ""

    def readings(self, most: int) -> list[FieldReading]:
        """What the first fields that can be drawn read in the last event of their stream, in the order of `fields`."""
        scene, names = self._scene, shown_names(self.fields)
        read = [
            (shown, self._readings.reading(name, scene.stream_of(name) or self.axes.stream))
            for shown, name in list(names.items())[:most]
        ]
        return [replace(reading, name=shown) for shown, reading in read]

    def _points(self) -> np.ndarray:
        for each in self._tables.values():  # also of what is not drawn: images need not be kept for its numbers
            each.take_in()
        axes = self.axes
        table = self._tables.get(axes.stream)
        if table is None or not axes.fields[1]:
            return np.empty((len(AXES), 0))
        time = table.column(TIME)
        columns = [table.column(field) if field else np.full(len(time), math.nan) for field in axes.fields]
        points = np.array(columns)
        return points[:, ~np.isnan(points[0]) & ~np.isnan(points[1])]

    # From documents

    def _take_last(self, stream: str, event: dict[str, Any]) -> None:
        self._last = (stream, event)
        self._readings.event(stream, event)

    def _begin(self, start: dict[str, Any]) -> None:
        self._run: Any = start.get("uid")
        self._began: float = start.get("time", 0.0)
        self._streams: dict[Any, str] = {}
        """Names of streams by descriptor."""
        self._tables: dict[str, Table] = {}
        self._last: tuple[str, dict[str, Any]] | None = None
        self._readings = FieldReadings(self._began)
        hinted = dimensions(start)
        self._not_y = {field for fields, _ in hinted for field in fields}
        self._is_map = len(hinted) > 1
        fields, home = hinted[0] if hinted else ((), _PRIMARY)
        self._scene = Scene({}, home, fields)

    def _describe(self, descriptor: dict[str, Any]) -> None:
        name, data_keys = descriptor.get("name", ""), descriptor["data_keys"]
        self._streams[descriptor["uid"]] = name
        self._readings.describe(name, data_keys)
        known = self._scene.streams.get(name)
        scalars = [field for field, data_key in data_keys.items() if is_scalar(data_key)]
        hinted = [field for hints in descriptor.get("hints", {}).values() for field in hints.get("fields", ())]
        drawable = (field for field in dict.fromkeys(hinted) if field in scalars and field not in self._not_y)
        # A stream may be described again, when a device has been configured in the middle of a run.
        all_scalars = tuple(dict.fromkeys((*(known.scalars if known else ()), *scalars)))
        stream = StreamFields(name, all_scalars, tuple(drawable))
        self._scene = Scene({**self._scene.streams, name: stream}, self._scene.home, self._scene.dimension)
        self._tables.setdefault(name, Table(self._length, self._began)).want(all_scalars)
