"""A question to whoever sits at the terminal.

Rules of this file:
1. The loop never waits for the stream: a thread of its own does, which does not keep the process from ending.
2. Who stops waiting at a terminal leaves no reader behind: it would take the next line, which is typed at the prompt.
   Nothing is read before there is something to read.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

__all__ = ["ask_at_terminal"]


async def ask_at_terminal(prompt: str) -> str:
    """Show the prompt on the standard output, wait for a line of the standard input. Returns it without its end.

    Raises EOFError where nobody can answer, since the input has ended or there is none.
    """
    sys.stdout.write(prompt)
    sys.stdout.flush()
    stream: TextIO | None = sys.stdin
    if stream is not None and stream.isatty():
        await _something_to_read(stream.fileno())
    line = await _line_of(stream) if stream is not None else ""
    if not line:
        raise EOFError(f"nobody can answer {prompt!r}: the standard input has ended")
    return line.rstrip("\n")


async def _something_to_read(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


async def _line_of(stream: TextIO) -> str:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def deliver(take: Callable[[Any], None], what: Any) -> None:
        if not answer.done():
            take(what)

    def read() -> None:
        try:
            line = stream.readline()
        except Exception as error:  # of any kind: what stands in for the terminal is somebody else's
            report = (answer.set_exception, error)
        else:
            report = (answer.set_result, line)
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(deliver, *report)

    threading.Thread(target=read, name="reioc-input", daemon=True).start()
    return await answer
