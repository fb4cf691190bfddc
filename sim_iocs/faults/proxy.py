"""A bad network between Channel Access clients and a server.

`python -m reioc.sim_iocs.faults.proxy --server 127.0.0.1:5066 --port 5070 --delay 0.05 --loss 0.02`

Clients that search at the proxy's address find the server's PVs there, and connect through it. It is not for beacons,
nor for a client that was told of the server by somebody else.

Rules of this file: `change` and `cut` may be called from any thread; everything else happens in the proxy's loop.
"""

import asyncio
import contextlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Self, cast

from .messages import datagram_from
from .network import Link, Network
from .relay import relay

__all__ = ["Proxy", "proxied"]

Address = tuple[str, int]

MOST_SEARCHERS = 100
"""Clients whose searches are remembered; the one that searched longest ago is forgotten first."""
_log = logging.getLogger("reioc.sim_iocs.faults")


class Proxy:
    """Stands at `listen`, before `server`; `async with` it. Raises OSError where it cannot have its port."""

    def __init__(self, server: Address, listen: Address, network: Network | None = None, seed: int = 0) -> None:
        self.server = server
        self.listen = listen
        self.network = network or Network()
        self._seed = seed
        self._accepted = 0
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._passable = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._searches = _Searches(self, self._seed)
        self._udp, _ = await self._loop.create_datagram_endpoint(lambda: self._searches, local_addr=self.listen)
        try:
            self._tcp = await asyncio.start_server(self._accept, *self.listen)
        except OSError:
            self._udp.close()
            raise
        self._apply(self.network)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._tcp.close()
        self._udp.close()
        self._searches.close()
        self._cut()
        if self._connections:
            await asyncio.wait(self._connections)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._connections)

    def change(self, **changes: Any) -> None:
        """From now on the network is so, else as it was; `change(delay=0.1)`. Raises ValueError and TypeError."""
        network = replace(self.network, **changes)
        self._loop.call_soon_threadsafe(self._apply, network)

    def cut(self) -> None:
        """All connections are reset; clients may come back at once."""
        self._loop.call_soon_threadsafe(self._cut)

    async def passable(self) -> None:
        """Come back when it is no black hole, which may be at once."""
        await self._passable.wait()

    def _apply(self, network: Network) -> None:
        self.network = network
        if network.black_hole:
            self._passable.clear()
        else:
            self._passable.set()

    def _cut(self) -> None:
        for connection, writer in self._connections.items():
            writer.transport.abort()
            connection.cancel()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._accepted += 1
        connection = asyncio.create_task(self._connect(reader, writer, f"{self._seed}/{self._accepted}"))
        self._connections[connection] = writer
        connection.add_done_callback(self._connections.pop)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seed: str) -> None:
        await self.passable()
        try:
            server = await asyncio.open_connection(*self.server)
        except OSError as error:
            _log.warning("the server at %s:%d cannot be reached: %s", *self.server, error)
            writer.transport.abort()
            return
        await relay((reader, writer), server, self.listen[1], seed, self)


class _Searches(asyncio.DatagramProtocol):
    """Passes searches on from a socket of its own for each client, so that answers find back."""

    def __init__(self, proxy: Proxy, seed: int) -> None:
        self._proxy = proxy
        self._link = Link(f"{seed}/searches")
        self._searchers: OrderedDict[Address, asyncio.Task[asyncio.DatagramTransport]] = OrderedDict()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is there."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """A client asks."""
        searcher = self._searchers.pop(addr, None) or asyncio.create_task(self._socket_for(addr))
        self._searchers[addr] = searcher
        if len(self._searchers) > MOST_SEARCHERS:
            _close(self._searchers.popitem(last=False)[1])
        self._later(len(data), lambda: searcher.add_done_callback(partial(_send, data)))

    def answer(self, data: bytes, addr: Address) -> None:
        """The server answers a client."""
        told = datagram_from(data, self._proxy.listen[1])
        self._later(len(told), lambda: self._transport.sendto(told, addr))

    def error_received(self, exc: Exception) -> None:
        """Whoever asked has gone."""
        _log.debug("an answer to a search was not delivered: %s", exc)

    def close(self) -> None:
        """Forget all clients."""
        for searcher in self._searchers.values():
            _close(searcher)

    def _later(self, size: int, send: Any) -> None:
        network, loop = self._proxy.network, asyncio.get_running_loop()
        if not self._link.is_lost(network):
            loop.call_at(self._link.arrival(replace(network, loss=0.0), size, loop.time()), send)

    async def _socket_for(self, addr: Address) -> asyncio.DatagramTransport:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Answers(partial(self.answer, addr=addr)), remote_addr=self._proxy.server
        )
        return transport


class _Answers(asyncio.DatagramProtocol):
    def __init__(self, take: Any) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._take(data)

    def error_received(self, exc: Exception) -> None:
        _log.debug("nobody takes searches at the server's address: %s", exc)


def _send(data: bytes, searcher: asyncio.Task[asyncio.DatagramTransport]) -> None:
    if not searcher.cancelled() and not searcher.exception():
        searcher.result().sendto(data)


def _close(searcher: asyncio.Task[asyncio.DatagramTransport]) -> None:
    if not searcher.done():
        searcher.cancel()
    elif not searcher.cancelled() and not searcher.exception():
        searcher.result().close()


@contextlib.contextmanager
def proxied(server: Address, listen: Address, network: Network | None = None, seed: int = 0) -> Iterator[Proxy]:
    """A proxy in a thread of its own, for programs without a loop; it listens when the block begins.

    Raises OSError where it cannot have its port.
    """
    proxy = Proxy(server, listen, network, seed)
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        loop.run_until_complete(proxy.__aenter__())
        thread = threading.Thread(target=loop.run_forever, name="proxy")
        thread.start()
        try:
            yield proxy
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.run_until_complete(proxy.__aexit__())


if __name__ == "__main__":
    from .proxy_command import main

    raise SystemExit(main())
