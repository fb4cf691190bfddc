"""Documents as bluesky-tiled-plugins' writer takes them: each column has one type for a whole run.

Rules of this file:
1. Tiled's tables and arrays have the type of what came first. What comes later and is of another is refused with a
   "server error" that looks as if it might pass, or is cut off, or filled up with zeros. Nothing such may get there.
2. A value that does not fit widens its column: boolean, integer, number, text; a fixed shape, a variable one, text.
   What was written with the narrower column has to be written again, so there are only a few steps.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, NoReturn

import numpy as np

from .json_text import json_text

__all__ = ["ASSETS", "Columns", "Widened"]

ASSETS = frozenset({"resource", "stream_resource", "datum", "datum_page", "stream_datum"})
"""Documents that point to data in files."""

_SCALARS = ("boolean", "integer", "number", "string")
_TEXT_LENGTH = 40
"""What a text in an array has room for at first: EPICS' strings have 40."""

Document = tuple[str, dict[str, Any]]


class Widened(Exception):
    """A column is wider now: its run has to be written anew."""


class Columns:
    """The columns of one run, from its descriptors and what has come for them.

    When `assets` is False, what is in files is left out.
    """

    def __init__(self) -> None:
        self.assets = True
        self._columns: dict[tuple[str, str], _Column | None] = {}
        """By stream and field; None: its data are in files."""
        self._streams: dict[str, str] = {}

    def fitted(self, name: str, doc: dict[str, Any]) -> Iterable[Document]:
        """What to write for a document. Raises Widened."""
        match name:
            case "descriptor":
                yield name, self._descriptor(_plain(doc))
            case "event":
                yield name, self._event(doc)
            case "event_page":
                from event_model import unpack_event_page

                for event in unpack_event_page(doc):  # type: ignore[arg-type]
                    yield "event", self._event(dict(event))
            case _ if self.assets or name not in ASSETS:
                yield name, _plain(doc)

    def _descriptor(self, doc: dict[str, Any]) -> dict[str, Any]:
        stream = self._streams[doc["uid"]] = doc.get("name", "")
        keys = doc["data_keys"]
        for field, key in tuple(keys.items()):
            column = self._columns.setdefault((stream, field), None if "external" in key else _Column(key))
            if column is not None:
                keys[field] = column.declared(key)
            elif not self.assets:
                del keys[field]
        for fields in doc.get("object_keys", {}).values():
            fields[:] = [field for field in fields if field in keys]
        return doc

    def _event(self, doc: dict[str, Any]) -> dict[str, Any]:
        stream = self._streams[doc["descriptor"]]
        data = {field: self._value(stream, field, value) for field, value in doc["data"].items()}
        if not self.assets:
            data = {field: value for field, value in data.items() if self._columns.get((stream, field)) is not None}
        stamps = doc.get("timestamps", {})
        return {
            **doc,
            "time": float(doc["time"]),
            "data": data,
            "timestamps": {field: _number(stamps.get(field)) for field in data},
            "filled": {field: filled for field, filled in doc.get("filled", {}).items() if field in data},
        }

    def _value(self, stream: str, field: str, value: Any) -> Any:
        column = self._columns.get((stream, field))
        if column is None:
            return value.tolist() if isinstance(value, np.ndarray) else value
        return column.fitted(value)


class _Column:
    """One field: a scalar type, or an array's shape and element type."""

    def __init__(self, key: dict[str, Any]) -> None:
        kind = key.get("dtype", "")
        self._kind = kind if kind in ("array", *_SCALARS) else "string"
        self._shape: tuple[int | None, ...] = tuple(key.get("shape") or ())
        self._element = _element(key)
        self._seen = False

    def declared(self, key: dict[str, Any]) -> dict[str, Any]:
        """The field's description as the writer is to have it."""
        rest = {name: value for name, value in key.items() if name not in ("dtype_numpy", "dtype_descr", "dtype_str")}
        if self._kind != "array":
            return {**rest, "dtype": self._kind, "shape": []}
        return {**rest, "dtype": "array", "shape": list(self._shape), "dtype_numpy": self._element.str}

    def fitted(self, value: Any) -> Any:
        """The value in the column's type. Raises Widened when it has none there."""
        if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and not value.ndim):
            value = value.item()
        fitted = self._array(value) if self._kind == "array" else self._scalar(value)
        self._seen = True
        return fitted

    def _scalar(self, value: Any) -> Any:
        if self._kind != "string" and isinstance(value, list | tuple | np.ndarray):
            self._kind, self._element = "array", np.dtype("<f8")
            raise Widened
        while True:
            try:
                return _AS[self._kind](value)
            except ValueError:
                self._kind = _SCALARS[_SCALARS.index(self._kind) + 1]
                raise Widened from None

    def _array(self, value: Any) -> Any:
        try:
            array = np.atleast_1d(np.asarray(value))
        except ValueError:  # lists of different lengths in a list
            self._become_text()
        if array.dtype.kind == "S":
            array = np.char.decode(array, "latin-1")
        self._fit_element(array)
        self._fit_shape(array.shape)
        array = array.astype(self._element, copy=False)
        return array.tolist() if None in self._shape else array

    def _fit_element(self, array: np.ndarray) -> None:
        if array.dtype == self._element or not array.size:
            return
        mixed = (array.dtype.kind == "U") != (self._element.kind == "U")
        if array.dtype.kind in "biufU" and not mixed and _holds(self._element, array):
            return
        wider = array.dtype if mixed or not self._seen else np.result_type(self._element, array.dtype)
        if array.dtype.kind not in "biufU" or (mixed and self._seen) or wider == self._element:
            self._become_text()
        self._element = _roomy(wider)
        raise Widened

    def _fit_shape(self, shape: tuple[int, ...]) -> None:
        if shape == self._shape and 0 not in shape:
            return
        ragged = len(shape) == 1 and self._element.kind != "U"
        if ragged and self._shape == (None,):
            return
        if not self._seen and 0 not in shape:
            self._shape = shape  # what was declared is not so: it is what there is
        elif ragged:
            self._shape = (None,)
        else:
            self._become_text()
        raise Widened

    def _become_text(self) -> NoReturn:
        self._kind = "string"
        raise Widened


def _element(key: dict[str, Any]) -> np.dtype:
    try:
        element = np.dtype(key.get("dtype_numpy") or key.get("dtype_str") or "<f8")
    except TypeError:
        return np.dtype("<f8")
    return _roomy(element) if element.kind in "biufUS" else np.dtype("<f8")


def _roomy(element: np.dtype) -> np.dtype:
    """With room for longer texts than there were: each one that is too long has the run written anew."""
    if element.kind not in "US":
        return element
    length = element.itemsize // np.dtype(f"{element.kind}1").itemsize
    return np.dtype(f"<U{max(_TEXT_LENGTH, 2 * length)}")


def _holds(element: np.dtype, array: np.ndarray) -> bool:
    """Whether nothing of an array is lost in that type."""
    with np.errstate(invalid="ignore", over="ignore"):
        back = array.astype(element).astype(array.dtype)
    return np.array_equal(back, array, equal_nan=array.dtype.kind == "f")


def _plain(doc: dict[str, Any]) -> dict[str, Any]:
    """A document of nothing but what JSON has."""
    return json.loads(json_text(doc))


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError
    return int(value)


def _number(value: Any) -> float:
    if value is None:
        return math.nan
    # An integer that a float has not exactly keeps its digits, as text.
    if not isinstance(value, int | float) or (isinstance(value, int) and abs(value) > 2**53):
        raise ValueError
    return float(value)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json_text(value)


_AS = {"boolean": _boolean, "integer": _integer, "number": _number, "string": _text}
