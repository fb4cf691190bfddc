"""Documents as JSON text: everything a document can hold has a form, so that none is ever lost to it."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

__all__ = ["json_text"]

_AT_ONCE = 50_000
"""Elements of an array. While it writes JSON Python lets nobody else work: an image would stop the engine for seconds.
"""


def json_text(what: Any, indent: int | None = None) -> str:
    """As JSON, in ASCII. Never raises for what is in a document.

    Arrays become lists, bytes base64, complex numbers [re, im], what JSON has no form for the text that it prints as.
    NaN and infinities are written NaN, Infinity and -Infinity, as bluesky's own files have them: Python and pandas
    read these, though strict JSON has none.
    """
    large: dict[str, np.ndarray] = {}
    default = partial(_other, large)
    try:
        text = json.dumps(what, default=default, indent=indent)
    except (TypeError, ValueError):  # keys that are no texts
        large.clear()
        text = json.dumps(_with_text_keys(what), default=default, indent=indent)
    for mark, array in large.items():
        text = text.replace(f'"{mark}"', _in_parts(array), 1)
    return text


def _in_parts(array: np.ndarray) -> str:
    """The text of an array's list; others may work after each part."""
    if array.size <= _AT_ONCE:
        return json.dumps(array.tolist(), default=partial(_other, {}))
    if array.ndim > 1:
        return f"[{', '.join(map(_in_parts, array))}]"
    parts = (_in_parts(array[begin : begin + _AT_ONCE]) for begin in range(0, array.size, _AT_ONCE))
    return f"[{', '.join(part[1:-1] for part in parts)}]"


def _other(large: dict[str, np.ndarray], value: Any) -> Any:
    """What is written for a value; for an array that is `large`, a mark that is not in any document."""
    match value:
        case np.ndarray() if value.ndim and value.size > _AT_ONCE and value.dtype.kind in "biufUc":
            large[mark := str(uuid.uuid4())] = value
            return mark
        case np.ndarray() | np.generic():
            return value.tolist() if value.dtype.kind not in "mM" else value.astype(str).tolist()
        case bytes() | bytearray() | memoryview():
            return base64.b64encode(value).decode()
        case complex():
            return [value.real, value.imag]
        case set() | frozenset():
            return list(value)
        case _:
            return str(value)


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else str(key): _with_text_keys(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_with_text_keys(each) for each in value]
    return value
