"""Whether what a suspender is to watch is there, and can be judged."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from ...suspenders import Sample, SuspenderBase, misfit_of
from ..bridge import Failure

__all__ = ["PROBE_TIMEOUT", "probe"]

PROBE_TIMEOUT = 5.0
"""Seconds that a PV may take to connect and to send a value."""


async def probe(suspender: SuspenderBase, timeout: float = PROBE_TIMEOUT) -> None:
    """Wait for the first value of each source of a suspender that is not installed.

    Raises Failure, naming the PV, for one that does not come, or that its condition can never judge.
    """
    loop = asyncio.get_running_loop()
    firsts: list[asyncio.Future[Sample]] = [loop.create_future() for _ in suspender.members]
    try:
        for member, first in zip(suspender.members, firsts, strict=True):
            member.source.start(partial(_hand_over, loop, first))
        await asyncio.wait(firsts, timeout=timeout)
        for member, first in zip(suspender.members, firsts, strict=True):
            if not first.done():
                raise Failure(f"{member.source.name} did not connect within {timeout:g} s")
            if misfit := misfit_of(member.condition, first.result()):
                raise Failure(f"{member.source.name} {misfit}")
    finally:
        for member in suspender.members:
            member.source.stop()


def _hand_over(loop: asyncio.AbstractEventLoop, first: asyncio.Future[Sample], sample: Sample) -> None:
    """Called in the thread that watches PVs."""

    def take(found: Any) -> None:
        if not first.done() and found.connected:
            first.set_result(found)

    loop.call_soon_threadsafe(take, sample)
