"""An IOC without sockets: a real engine, real PV groups, puts as the server makes them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import numpy as np
from caproto import CAStatus, ChannelType
from ophyd.sim import det, motor

from reioc.devices import Registry
from reioc.engine import Msg, RunEngine
from reioc.ioc.engine_pvs import EnginePVs
from reioc.ioc.plans.catalogue import Catalogue

PREFIX = "T:"


def patient():
    """A plan that has something to do for ever, a checkpoint at a time."""
    while True:
        yield Msg("checkpoint")
        yield Msg("sleep", None, 0.001)


def restless():
    """A plan that could be resumed, but never comes to a checkpoint."""
    while True:
        yield Msg("sleep", None, 0.001)


def stubborn():
    """A plan that cannot be resumed, and takes for ever."""
    yield Msg("clear_checkpoint")
    while True:
        yield Msg("sleep", None, 0.001)


def broken():
    """A plan that fails at its first message."""
    yield Msg("null")
    raise RuntimeError("the filter wheel is stuck")


def measuring():
    """A run that goes on for ever."""
    yield Msg("open_run")
    yield from patient()


CATALOGUE = (patient, restless, stubborn, broken, measuring)


@cache  # to read it takes longer than most tests
def _catalogue() -> Catalogue:
    return Catalogue.load(["reioc.engine.plans", __name__], Registry([det, motor]))


class Harness:
    """Puts and reads by PV name; the IOC's own tasks run beside."""

    def __init__(self, RE: RunEngine) -> None:
        self.RE = RE
        self.ioc = EnginePVs(RE, PREFIX, catalogue=_catalogue(), data_length=20)

    def read(self, name: str) -> Any:
        """A PV's value."""
        return self.ioc.pvdb[PREFIX + name].value

    async def put(self, name: str, value: Any) -> bool:
        """A client's put; whether it succeeded."""
        pv = self.ioc.pvdb[PREFIX + name]
        sent, data_type = _sent(pv, value)
        status = await pv.auth_write("host", "user", sent, data_type, None)
        return status != CAStatus.ECA_PUTFAIL

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for the PVs to say something."""
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110  PVs change in tasks of this loop, and tell nobody
                await asyncio.sleep(0)


def _sent(pv: Any, value: Any) -> tuple[Any, ChannelType]:
    """What a client sends: caput -S a text as characters, a text to a string PV as a string, else a number."""
    if isinstance(value, str) and pv.data_type is ChannelType.CHAR:
        return np.frombuffer(value.encode() + b"\0", dtype="u1"), ChannelType.CHAR
    if isinstance(value, str):
        return [value.encode()], ChannelType.STRING
    return [value], ChannelType.DOUBLE


def with_ioc(RE: RunEngine, test: Callable[[Harness], Awaitable[None]]) -> None:
    """Run a test against an IOC whose tasks are running."""

    async def run() -> None:
        harness = Harness(RE)
        await harness.ioc.begin()
        tasks = [asyncio.create_task(work) for work in harness.ioc.work()]
        try:
            await test(harness)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            harness.ioc.close()

    asyncio.run(run())
