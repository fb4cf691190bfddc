"""Serving PVs on exactly one port: the one place that works around caproto's server.

1. caproto takes a random TCP port when the one it should use is taken, and shares a UDP port with whoever has it, so
   that clients find one of the two at random. Both are errors here.
2. caproto's listening sockets do not pass TCP_NODELAY on, so that an answer which follows a monitor waits up to 40 ms
   for the client's acknowledgement (Nagle against delayed acknowledgement): p99 of a put-completion 43 ms, with the
   option 1.5 ms.
3. A beacon that nobody on this host listens to gives a traceback each time.
4. A PV that is served cannot be withdrawn: its clients have to be told. And a client that asks for it in that moment
   would not be listened to any more, whatever it asks for.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any

from caproto.asyncio.server import Context, VirtualCircuit

__all__ = ["PortUnavailable", "Server", "keep_beacons_local"]

log = logging.getLogger("reioc.ioc")

LOOPBACK = "127.0.0.1"


class PortUnavailable(Exception):
    """The port cannot be served; says which, and why. The command line shows it; nothing was served yet."""


def keep_beacons_local(interfaces: Sequence[str]) -> None:
    """Send beacons to this host only, where only this host is served. Environment that is set already wins."""
    if all(interface == LOOPBACK for interface in interfaces):
        os.environ.setdefault("EPICS_CAS_AUTO_BEACON_ADDR_LIST", "NO")
        os.environ.setdefault("EPICS_CAS_BEACON_ADDR_LIST", LOOPBACK)


class Server:
    """Serves PVs, which may come and go meanwhile."""

    def __init__(self, pvdb: Mapping[str, Any]) -> None:
        self._served = dict(pvdb)  # a copy: caproto adds each field that somebody asks for
        self._context: Context | None = None

    async def serve(self, interfaces: Sequence[str], port: int, on_ready: Callable[[], None]) -> None:
        """Serve until cancelled. `on_ready` is called once, when clients can connect. Raises PortUnavailable."""
        for interface in interfaces:
            _check_free(interface, port)
        keep_beacons_local(interfaces)
        logging.getLogger("caproto.ctx").addFilter(_is_not_about_beacons)
        context = self._context = _Context(self._served, list(interfaces))
        context.ca_server_port = port  # pyright: ignore[reportAttributeAccessIssue]  caproto types it as text

        async def listening(async_lib: Any) -> None:
            if context.port != port:  # somebody was faster than we since the check
                raise PortUnavailable(f"TCP port {port} is in use by another process")
            for listener in context.tcp_sockets.values():
                listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted connections inherit it
            on_ready()

        await context.run(startup_hook=listening)

    def add(self, pvdb: Mapping[str, Any]) -> None:
        """From now on these PVs are found as well."""
        self._served.update(pvdb)

    def withdraw(self, pvdb: Mapping[str, Any]) -> Coroutine[Any, Any, None]:
        """These PVs are there no more, from now on: others of the same names may be added at once.

        Clients that are connected to them see them disconnect, which is to be awaited.
        """
        for name in [name for name in self._served if _record(name) in pvdb]:
            del self._served[name]
        circuits = tuple(self._context.circuits) if self._context is not None else ()
        connected = [
            (circuit, channel, pvdb[_record(channel.name)])
            for circuit in circuits
            for channel in circuit.circuit.channels_sid.values()
            if _record(channel.name) in pvdb
        ]
        return _disconnect_all(connected)


class _Circuit(VirtualCircuit):
    """One client."""

    async def _command_queue_iteration(self, command: Any) -> Any:
        # What it asks of a PV that has been withdrawn was on its way when that happened; it has been told meanwhile.
        # caproto would fail over it, and listen to nothing more that this client says.
        return None if self._is_about_what_is_gone(command) else await super()._command_queue_iteration(command)

    def _is_about_what_is_gone(self, command: Any) -> bool:
        sid = getattr(command, "sid", None)
        if sid is None:
            return False
        try:
            self.context[self.circuit.channels_sid[sid].name]
        except KeyError:
            return True
        return False


class _Context(Context):
    CircuitClass = _Circuit


async def _disconnect_all(connected: Iterable[tuple[Any, Any, Any]]) -> None:
    # At the same time: one that does not take what it is sent is waited for, for ever.
    await asyncio.gather(*(_disconnect(circuit, channel, pv) for circuit, channel, pv in connected))


async def _disconnect(circuit: Any, channel: Any, pv: Any) -> None:
    try:
        # caproto has no way to withdraw a PV; this is what it does when a client clears its channel, or rather means to
        # do: it compares a subscription's channel with a number, and culls none.
        await circuit._cull_subscriptions(pv, lambda each: each.channel.sid == channel.sid)  # noqa: SLF001
        await circuit.send(channel.disconnect())
    except Exception:  # a client that goes at the same moment
        log.debug("could not tell %s that %s is gone", circuit, channel.name, exc_info=True)


def _record(name: str) -> str:
    """The PV in the name of a channel, which may have a field and modifiers."""
    return name.split(".", 1)[0]


def _check_free(interface: str, port: int) -> None:
    for protocol, kind in (("TCP", socket.SOCK_STREAM), ("UDP", socket.SOCK_DGRAM)):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind is socket.SOCK_STREAM:
                # Connections of a server that has just ended keep the port for a minute otherwise; with the option,
                # a port on which somebody listens is still refused.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((interface, port))
                if kind is socket.SOCK_STREAM:
                    probe.listen(1)
            except OSError as error:
                raise PortUnavailable(f"{protocol} port {port} of {interface} {_why(error)}") from error


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "is in use by another process; choose another with `port` in [ioc], or --port"
    return f"cannot be used: {error.strerror or error}"


def _is_not_about_beacons(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Failed to send beacon")
