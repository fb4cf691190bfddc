"""What a PV says, as the bytes of a DBR type.

Rules of this file:
1. A reading is made once, and shared by all who are sent it.
2. As many elements as were asked for are sent, zeros behind those that there are: Phoebus takes fewer for a
   disconnected PV. Who asks for 0 gets those that there are, but at least one: an update without any would be taken
   for the end of the subscription.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Coroutine
from typing import Any

import numpy as np
from caproto import ChannelType, TimeStamp, apply_arr_filter, native_type
from caproto._dbr import _LongStringChannelType

__all__ = ["Reading", "at_once", "dbr_type", "is_readable_type", "payload_size", "read"]

_SIZES = {
    ChannelType.STRING: 40,
    ChannelType.INT: 2,
    ChannelType.FLOAT: 4,
    ChannelType.ENUM: 2,
    ChannelType.CHAR: 1,
    ChannelType.LONG: 4,
    ChannelType.DOUBLE: 8,
}
_DTYPES = {
    ChannelType.INT: ">i2",
    ChannelType.FLOAT: ">f4",
    ChannelType.ENUM: ">u2",
    ChannelType.CHAR: "u1",
    ChannelType.LONG: ">i4",
    ChannelType.DOUBLE: ">f8",
}
_LAST_PLAIN = 34
_TEXT = 40
_TIMES = (14, 21)
_WITHOUT_DATA = (ChannelType.STSACK_STRING, ChannelType.CLASS_NAME)


def is_readable_type(data_type: int) -> bool:
    """Whether there is such a DBR type, and one can be asked for it."""
    return 0 <= data_type <= _LAST_PLAIN or data_type in _WITHOUT_DATA


def dbr_type(data_type: int) -> ChannelType:
    """As what a PV is read, so that its bytes lie as in EPICS Base, whose CTRL_STRING has no time; caproto's has."""
    return ChannelType.GR_STRING if data_type == ChannelType.CTRL_STRING else ChannelType(data_type)


def payload_size(data_type: int, count: int) -> int:
    """Bytes of a put's payload of a native type (0 … 6)."""
    return _SIZES[ChannelType(data_type)] * count


class Reading:
    """A PV's value with what belongs to it, at one moment."""

    __slots__ = ("_data", "_element", "_made", "_metadata", "count", "size")

    def __init__(self, metadata: bytes, data: bytes, element: int) -> None:
        self._metadata, self._data, self._element = metadata, data, element
        self._made: dict[int, bytes] = {}
        self.count = -(-len(data) // element) if element else 1
        self.size = len(metadata) + len(data)

    def payload(self, count: int) -> bytes:
        """The bytes of so many elements; 0 means those that there are."""
        made = self._made.get(count)
        if made is None:
            size = self._element * (count or max(1, self.count))
            made = self._made[count] = self._metadata + self._data[:size].ljust(size, b"\0")
        return made

    def elements(self, count: int) -> int:
        """How many elements that is."""
        return count or max(1, self.count)


def read(pv: Any, data_type: int, *, long_string: bool = False, filters: Any = None) -> Reading:
    """What a PV says now. Raises what caproto raises where a value cannot be shown as that type."""
    if long_string and data_type in _LONG_STRINGS:
        wanted: Any = _LongStringChannelType(data_type)
    else:
        wanted = dbr_type(data_type)
    with np.errstate(all="ignore"):  # what does not fit is cast as in C, without a word; a client may ask for anything
        metadata, values = at_once(pv.read(wanted))
    if data_type in _WITHOUT_DATA:
        return Reading(bytes(metadata), b"", 0)
    native, metadata = native_type(ChannelType(data_type)), bytes(metadata)
    if native is ChannelType.STRING and pv.data_type in _FLOATS:
        values = _texts(pv)
    if filters is not None and filters.arr is not None:
        values = apply_arr_filter(filters.arr, values)
    if filters is not None and filters.ts and data_type in range(*_TIMES):
        metadata = _stamped(metadata)
    return Reading(metadata, _data(values, native), _SIZES[native])


_LONG_STRINGS = tuple(int(each) for each in _LongStringChannelType)


_FLOATS = (ChannelType.FLOAT, ChannelType.DOUBLE)


def _texts(pv: Any) -> list[bytes]:
    """Numbers with as many digits as the PV says, as EPICS' records have it; caproto shows all that there are."""
    precision, numbers = pv.precision, np.ravel(pv.value)
    texts = [f"{number:.{precision}f}" for number in numbers]
    return [
        (text if len(text) < _TEXT else f"{number:.{precision}e}").encode()
        for text, number in zip(texts, numbers, strict=True)
    ]


def _stamped(metadata: bytes) -> bytes:
    """With the time of now, which a filter asks for instead of the PV's."""
    now = TimeStamp.from_unix_timestamp(time.time())
    return metadata[:4] + struct.pack(">II", now.secondsSinceEpoch, now.nanoSeconds) + metadata[12:]


def _data(values: Any, native: ChannelType) -> bytes:
    if isinstance(values, bytes):
        return values
    if native is ChannelType.STRING:
        return b"".join(bytes(each)[:39].ljust(40, b"\0") for each in values)
    if native is ChannelType.CHAR and len(values) and isinstance(values[0], bytes):
        return values[0]
    return np.asarray(values).astype(_DTYPES[native]).tobytes()


def at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that has nothing to wait for: PVs are read from memory."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise RuntimeError(f"{coroutine!r} waits; a PV must be read from memory")
