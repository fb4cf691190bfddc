"""A connection without a socket: what asyncio and the kernel do for a circuit, with a client that reads as it likes."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any

__all__ = ["Wire", "settle", "until", "with_loop"]


def with_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """A test that runs in an event loop; what goes wrong in a callback of the loop is an error of the test, too."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        wrong: list[dict[str, Any]] = []

        async def main() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: wrong.append(context))
            await test(*args, **kwargs)

        asyncio.run(main())
        assert wrong == []

    return run


async def settle() -> None:
    """Until nothing is left that could happen now."""
    loop: Any = asyncio.get_running_loop()
    await asyncio.sleep(0)
    await until(lambda: not loop._ready)


async def until(condition: Callable[[], Any]) -> None:
    """Let one thing after the other happen, until this is so."""
    while not condition():  # noqa: ASYNC110  nothing tells of it, and each step is to be seen
        await asyncio.sleep(0)


class Options:
    """What a circuit asks of its socket."""

    def __init__(self) -> None:
        self.asked: dict[tuple[int, int], int] = {}

    def setsockopt(self, level: int, option: int, value: int) -> None:
        self.asked[level, option] = value


class Wire(asyncio.Transport):
    """The transport of a circuit, and both ends of what is on its way.

    `sent` is what the client could read. While it `takes_nothing`, more than `room` bytes of that block the circuit
    until they have been `taken()`; and a connection that is closed is gone only then. `lost_writes` counts what was
    written for nobody: asyncio warns of that. `chunk` bytes arrive at a time.
    """

    def __init__(self, protocol: asyncio.Protocol, address: tuple[str, int]) -> None:
        self.socket = Options()
        super().__init__({"peername": address, "socket": self.socket})
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._coming = bytearray()
        self._is_reading, self._is_closing, self._is_paused = True, False, False
        self._arriving: asyncio.Handle | None = None
        self._hangs_up = False
        self.sent, self.writes = bytearray(), 0
        self.takes_nothing, self.room, self.chunk = False, 0, 1 << 18
        self.lost_writes = 0
        self.is_gone = False

    # For the client

    def arrive(self, data: bytes) -> None:
        """The client has sent something, which is there when the circuit next looks."""
        self._coming += data
        self._look()

    def taken(self, most: int | None = None) -> bytes:
        """The client reads, at most so many bytes."""
        data = bytes(self.sent[:most])
        del self.sent[: len(data)]
        self._go_on()
        return data

    def hang_up(self) -> None:
        """The client goes: that is seen behind what it has sent."""
        self.takes_nothing = False
        self._hangs_up = True
        self._look()

    def break_off(self) -> None:
        """The connection is broken: that is seen at once."""
        self.abort()

    @property
    def unread(self) -> int:
        """Bytes that the circuit has not looked at."""
        return len(self._coming)

    # For the circuit

    def write(self, data: Any) -> None:
        self.writes += 1
        if self._is_closing:
            self.lost_writes += 1
            return
        self.sent += data
        if self.takes_nothing and len(self.sent) > self.room and not self._is_paused:
            self._is_paused = True
            self._protocol.pause_writing()

    def is_reading(self) -> bool:
        return self._is_reading and not self._is_closing

    def pause_reading(self) -> None:
        assert self._is_reading, "asyncio would ignore it; a circuit knows what it has asked for"
        self._is_reading = False

    def resume_reading(self) -> None:
        assert not self._is_reading
        self._is_reading = True
        self._look()

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._go_on()

    def abort(self) -> None:
        self._is_closing = True
        self.sent.clear()
        self._lose()

    def _look(self) -> None:
        if self._arriving is None and (self._coming or self._hangs_up) and self.is_reading():
            self._arriving = self._loop.call_soon(self._receive)

    def _receive(self) -> None:
        self._arriving = None
        if not self._coming:
            self.close()
        elif self.is_reading():
            data = bytes(self._coming[: self.chunk])
            del self._coming[: self.chunk]
            self._protocol.data_received(data)
            self._look()

    def _go_on(self) -> None:
        if self._is_paused and len(self.sent) <= self.room // 4:
            self._is_paused = False
            self._protocol.resume_writing()
        if self._is_closing and not (self.takes_nothing and self.sent):
            self._lose()

    def _lose(self) -> None:
        if not self.is_gone:
            self.is_gone = True
            self._loop.call_soon(self._protocol.connection_lost, None)
