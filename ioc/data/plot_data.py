"""One curve of the open run, from its documents.

Rules of this file:
- A point is known by its seq_num: one that is taken again replaces the old one.
- There are never more than `length` points: when there would be, every second one goes, then every fourth …
- A document that cannot be drawn is not an error: this never raises for what a document contains.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["PlotData"]

TIME = "time"
_PRIMARY = "primary"
_DTYPES = ("number", "integer", "boolean")


class PlotData:
    """Folds documents into x and y arrays of fixed length.

    x is the first field of the first dimension that the RunStart hints at, or the time since the run began (s); y the
    first scalar that the stream's devices hint at and that is no dimension. With several runs open, it is about the
    one that was opened last.
    """

    def __init__(self, length: int = 1000) -> None:
        """Keep at most `length` points. Raises ValueError when that is less than 2."""
        if length < 2:
            raise ValueError(f"a curve needs room for at least 2 points, not {length}")
        self._length = length
        self._begin({})

    def document(self, name: str, doc: dict[str, Any]) -> None:
        """Take a document of the engine into account."""
        match name:
            case "start":
                self._begin(doc)
            case "descriptor" if doc["run_start"] == self._run and doc.get("name") == self._stream:
                self._descriptor = doc["uid"]
                self.y_name = self._choose_y(doc)
            case "event" if doc["descriptor"] == self._descriptor and self.y_name:
                self._add(doc)

    def arrays(self) -> tuple[np.ndarray, np.ndarray, int]:
        """x, y and how many points are real: the rest repeats the last one, or is zero when there is none."""
        n = len(self._points)
        both = np.zeros((2, self._length))
        if n:
            in_order = sorted(self._points.items())
            both[:, :n] = np.array([point for _, point in in_order]).T
            both[:, n:] = both[:, n - 1 : n]
        return both[0], both[1], n

    def _begin(self, start: dict[str, Any]) -> None:
        self.x_name, self.y_name = TIME, ""
        self.stride = 1
        """Of how many points one is kept."""
        self._run: Any = start.get("uid")
        self._began: float = start.get("time", 0.0)
        self._descriptor: Any = None
        self._points: dict[int, tuple[float, float]] = {}
        dimensions = _dimensions(start)
        self._not_y = {field for fields, _ in dimensions for field in fields}
        self._stream = _PRIMARY
        if dimensions:
            (self.x_name, *_), self._stream = dimensions[0]

    def _choose_y(self, descriptor: dict[str, Any]) -> str:
        data_keys = descriptor["data_keys"]
        hinted = [field for hints in descriptor.get("hints", {}).values() for field in hints.get("fields", ())]
        drawable = (field for field in hinted if field not in self._not_y and _is_scalar(data_keys.get(field)))
        return next(drawable, "")

    def _add(self, event: dict[str, Any]) -> None:
        seq_num, data = event["seq_num"], event["data"]
        if (seq_num - 1) % self.stride:
            return
        x = event["time"] - self._began if self.x_name == TIME else _number(data.get(self.x_name))
        y = _number(data.get(self.y_name))
        if x is None or y is None:
            self._points.pop(seq_num, None)
            return
        self._points[seq_num] = (x, y)
        while len(self._points) > self._length:
            self._thin_out()

    def _thin_out(self) -> None:
        self.stride *= 2
        self._points = {n: point for n, point in self._points.items() if (n - 1) % self.stride == 0}


def _dimensions(start: dict[str, Any]) -> list[tuple[list[str], str]]:
    """Fields and stream of each dimension; what a plan's author wrote there may be anything."""
    hints = start.get("hints")
    dimensions = hints.get("dimensions") if isinstance(hints, dict) else None
    found = []
    for dimension in dimensions if isinstance(dimensions, list | tuple) else ():
        match dimension:
            case [[str(), *_] as fields, str(stream)]:
                found.append((fields, stream))
    return found


def _is_scalar(data_key: dict[str, Any] | None) -> bool:
    return data_key is not None and data_key.get("dtype") in _DTYPES and not data_key.get("shape")


def _number(value: Any) -> float | None:
    """A reading as a finite number, or None."""
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        return None
    if array.size != 1 or array.dtype.kind not in "biuf":
        return None
    number = float(array.item())
    return number if math.isfinite(number) else None
