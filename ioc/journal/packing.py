"""Documents to bytes and back.

Rules of this file
1. `pack` raises nothing: what cannot be packed is stored as its text, the rest of the document as it is.
2. Numbers, text, bytes and numpy's arrays and scalars come back as they were. `np.float64`, `np.str_` and members of
   enumerations that are numbers or text come back as Python's own; tuples and sets as lists, dates as ISO 8601: what
   JSON, HDF5 and Kafka know, as others read the journal into those.
"""

from __future__ import annotations

import io
import logging
import threading
from array import array
from collections import deque
from collections.abc import Mapping, Sequence, Set, ValuesView
from datetime import date, time
from typing import Any

import numpy as np
from msgpack import ExtType

# Not from `msgpack`: what is found there is another library's as soon as somebody calls `msgpack_numpy.patch()`, as
# bluesky's consumers do; its packer stores arrays as mappings, and its `unpackb` fails where keys were tuples.
try:
    from msgpack._cmsgpack import Packer, unpackb
except ImportError:  # no compiled one for this platform
    from msgpack.fallback import Packer, unpackb

__all__ = ["pack", "unpack"]

log = logging.getLogger("reioc.ioc")

_ARRAY, _SCALAR, _FIELDS, _INT, _COMPLEX = range(1, 6)
_LARGEST = 900_000_000
"""Bytes; SQLite takes 10^9 in one value."""
_BUFFER = 16_000_000
"""Bytes that a packer may keep to itself; to be given them anew takes ten times as long as to pack an image."""
_COLLECTIONS = (Set, Sequence, deque, array, ValuesView)

_own = threading.local()
"""Each thread's packer: one that is kept takes half the time, and two threads cannot share it."""


def pack(doc: Mapping[str, Any]) -> bytes:
    """A document as bytes."""
    try:
        packed = _packed(doc)
    except Exception as error:  # nested too deep, within itself, or changed meanwhile by another thread
        return _pack_by_key(doc, f"{type(error).__name__}: {error}")
    return packed if len(packed) <= _LARGEST else _pack_by_key(doc, f"it has {len(packed)} bytes")


def unpack(packed: bytes) -> Any:
    """What was packed. Raises ValueError if it was not packed here."""
    try:
        return _unpacked(packed)
    except TypeError:  # a tuple was a key, and has become a list
        return _unpacked(packed, object_pairs_hook=_with_hashable_keys)


def _packed(value: Any) -> bytes:
    try:
        pack = _own.pack
    except AttributeError:
        pack = _own.pack = _packer().pack
    packed: bytes
    try:
        packed = pack(value)
    except UnicodeEncodeError:  # halves of surrogate pairs: a packer that takes them is slower with every text
        packed = _packer(unicode_errors="surrogatepass").pack(value)
    if len(packed) > _BUFFER:
        del _own.pack  # its buffer has grown, and would stay so large
    return packed


def _packer(**options: Any) -> Any:
    return Packer(default=_packable, **options)


def _pack_by_key(doc: Mapping[str, Any], why: str) -> bytes:
    kept, lost = {}, []
    for key, value in list(doc.items()):
        try:
            if len(_packed(value)) <= _LARGEST // 10:
                kept[key] = value
                continue
        except Exception:  # whatever it is: this one is the reason, and is named below
            pass
        kept[key] = _text(value)[:1000]
        lost.append(str(key))
    log.error("a document cannot be stored as it is (%s): of %s only the text is kept", why, ", ".join(lost) or "some")
    return _packed(kept)


def _packable(value: Any) -> Any:
    """What msgpack asks for when it does not know the type."""
    try:
        return _converted(value)
    except Exception:  # its conversion fails: rule 1
        return _text(value)


def _converted(value: Any) -> Any:
    match value:
        case np.ndarray() | np.generic():
            return _numpy(value)
        case int():  # 64 bits are too few; not in decimal digits, of which Python allows 4300
            return ExtType(_INT, b"%x" % value)
        case complex():
            return ExtType(_COMPLEX, np.complex128(value).tobytes())
        case date() | time():  # datetime is a date
            return value.isoformat()
        case Mapping():
            return dict(value)
    return list(value) if isinstance(value, _COLLECTIONS) else _text(value)


def _numpy(value: np.ndarray | np.generic) -> Any:
    dtype = value.dtype
    if dtype.kind in "OT" or dtype.hasobject or isinstance(value, np.ma.MaskedArray):
        return value.tolist()
    if np.dtype(dtype.str) == dtype:
        shape = "x".join(map(str, value.shape))
        raw = b"%s %s\n%s" % (dtype.str.encode(), shape.encode(), value.tobytes())
        return ExtType(_ARRAY if isinstance(value, np.ndarray) else _SCALAR, raw)
    if not isinstance(value, np.ndarray):
        return value.tolist()
    file = io.BytesIO()
    np.save(file, value, allow_pickle=False)
    return ExtType(_FIELDS, file.getvalue())


def _text(value: Any) -> str:
    try:
        return str(value)
    except Exception:  # also what cannot say what it is must not keep a document from being stored
        return f"<{type(value).__name__} without a text>"


def _unpacked(packed: bytes, **hooks: Any) -> Any:
    return unpackb(packed, ext_hook=_extension, strict_map_key=False, unicode_errors="surrogatepass", **hooks)


def _extension(code: int, data: bytes) -> Any:
    if code in (_ARRAY, _SCALAR):
        head, _, raw = data.partition(b"\n")
        name, _, shape = head.decode().partition(" ")
        found = np.ndarray(tuple(map(int, shape.split("x"))) if shape else (), np.dtype(name), bytearray(raw))
        return found if code == _ARRAY else found[()]
    if code == _FIELDS:
        return np.load(io.BytesIO(data), allow_pickle=False)
    if code == _INT:
        return int(data, 16)
    if code == _COMPLEX:
        return complex(np.frombuffer(data, np.complex128)[0])
    raise ValueError(f"an extension {code} is none of the journal's")


def _with_hashable_keys(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    return {_hashable(key): value for key, value in pairs}


def _hashable(key: Any) -> Any:
    return tuple(map(_hashable, key)) if isinstance(key, list) else key
