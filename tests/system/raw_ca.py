"""Channel Access by hand: messages over a socket, for clients that no library would be.

Every wait has a deadline; a connection that the server has closed says so (`Closed`) instead of staying silent.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from .raw_messages import (
    ACCESS_RIGHTS,
    CLEAR_CHANNEL,
    CLIENT_NAME,
    CREATE_CH_FAIL,
    CREATE_CHAN,
    ECHO,
    ERROR,
    EVENT_ADD,
    HOST_NAME,
    MINOR_VERSION,
    READ_NOTIFY,
    SEARCH,
    VERSION,
    WRITE_NOTIFY,
    Channel,
    Message,
    message,
    parsed_message,
    request_of_events,
    request_of_get,
    request_of_put,
    requests_of_search,
    text_bytes,
)

__all__ = ["PATIENCE", "Closed", "RawClient", "search_by_udp"]

PATIENCE = 5.0
"""Seconds that an answer may take."""


class Closed(Exception):
    """The server has closed the connection; not raised when we did."""


class RawClient:
    """One connection to a server on 127.0.0.1; a context manager.

    `receive_buffer` asks the kernel for so few bytes (it gives at least 2304) that a client which does not read soon
    stalls the server. Answers that are waited for are taken out of `inbox`; the others stay there, in order.
    """

    def __init__(self, port: int, *, receive_buffer: int | None = None, greet: bool = True, user: str = "raw") -> None:
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.inbox: list[Message] = []
        self._unparsed = bytearray()
        self._ids = itertools.count(1)
        try:
            self.socket.connect(("127.0.0.1", port))
            if greet:
                self.greet(user)
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection as a client does that goes."""
        self.socket.close()

    def reset(self) -> None:
        """End it at once and without a word, as a crashed host does (RST)."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    # Sending

    def send(self, *messages: bytes) -> None:
        """All of these bytes. Raises Closed."""
        try:
            self.socket.settimeout(PATIENCE)
            self.socket.sendall(b"".join(messages))
        except ConnectionError as error:
            raise Closed(str(error)) from error

    def push(self, data: bytes, patience: float = 0.5, at_most: float = 2.0) -> int:
        """As many of these bytes as the server takes, until it takes none for `patience` seconds or closes.

        For `at_most` so many seconds.
        """
        self.socket.settimeout(patience)
        deadline = time.monotonic() + at_most
        taken = 0
        view = memoryview(data)
        with contextlib.suppress(TimeoutError, ConnectionError):
            while taken < len(data) and time.monotonic() < deadline:
                taken += self.socket.send(view[taken : taken + 65536])
        return taken

    def greet(self, user: str = "raw", host: str = "testhost") -> None:
        """VERSION, CLIENT_NAME and HOST_NAME, as every client begins."""
        self.send(
            message(VERSION, count=MINOR_VERSION),
            message(CLIENT_NAME, text_bytes(user)),
            message(HOST_NAME, text_bytes(host)),
        )

    # Receiving

    def read_what_is_there(self) -> bool:
        """Parse what has arrived, without waiting; whether anything had. Raises Closed."""
        return self._receive(0.0)

    def _receive(self, timeout: float) -> bool:
        self.socket.settimeout(timeout)
        try:
            got = self.socket.recv(1 << 20)
        except (TimeoutError, BlockingIOError):
            return False
        except ConnectionError as error:
            raise Closed(str(error)) from error
        if not got:
            raise Closed("the server has closed the connection")
        self._unparsed += got
        start = 0
        while first := parsed_message(self._unparsed, start):
            self.inbox.append(first[0])
            start += first[1]
        del self._unparsed[:start]
        return True

    def wait_for(self, wanted: Callable[[Message], bool], what: str = "it", patience: float = PATIENCE) -> Message:
        """The first message that is `wanted`, out of the inbox or as it comes. Raises Closed, AssertionError."""
        deadline = time.monotonic() + patience
        seen = 0
        while True:
            for index in range(seen, len(self.inbox)):
                if wanted(self.inbox[index]):
                    return self.inbox.pop(index)
            seen = len(self.inbox)
            left = deadline - time.monotonic()
            assert left > 0, f"{what} did not come within {patience} s; others did: {self.inbox[-5:]}"
            self._receive(left)

    def answer(
        self,
        *commands: int,
        parameter1: int | None = None,
        parameter2: int | None = None,
        patience: float = PATIENCE,
    ) -> Message:
        """The first message that is one of these commands and has these parameters."""
        return self.wait_for(
            lambda each: (
                each.command in commands
                and parameter1 in (None, each.parameter1)
                and parameter2 in (None, each.parameter2)
            ),
            f"an answer ({commands}, {parameter1}, {parameter2})",
            patience,
        )

    def is_alive(self) -> bool:
        """Whether the server still answers on this connection: an ECHO comes back."""
        try:
            self.send(message(ECHO))
            self.answer(ECHO)
        except (Closed, AssertionError):
            return False
        return True

    def wait_closed(self, patience: float = PATIENCE) -> None:
        """Until the server has closed the connection; what it still sends is dropped. Raises AssertionError."""
        deadline = time.monotonic() + patience
        with contextlib.suppress(Closed):
            while (left := deadline - time.monotonic()) > 0:
                self._receive(left)
                self.inbox.clear()
            raise AssertionError(f"the server did not close the connection within {patience} s")

    # Channels

    def new_id(self) -> int:
        """A number that this client has not used yet."""
        return next(self._ids)

    def channel(self, name: str | bytes) -> Channel:
        """Connect to a PV. Raises LookupError where the server says that it has none of this name."""
        cid = self.new_id()
        self.send(message(CREATE_CHAN, text_bytes(name), parameter1=cid, parameter2=MINOR_VERSION))
        made = self.answer(CREATE_CHAN, CREATE_CH_FAIL, parameter1=cid)
        if made.command == CREATE_CH_FAIL:
            raise LookupError(name)
        rights = self.answer(ACCESS_RIGHTS, parameter1=cid).parameter2
        shown = name if isinstance(name, str) else name.decode(errors="replace")
        return Channel(shown, cid, made.parameter2, made.data_type, made.count, rights)

    def clear(self, channel: Channel) -> Message:
        """CLEAR_CHANNEL, and its answer."""
        self.send(message(CLEAR_CHANNEL, parameter1=channel.sid, parameter2=channel.cid))
        return self.answer(CLEAR_CHANNEL, parameter2=channel.cid)

    def get(self, channel: Channel, data_type: int | None = None, count: int | None = None) -> Message:
        """READ_NOTIFY, and its answer, which may be an ERROR; natively without arguments."""
        ioid = self.new_id()
        self.send(request_of_get(channel, ioid, data_type, count))
        return self._reply(READ_NOTIFY, ioid)

    def put(self, channel: Channel, data: bytes, data_type: int, count: int = 1) -> Message:
        """WRITE_NOTIFY with these bytes, and its answer, which may be an ERROR."""
        ioid = self.new_id()
        self.send(request_of_put(channel, ioid, data, data_type, count, command=WRITE_NOTIFY))
        return self._reply(WRITE_NOTIFY, ioid)

    def subscribe(self, channel: Channel, data_type: int | None = None, count: int = 0, mask: int = 5) -> int:
        """EVENT_ADD; the subscription's number. Updates come into the inbox, see `updates`."""
        number = self.new_id()
        self.send(request_of_events(channel, number, data_type, count, mask))
        return number

    def updates(self, number: int) -> list[Message]:
        """The updates of a subscription that are in the inbox, which they leave."""
        found = [each for each in self.inbox if each.command == EVENT_ADD and each.parameter2 == number]
        self.inbox = [each for each in self.inbox if each.command != EVENT_ADD or each.parameter2 != number]
        return found

    def _reply(self, command: int, ioid: int) -> Message:
        def is_reply(each: Message) -> bool:
            said = each.about if each.command == ERROR else each
            return (said.command, said.parameter2) == (command, ioid)

        return self.wait_for(is_reply, f"the reply {ioid} to {command}")


def search_by_udp(port: int, *names: str, patience: float = PATIENCE) -> dict[str, int]:
    """The TCP port that is told for each name, as soon as all are found or else after `patience` seconds."""
    found: dict[str, int] = {}
    deadline = time.monotonic() + patience
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.sendto(requests_of_search(*names), ("127.0.0.1", port))
        while len(found) < len(names) and (left := deadline - time.monotonic()) > 0:
            client.settimeout(left)
            try:
                data = client.recv(65536)
            except TimeoutError:
                break
            while first := parsed_message(data):
                each, data = first[0], data[first[1] :]
                if each.command == SEARCH:
                    found[names[each.parameter2 - 1]] = each.data_type
    return found
