"""What PVWS says of a PV, as JSON.

Rules of this file:
- The form is that of ornl-epics/pvws: metadata with the first value and when it changes, a text or a number in `text`
  and `value`, arrays of numbers as little-endian base64, an array of characters as one text.
- Nothing here knows a socket, or Channel Access.
"""

import base64
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["disconnected", "news", "to_put", "update"]

SEVERITIES = ("NONE", "MINOR", "MAJOR", "INVALID")
Message = dict[str, Any]


def update(value: Any) -> Message:
    """The fields for a value with its `severity` and, where it has them, `enums`, `units` and `precision`.

    `value` is what aioca gives for FORMAT_CTRL: a text, a number or a numpy array, augmented.
    """
    return _metadata(value) | {"severity": SEVERITIES[min(value.severity, 3)]} | _content(value)


def disconnected() -> Message:
    """The fields for a PV that nobody serves any more."""
    return {"severity": "UNDEFINED", "text": "Disconnected"}


def news(before: Mapping[str, Any], now: Mapping[str, Any]) -> Message:
    """What of `now` is to be said to somebody who knows `before`: the content always, the rest where it is another."""
    return {key: each for key, each in now.items() if key in _CONTENT or before.get(key) != each}


def to_put(value: Any, text_in_characters: bool) -> str | float | list[int]:
    """What is put for the `value` of a `write` message.

    As Phoebus does it: a number is a double, a text for an array of characters a list of integers that ends in 0.
    Raises ValueError when `value` is neither number nor text.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} cannot be written: a number or a text is needed")
    if not isinstance(value, str):
        return float(value)
    return [*value.encode(), 0] if text_in_characters else value


def _metadata(value: Any) -> Message:
    fields = {"labels": "enums", "units": "units", "precision": "precision"}
    found = {key: getattr(value, name, None) for key, name in fields.items()}
    if found["labels"] is not None:
        found["labels"] = list(found["labels"])
    return {key: each for key, each in found.items() if each is not None}


def _content(value: Any) -> Message:
    if isinstance(value, str):
        return {"text": str(value)}
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, float):
        return {"value": float(value) if math.isfinite(value) else "NaN"}
    labels = getattr(value, "enums", None)
    if labels is None:
        return {"value": int(value)}
    return {"value": int(value), "text": labels[value] if value < len(labels) else str(int(value))}


def _array(value: np.ndarray) -> Message:
    if value.dtype.kind in "SU":
        return {"text": str(list(value))}
    key, kind = ("b64dbl", "<f8") if value.dtype.kind == "f" else ("b64int", "<i4")
    return {key: base64.b64encode(np.asarray(value, kind).tobytes()).decode()}


_CONTENT = frozenset({"text", "value", "b64dbl", "b64int"})
