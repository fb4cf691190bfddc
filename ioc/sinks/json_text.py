"""Documents as JSON text: everything a document can hold has a form, so that none is ever lost to it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["json_text"]


def json_text(what: Any, indent: int | None = None) -> str:
    """As JSON, in ASCII. Never raises for what is in a document.

    Arrays become lists, bytes base64, complex numbers [re, im], what JSON has no form for the text that it prints as.
    NaN and infinities are written NaN, Infinity and -Infinity, as bluesky's own files have them: Python and pandas
    read these, though strict JSON has none.
    """
    try:
        return json.dumps(what, default=_other, indent=indent)
    except (TypeError, ValueError):  # keys that are no texts
        return json.dumps(_with_text_keys(what), default=_other, indent=indent)


def _other(value: Any) -> Any:
    match value:
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
