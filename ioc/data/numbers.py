"""Readings as numbers that can be drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["numbers"]

_PLAIN = frozenset({float, int, bool, np.float64, np.float32, np.int64, np.int32, np.bool_})
_ARRAY_KINDS = "biuf"


def numbers(readings: Sequence[Any] | np.ndarray) -> np.ndarray:
    """Each reading as a finite number, or NaN where it is none: a text, an array, nothing, infinity."""
    found = _all_at_once(readings)
    if found is None:
        found = np.array([_number(reading) for reading in readings], dtype=float)
    found[~np.isfinite(found)] = math.nan
    return found


def _all_at_once(readings: Sequence[Any] | np.ndarray) -> np.ndarray | None:
    """Those that are plain numbers, as nearly all are; numpy would take a text of digits for one, too."""
    if isinstance(readings, np.ndarray):
        is_plain = readings.ndim == 1 and readings.dtype.kind in _ARRAY_KINDS
        return readings.astype(float) if is_plain else None
    if not _PLAIN.issuperset(map(type, readings)):
        return None
    try:
        return np.array(readings, dtype=float)
    except OverflowError:  # an int beyond every float
        return None


def _number(reading: Any) -> float:
    try:
        if isinstance(reading, int | float):
            return float(reading)
        array = np.asarray(reading)
    except (ValueError, OverflowError):  # lists of different lengths; an int beyond every float
        return math.nan
    return float(array.item()) if array.size == 1 and array.dtype.kind in _ARRAY_KINDS else math.nan
