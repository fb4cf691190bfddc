"""Channel Access messages: how they are made and what is in them.

Nothing here knows caproto or libca: what they would correct, hide or retry is what tests want to send and see.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .raw_dbr import Dbr, from_bytes

VERSION, EVENT_ADD, EVENT_CANCEL, READ, WRITE, SEARCH, EVENTS_OFF, EVENTS_ON = 0, 1, 2, 3, 4, 6, 8, 9
ERROR, CLEAR_CHANNEL, NOT_FOUND, READ_NOTIFY, CREATE_CHAN, WRITE_NOTIFY = 11, 12, 14, 15, 18, 19
CLIENT_NAME, HOST_NAME, ACCESS_RIGHTS, ECHO, CREATE_CH_FAIL, SERVER_DISCONN = 20, 21, 22, 23, 26, 27

MINOR_VERSION = 13
NORMAL = 1
"""ECA_NORMAL: the status of success."""
DBE_VALUE, DBE_LOG, DBE_ALARM, DBE_PROPERTY = 1, 2, 4, 8
_HEADER = struct.Struct(">HHHHII")
_EXTENSION = struct.Struct(">II")


@dataclass(frozen=True)
class Message:
    """One message: the header's fields, and the payload with its padding."""

    command: int
    data_type: int
    count: int
    parameter1: int
    parameter2: int
    payload: bytes = b""

    @property
    def status(self) -> int:
        """Of an answer to READ_NOTIFY, WRITE_NOTIFY or EVENT_ADD; of an ERROR."""
        return self.parameter2 if self.command == ERROR else self.parameter1

    @property
    def about(self) -> Message:
        """The request that an ERROR is about: its header."""
        command, _, data_type, count, first, second = _HEADER.unpack_from(self.payload)
        return Message(command, data_type, count, first, second)

    @property
    def text(self) -> str:
        """What an ERROR says."""
        extended = self.payload[2:4] == b"\xff\xff"
        return self.payload[24 if extended else 16 :].split(b"\0", 1)[0].decode(errors="replace")

    @property
    def dbr(self) -> Dbr:
        """What an answer carries: values, and what its type tells beside them."""
        return from_bytes(self.data_type, self.count, self.payload)


def message(
    command: int,
    payload: bytes = b"",
    *,
    data_type: int = 0,
    count: int = 0,
    parameter1: int = 0,
    parameter2: int = 0,
    size: int | None = None,
    extended: bool | None = None,
) -> bytes:
    """The bytes of a message.

    `size` tells another payload size than the padded payload has; `extended` asks for the long header, which is
    otherwise used where the short one does not do.
    """
    payload += bytes(-len(payload) % 8)
    size = len(payload) if size is None else size
    if extended is None:
        extended = size >= 0xFFFF or count > 0xFFFF
    if extended:
        head = _HEADER.pack(command, 0xFFFF, data_type, 0, parameter1, parameter2) + _EXTENSION.pack(size, count)
    else:
        head = _HEADER.pack(command, size, data_type, count, parameter1, parameter2)
    return head + payload


def parsed_message(data: bytes | bytearray, start: int = 0) -> tuple[Message, int] | None:
    """The message that begins at `start` and how many bytes it has; None where it is not complete."""
    if len(data) < start + _HEADER.size:
        return None
    command, size, data_type, count, first, second = _HEADER.unpack_from(data, start)
    head = _HEADER.size
    if size == 0xFFFF:
        if len(data) < start + head + _EXTENSION.size:
            return None
        size, count = _EXTENSION.unpack_from(data, start + head)
        head += _EXTENSION.size
    if len(data) < start + head + size:
        return None
    payload = bytes(data[start + head : start + head + size])
    return Message(command, data_type, count, first, second, payload), head + size


@dataclass(frozen=True)
class Channel:
    """A PV as this client is connected to it. Rights: 1 read, 2 write."""

    name: str
    cid: int
    sid: int
    data_type: int
    count: int
    rights: int


def request_of_get(channel: Channel, ioid: int, data_type: int | None = None, count: int | None = None) -> bytes:
    """READ_NOTIFY; natively without arguments."""
    data_type = channel.data_type if data_type is None else data_type
    count = channel.count if count is None else count
    return message(READ_NOTIFY, data_type=data_type, count=count, parameter1=channel.sid, parameter2=ioid)


def request_of_put(
    channel: Channel, ioid: int, data: bytes, data_type: int, count: int = 1, command: int = WRITE
) -> bytes:
    """WRITE or WRITE_NOTIFY with these bytes."""
    return message(command, data, data_type=data_type, count=count, parameter1=channel.sid, parameter2=ioid)


def request_of_events(
    channel: Channel, number: int, data_type: int | None = None, count: int = 0, mask: int = DBE_VALUE | DBE_ALARM
) -> bytes:
    """EVENT_ADD; a count of 0 is "as many as there are"."""
    data_type = channel.data_type if data_type is None else data_type
    payload = struct.pack(">fffHH", 0.0, 0.0, 0.0, mask, 0)
    return message(EVENT_ADD, payload, data_type=data_type, count=count, parameter1=channel.sid, parameter2=number)


def requests_of_search(*names: str | bytes, first_cid: int = 1, reply: bool = False) -> bytes:
    """VERSION and a SEARCH for each name, for a datagram or a connection; `reply` asks to be told of unknown ones."""
    flag = 10 if reply else 5
    return message(VERSION, count=MINOR_VERSION) + b"".join(
        message(SEARCH, text_bytes(name), data_type=flag, count=MINOR_VERSION, parameter1=cid, parameter2=cid)
        for cid, name in enumerate(names, first_cid)
    )


def text_bytes(text: str | bytes) -> bytes:
    """A name or text as messages carry it: with a NUL."""
    return (text.encode() if isinstance(text, str) else text) + b"\0"
