"""What each field of a run reads now, as short texts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .latest import json_value
from .table import SEQ_NUM, TIME

__all__ = ["FieldReading", "FieldReadings"]

_LONGEST = 39
"""Bytes of a text that fits into a string PV."""
_DIGITS = 6
"""Significant ones, of numbers whose device does not say how many decimals there are."""
_MOST_DECIMALS = 15
_LARGE = 10**15


@dataclass(frozen=True, slots=True)
class FieldReading:
    """A field, its latest value and its units; the value is empty before the first event."""

    name: str
    value: str
    units: str


class FieldReadings:
    """The last event of each stream, and what the streams' data keys say of units and decimals."""

    def __init__(self, began: float) -> None:
        """`began` is when the run did, in epoch seconds: the field `time` counts from then on."""
        self._began = began
        self._data_keys: dict[str, dict[str, Any]] = {}
        self._events: dict[str, Mapping[str, Any]] = {}

    def describe(self, stream: str, data_keys: Mapping[str, Any]) -> None:
        """A stream has these fields, perhaps beside others."""
        self._data_keys.setdefault(stream, {}).update(data_keys)

    def event(self, stream: str, event: Mapping[str, Any]) -> None:
        """The last event of a stream."""
        self._events[stream] = event

    def reading(self, name: str, stream: str) -> FieldReading:
        """What a field of a stream reads."""
        event, data_key = self._events.get(stream), self._data_keys.get(stream, {}).get(name, {})
        if name == TIME:
            since = _seconds(event, self._began) if event is not None else ""
            return FieldReading(name, since, "s")
        if name == SEQ_NUM:
            return FieldReading(name, _text(event["seq_num"], None) if event is not None else "", "")
        value = event["data"].get(name) if event is not None else None
        return FieldReading(name, _text(value, data_key.get("precision")), _fitting(data_key.get("units")))


def _seconds(event: Mapping[str, Any], began: float) -> str:
    time = event["time"]
    return f"{time - began:.1f}" if isinstance(time, int | float) else ""


def _text(value: Any, decimals: Any) -> str:
    """A value in short; numbers with their decimals, if they say enough of it."""
    if isinstance(value, np.ndarray | np.generic) and value.size == 1:
        value = value.item()
    match value:
        case bool():
            return str(value).lower()
        case int() if abs(value) < _LARGE:
            return str(value)
        case float() if math.isfinite(value):
            return _number(value, decimals)
        case None | str() | float():
            return _fitting(value)
        case _:
            return _fitting(json_value(value))


def _number(value: float, decimals: Any) -> str:
    """Without the decimals where that would be nothing but zeros, or the whole value would not fit.

    No decimals are taken for none said: many records have no PREC, and 0 would be shown for 0.4.
    """
    if isinstance(decimals, int) and 0 < decimals <= _MOST_DECIMALS:
        text = f"{value:.{decimals}f}"
        if len(text) <= _LONGEST and (not value or float(text)):
            return text
    return f"{value:.{_DIGITS}g}"


def _fitting(value: Any) -> str:
    """A text that a string PV can show, whole characters only; it is told where there is more."""
    if value is None:
        return ""
    text = " ".join(str(value).split()).encode(errors="replace")
    return text.decode() if len(text) <= _LONGEST else f"{text[: _LONGEST - 3].decode(errors='ignore')}..."
