"""A Channel Access server for caproto's PVs, which no client can take down.

    server = Server(pvdb)
    await server.serve(["127.0.0.1"], 5064, on_ready)

Why it is ours, and what it does not do as caproto's does: docs/decisions/0018.
"""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from caproto import get_environment_variables

from .beacons import send_beacons
from .channels import Client
from .circuit import Circuit
from .lookup import Found
from .monitors import Monitors
from .search import Searches
from .sockets import BACKLOG, Sockets, bind

__all__ = ["Server"]

log = logging.getLogger("reioc.ioc.channel_access")

MAX_CLIENTS = 4000
LEAVING = 1.0
"""Seconds that clients have to take what is on its way when the server ends."""


def _everybody(name: str, client: Client) -> bool:
    return True


def _nobody_minds(found: Found, client: Client) -> None:
    pass


class Server:
    """Serves PVs, which may come and go meanwhile.

    `may_write(name of a PV, client)` decides who may put to settings.
    """

    def __init__(self, pvdb: Mapping[str, Any], may_write: Callable[[str, Client], bool] = _everybody) -> None:
        self.pvdb = dict(pvdb)
        self.monitors = Monitors()
        self.port = 0
        self.may_write = may_write
        self.on_denied: Callable[[Found, Client], None] = _nobody_minds
        """Told of each put by somebody who has no right to it; libraries refuse most of them by themselves."""
        self._circuits: set[Circuit] = set()
        self._empty = asyncio.Event()
        self._puts: set[asyncio.Task[None]] = set()
        self._has_news = asyncio.Event()

    async def serve(self, interfaces: Sequence[str], port: int, on_ready: Callable[[], None] = lambda: None) -> None:
        """Serve until cancelled. `on_ready` is called once, when clients can connect. Raises PortUnavailable."""
        _allow_files()
        sockets = bind(interfaces, port)
        self.port = port
        loop = asyncio.get_running_loop()
        servers: list[asyncio.Server] = []
        searches: list[asyncio.BaseTransport] = []
        try:
            for each in sockets.listening:
                servers.append(await loop.create_server(lambda: Circuit(self), sock=each, backlog=BACKLOG))  # noqa: PERF401
            searches = await self._answer_searches(sockets)
            on_ready()
            await send_beacons(port, interfaces, self._has_news)
        finally:
            for each in (*servers, *searches):
                each.close()
            sockets.close()
            await self._say_goodbye()

    async def _answer_searches(self, sockets: Sockets) -> list[asyncio.BaseTransport]:
        ignored = get_environment_variables()["EPICS_CAS_IGNORE_ADDR_LIST"].split()
        loop = asyncio.get_running_loop()
        return [
            (await loop.create_datagram_endpoint(lambda: Searches(self.pvdb, self.port, ignored), sock=each))[0]
            for each in sockets.searched
        ]

    async def _say_goodbye(self) -> None:
        if not self._circuits:
            return
        for circuit in self._circuits:
            circuit.close()
        try:
            async with asyncio.timeout(LEAVING):
                await self._empty.wait()
        except TimeoutError:  # those that take nothing
            for circuit in tuple(self._circuits):
                circuit.abort()

    # PVs come and go, rights change

    def add(self, pvdb: Mapping[str, Any]) -> None:
        """From now on these PVs are found as well; clients that miss them are told to search again."""
        self.pvdb.update(pvdb)
        self._has_news.set()

    def withdraw(self, names: Collection[str]) -> None:
        """These PVs are there no more, from now on: others of the same names may be added at once.

        Clients that are connected to them see them disconnect.
        """
        for name in names:
            self.pvdb.pop(name, None)

        def gone(found: Found) -> bool:
            return found.record in names

        for circuit in self._circuits:
            circuit.withdraw(gone)

    def review_rights(self) -> None:
        """What `may_write` answers has changed: tell those whom it concerns."""
        for circuit in self._circuits:
            circuit.review_rights()

    @property
    def clients(self) -> tuple[Client, ...]:
        """Who is connected."""
        return tuple(circuit.client for circuit in self._circuits)

    # For the circuits

    def enter(self, circuit: Circuit) -> bool:
        """A client has connected; whether there is room for it."""
        if len(self._circuits) >= MAX_CLIENTS:
            log.warning("%s is refused: %s clients are connected", circuit.peer, MAX_CLIENTS)
            return False
        self._circuits.add(circuit)
        self._empty.clear()
        return True

    def leave(self, circuit: Circuit) -> None:
        """A client has gone."""
        self._circuits.discard(circuit)
        if not self._circuits:
            self._empty.set()

    def keep(self, task: asyncio.Task[None]) -> None:
        """A put that is carried out, whatever becomes of its client."""
        self._puts.add(task)
        task.add_done_callback(self._puts.discard)


def _allow_files() -> None:
    """As many open files as this process may have: each client is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CLIENTS + 1000 if hard == resource.RLIM_INFINITY else min(hard, MAX_CLIENTS + 1000)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
