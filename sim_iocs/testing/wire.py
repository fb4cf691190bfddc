"""A connection to one Channel Access server, used by one thread that waits.

No search and no environment: the server is known. So it works beside libca in any process, and whatever libca has read.
"""

import contextlib
import getpass
import socket
import time
from collections.abc import Callable
from typing import Any

import caproto as ca

from .ports import HOST


class ChannelAccessError(Exception):
    """Something did not work over Channel Access; says which PV, and what."""


class NoAnswer(ChannelAccessError):
    """The server did not answer in time."""


class NoSuchPv(ChannelAccessError):
    """The server has no PV of that name."""


class Disconnected(ChannelAccessError):
    """The server, or that channel of it, went away."""


class Wire:
    """A connection to a server on a port of 127.0.0.1, made when it is needed, and again when it was lost."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._channels: dict[str, ca.ClientChannel] = {}

    def close(self) -> None:
        """End the connection; the next request makes another."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._channels.clear()

    def channel(self, pv: str, deadline: float) -> ca.ClientChannel:
        """A channel that is connected. Raises NoSuchPv, NoAnswer, Disconnected."""
        self.drain()
        if pv in self._channels:
            return self._channels[pv]
        if self._socket is None:
            self._connect(deadline)
        channel = ca.ClientChannel(pv, self._circuit)

        def about_it(answer: Any) -> bool:
            return isinstance(answer, ca.CreateChanResponse | ca.CreateChFailResponse) and answer.cid == channel.cid

        if isinstance(self.ask(pv, channel.create(), about_it, deadline), ca.CreateChFailResponse):
            raise NoSuchPv(f"{pv}: the server on port {self._port} has no PV of this name")
        self._channels[pv] = channel
        return channel

    def has(self, channel: ca.ClientChannel) -> bool:
        """Whether this channel is still connected, as far as is known."""
        return self._channels.get(channel.name) is channel

    def ask(self, pv: str, request: Any, is_answer: Callable[[Any], bool], deadline: float) -> Any:
        """The answer to a request; an ErrorResponse to it is one as well. Raises NoAnswer, Disconnected."""
        self.send(pv, request)
        while True:
            for answer in self.receive(pv, deadline):
                if is_answer(answer) or (isinstance(answer, ca.ErrorResponse) and _is_about(answer, request)):
                    return answer

    def send(self, pv: str, request: Any) -> None:
        """Send this. Raises Disconnected."""
        if self._socket is None:
            raise Disconnected(f"{pv}: not connected")
        try:
            self._socket.settimeout(5.0)
            self._socket.sendall(b"".join(self._circuit.send(request)))
        except OSError as error:
            raise self._lost(pv, error) from error

    def receive(self, pv: str, deadline: float) -> list[Any]:
        """What comes next. Raises NoAnswer, Disconnected."""
        if self._socket is None:
            raise Disconnected(f"{pv}: not connected")
        try:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            data = self._socket.recv(65536)
        except TimeoutError:
            raise NoAnswer(f"{pv}: the server on port {self._port} did not answer in time") from None
        except OSError as error:
            raise self._lost(pv, error) from error
        if not data:
            raise self._lost(pv, "it closed the connection")
        answers, _ = self._circuit.recv(data)
        for answer in answers:
            self._circuit.process_command(answer)
            if isinstance(answer, ca.ServerDisconnResponse):
                self._forget(pv, answer.cid)
        return list(answers)

    def drain(self) -> None:
        """Take in what has come meanwhile: of a connection that was lost, or a channel that went away."""
        with contextlib.suppress(NoAnswer, Disconnected):
            while self._socket is not None:
                self.receive("", 0.0)

    def _connect(self, deadline: float) -> None:
        try:
            self._socket = socket.create_connection((HOST, self._port), max(0.001, deadline - time.monotonic()))
        except OSError as error:
            raise Disconnected(f"nobody serves port {self._port} of {HOST}: {error}") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._circuit = ca.VirtualCircuit(our_role=ca.CLIENT, address=(HOST, self._port), priority=0)
        for greeting in (
            ca.VersionRequest(priority=0, version=ca.DEFAULT_PROTOCOL_VERSION),
            ca.HostNameRequest(socket.gethostname()),
            ca.ClientNameRequest(getpass.getuser()),
        ):
            self.send("", greeting)
        while not isinstance(self.receive("", deadline)[0], ca.VersionResponse):
            pass

    def _forget(self, pv: str, cid: int) -> None:
        gone = [name for name, channel in self._channels.items() if channel.cid == cid]
        for name in gone:
            del self._channels[name]
        if pv in gone:
            raise Disconnected(f"{pv}: the server has disconnected it")

    def _lost(self, pv: str, why: object) -> Disconnected:
        self.close()
        return Disconnected(f"{pv}: the connection to port {self._port} was lost: {why}")


def _is_about(error: ca.ErrorResponse, request: Any) -> bool:
    """Whether an error tells of this request: its command, its channel, its number."""
    theirs, ours = error.original_request, request.header
    return (theirs.command, theirs.parameter1, theirs.parameter2) == (ours.command, ours.parameter1, ours.parameter2)
