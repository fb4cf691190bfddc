"""A Channel Access server on which things go wrong.

Rules of this file:
- It is caproto's server, made such that it can leave its port and come back with all its PVs as they are.
- Changes are carried out one after the other; a client that does not read delays nobody but itself.
"""

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import caproto as ca
from caproto import ChannelType, SubscriptionType
from caproto._dbr import _LongStringChannelType
from caproto.asyncio.server import Context
from caproto.asyncio.utils import _create_bound_tcp_socket, _TransportWrapper

from .circuit import FaultyCircuit
from .effects import HEALTHY, Effect
from .injector import FaultInjector
from .kinds import Kind
from .lies import stand_in
from .updates import AtOnce

__all__ = ["FaultyContext"]

RETRY_PERIOD = 0.1
"""Real seconds until a server that is back tries again to have its port, if somebody else has it."""

_log = logging.getLogger("reioc.sim_iocs.faults")
_EVERYTHING = SubscriptionType.DBE_VALUE | SubscriptionType.DBE_LOG | SubscriptionType.DBE_ALARM


class FaultyContext(Context):
    """The server; what is wrong is what `injector` says."""

    CircuitClass = FaultyCircuit
    circuits: set[FaultyCircuit]

    def __init__(self, pvdb: dict[str, Any], interfaces: list[str], injector: FaultInjector) -> None:
        super().__init__(pvdb, interfaces)
        self.subscription_queue = AtOnce(self._subscription_queue_iteration)
        self.effects = injector.effects
        self.clock = injector.clock
        self.missed: set[Any] = set()
        """PVs of which somebody was not told something, as they were frozen."""
        self._injector = injector
        self._changes: asyncio.Queue[Callable[[], Coroutine[Any, Any, None]]] = asyncio.Queue()
        self._servers: list[asyncio.Server] = []

    async def run(self, **options: Any) -> None:
        """Serve until cancelled."""
        self._injector.attach(self)
        following = asyncio.create_task(self._follow())
        try:
            await super().run(**options)
        finally:
            self._injector.detach(self)
            following.cancel()

    def find(self, name: str) -> Any:
        """The PV of this name; None if there is none."""
        try:
            return self[name]
        except KeyError:
            return None

    def is_lost(self, name: str) -> bool:
        """Whether it cannot be found by clients, though it is there."""
        return self.effects.get(self.find(name), HEALTHY).disconnected

    # What the injector tells

    def pv_changed(self, pv: Any, before: Effect, after: Effect) -> None:
        """Something else is wrong with this PV now."""
        self._changes.put_nowait(partial(self._change_pv, pv, before, after))

    def outage_changed(self, kind: Kind | None) -> None:
        """The server is to be away for this reason, or back."""
        self._changes.put_nowait(self._come_back if kind is None else partial(self._leave, kind is Kind.CRASH))

    async def _follow(self) -> None:
        while True:
            change = await self._changes.get()
            try:
                await change()
            except Exception:
                _log.exception("a fault could not be carried out")

    async def _change_pv(self, pv: Any, before: Effect, after: Effect) -> None:
        for circuit in tuple(self.circuits):
            if after.disconnected and not before.disconnected:
                circuit.tasks.create(circuit.drop(pv))
            circuit.wake(pv)
        tells_other = before.alarm != after.alarm or before.value is not after.value
        if tells_other or (pv in self.missed and not after.frozen):
            self.missed.discard(pv)
            # News are news by their time, for archivers at least.
            await pv.write_metadata(publish=False, timestamp=time.time())
            await pv.publish(_EVERYTHING)

    async def _leave(self, crashed: bool) -> None:
        for server in self._servers:
            server.close()
        self._servers.clear()
        for udp in self.udp_socks.values():
            udp.close()
        self.udp_socks.clear()
        self._beacons, self.beacon_socks = self.beacon_socks, {}
        for circuit in tuple(self.circuits):
            await circuit.cut(crashed)
        self.circuits.clear()

    async def _come_back(self) -> None:
        for interface in self.interfaces:
            self.tcp_sockets[interface] = await self._bound_again(interface)
            await self.server_accept_loop(self.tcp_sockets[interface])
            await self._create_broadcaster_transport(interface)
        self.beacon_socks, self.beacon_count = self._beacons, 0

    async def _bound_again(self, interface: str) -> socket.socket:
        while True:
            try:
                return await _create_bound_tcp_socket(interface, self.port)
            except OSError as error:
                _log.warning("port %s of %s is not to be had, trying again: %s", self.port, interface, error)
                await asyncio.sleep(RETRY_PERIOD)

    # What caproto does

    async def server_accept_loop(self, sock: socket.socket) -> None:
        """Listen; caproto keeps nothing by which it could be ended."""
        # Accepted connections inherit it. Without it an answer that follows a monitor waits up to 40 ms for the
        # client's acknowledgement.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._servers.append(await asyncio.start_server(self._accept, sock=sock))

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        transport = _TransportWrapper(reader, writer)
        self.server_tasks.create(self.tcp_handler(transport, transport.getpeername()))

    async def _broadcaster_queue_iteration(self, addr: Any, commands: Any) -> None:
        if self.effects:
            commands = [each for each in commands if not (type(each) is ca.SearchRequest and self.is_lost(each.name))]
        await super()._broadcaster_queue_iteration(addr, commands)

    async def subscription_queue_loop(self) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Nothing to do, as nothing waits in that queue."""

    async def _subscription_queue_iteration(
        self, sub_specs: Any, metadata: Any, values: Any, flags: int, sub: Any
    ) -> None:
        if self.effects:
            pv = sub_specs[0].db_entry
            effect = self.effects.get(pv, HEALTHY)
            if effect.lies:
                wanted = _type_named(sub_specs[0].data_type_name)
                metadata, values = await stand_in(pv, effect.value, effect.alarm).read(wanted)
        await super()._subscription_queue_iteration(sub_specs, metadata, values, flags, sub)


def _type_named(name: str) -> Any:
    return _LongStringChannelType[name] if name in _LongStringChannelType.__members__ else ChannelType[name]
