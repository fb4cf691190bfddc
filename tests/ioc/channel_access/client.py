"""A client of a server without sockets; caproto's own client side judges what it is told."""

from __future__ import annotations

import itertools
from typing import Any

import caproto
from caproto.server import PVGroup

from reioc.ioc.channel_access import Server
from reioc.ioc.channel_access.circuit import Circuit
from reioc.ioc.channel_access.wire import Command, message
from reioc.ioc.pvs import (
    bool_setting,
    enum_display,
    enum_setting,
    float_display,
    float_setting,
    int_display,
    string_display,
    string_setting,
    strings_display,
    text_display,
    text_setting,
    wave_display,
)

from .fake_transport import Wire, settle

__all__ = ["Client", "PVs"]

_PORTS = itertools.count(40_000)


class PVs(PVGroup):
    """One PV of each kind."""

    low = float_setting("Low", "A number to be set", units="mm", allowed=(-10.0, 10.0))
    high = float_display("High", "A number to be seen", precision=3, high=(8.0, caproto.AlarmSeverity.MINOR_ALARM))
    count = int_display("Count", "A whole number")
    state = enum_display("State", "A state", ["idle", "running"])
    choice = enum_setting("Choice", "A choice", ["red", "green", "blue"])
    switch = bool_setting("Switch", "A switch")
    name = string_display("Name", "A text")
    label = string_setting("Label", "A text to be set")
    names = strings_display("Names", "Texts", 5)
    text = text_display("Text", "A long text", length=100)
    note = text_setting("Note", "A long text to be set", length=100)
    wave = wave_display("Wave", "Numbers", 10)


class Client:
    """One connection to a server. `protocol` is caproto's: it raises if the server says what it must not."""

    def __init__(self, server: Server, *, user: str = "anna", host: str = "xf99", address: str = "127.0.0.1") -> None:
        self.user, self.host = user, host
        self.circuit = Circuit(server)
        self.wire = Wire(self.circuit, (address, next(_PORTS)))
        self.protocol = caproto.VirtualCircuit(our_role=caproto.CLIENT, address=("server", 1), priority=0)
        self.channels: dict[str, caproto.ClientChannel] = {}
        self.circuit.connection_made(self.wire)

    @classmethod
    async def of(cls, server: Server, *names: str, **who: str) -> Client:
        """A client that has introduced itself, with channels to these PVs."""
        client = cls(server, **who)
        await client.introduce()
        await client.connect(*names)
        return client

    async def introduce(self) -> None:
        """Tell version, user and host."""
        greeting = [caproto.VersionRequest(0, 13), caproto.ClientNameRequest(self.user)]
        (version,) = await self.say(*greeting, caproto.HostNameRequest(self.host))
        assert isinstance(version, caproto.VersionResponse)

    async def connect(self, *names: str) -> None:
        """Channels to PVs."""
        for name in names:
            self.channels[name] = channel = caproto.ClientChannel(name, self.protocol)
            await self.say(channel.create())
            assert channel.states[caproto.CLIENT] is caproto.CONNECTED, name

    def __getitem__(self, name: str) -> Any:
        return self.channels[name]

    async def say(self, *commands: Any) -> list[Any]:
        """Say something at once, and hear what is answered."""
        self.send(*commands)
        await settle()
        return self.heard()

    def send(self, *commands: Any) -> None:
        """Say something at once."""
        self.wire.arrive(b"".join(bytes(each) for each in self.protocol.send(*commands)))

    def send_raw(self, *messages: bytes) -> None:
        """Say something that caproto's client would not."""
        self.wire.arrive(b"".join(messages))

    async def say_raw(self, *messages: bytes) -> list[Any]:
        """The same, and hear what is answered, which may be against the rules."""
        self.send_raw(*messages)
        await settle()
        return self.overheard()

    def heard(self) -> list[Any]:
        """What has come since, if it takes it; ProtocolErrors if it was against the rules."""
        commands = self.overheard()
        for command in commands:
            self.protocol.process_command(command)
        return commands

    def overheard(self) -> list[Any]:
        """What has come since, whether that was right or not."""
        data = self.wire.taken()
        return list(self.protocol.recv(data)[0]) if data else []

    @property
    def is_connected(self) -> bool:
        return not self.wire.is_closing()

    @property
    async def is_served(self) -> bool:
        """Whether it is answered."""
        (*_, last) = await self.say_raw(message(Command.ECHO)) or [None]
        return isinstance(last, caproto.EchoResponse)

    async def disconnected(self) -> list[str]:
        """The names of the channels of which it has been told, since, that they are no more."""
        await settle()
        gone = [each.cid for each in self.heard() if isinstance(each, caproto.ServerDisconnResponse)]
        return [name for name, channel in self.channels.items() if channel.cid in gone]

    def freeze(self, room: int = 0) -> None:
        """Take nothing from now on; so many bytes are on their way before the server notices."""
        self.wire.takes_nothing, self.wire.room = True, room

    def thaw(self) -> list[Any]:
        """Take all that is on its way, and go on so."""
        self.wire.takes_nothing = False
        return self.heard()
