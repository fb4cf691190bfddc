"""Puts of a client.

Rules of this file:
1. A put that was taken in is carried out, whether its client stays or goes.
2. Whoever waits for it is told how it went; whoever does not, only of what is refused at once.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from caproto import AccessRights, CAStatus, ChannelType, backend
from caproto._data import Forbidden

from .channels import Channel, Channels, Hall
from .readings import payload_size
from .wire import ECA, Command, Message, message

__all__ = ["Putting"]

log = logging.getLogger("reioc.ioc.channel_access")

_PLAIN = range(7)


class Putting(Channels):
    """The part of a circuit that carries out puts."""

    def __init__(self, hall: Hall) -> None:
        super().__init__(hall)
        self.puts = 0
        """How many are being carried out."""
        self.has_begun_one = False
        """Whether one has been taken in whose first step is still to come."""

    def put_is_over(self) -> None:
        """One less is being carried out."""
        self.puts -= 1

    def write(self, msg: Message) -> None:
        """Take a put in, or refuse it."""
        channel = self.channel_of(msg)
        if channel is None:
            return
        data = None
        if AccessRights.WRITE not in channel.rights:
            status = ECA.NOWTACCESS
            self.hall.on_denied(channel.found, self.client)
        else:
            status, data = _data(msg, channel.found.count)
        if data is None:
            self._answer(msg, channel, status)
            return
        self.puts += 1
        self.has_begun_one = True
        loop, began = asyncio.get_running_loop(), asyncio.Event()
        self.hall.keep(loop.create_task(self._put(msg, channel, data, began)))
        loop.call_soon(began.set)  # after its first step

    async def _put(self, msg: Message, channel: Channel, data: Any, began: asyncio.Event) -> None:
        client = self.client
        try:
            answer = await channel.found.pv.auth_write(
                client.host, client.user, data, ChannelType(msg.data_type), None, user_address=client.address
            )
            status = answer.value.code_with_severity if isinstance(answer, CAStatus) else ECA.NORMAL
        except Forbidden:
            status = ECA.NOWTACCESS
        except Exception:
            log.exception("a put to %s by %s@%s failed", channel.found.name, client.user, client.host)
            status = ECA.PUTFAIL
        finally:
            self.put_is_over()
        if msg.command == Command.WRITE_NOTIFY or not began.is_set():
            self._answer(msg, channel, status)

    def _answer(self, msg: Message, channel: Channel, status: int) -> None:
        if msg.command == Command.WRITE_NOTIFY:
            kind, count = msg.data_type, msg.count
            self.outbox.complete(message(Command.WRITE_NOTIFY, data_type=kind, count=count, p1=status, p2=msg.p2))
        elif status != ECA.NORMAL:
            self.error(status, msg, channel.cid, channel.found.name)


def _data(msg: Message, most: int) -> tuple[int, Any]:
    """What is to be put, as caproto takes it; None, and a status, where it is nothing that can be put.

    More elements than a PV has would leave it with an alarm of caproto's, for everybody to see.

    Values with an alarm or a time of the client's making are not taken, as in EPICS Base, nor is an alarm acknowledged
    here: that is done at an alarm server.
    """
    if msg.data_type not in _PLAIN:
        return ECA.BADTYPE, None
    size = payload_size(msg.data_type, msg.count)
    if msg.data_type == ChannelType.STRING and msg.count == 1:
        size = min(size, len(msg.payload))  # clients send no more of a text than there is
    if not 1 <= msg.count <= most or len(msg.payload) < size:
        return ECA.BADCOUNT, None
    raw = msg.payload[:size]
    if msg.data_type == ChannelType.STRING:
        raw = raw.ljust(40 * msg.count, b"\0")
    return ECA.NORMAL, backend.epics_to_python(raw, ChannelType(msg.data_type), msg.count)
