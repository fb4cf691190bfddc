"""The IOC: an engine's PVs, put together.

    ioc = EngineIOC(RE, prefix="BL:RE:", catalogue=catalogue)
    await ioc.serve(["127.0.0.1"], 5064)

puts, pvs     how a PV is declared, written, and put to       groups/      the PVs
bridge        between the engine's thread and this loop       publisher    writes the displays
desk          takes commands and acknowledges them            suspending/  the suspenders and their PVs
server        Channel Access                                  autosave     what outlives a restart
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..engine import RunEngine
from ..suspenders import SuspenderBase
from .autosave import Autosave
from .bridge import EngineBridge
from .catalogue import Catalogue
from .channel_access import Server
from .desk import Desk
from .groups.audit import AuditGroup
from .groups.commands import AcknowledgementGroup, CommandGroup
from .groups.data import data_group
from .groups.engine import EngineGroup
from .groups.plan import PlanGroup
from .groups.run import RunGroup
from .groups.suspender import SuspenderGroup
from .groups.suspenders import SuspendersGroup
from .publisher import Publisher
from .suspending import Roster, SavedSuspenders, SuspenderKeeper, SuspenderMaker

__all__ = ["EngineIOC"]

FAREWELL = 0.2
"""Seconds that the last monitors (idle, offline) and put-completions have to reach their clients."""


class EngineIOC:
    """The PVs of one engine and of the suspenders that are installed in it. Make and use it on the loop that serves.

    `maker` makes suspenders that are added by PV, `saved` are those whose settings are kept in the file `autosave`;
    without one nothing is kept.
    """

    def __init__(
        self,
        RE: RunEngine,
        prefix: str,
        *,
        catalogue: Catalogue,
        data_length: int = 1000,
        maker: SuspenderMaker | None = None,
        saved: SavedSuspenders | None = None,
        autosave: Path | None = None,
    ) -> None:
        self._prefix = prefix
        self.bridge = EngineBridge(RE)
        acknowledgements = AcknowledgementGroup(f"{prefix}Cmd:")
        self.audit = AuditGroup(prefix)
        self._desk = desk = Desk(prefix, acknowledgements.publish, audit=self.audit.command)
        self.engine = EngineGroup(prefix)
        self.commands = CommandGroup(prefix, bridge=self.bridge, desk=desk)
        self.run = RunGroup(f"{prefix}Run:")
        self.plan = PlanGroup(f"{prefix}Plan:", bridge=self.bridge, desk=desk, catalogue=catalogue)
        self.data = data_group(data_length)(f"{prefix}Data:")
        saved = saved or SavedSuspenders(RE)
        maker = maker or SuspenderMaker(catalogue, RE.commands)
        keeper = SuspenderKeeper(RE, maker, saved)
        everyone = SuspendersGroup(f"{prefix}Susp:", keeper=keeper, desk=desk)
        groups = [acknowledgements, self.audit, self.engine, self.commands, self.run, self.plan, self.data, everyone]
        self.pvdb: dict[str, Any] = {name: pv for group in groups for name, pv in group.pvdb.items()}
        self._server = Server(self.pvdb)
        self.roster = keeper.roster = Roster(
            RE, everyone, self._make_group, serve=self._serve, withdraw=self._withdraw, audit=self.audit.change
        )
        self._autosave = Autosave(autosave, saved.state, self.audit.publish_autosave) if autosave else None
        self.publisher = Publisher(
            self.bridge,
            self.engine,
            self.commands,
            self.run,
            self.data,
            self.roster,
            self.audit,
            data_length=data_length,
        )

    async def serve(self, interfaces: Sequence[str], port: int, on_ready: Callable[[], None] = lambda: None) -> None:
        """Serve the PVs until cancelled. Raises PortUnavailable."""
        await self.begin()
        tasks = [asyncio.create_task(work) for work in self.work()]
        server = asyncio.create_task(self._server.serve(interfaces, port, on_ready))
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
            if self._autosave is not None:
                await self._autosave.save()
            self.close()

    async def begin(self) -> None:
        """Write every display once, so that no client sees a PV that says nothing."""
        await self.plan.begin()
        await self.publisher.begin()

    def work(self) -> list[Any]:
        """What has to run beside the server."""
        work: list[Any] = [self.publisher.follow(), self.publisher.tick(), self.roster.follow()]
        if self._autosave is not None:
            work.append(self._autosave.follow(self.roster.changed_settings))
        return work

    def close(self) -> None:
        """Listen to the engine and the suspenders no more."""
        self.bridge.close()
        self.roster.close()

    # Suspenders come and go

    def _make_group(self, name: str, suspender: SuspenderBase) -> SuspenderGroup:
        return SuspenderGroup(f"{self._prefix}Susp:{name}:", known_as=name, suspender=suspender, desk=self._desk)

    def _serve(self, group: SuspenderGroup) -> None:
        self.pvdb.update(group.pvdb)
        self._server.add(group.pvdb)

    def _withdraw(self, group: SuspenderGroup) -> None:
        for name in group.pvdb:
            self.pvdb.pop(name, None)
        self._server.withdraw(list(group.pvdb))
