"""The sockets of a server: exactly one port, for TCP and UDP, of exactly the interfaces that were named.

Rules of this file:
1. Where a port cannot be had, nothing is served: a client that finds the one of two servers by chance is worse off.
2. Where one address of an interface is named, searches that are broadcast on its network are heard, too.
"""

from __future__ import annotations

import errno
import fcntl
import ipaddress
import logging
import socket
import struct
from collections.abc import Iterable, Sequence

__all__ = ["BACKLOG", "PortUnavailable", "Sockets", "bind"]

log = logging.getLogger("reioc.ioc.channel_access")

BACKLOG = 1024
"""Connections that wait to be accepted; asyncio would have 100."""
_GET_ADDRESS, _GET_BROADCAST = 0x8915, 0x8919  # SIOCGIFADDR, SIOCGIFBRDADDR of Linux


class PortUnavailable(Exception):
    """The port cannot be served; says which, and why. The command line shows it; nothing was served yet."""


class Sockets:
    """What was bound: listening sockets, and those that hear searches."""

    def __init__(self) -> None:
        self.listening: list[socket.socket] = []
        self.searched: list[socket.socket] = []

    def close(self) -> None:
        """Give the port back."""
        for each in (*self.listening, *self.searched):
            each.close()


def bind(interfaces: Sequence[str], port: int) -> Sockets:
    """Bind the port of these interfaces. Raises PortUnavailable."""
    sockets = Sockets()
    try:
        for interface in interfaces:
            sockets.listening.append(_bind(interface, port, socket.SOCK_STREAM))
            sockets.searched.append(_bind(interface, port, socket.SOCK_DGRAM))
            sockets.searched += _broadcasts(interface, port)
    except PortUnavailable:
        sockets.close()
        raise
    return sockets


def _bind(interface: str, port: int, kind: socket.SocketKind) -> socket.socket:
    made = socket.socket(socket.AF_INET, kind)
    made.setblocking(False)
    protocol = "UDP"
    try:
        if kind is socket.SOCK_STREAM:
            protocol = "TCP"
            # Connections of a server that has just ended keep the port for a minute otherwise; with the option, a port
            # on which somebody listens is still refused.
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((interface, port))
        if kind is socket.SOCK_STREAM:
            made.listen(BACKLOG)
    except OSError as error:
        made.close()
        raise PortUnavailable(f"{protocol} port {port} of {interface} {_why(error)}") from error
    return made


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "is in use by another process; choose another with `port` in [ioc], or --port"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"cannot be used: this host has no such address; it has {', '.join(sorted(_addresses()))}"
    return f"cannot be used: {error.strerror or error}"


def _broadcasts(interface: str, port: int) -> list[socket.socket]:
    """A socket that hears what is broadcast on the network of this address: one bound to the address does not."""
    network = _addresses().get(interface)
    if network is None or ipaddress.IPv4Address(interface).is_loopback:
        return []
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a broadcast is for everybody who listens
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    try:
        made.bind((network, port))
    except OSError as error:
        made.close()
        log.warning("searches that are broadcast to %s:%s are not heard: %s", network, port, error)
        return []
    return [made]


def _addresses() -> dict[str, str]:
    """This host's addresses, and the address of each for broadcasts."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        found = [_ask(probe, name) for _, name in socket.if_nameindex()]
    return dict(pair for pair in found if pair is not None)


def _ask(probe: socket.socket, interface: str) -> tuple[str, str] | None:
    question = struct.pack("256s", interface.encode()[:15])
    try:
        answers: Iterable[bytes] = [fcntl.ioctl(probe, what, question) for what in (_GET_ADDRESS, _GET_BROADCAST)]
    except OSError:  # an interface without an address
        return None
    address, broadcast = (socket.inet_ntoa(answer[20:24]) for answer in answers)
    return address, broadcast
