"""An engine's PVs, put together; whoever serves them is told of those that come and go.

bridge        between the engine's thread and this loop       publisher    writes the displays
desk          takes commands and acknowledges them            suspending/  the suspenders and their PVs
groups/       the PVs                                         autosave     what outlives a restart
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Mapping
from pathlib import Path
from typing import Any

from ..engine import RunEngine
from ..suspenders import SuspenderBase
from .autosave import Autosave
from .bridge import EngineBridge
from .channel_access import Client
from .desk import Desk
from .groups.audit import AuditGroup
from .groups.commands import AcknowledgementGroup, CommandGroup
from .groups.data import data_group
from .groups.engine import EngineGroup
from .groups.plan import PlanGroup
from .groups.run import RunGroup
from .groups.stats import StatsGroup
from .groups.suspender import SuspenderGroup
from .groups.suspenders import SuspendersGroup
from .plans.catalogue import Catalogue
from .publisher import Displays, Publisher
from .suspending import Roster, SavedSuspenders, SuspenderKeeper, SuspenderMaker

__all__ = ["EnginePVs"]


class EnginePVs:
    """The PVs of one engine and of the suspenders that are installed in it. Make and use it on the loop that serves.

    `maker` makes suspenders that are added by PV, `saved` are those whose settings are kept in the file `autosave`;
    without one nothing is kept. `chosen` is the plan that was chosen last, with its params. `serve` and `withdraw` are
    told of PVs that come, and of names of PVs that go; `clients` tells who is connected.
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
        chosen: Mapping[str, str] | None = None,
    ) -> None:
        self._prefix = prefix
        self.serve: Callable[[Mapping[str, Any]], None] = lambda _: None
        self.withdraw: Callable[[Collection[str]], None] = lambda _: None
        self.clients: Callable[[], Collection[Client]] = tuple
        self.bridge = EngineBridge(RE)
        acknowledgements = AcknowledgementGroup(f"{prefix}Cmd:")
        self.audit = AuditGroup(prefix)
        self.desk = desk = Desk(
            prefix, acknowledgements.publish, audit=self.audit.command, waits_for=self.bridge.what_blocks
        )
        self.engine = EngineGroup(prefix)
        self.commands = CommandGroup(
            prefix, bridge=self.bridge, desk=desk, registry=catalogue.registry, clear_error=self.engine.publish_error
        )
        self.run = RunGroup(f"{prefix}Run:")
        self.plan = PlanGroup(
            f"{prefix}Plan:", bridge=self.bridge, desk=desk, catalogue=catalogue, on_change=self._settings_changed
        )
        self._chosen = chosen or {}
        self.data = data_group(data_length)(f"{prefix}Data:")
        self.stats = StatsGroup(prefix)
        saved = saved or SavedSuspenders(RE)
        maker = maker or SuspenderMaker(catalogue, RE.commands)
        keeper = SuspenderKeeper(RE, maker, saved)
        everyone = SuspendersGroup(f"{prefix}Susp:", keeper=keeper, desk=desk)
        groups = [acknowledgements, self.audit, self.engine, self.commands, self.run, self.plan, self.data, self.stats]
        self.pvdb: dict[str, Any] = {name: pv for group in (*groups, everyone) for name, pv in group.pvdb.items()}
        self.roster = keeper.roster = Roster(
            RE, everyone, self._make_group, serve=self._serve, withdraw=self._withdraw, audit=self.audit.change
        )
        self._saved = saved
        self._autosave = Autosave(autosave, self._state, self.audit.publish_autosave) if autosave else None
        displays = Displays(self.engine, self.run, self.data, self.audit, self.stats)
        self.publisher = Publisher(self.bridge, displays, self.roster, data_length=data_length, census=self._census)

    async def begin(self) -> None:
        """Write every display once, so that no client sees a PV that says nothing."""
        if self._chosen:
            await self.plan.restore(**self._chosen)
        await self.plan.begin()
        await self.stats.begin()
        await self.publisher.begin()

    def work(self) -> list[Coroutine[Any, Any, None]]:
        """What has to run beside the server."""
        work: list[Coroutine[Any, Any, None]] = [self.publisher.follow(), self.publisher.tick(), self.roster.follow()]
        if self._autosave is not None:
            work.append(self._autosave.follow(self.roster.changed_settings))
        return work

    async def end(self) -> None:
        """Save what is to outlive a restart, and listen to nothing any more."""
        if self._autosave is not None:
            await self._autosave.save()
            self._autosave.close()
        self.close()

    def close(self) -> None:
        """Listen to the engine and the suspenders no more."""
        self.bridge.close()
        self.roster.close()

    def _settings_changed(self) -> None:
        self.roster.changed_settings.set()

    def _state(self) -> dict[str, Any]:
        """What is to outlive a restart."""
        return {**self._saved.state(), "plan": self.plan.state()}

    def _census(self) -> tuple[int, int]:
        return len(self.clients()), len(self.pvdb)

    # Suspenders come and go

    def _make_group(self, name: str, suspender: SuspenderBase) -> SuspenderGroup:
        return SuspenderGroup(f"{self._prefix}Susp:{name}:", known_as=name, suspender=suspender, desk=self.desk)

    def _serve(self, group: SuspenderGroup) -> None:
        self.pvdb.update(group.pvdb)
        self.serve(group.pvdb)

    def _withdraw(self, group: SuspenderGroup) -> None:
        for name in group.pvdb:
            self.pvdb.pop(name, None)
        self.withdraw(tuple(group.pvdb))
