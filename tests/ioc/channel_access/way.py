"""The way to a client, without a circuit."""

from __future__ import annotations

import asyncio
import struct

from caproto import ChannelDouble, ChannelType

from reioc.ioc.channel_access.lookup import Found
from reioc.ioc.channel_access.monitors import Subscription
from reioc.ioc.channel_access.outbox import Outbox
from reioc.ioc.channel_access.readings import Reading
from reioc.ioc.channel_access.wire import Command, Framer, message

from .fake_transport import Wire, settle

__all__ = ["Way", "blocked"]


class Way(asyncio.Protocol):
    """The way to a client. `block()` is what asyncio says when it takes nothing, `unblock()` when it does again."""

    def __init__(self):
        self.wire = Wire(self, ("127.0.0.1", 1))
        self.outbox = Outbox(self.wire)
        self.framer = Framer(1 << 20)
        self.next = 1

    def pause_writing(self):
        self.outbox.block()

    def resume_writing(self):
        self.outbox.unblock()

    def subscription(self, *, backlog=1000):
        pv = ChannelDouble(value=0.0, max_subscription_backlog=backlog)
        found = Found("pv", "pv", pv, is_field=False, long_string=False, filter=None)
        self.next += 1
        return Subscription(self.outbox, found, 1, self.next - 1, ChannelType.DOUBLE, 0, 1)

    def update(self, subscription, *values, elements=1):
        for value in values:
            reading = Reading(b"", struct.pack(">d", value) * elements, 8)
            self.outbox.update(subscription, reading, good=True)

    async def taken(self, most=None):
        """What the client reads: subscription and value of each update, the command of anything else."""
        await settle()
        self.framer.feed(self.wire.taken(most))
        found = []
        while (msg := self.framer.next()) is not None:
            is_update = msg.command == Command.EVENT_ADD
            found.append((msg.p2, struct.unpack_from(">d", msg.payload)[0]) if is_update else msg.command)
        return found

    async def all_taken(self):
        """The same, until nothing more comes."""
        found = []
        while more := await self.taken():
            found += more
        return found


async def blocked(*, room=0):
    """A way that is blocked, with an answer on it."""
    way = Way()
    way.wire.takes_nothing, way.wire.room = True, room
    way.outbox.send(bytes(room) + message(Command.ECHO))
    await settle()
    assert way.outbox.is_blocked
    return way
