"""Many clients that watch a PV, each with a connection of its own, in one process.

    python benchmarks/crowd.py PV PORT NUMBER

It writes "watching" when each has its first value, and ends when its input does.
"""

from __future__ import annotations

import asyncio
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["watching"]

_HEAD = struct.Struct(">HHHHII")
_VERSION, _EVENT_ADD, _CREATE_CHAN, _CLIENT_NAME, _HOST_NAME = 0, 1, 18, 20, 21
_MINOR_VERSION = 13
_DOUBLE = 6
_ON_VALUE = struct.pack(">12xH2x", 1)


def _message(command: int, payload: bytes = b"", kind: int = 0, count: int = 0, p1: int = 0, p2: int = 0) -> bytes:
    payload += bytes(-len(payload) % 8)
    return _HEAD.pack(command, len(payload), kind, count, p1, p2) + payload


def _text(text: str) -> bytes:
    return text.encode() + b"\0"


async def _answer(reader: asyncio.StreamReader, command: int) -> int:
    """The second parameter of the next message of this kind."""
    while True:
        kind, size, _, _, _, p2 = _HEAD.unpack(await reader.readexactly(_HEAD.size))
        await reader.readexactly(size)
        if kind == command:
            return p2


async def _watch(pv: str, port: int) -> asyncio.StreamReader:
    """A client that has its first value."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        _message(_VERSION, count=_MINOR_VERSION)
        + _message(_CLIENT_NAME, _text("crowd"))
        + _message(_HOST_NAME, _text("localhost"))
        + _message(_CREATE_CHAN, _text(pv), p1=1, p2=_MINOR_VERSION)
    )
    channel = await _answer(reader, _CREATE_CHAN)
    writer.write(_message(_EVENT_ADD, _ON_VALUE, kind=_DOUBLE, count=1, p1=channel, p2=1))
    await _answer(reader, _EVENT_ADD)
    return reader


async def _take_all(reader: asyncio.StreamReader) -> None:
    while await reader.read(65536):
        pass


async def _stand_by(pv: str, port: int, number: int) -> None:
    readers = [await _watch(pv, port) for _ in range(number)]
    print("watching", flush=True)
    tasks = [asyncio.create_task(_take_all(reader)) for reader in readers]
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()


@contextmanager
def watching(pv: str, port: int, number: int) -> Iterator[None]:
    """So many clients watch a PV of the server at this port. Raises RuntimeError if they cannot."""
    argv = [sys.executable, __file__, pv, str(port), str(number)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None or process.stdout.readline() != "watching\n":
                raise RuntimeError(f"{number} clients could not watch {pv}")
            yield
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_stand_by(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
