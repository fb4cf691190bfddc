"""Clients of a simulated IOC's server, without sockets; caproto's own client side judges what they are told."""

import asyncio
from typing import Any

import caproto as ca

from reioc.sim_iocs.faults.context import FaultyContext

__all__ = ["Connection", "settle"]


async def settle() -> None:
    """Let what can happen now happen."""
    for _ in range(50):  # more steps than any chain of callbacks here has
        await asyncio.sleep(0)


class Connection:
    """One client's connection, both ends of it. While it is frozen, whoever sends it something waits."""

    def __init__(self, context: FaultyContext, number: int = 1) -> None:
        self._takes = asyncio.Event()
        self._takes.set()
        self._one_by_one = asyncio.Lock()
        self._coming: asyncio.Queue[bytes] = asyncio.Queue()
        self._sent = bytearray()
        self._protocol = ca.VirtualCircuit(our_role=ca.CLIENT, address=("server", 1), priority=0)
        self._serving = asyncio.create_task(context.tcp_handler(self, ("client", number)))

    # For the test

    async def channel(self, name: str) -> ca.ClientChannel:
        """A channel to this PV."""
        if not self._protocol.channels:
            self.say(ca.VersionRequest(0, 13), ca.HostNameRequest("host"), ca.ClientNameRequest("user"))
            await settle()
        channel = ca.ClientChannel(name, self._protocol)
        self.say(channel.create())
        await settle()
        self.heard()
        assert channel.states[ca.CLIENT] is ca.CONNECTED, name
        return channel

    def say(self, *commands: Any) -> None:
        """Send this to the server."""
        self._coming.put_nowait(b"".join(bytes(each) for each in self._protocol.send(*commands)))

    def heard(self) -> list[Any]:
        """What has come since: the number of an update, the type of any other message."""
        commands, _ = self._protocol.recv(bytes(self._sent)) if self._sent else ([], 0)
        self._sent.clear()
        for each in commands:
            self._protocol.process_command(each)
        # The end of a subscription comes as an update without a value.
        told = [each for each in commands if not (isinstance(each, ca.EventAddResponse) and each.payload_size == 0)]
        return [each.data[0] if isinstance(each, ca.EventAddResponse) else type(each) for each in told]

    def freeze(self) -> None:
        """Take nothing from now on."""
        self._takes.clear()

    def thaw(self) -> None:
        """Take all."""
        self._takes.set()

    async def leave(self) -> None:
        """End the connection."""
        self._coming.put_nowait(b"")
        await self._serving

    # For the server

    def getsockname(self) -> tuple[str, int]:
        return ("server", 1)

    async def recv(self, count: int = 4096) -> bytes:
        return await self._coming.get()

    async def send(self, data: bytes) -> None:
        async with self._one_by_one:
            self._sent += data
            await self._takes.wait()

    def close(self) -> None:
        self.thaw()
