"""Channel Access messages as bytes.

Definitions: "Channel Access Protocol Specification" of EPICS, and Base's caProto.h, caerr.h, db_access.h.

Rules of this file:
1. What arrives is never waited for or kept beyond a limit, whatever its header promises.
2. A message that cannot be one is a ProtocolError; what comes after it on the same connection means nothing.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

__all__ = ["ECA", "MINOR_VERSION", "Command", "Framer", "Message", "ProtocolError", "error", "message"]

MINOR_VERSION = 13

_HEADER = struct.Struct(">HHHHII")
_MORE = struct.Struct(">II")
_LARGE = 0xFFFF


class Command:
    """Numbers of messages. Plain numbers, since one is looked at for each message that arrives."""

    VERSION = 0
    EVENT_ADD = 1
    EVENT_CANCEL = 2
    READ = 3
    WRITE = 4
    SEARCH = 6
    EVENTS_OFF = 8
    EVENTS_ON = 9
    ERROR = 11
    CLEAR_CHANNEL = 12
    BEACON = 13
    NOT_FOUND = 14
    READ_NOTIFY = 15
    CREATE_CHAN = 18
    WRITE_NOTIFY = 19
    CLIENT_NAME = 20
    HOST_NAME = 21
    ACCESS_RIGHTS = 22
    ECHO = 23
    CREATE_CH_FAIL = 26
    SERVER_DISCONN = 27


class ECA:
    """Status codes, severity included."""

    NORMAL = 1
    ALLOCMEM = 48
    TOLARGE = 72
    BADTYPE = 114
    INTERNAL = 142
    GETFAIL = 152
    PUTFAIL = 160
    BADCOUNT = 176
    NOWTACCESS = 376


@dataclass(slots=True)
class Message:
    """One message; `p1`, `p2` mean what the command says. `head` are its first 16 bytes, which an error repeats.

    One that is larger than the limit `is_left_out`: it has no payload.
    """

    command: int
    data_type: int
    count: int
    p1: int
    p2: int
    payload: bytes
    head: bytes
    is_left_out: bool = False


class ProtocolError(Exception):
    """The client does not speak Channel Access; `head` is the message with which it showed that.

    Caught by the circuit.
    """

    def __init__(self, what: str, head: bytes) -> None:
        super().__init__(what)
        self.head = head


class Framer:
    """Finds the messages in a stream of bytes; none larger than `limit` is kept."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = bytearray()
        self._at = 0
        self._skip = 0

    def feed(self, data: bytes) -> None:
        """Take what has arrived."""
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        del self._bytes[: self._at]
        self._at = 0
        self._bytes += data

    def next(self) -> Message | None:
        """The next message, or None when more bytes are needed. Raises ProtocolError."""
        start, end = self._at + _HEADER.size, len(self._bytes)
        if start > end:
            return None
        command, size, data_type, count, p1, p2 = _HEADER.unpack_from(self._bytes, self._at)
        head = bytes(self._bytes[self._at : start])
        if size == _LARGE and count == 0:
            if start + _MORE.size > end:
                return None
            size, count = _MORE.unpack_from(self._bytes, start)
            start += _MORE.size
        if size % 8:
            raise ProtocolError(f"a message of {size} bytes; its size must be a multiple of 8", head)
        if size > self._limit:
            self._leave_out(start, size)
            return Message(command, data_type, count, p1, p2, b"", head, is_left_out=True)
        if start + size > end:
            return None
        self._at = start + size
        return Message(command, data_type, count, p1, p2, bytes(self._bytes[start : self._at]), head)

    def _leave_out(self, start: int, size: int) -> None:
        here = min(size, len(self._bytes) - start)
        self._at = start + here
        self._skip = size - here


def message(
    command: int, payload: bytes = b"", *, data_type: int = 0, count: int = 0, p1: int = 0, p2: int = 0
) -> bytes:
    """A message as it goes on the wire; the payload is padded."""
    size = len(payload) + 7 & ~7
    if size >= _LARGE or count >= _LARGE:
        head = _HEADER.pack(command, _LARGE, data_type, 0, p1, p2) + _MORE.pack(size, count)
    else:
        head = _HEADER.pack(command, size, data_type, count, p1, p2)
    return head + payload + bytes(size - len(payload))


def error(status: int, about: bytes, cid: int, text: str) -> bytes:
    """An ERROR message about the message that began with `about`."""
    return message(Command.ERROR, about + text.encode("utf-8", "replace")[:400] + b"\0", p1=cid, p2=status)
