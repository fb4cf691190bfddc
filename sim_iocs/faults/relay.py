"""One client's connection through a bad network.

Rules of this file: both directions are alike; one that has ended ends the other when all that was under way is there.
"""

import asyncio
import contextlib
from typing import Protocol

from .messages import Splitter
from .network import Link, Network

__all__ = ["Conditions", "relay"]

MOST_UNDER_WAY = 1000
"""Messages, in one direction of one connection; a sender has to wait then."""
_CHUNK = 1 << 16


class Conditions(Protocol):
    """The network as it is now."""

    network: Network

    async def passable(self) -> None:
        """Come back when it is no black hole, which may be at once."""
        ...


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def relay(client: Ends, server: Ends, port: int, seed: str, conditions: Conditions) -> None:
    """Pass on what the two say until one has nothing more to say; answers to searches name `port`."""
    ways = [
        asyncio.create_task(_pass_on(client[0], server[1], _Direction(Splitter(), f"{seed}/to", conditions))),
        asyncio.create_task(_pass_on(server[0], client[1], _Direction(Splitter(port), f"{seed}/from", conditions))),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        for _, writer in (client, server):
            writer.close()


class _Direction:
    def __init__(self, splitter: Splitter, seed: str, conditions: Conditions) -> None:
        self.splitter = splitter
        self.link = Link(seed)
        self.conditions = conditions
        self.under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(MOST_UNDER_WAY)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: _Direction) -> None:
    async with asyncio.TaskGroup() as tasks:
        receiving = tasks.create_task(_receive(reader, direction))
        await _deliver(writer, direction)
        receiving.cancel()


async def _receive(reader: asyncio.StreamReader, direction: _Direction) -> None:
    with contextlib.suppress(OSError):  # one that was cut off has nothing more to say
        while data := await reader.read(_CHUNK):
            await _send(direction.splitter.feed(data), direction)
    await _send([direction.splitter.rest, _THE_END] if direction.splitter.rest else [_THE_END], direction)


async def _send(messages: list[bytes], direction: _Direction) -> None:
    now = asyncio.get_running_loop().time()
    for message in messages:
        arrival = direction.link.arrival(direction.conditions.network, len(message), now)
        await direction.under_way.put((arrival, message))


async def _deliver(writer: asyncio.StreamWriter, direction: _Direction) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        while True:
            arrival, message = await direction.under_way.get()
            await asyncio.sleep(max(0.0, arrival - loop.time()))
            await direction.conditions.passable()
            if message == _THE_END:
                return
            writer.write(message)
            await writer.drain()


_THE_END = b""
