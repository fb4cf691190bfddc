"""The PVs of the chosen plan around a real engine, with devices that have limits; no sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from caproto import CAStatus
from ophyd.sim import SynAxis, SynSignal
from ophyd.utils import LimitError

from reioc.devices import Registry
from reioc.engine import Msg, RunEngine
from reioc.engine.plans import count, fly, scan
from reioc.ioc.bridge import EngineBridge
from reioc.ioc.desk import Acknowledgement, Desk
from reioc.ioc.groups.plan import PlanGroup
from reioc.ioc.plans.catalogue import Catalogue

from .harness import _sent

PREFIX = "T:"


class Axis(SynAxis):
    """A simulated motor with limits."""

    limits = (-20.0, 20.0)

    def check_value(self, value: float) -> None:
        low, high = self.limits
        if not low <= value <= high:
            raise LimitError(f"position={value} not within limits {self.limits}")


def make_registry() -> Registry:
    """m1 and m2 have limits of ±20, det1 reads 1."""
    return Registry([Axis(name="m1"), Axis(name="m2"), SynSignal(func=lambda: 1.0, name="det1")])


def many(
    a: int = 0,
    b: int = 0,
    c: int = 0,
    d: int = 0,
    e: int = 0,
    f: int = 0,
    g: int = 0,
    h: int = 0,
    i: int = 0,
    j: int = 0,
    k: int = 0,
    m: int = 0,
    n: int = 0,
    o: int = 0,
) -> Any:
    """A plan with 14 parameters."""
    yield Msg("null")


class PlanPVs:
    """Puts and reads by PV name, without `Plan:`."""

    user = "user"

    def __init__(self, RE: RunEngine, catalogue: Catalogue, **options: Any) -> None:
        self.RE = RE
        self.bridge = EngineBridge(RE)
        self.acknowledged: list[Acknowledgement] = []
        self.changes = 0
        self.desk = Desk(PREFIX, self._publish)
        self.plan = PlanGroup(
            f"{PREFIX}Plan:",
            bridge=self.bridge,
            desk=self.desk,
            catalogue=catalogue,
            on_change=self._changed,
            **options,
        )
        groups = (self.plan, *self.plan.parameters)
        self.pvdb: dict[str, Any] = {name: pv for group in groups for name, pv in group.pvdb.items()}

    async def _publish(self, news: Acknowledgement) -> None:
        self.acknowledged.append(news)

    def _changed(self) -> None:
        self.changes += 1

    def read(self, name: str) -> Any:
        """A PV's value."""
        return self.pvdb[f"{PREFIX}Plan:{name}"].value

    def severity(self, name: str) -> int:
        """A PV's alarm severity."""
        return int(self.pvdb[f"{PREFIX}Plan:{name}"].alarm.severity)

    async def put(self, name: str, value: Any) -> bool:
        """A client's put; whether it succeeded."""
        pv = self.pvdb[f"{PREFIX}Plan:{name}"]
        sent, data_type = _sent(pv, value)
        status = await pv.auth_write("host", self.user, sent, data_type, None)
        return status != CAStatus.ECA_PUTFAIL

    async def choose(self, plan: str, **params: Any) -> None:
        """Choose a plan and give its parameters."""
        assert await self.put("Name", plan)
        assert await self.put("Params", json.dumps(params))

    async def refused(self, name: str, value: Any = 1) -> str:
        """A put that must be refused; why it was."""
        assert not await self.put(name, value)
        assert self.acknowledged[-1].name == f"Plan:{name}"
        return self.acknowledged[-1].message

    def parameter(self, name: str) -> str:
        """Where a parameter is: `P3`."""
        names = [self.read(f"P{number}:Name") for number in range(1, 13)]
        return f"P{names.index(name) + 1}"

    async def follow(self) -> None:
        """What the publisher does: who waits for the engine is told."""
        async for news in self.bridge.news():
            self.bridge.published(news)


def with_plan(
    RE: RunEngine,
    test: Callable[[PlanPVs], Awaitable[Any]],
    *,
    catalogue: Catalogue | None = None,
    **options: Any,
) -> Any:
    """Run a test against the PVs of the chosen plan."""

    async def run() -> Any:
        ioc = PlanPVs(RE, catalogue or Catalogue([count, scan, fly, many], make_registry()), **options)
        following = asyncio.create_task(ioc.follow())
        try:
            await ioc.plan.begin()
            return await test(ioc)
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
            ioc.bridge.close()

    return asyncio.run(asyncio.wait_for(run(), 30))
