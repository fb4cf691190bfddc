"""Searches by UDP: who has this PV?

Rules of this file:
1. Whatever a datagram holds, the next one is looked at. Only who asks for a PV of ours is answered.
2. An answer is no larger than what fits in one datagram on any network, and there are no more of them than questions.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from typing import Any, cast

from .answers import search_reply
from .channels import text_of
from .lookup import look_up
from .wire import MINOR_VERSION, Command, Framer, Message, ProtocolError, message

__all__ = ["Searches"]

log = logging.getLogger("reioc.ioc.channel_access")

MAX_DATAGRAM = 1 << 16
MAX_REPLY = 1024
"""Bytes of a datagram with answers, as in EPICS Base."""
_NUMBERED = 1


class Searches(asyncio.DatagramProtocol):
    """Answers searches on one socket. `ignored` are addresses whose searches are not answered."""

    def __init__(self, pvdb: Mapping[str, Any], port: int, ignored: Collection[str]) -> None:
        self._pvdb, self._port, self._ignored = pvdb, port, ignored

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is there."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Somebody asks."""
        if addr[0] in self._ignored:
            return
        try:
            for reply in self._replies(data):
                self._transport.sendto(reply, addr)
        except ProtocolError as wrong:
            log.debug("a datagram from %s is no search: %s", addr, wrong)
        except Exception:  # a fault of ours must not end the searching
            log.exception("could not answer a search from %s", addr)

    def error_received(self, exc: Exception) -> None:
        """An answer could not be delivered: whoever asked has gone."""
        log.debug("an answer to a search was not delivered: %s", exc)

    def _replies(self, data: bytes) -> list[bytes]:
        framer = Framer(MAX_DATAGRAM)
        framer.feed(data)
        version, found = message(Command.VERSION, count=MINOR_VERSION), []
        while (msg := framer.next()) is not None:
            if msg.command == Command.VERSION:
                version = _version(msg)
            elif msg.command == Command.SEARCH and look_up(self._pvdb, text_of(msg)) is not None:
                found.append(search_reply(self._port, msg.p1))
        each = (MAX_REPLY - len(version)) // len(found[0]) if found else 1
        return [version + b"".join(found[at : at + each]) for at in range(0, len(found), each)]


def _version(asked: Message) -> bytes:
    """Ours, with the number of the search, by which clients measure how long answers take."""
    numbered = asked.data_type & _NUMBERED
    return message(Command.VERSION, data_type=numbered, count=MINOR_VERSION, p1=asked.p1 if numbered else 0)
