"""Telling systemd where we are (sd_notify(3), sd_watchdog_enabled(3)); nothing where systemd does not ask."""

from __future__ import annotations

import asyncio
import logging
import os
import socket

__all__ = ["feed_the_watchdog", "notify", "watchdog_interval"]

log = logging.getLogger("reioc.ioc")


def notify(state: str) -> None:
    """Send a state such as `READY=1` or `STOPPING=1` to systemd, if it started us with `Type=notify`.

    One that it does not take is logged: the service goes on, and ends, as it would have.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket is written with an @ and named with a NUL
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)  # the loop that serves PVs does not wait for systemd
        try:
            sender.sendto(state.encode(), address)
        except OSError as error:
            log.warning("systemd does not take %s: %s", state, error)


def watchdog_interval() -> float | None:
    """Seconds between two signs of life, half of what systemd allows; None where it asks for none.

    ValueError if what it says is no time.
    """
    allowed, pid = os.environ.get("WATCHDOG_USEC"), os.environ.get("WATCHDOG_PID")
    if not allowed or (pid and pid != str(os.getpid())):
        return None
    if not allowed.isdecimal() or int(allowed) == 0:
        raise ValueError(f"the environment has WATCHDOG_USEC={allowed}: systemd gives a number of microseconds there")
    return int(allowed) / 2e6


async def feed_the_watchdog(interval: float | None) -> None:
    """Give a sign of life each `interval` seconds, until cancelled; none where that is None.

    On the loop that serves the PVs, since that is what must not stand still.
    """
    while interval is not None:
        notify("WATCHDOG=1")
        await asyncio.sleep(interval)
