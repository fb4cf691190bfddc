"""Channel Access messages, as far as whoever passes them on has to know them.

Definitions: "Channel Access Protocol Specification" of EPICS.

Rules of this file: what is no Channel Access is passed on as it is, and nothing is kept beyond a limit: whether it
makes sense is for the ends to judge.
"""

import struct

__all__ = ["Splitter", "datagram_from"]

_HEADER = struct.Struct(">HHHHII")
_MORE = struct.Struct(">II")
_LARGE = 0xFFFF
_SEARCH = 6
_THE_SENDER = 0xFFFFFFFF
"""Instead of a server's address: that from which the answer came."""
KEPT = 1 << 16
"""Bytes; what is larger is passed on in pieces."""


class Splitter:
    """Cuts a stream of bytes into messages; of a server's, those that say where a PV is are made to say `port`."""

    def __init__(self, port: int | None = None) -> None:
        self._port = port
        self._bytes = bytearray()
        self._passing = 0

    def feed(self, data: bytes) -> list[bytes]:
        """What is complete by now, in order, nothing lost and nothing added."""
        self._bytes += data
        pieces = []
        while piece := self._next():
            pieces.append(piece)
        return pieces

    @property
    def rest(self) -> bytes:
        """What is not complete, and never will be when nothing comes any more."""
        return bytes(self._bytes)

    def _next(self) -> bytes:
        if self._passing:
            size = min(self._passing, len(self._bytes))
            self._passing -= size
            return self._take(size)
        size = _size(self._bytes)
        if size > KEPT:
            self._passing = size
            return self._next()
        if not 0 < size <= len(self._bytes):
            return b""
        message = self._take(size)
        return message if self._port is None else _from(message, self._port)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._bytes[:size])
        del self._bytes[:size]
        return taken


def datagram_from(data: bytes, port: int) -> bytes:
    """A server's datagram, in which PVs are at `port` of whoever sends it."""
    splitter = Splitter(port)
    return b"".join(splitter.feed(data)) + splitter.rest


def _size(data: bytearray) -> int:
    """Bytes of the message at the beginning; 0 if that is not known yet."""
    if len(data) < _HEADER.size:
        return 0
    _, size, _, count, _, _ = _HEADER.unpack_from(data)
    if size != _LARGE or count:
        return _HEADER.size + size
    if len(data) < _HEADER.size + _MORE.size:
        return 0
    return _HEADER.size + _MORE.size + _MORE.unpack_from(data, _HEADER.size)[0]


def _from(message: bytes, port: int) -> bytes:
    command, size, _, count, _, cid = _HEADER.unpack_from(message)
    if command != _SEARCH:
        return message
    return _HEADER.pack(command, size, port, count, _THE_SENDER, cid) + message[_HEADER.size :]
