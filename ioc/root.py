"""The IOC: an engine's PVs, put together.

    ioc = EngineIOC(RE, prefix="BL:RE:", catalogue=catalogue, suspenders=[…])
    await ioc.serve(["127.0.0.1"], 5064)

puts, pvs     how a PV is declared, written, and put to       groups/    the PVs
bridge        between the engine's thread and this loop       publisher  writes the displays; watch: the suspenders'
desk          takes commands and acknowledges them            server     Channel Access
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from ..engine import RunEngine
from ..suspenders import SuspenderBase
from .bridge import EngineBridge
from .catalogue import Catalogue
from .desk import Desk
from .groups.commands import AcknowledgementGroup, CommandGroup
from .groups.data import data_group
from .groups.engine import EngineGroup
from .groups.plan import PlanGroup
from .groups.run import RunGroup
from .groups.suspenders import SuspenderGroup
from .publisher import Publisher
from .server import serve
from .watch import SuspenderWatch

__all__ = ["EngineIOC"]

FAREWELL = 0.2
"""Seconds that the last monitors (idle, offline) and put-completions have to reach their clients."""


class EngineIOC:
    """The PVs of one engine. Make it, and use it, on the loop that serves Channel Access."""

    def __init__(
        self,
        RE: RunEngine,
        prefix: str,
        *,
        catalogue: Catalogue,
        suspenders: Sequence[SuspenderBase] = (),
        data_length: int = 1000,
    ) -> None:
        self.bridge = EngineBridge(RE)
        acknowledgements = AcknowledgementGroup(f"{prefix}Cmd:")
        desk = Desk(prefix, acknowledgements.publish)
        self.engine = EngineGroup(prefix)
        self.commands = CommandGroup(prefix, bridge=self.bridge, desk=desk)
        self.run = RunGroup(f"{prefix}Run:")
        self.plan = PlanGroup(f"{prefix}Plan:", bridge=self.bridge, desk=desk, catalogue=catalogue)
        self.data = data_group(data_length)(f"{prefix}Data:")
        self.suspenders = [
            SuspenderGroup(f"{prefix}Susp:{suspender.name}:", suspender=suspender, desk=desk)
            for suspender in suspenders
        ]
        self._watch = SuspenderWatch(self.suspenders)
        self.publisher = Publisher(
            self.bridge, self.engine, self.commands, self.run, self.data, self._watch, data_length=data_length
        )
        groups = [acknowledgements, self.engine, self.commands, self.run, self.plan, self.data, *self.suspenders]
        self.pvdb: dict[str, Any] = {name: pv for group in groups for name, pv in group.pvdb.items()}

    async def serve(self, interfaces: Sequence[str], port: int, on_ready: Callable[[], None] = lambda: None) -> None:
        """Serve the PVs until cancelled. Raises PortUnavailable."""
        await self.begin()
        tasks = [asyncio.create_task(work) for work in self.work()]
        server = asyncio.create_task(serve(self.pvdb, interfaces, port, on_ready))
        try:
            done, _ = await asyncio.wait([server, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await self.engine.publish_offline()
            await asyncio.sleep(FAREWELL)
            for task in (*tasks, server):
                task.cancel()
            await asyncio.gather(*tasks, server, return_exceptions=True)
            self.close()

    async def begin(self) -> None:
        """Write every display once, so that no client sees a PV that says nothing."""
        await self.plan.begin()
        await self.publisher.begin()

    def work(self) -> list[Any]:
        """What has to run beside the server."""
        return [self.publisher.follow(), self.publisher.tick(), self._watch.follow()]

    def close(self) -> None:
        """Listen to the engine and the suspenders no more."""
        self.bridge.close()
        self._watch.close()
