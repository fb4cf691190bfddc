"""Beacons: that a server is there.

Clients search ever more rarely for a PV that they miss, after a while every few minutes. They search at once when the
beacons of a server come faster than before: a new one has appeared, or this one has more PVs.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Sequence

from caproto import get_beacon_address_list, get_environment_variables

from .wire import MINOR_VERSION, Command, message

__all__ = ["beacon_addresses", "send_beacons"]

log = logging.getLogger("reioc.ioc.channel_access")

LOOPBACK = "127.0.0.1"
_FIRST = 0.02
"""Seconds between the first two; each later one takes twice as long, up to EPICS_CAS_BEACON_PERIOD."""


def beacon_addresses(interfaces: Sequence[str]) -> list[tuple[str, int]]:
    """Where to: where the environment says or, where it says nothing and only this host is served, to this host."""
    is_said = any(os.environ.get(name) for name in ("EPICS_CAS_BEACON_ADDR_LIST", "EPICS_CAS_AUTO_BEACON_ADDR_LIST"))
    if is_said or any(interface != LOOPBACK for interface in interfaces):
        return get_beacon_address_list()
    return [(LOOPBACK, int(get_environment_variables()["EPICS_CAS_BEACON_PORT"]))]


async def send_beacons(port: int, interfaces: Sequence[str], news: asyncio.Event) -> None:
    """Send beacons, until cancelled. Whenever there is `news` they begin again as those of a new server do."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        longest, wait, number = float(get_environment_variables()["EPICS_CAS_BEACON_PERIOD"]), _FIRST, 0
        while True:
            beacon = message(Command.BEACON, data_type=MINOR_VERSION, count=port, p1=number & 0xFFFFFFFF)
            for address in beacon_addresses(interfaces):
                _send(sender, beacon, address)
            number += 1
            if await _is_set_within(wait, news):
                news.clear()
                wait = _FIRST
            else:
                wait = min(2 * wait, longest)


async def _is_set_within(seconds: float, event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


def _send(sender: socket.socket, beacon: bytes, address: tuple[str, int]) -> None:
    try:
        sender.sendto(beacon, address)
    except OSError as error:  # nobody listens there, which is as good as being heard by nobody
        log.debug("no beacon to %s: %s", address, error)
