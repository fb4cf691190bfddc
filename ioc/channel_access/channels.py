"""What a client is connected to, and what it may do there.

Rules of this file:
1. What belongs to a PV that has been withdrawn was on its way when that happened, and costs the client nothing.
2. Rights are told when a channel is made and whenever they change. User and host do not change once there is a channel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from caproto import AccessRights

from .lookup import Found, look_up
from .monitors import Monitors
from .outbox import Outbox
from .wire import Command, Message, ProtocolError, error, message

__all__ = ["Channel", "Channels", "Client", "Hall", "text_of"]

MAX_CHANNELS = 20_000
"""Channels that one client may have."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who is at the other end: user and host as the client tells them, the address from which it has connected."""

    user: str = ""
    host: str = ""
    address: tuple[str, int] = ("", 0)
    here: str = ""
    """At which of our addresses."""


class Hall(Protocol):
    """What the circuits of one server share."""

    @property
    def pvdb(self) -> Mapping[str, Any]:
        """The PVs by name."""
        ...

    monitors: Monitors
    port: int
    may_write: Callable[[str, Client], bool]
    on_denied: Callable[[Found, Client], None]

    def keep(self, task: asyncio.Task[None]) -> None:
        """A put that is carried out, whatever becomes of its client."""
        ...


@dataclass(slots=True, eq=False)
class Channel:
    """A client's connection to a PV; `cid` is the client's number of it, `sid` ours."""

    cid: int
    sid: int
    found: Found
    rights: AccessRights


class Channels:
    """The part of a circuit that knows its channels. `outbox` takes what is to be sent."""

    outbox: Outbox

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.client = Client()
        self.channels: dict[int, Channel] = {}
        self._next_sid = 1

    def error(self, status: int, msg: Message, cid: int, text: str) -> None:
        """Tell the client what is wrong with a message."""
        self.outbox.send(error(status, msg.head, cid, text))

    def channel_of(self, msg: Message) -> Channel | None:
        """The channel a message is about; None if it has gone. Raises ProtocolError where there never was one."""
        channel = self.channels.get(msg.p1)
        if channel is None and not 0 < msg.p1 < self._next_sid:
            raise ProtocolError(f"there is no channel {msg.p1}", msg.head)
        return channel

    def create_channel(self, msg: Message) -> None:
        """Connect the client to the PV that it names."""
        found = look_up(self.hall.pvdb, text_of(msg)) if len(self.channels) < MAX_CHANNELS else None
        if found is None:
            self.outbox.send(message(Command.CREATE_CH_FAIL, p1=msg.p1))
            return
        channel = Channel(msg.p1, self._next_sid, found, self._rights(found))
        self._next_sid += 1
        self.channels[channel.sid] = channel
        self._tell_rights(channel)
        kind, count = int(found.data_type), found.count
        self.outbox.send(message(Command.CREATE_CHAN, data_type=kind, count=count, p1=channel.cid, p2=channel.sid))

    def clear_channel(self, msg: Message) -> None:
        """The client needs a channel no more."""
        if (channel := self.channel_of(msg)) is not None:
            self.forget(channel)
            self.outbox.send(message(Command.CLEAR_CHANNEL, p1=msg.p1, p2=msg.p2))

    def forget(self, channel: Channel) -> None:
        """A channel is no more."""
        del self.channels[channel.sid]

    def withdraw(self, gone: Callable[[Found], bool]) -> None:
        """Tell the client that PVs are there no more."""
        for channel in [each for each in self.channels.values() if gone(each.found)]:
            self.forget(channel)
            self.outbox.send(message(Command.SERVER_DISCONN, p1=channel.cid))

    def review_rights(self) -> None:
        """Tell the client what it may do from now on, where that has changed."""
        for channel in self.channels.values():
            rights = self._rights(channel.found)
            if rights != channel.rights:
                channel.rights = rights
                self._tell_rights(channel)

    def _rights(self, found: Found) -> AccessRights:
        if found.is_put_to and self.hall.may_write(found.record, self.client):
            return AccessRights.READ | AccessRights.WRITE
        return AccessRights.READ

    def _tell_rights(self, channel: Channel) -> None:
        self.outbox.send(message(Command.ACCESS_RIGHTS, p1=channel.cid, p2=int(channel.rights)))


def text_of(msg: Message) -> str:
    """The name in a payload; bytes that are no text become a text that nothing is called."""
    return msg.payload.split(b"\0", 1)[0].decode("utf-8", "backslashreplace")
