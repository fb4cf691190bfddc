"""How values and what goes with them lie in a Channel Access payload."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Dbr", "from_bytes", "size_of", "to_bytes"]

STRING, SHORT, FLOAT, ENUM, CHAR, LONG, DOUBLE = range(7)
STS, TIME, GR, CTRL = 7, 14, 21, 28
"""To be added to a plain type."""
PUT_ACKT, PUT_ACKS, STSACK_STRING, CLASS_NAME = 35, 36, 37, 38
LAST = CLASS_NAME

_LETTERS = ("40s", "h", "f", "H", "B", "i", "d")
_OFFSETS = (
    *(0, 0, 0, 0, 0, 0, 0),
    *(4, 4, 4, 4, 5, 4, 8),
    *(12, 14, 12, 14, 15, 12, 16),
    *(4, 24, 40, 422, 19, 36, 64),
    *(4, 28, 48, 422, 21, 44, 80),
    *(0, 0, 8, 0),
)
"""Bytes before the first value, by type."""


@dataclass(frozen=True)
class Dbr:
    """Values; status and severity where the type has them, 0 where not."""

    values: tuple[float | bytes, ...]
    status: int = 0
    severity: int = 0

    @property
    def text(self) -> str:
        """The first value of a STRING, or all of a CHAR array, up to the NUL."""
        first = self.values[0] if self.values else b""
        raw = first if isinstance(first, bytes) else bytes(int(number) for number in self.values if number != b"")
        return raw.split(b"\0", 1)[0].decode(errors="replace")


def _plain(data_type: int) -> int:
    return data_type % 7 if data_type < PUT_ACKT else {PUT_ACKT: ENUM, PUT_ACKS: ENUM}.get(data_type, STRING)


def size_of(data_type: int, count: int) -> int:
    """Bytes of a payload of this type and count, without padding."""
    return _OFFSETS[data_type] + count * struct.calcsize(">" + _LETTERS[_plain(data_type)])


def from_bytes(data_type: int, count: int, payload: bytes) -> Dbr:
    """The values in a payload. Raises struct.error where there are fewer than the count tells."""
    letter = _LETTERS[_plain(data_type)]
    codes = ">" + (letter * count if letter == "40s" else f"{count}{letter}")
    status, severity = struct.unpack_from(">hh", payload) if _OFFSETS[data_type] else (0, 0)
    return Dbr(struct.unpack_from(codes, payload, _OFFSETS[data_type]), status, severity)


def to_bytes(data_type: int, values: Sequence[float | bytes | str]) -> bytes:
    """A payload of these values; zeros where the type wants more than values."""
    letter = _LETTERS[_plain(data_type)]
    raw = [value.encode() if isinstance(value, str) else value for value in values]
    return bytes(_OFFSETS[data_type]) + struct.pack(">" + letter * len(raw), *raw)
