"""An IOC around a real engine, in which time passes only when told: no sockets, no ticks but those of the test."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from ophyd.sim import det, motor

from reioc.devices import Registry
from reioc.engine import RunEngine
from reioc.ioc.channel_access import Server
from reioc.ioc.engine_pvs import EnginePVs
from reioc.ioc.plans.catalogue import Catalogue
from reioc.ioc.suspending import SuspenderMaker
from reioc.suspenders import Condition, Floor, SuspenderBase

from ...suspenders.support import FakeSource, FakeTime
from .. import harness

PREFIX = harness.PREFIX
SUSPENDERS = "reioc.suspenders.factory.PVSource"


@functools.cache
def catalogue() -> Catalogue:
    """The plans of the library and of the harness, and ophyd's simulated `motor` and `det`."""
    return Catalogue.load(["reioc.engine.plans", harness.__name__], Registry([det, motor]))


def make_maker() -> SuspenderMaker:
    """A maker that knows a few commands."""
    return SuspenderMaker(catalogue(), ["set", "trigger", "read"])


class Watch:
    """A suspender over a source that is moved by hand, with clocks that stand still."""

    def __init__(
        self,
        name: str | None = "beam",
        condition: Condition | None = None,
        *,
        time: FakeTime | None = None,
        pv: str = "RING",
        value: Any = None,
        source: Any = None,
        **settings: Any,
    ) -> None:
        self.time = time or FakeTime()
        self.source = source or FakeSource(pv, self.time)
        if value is not None:
            self.source.put(value)
        clocks = {"clock": self.time.clock, "wall_clock": self.time.wall_clock, "timer": self.time.timer}
        self.suspender = SuspenderBase(
            self.source, **({"condition": condition or Floor(100, 200), "name": name} | clocks | settings)
        )

    @property
    def is_watched(self) -> bool:
        """Whether somebody hears what the source reports."""
        return self.source._callback is not None


class PVs(dict[str, FakeSource]):
    """The PVs that suspenders made from a description watch: in place of PVSource, sources by PV name.

    One that is not in it does not connect.
    """

    def __init__(self, time: FakeTime | None = None, **values: Any) -> None:
        super().__init__()
        self.time = time or FakeTime()
        self.values_at_start = values
        self.made: list[FakeSource] = []
        self.running: set[str] = set()

    def __call__(self, name: str) -> FakeSource:
        source = self[name] = _Counted(name, self)
        self.made.append(source)
        if name in self.values_at_start:
            source.put(self.values_at_start[name])
        return source


class _Counted(FakeSource):
    """Tells whether it is being watched."""

    def __init__(self, name: str, pvs: PVs) -> None:
        super().__init__(name, pvs.time)
        self._pvs = pvs

    def start(self, callback: Any) -> None:
        self._pvs.running.add(self.name)
        super().start(callback)

    def stop(self) -> None:
        self._pvs.running.discard(self.name)
        super().stop()


class Ioc(harness.Harness):
    """Puts and reads by PV name; what has happened is written at once, what time changes by `tick`."""

    def __init__(self, RE: RunEngine, **settings: Any) -> None:
        self.RE = RE
        self.ioc = EnginePVs(RE, PREFIX, catalogue=catalogue(), data_length=20, **settings)
        self.server = Server(self.ioc.pvdb)  # it has no sockets, and knows what can be found
        self.ioc.serve, self.ioc.withdraw = self.server.add, self.server.withdraw

    async def tick(self) -> None:
        """What happens ten times a second."""
        await self.ioc.publisher._tick(whole_second=False)

    def begin(self, name: str, value: Any) -> asyncio.Task[bool]:
        """A put that takes its time."""
        return asyncio.create_task(self.put(name, value))

    def severity(self, name: str) -> int:
        """A PV's alarm severity."""
        return int(self.ioc.pvdb[PREFIX + name].alarm.severity)

    def has(self, name: str) -> bool:
        """Whether there is such a PV."""
        return PREFIX + name in self.ioc.pvdb

    async def shows(self, name: str, value: Any) -> None:
        """Wait until a PV has this value."""
        await self.until(lambda: self.has(name) and self.read(name) == value)

    async def log(self) -> list[str]:
        """The audit's lines, without their times, the newest first."""
        await settled()
        await self.tick()
        lines = self.read("Audit:Log").split("\n")
        return [line.split(" ", 2)[2] for line in lines if line]

    async def lines_of(self, *words: str) -> list[str]:
        """Those of the audit's lines in which one of these words is."""
        return [line for line in await self.log() if any(word in line for word in words)]

    async def refused(self, name: str, value: Any) -> str:
        """A put that must be refused; why it was."""
        assert not await self.put(name, value), f"{name} took {value!r}"
        assert (self.read("Cmd:Name"), self.read("Cmd:By")) == (name, "user@host")
        return self.read("Cmd:Message")


def with_ioc(RE: RunEngine, test: Callable[[Ioc], Awaitable[None]], **settings: Any) -> None:
    """Run a test against an IOC that follows engine and suspenders, and ticks only when the test says so."""

    async def run() -> None:
        ioc = Ioc(RE, **settings)
        await ioc.ioc.begin()
        tasks = [asyncio.create_task(work) for work in (ioc.ioc.publisher.follow(), ioc.ioc.roster.follow())]
        try:
            await test(ioc)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            ioc.ioc.close()

    asyncio.run(run())


async def settled(turns: int = 20) -> None:
    """Let everything happen that has been asked for on this loop."""
    for _ in range(turns):
        await asyncio.sleep(0)


def install(RE: RunEngine, watches: Iterable[Watch]) -> None:
    """Install the suspenders of all of these."""
    for watch in watches:
        RE.install_suspender(watch.suspender)
