"""Serving PVs on exactly one port.

Rules of this file: caproto takes a random TCP port when the one it should use is taken, and shares a UDP
port with whoever has it, so that clients find one of the two at random. Both are errors here.
"""

import errno
import logging
import socket
from collections.abc import Callable, Mapping
from typing import Any

from caproto.server import AsyncLibraryLayer

from .faults.context import FaultyContext
from .faults.injector import FaultInjector


class PortUnavailableError(Exception):
    """The port cannot be served; says which, and why. The command line shows it; nothing was served yet."""


def check_port(interface: str, port: int) -> None:
    """Raise PortUnavailableError unless this TCP and UDP port can be had on this interface."""
    for protocol, kind in (("TCP", socket.SOCK_STREAM), ("UDP", socket.SOCK_DGRAM)):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                _bind(probe, interface, port)
            except OSError as error:
                taken = error.errno == errno.EADDRINUSE
                why = "is in use by another process" if taken else f"cannot be bound: {error.strerror or error}"
                raise PortUnavailableError(f"{protocol} port {port} of {interface} {why}") from error


def _bind(probe: socket.socket, interface: str, port: int) -> None:
    if probe.type != socket.SOCK_STREAM:
        probe.bind((interface, port))
        return
    # Without this, connections of a server that has just ended keep the port busy for a minute; with it, a
    # port on which somebody *listens* is still refused.
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind((interface, port))
    probe.listen(1)


async def serve_pvs(
    pvdb: Mapping[str, Any],
    interface: str,
    port: int,
    on_ready: Callable[[], None] = lambda: None,
    injector: FaultInjector | None = None,
) -> None:
    """Serve these PVs until cancelled; `on_ready` is called once when clients can connect.

    What `injector` injects is what clients see. Raises PortUnavailableError.
    """
    check_port(interface, port)
    logging.getLogger("caproto.ctx").addFilter(_is_not_about_beacons)
    context = FaultyContext(dict(pvdb), [interface], injector or FaultInjector(pvdb))
    context.ca_server_port = port  # pyright: ignore[reportAttributeAccessIssue]  # caproto types it as str

    async def announce(async_lib: AsyncLibraryLayer) -> None:
        # Somebody may have been faster than we since the check.
        if context.port != port:
            raise PortUnavailableError(f"TCP port {port} of {interface} is in use by another process")
        on_ready()

    await context.run(startup_hook=announce)


def _is_not_about_beacons(record: logging.LogRecord) -> bool:
    """On loopback nobody need listen to beacons; caproto logs a traceback for each that nobody took."""
    return not record.getMessage().startswith("Failed to send beacon")
