"""A field of a stream as an HDF5 dataset: seen first, then written.

Rules of this file:
1. Whatever the events have, there is a layout for it. It is known before the first value is written.
2. Only a few events are in memory at a time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum, auto
from typing import Any

import h5py
import numpy as np

from ..sinks.json_text import json_text
from .hdf5_values import JSON, TEXT, array_of

__all__ = ["Column", "Layout"]

_FLOAT = (np.dtype(float), ())
_CHUNK = 1 << 20
"""Bytes, of small arrays that are kept together."""
_LARGEST_CHUNK = 1 << 30
_COMPRESSED = 4096


class Layout(Enum):
    """How a field is kept."""

    NUMBERS = auto()
    TEXTS = auto()
    RAGGED = auto()
    """Arrays of different lengths; those of two dimensions and more lie flat, with their shapes beside them."""
    JSON = auto()
    NOTHING = auto()
    """There never was a value."""


class Column:
    """The values of one field, one for each event of a stream."""

    def __init__(self) -> None:
        self._seen: set[tuple[np.dtype, tuple[int, ...]]] = set()
        self._is_odd = False
        self.is_missing = False
        """Whether some event has none."""
        self.dataset: h5py.Dataset | None = None
        self._shapes: h5py.Dataset | None = None

    # Seen

    def see(self, value: Any) -> None:
        """Take into account what is to be written."""
        if value.__class__ is float:  # nearly all of them
            self._seen.add(_FLOAT)
        elif value is None:
            self.is_missing = True
        elif (found := array_of(value)) is None:
            self._is_odd = True
        else:
            self._seen.add((found.dtype, found.shape))

    @property
    def layout(self) -> Layout:
        """How it is kept."""
        kinds = {dtype.kind == "O" for dtype, _ in self._seen}
        shapes = {shape for _, shape in self._seen}
        if self._is_odd or len(kinds) > 1:
            return Layout.JSON
        if not self._seen:
            return Layout.NOTHING
        if len(shapes) == 1:
            return Layout.TEXTS if kinds == {True} else Layout.NUMBERS
        is_ragged = kinds == {False} and len({len(shape) for shape in shapes}) == 1
        return Layout.RAGGED if is_ragged else Layout.JSON

    @property
    def shape(self) -> tuple[int, ...]:
        """That of each value; nothing where they differ."""
        shapes = {shape for _, shape in self._seen}
        return shapes.pop() if len(shapes) == 1 else ()

    @property
    def _dtype(self) -> np.dtype:
        dtype = np.result_type(*(dtype for dtype, _ in self._seen))
        can_say_nothing = dtype.kind in "fc" or self.layout is Layout.RAGGED
        return dtype if can_say_nothing or not self.is_missing else np.dtype(float)

    # Written

    def create(self, parent: h5py.Group, name: str, rows: int) -> h5py.Dataset | None:
        """Make the dataset, for so many events; None if there is nothing to be kept."""
        match self.layout:
            case Layout.NOTHING:
                return None
            case Layout.NUMBERS:
                self._create_numbers(parent, name, rows)
            case Layout.TEXTS:
                self.dataset = parent.create_dataset(name, (rows, *self.shape), TEXT)
            case Layout.RAGGED:
                self.dataset = parent.create_dataset(name, (rows,), h5py.vlen_dtype(self._dtype))
                ndim = len(next(iter(self._seen))[1])
                if ndim > 1:
                    self._shapes = parent.create_dataset(f"{name}_shape", (rows, ndim), int)
            case Layout.JSON:
                self.dataset = parent.create_dataset(name, (rows,), TEXT)
                self.dataset.attrs["encoding"] = JSON
        return self.dataset

    def _create_numbers(self, parent: h5py.Group, name: str, rows: int) -> None:
        dtype = self._dtype
        size = math.prod(self.shape) * dtype.itemsize
        options: dict[str, Any] = {"fillvalue": math.nan} if self.is_missing else {}
        if self.shape and size and rows:
            together = max(1, min(rows, _CHUNK // size)) if size < _CHUNK else 1
            options["chunks"] = (together, *self.shape) if size < _LARGEST_CHUNK else True
            if size * together >= _COMPRESSED:
                options |= {"compression": "gzip", "compression_opts": 1, "shuffle": True}
        self.dataset = parent.create_dataset(name, (rows, *self.shape), dtype, **options)

    def write(self, first: int, values: Sequence[Any]) -> None:
        """Write the values of events that follow one another, from the event `first` on."""
        if self.dataset is None:
            return
        rows = slice(first, first + len(values))
        match self.layout:
            case Layout.NUMBERS:
                gap = np.full(self.shape, math.nan) if self.is_missing else None
                found = [gap if each is None else each for each in values]
                self.dataset[rows] = np.asarray(found, dtype=self._dtype)
            case Layout.TEXTS:
                gap = np.full(self.shape, "", dtype=object)
                self.dataset[rows] = np.stack([gap if each is None else _texts(each) for each in values])
            case Layout.RAGGED:
                for row, each in enumerate(values, first):
                    self._write_ragged(row, each)
            case Layout.JSON:
                self.dataset[rows] = [json_text(each) for each in values]

    def _write_ragged(self, row: int, value: Any) -> None:
        if self.dataset is None or value is None:
            return
        found = np.asarray(value)
        self.dataset[row] = found.ravel()
        if self._shapes is not None:
            self._shapes[row] = found.shape


def _texts(value: Any) -> np.ndarray:
    found = array_of(value)
    if found is None:
        raise ValueError(f"{value!r} is no text, and was seen as one")
    return found
