"""A queue and an engine, without sockets: what the queue does, and what clients can see of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from caproto import CAStatus
from ophyd.sim import det

from reioc.devices import Registry
from reioc.engine import Msg, RunEngine
from reioc.ioc.bridge import EngineBridge
from reioc.ioc.desk import Desk
from reioc.ioc.groups.commands import AcknowledgementGroup
from reioc.ioc.groups.history import HistoryGroup
from reioc.ioc.groups.queue import QueueGroup
from reioc.ioc.plans.catalogue import Catalogue
from reioc.ioc.queue.history import History
from reioc.ioc.queue.items import QueueItem, new_item
from reioc.ioc.queue.keeping import Keeping
from reioc.ioc.queue.plan_queue import PlanQueue
from reioc.ioc.queue.runner import QueueRunner

from ..harness import PREFIX, _sent


def one_point(sample: str = "", number: int = 1):
    """A run of so many points."""
    yield Msg("open_run", sample=sample, plan_name="one_point")
    for _ in range(number):
        yield Msg("create", name="primary")
        yield Msg("read", det)
        yield Msg("save")
    yield Msg("close_run")


def nothing():
    """A plan without a run."""
    yield Msg("null")


def waiting():
    """A run that goes on until it is let go (`Beamline.let_go`), or somebody ends it."""
    yield Msg("open_run", plan_name="waiting")
    while not waiting.enough:
        yield Msg("checkpoint")
        yield Msg("sleep", None, 0.001)
    yield Msg("close_run")


waiting.enough = False


def broken():
    """A run that fails."""
    yield Msg("open_run", plan_name="broken")
    raise RuntimeError("the filter wheel is stuck")


def unmade():
    """A plan whose function fails before it is a plan."""
    raise RuntimeError("no such sample holder")


PLANS = (one_point, nothing, waiting, broken, unmade)


def _catalogue(*plans: Callable[..., Any]) -> Catalogue:
    return Catalogue(plans, Registry([det]))


class Beamline:
    """What the tests work with; `started` has the RunStart documents."""

    def __init__(self, RE: RunEngine, journal: Any = None) -> None:
        self.RE = RE
        waiting.enough = False
        self.bridge = EngineBridge(RE)
        keeping = Keeping(journal)
        self.history = History(self.bridge, keeping)
        self.queue = PlanQueue(_catalogue(*PLANS), keeping)
        self.runner = QueueRunner(self.queue, self.bridge, self.history)
        self.started: list[dict[str, Any]] = []
        RE.subscribe(lambda _, doc: self.started.append(doc), "start")

    async def add(self, *plans: str, **params: Any) -> list[QueueItem]:
        """Add plans; the items."""
        items = [new_item(plan, params, by="user@host") for plan in plans]
        for item in items:
            await self.queue.add_item(item)
        return items

    def offer(self, *plans: Callable[..., Any]) -> None:
        """Have another catalogue."""
        self.queue.catalogue = _catalogue(*plans)

    def let_go(self) -> None:
        """Have the plan `waiting` come to its end, now and whenever it runs again."""
        waiting.enough = True

    async def running(self, plan: str = "waiting") -> None:
        """Wait until a plan has opened its run."""
        await self.until(lambda: bool(self.started) and self.started[-1]["plan_name"] == plan)

    async def start(self) -> asyncio.Future[str]:
        """Start the queue; wait until its first plan, `waiting`, is on its way."""
        over = asyncio.ensure_future(self.runner.start())
        await self.running()
        return over

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to be seen."""
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110  nobody tells of it
                await asyncio.sleep(0.001)

    @property
    def waiting(self) -> list[str]:
        """The plans that wait."""
        return [item.plan for item in self.queue.line]

    @property
    def past(self) -> list[tuple[str, str]]:
        """Plan and exit status of each entry of the history, the oldest first."""
        return [(entry["plan"], entry["exit_status"]) for entry in reversed(self.history.entries)]

    def serve(self) -> None:
        """Make the PVs."""
        acknowledgements = AcknowledgementGroup(f"{PREFIX}Cmd:")
        desk = Desk(PREFIX, acknowledgements.publish)
        self.queue_group = QueueGroup(f"{PREFIX}Queue:", runner=self.runner, desk=desk)
        self.history_group = HistoryGroup(f"{PREFIX}History:", history=self.history)
        groups = (acknowledgements, self.queue_group, *self.queue_group.rows, self.history_group)
        self.pvdb = {name: pv for group in groups for name, pv in group.pvdb.items()}

    def read(self, name: str) -> Any:
        """A PV's value."""
        return self.pvdb[PREFIX + name].value

    async def put(self, name: str, value: Any) -> bool:
        """A client's put; whether it succeeded."""
        return await put_to(self.pvdb[PREFIX + name], value)

    async def follow(self) -> None:
        """Do what the publisher does, without PVs."""
        async for item in self.bridge.news():
            self.bridge.published(item)


async def put_to(pv: Any, value: Any) -> bool:
    """A client's put to a PV; whether it succeeded."""
    sent, data_type = _sent(pv, value)
    return await pv.auth_write("host", "user", sent, data_type, None) != CAStatus.ECA_PUTFAIL


def with_beamline(RE: RunEngine, test: Callable[[Beamline], Awaitable[None]], journal: Any = None) -> None:
    """Run a test against a queue whose engine is followed."""

    async def run() -> None:
        beamline = Beamline(RE, journal)
        following = asyncio.create_task(beamline.follow())
        try:
            async with asyncio.timeout(30):
                await test(beamline)
        finally:
            beamline.runner.close()
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
            beamline.bridge.close()

    asyncio.run(run())
