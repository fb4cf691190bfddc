"""Values of documents as HDF5 can hold them.

Rule of this file: every value has a form. Numbers and texts, and arrays of them, are kept as they are; anything else is
its JSON, and the dataset says so by its attribute `encoding`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import h5py
import numpy as np

from ..sinks.json_text import json_text

__all__ = ["JSON", "TEXT", "array_of", "encodable", "free_name", "group", "put", "put_all"]

JSON = "json"
TEXT = h5py.string_dtype("utf-8")
_NUMBERS = "biufc"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_]+")
_DEEPEST = 8


def encodable(text: str) -> str:
    """A text without what HDF5 cannot hold: NUL, and halves of surrogate pairs."""
    return text.encode("utf-8", errors="backslashreplace").decode().replace("\0", "\\0")


def array_of(value: Any) -> np.ndarray | None:
    """Numbers or texts as an array, of as many dimensions as they have; None for anything else."""
    if isinstance(value, str):
        return np.array(encodable(value), dtype=object)
    try:
        found = np.asarray(value)
    except (ValueError, TypeError, OverflowError):  # lists of different lengths, and what only looks like an array
        return None
    if found.dtype.kind in _NUMBERS and not isinstance(value, np.ma.MaskedArray):
        return found
    if found.dtype.kind != "U" or not _is_text(value):
        return None
    return np.array([encodable(str(each)) for each in found.ravel()], dtype=object).reshape(found.shape)


def _is_text(value: Any) -> bool:
    """Whether it was all text: numpy makes text of a number beside one."""
    if isinstance(value, list | tuple):
        return all(map(_is_text, value))
    return isinstance(value, str) or (isinstance(value, np.ndarray | np.generic) and value.dtype.kind == "U")


def put(parent: h5py.Group, name: str, value: Any, **attributes: Any) -> h5py.Dataset:
    """A dataset with a value, under that name or the nearest that HDF5 and NeXus allow."""
    found = array_of(value)
    encoding = {}
    if found is None:
        found, encoding = np.array(json_text(value), dtype=object), {"encoding": JSON}
    called = free_name(name, parent)
    dataset = parent.create_dataset(called, data=found, dtype=TEXT if found.dtype.kind == "O" else None)
    renamed = {} if _plain(name) == name else {"name": encodable(name)}
    for key, each in {**attributes, **encoding, **renamed}.items():
        dataset.attrs[key] = each
    return dataset


def put_all(parent: h5py.Group, values: Mapping[Any, Any], depth: int = 0) -> None:
    """A dataset for each value, and a group for each mapping."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value and depth < _DEEPEST:
            put_all(group(parent, str(key), "NXcollection"), value, depth + 1)
        else:
            put(parent, str(key), value)


def group(parent: h5py.Group, name: str, nx_class: str) -> h5py.Group:
    """A group of a NeXus class, under that name or the nearest that is allowed."""
    called = free_name(name, parent)
    made = parent.create_group(called)
    made.attrs["NX_class"] = nx_class
    if _plain(name) != name:
        made.attrs["name"] = encodable(name)
    return made


def free_name(name: str, taken: Collection[str]) -> str:
    """A name of letters, digits and _ that begins with no digit, and is not taken."""
    plain = free = _plain(name)
    number = 1
    while free in taken:
        number += 1
        free = f"{plain}_{number}"
    return free


def _plain(name: str) -> str:
    plain = _NOT_IN_NAMES.sub("_", name)[:200]
    return f"_{plain}" if not plain or plain[0].isdigit() else plain
