"""An engine's PVs, put together; whoever serves them is told of those that come and go.

bridge        between the engine's thread and this loop       publisher    writes the displays
desk          takes commands and acknowledges them            suspending/  the suspenders and their PVs
groups/       the PVs                                         queue/       plans that wait, what became of them
journalling   the engine's journal, if there is one           autosave     what outlives a restart
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
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
from .groups.devices import DevicesGroup
from .groups.engine import EngineGroup
from .groups.history import HistoryGroup
from .groups.journal import JournalGroup
from .groups.metadata import metadata_group
from .groups.plan import PlanGroup
from .groups.queue import QueueGroup
from .groups.run import RunGroup
from .groups.sink import SinkGroup
from .groups.stats import StatsGroup
from .groups.suspender import SuspenderGroup
from .groups.suspender_row import ROWS, SuspenderRowGroup
from .groups.suspenders import SuspendersGroup
from .guarding import Guarding
from .journal import Journal
from .journalling import Journalling, told_of_recovery
from .learning import Learning
from .metadata import RunMetadata, pv_keys
from .plans.catalogue import Catalogue
from .publisher import Displays, Publisher
from .pvs.aliases import count_own
from .queue.history import History
from .queue.keeping import Keeping
from .queue.plan_queue import PlanQueue
from .queue.runner import QueueRunner
from .sinks.feeding import Sinks
from .suspending import Roster, Rows, SavedSuspenders, SuspenderKeeper, SuspenderMaker

__all__ = ["EnginePVs"]


class EnginePVs:
    """The PVs of one engine and of the suspenders that are installed in it. Make and use it on the loop that serves.

    `maker` makes suspenders that are added by PV, `saved` are those whose settings are kept in the file `autosave`;
    without one nothing is kept there. `restored` is what that file had: the chosen plan, what is drawn. `metadata` are
    the keys that can be set. Documents, queue and history are kept in the `journal`, from which `sinks` are fed;
    `guarding` looks after the devices. All of these belong to the caller, who closes them. `serve` and `withdraw` are
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
        restored: Mapping[str, Mapping[str, Any]] | None = None,
        metadata: RunMetadata | None = None,
        journal: Journal | None = None,
        sinks: Sinks | None = None,
        guarding: Guarding | None = None,
    ) -> None:
        self._prefix = prefix
        self.serve: Callable[[Mapping[str, Any]], None] = lambda _: None
        self.withdraw: Callable[[Collection[str]], None] = lambda _: None
        self.clients: Callable[[], Collection[Client]] = tuple
        self._restored = restored or {}
        self._metadata = metadata or RunMetadata(RE)
        self._sinks = sinks
        self._journal = journal
        self.bridge = EngineBridge(RE)
        self.journalling = Journalling(RE, journal)
        self._metadata.restore(self._restored.get("metadata", {}))  # the number of the last run is known by now
        acknowledgements = AcknowledgementGroup(f"{prefix}Cmd:")
        self.audit = AuditGroup(prefix)
        self.desk = desk = Desk(
            prefix, acknowledgements.publish, audit=self.audit.command, waits_for=self.bridge.what_blocks
        )
        self.guarding = guarding or Guarding(RE, catalogue.registry)
        self._make_queue(catalogue, journal)
        self.engine = EngineGroup(prefix, why_not=self.bridge.why_not)
        self.commands = CommandGroup(
            prefix, bridge=self.bridge, desk=desk, registry=catalogue.registry, clear_error=self._clear_error
        )
        self.run = RunGroup(f"{prefix}Run:")
        self.plan = self._make_plan_group(catalogue)
        self.plan.starting.make = self.guarding.made
        self._make_displays(data_length)
        saved = saved or SavedSuspenders(RE)
        keeper = SuspenderKeeper(RE, maker or SuspenderMaker(catalogue, RE.commands), saved)
        everyone = SuspendersGroup(f"{prefix}Susp:", keeper=keeper, desk=desk)
        rows = [SuspenderRowGroup(f"{prefix}SuspRow{number + 1}:") for number in range(ROWS)]
        self.rows = Rows(rows)
        groups = (
            *(acknowledgements, self.audit, self.engine, self.commands, self.run, self.plan, *self.plan.parameters),
            *(self.queue_group, *self.queue_group.rows, self.history_group, self.journal, self.devices),
            *(self.metadata, *self.metadata.rows, *self.sinks.values(), self.data, *self.data.readings, self.stats),
            *(everyone, *rows),
        )
        self.pvdb: dict[str, Any] = {name: pv for group in groups for name, pv in group.pvdb.items()}
        self.pvdb |= self.metadata.aliases
        self.roster = keeper.roster = Roster(
            *(RE, everyone, self._make_group),
            serve=self._serve,
            withdraw=self._withdraw,
            audit=self.audit.change,
            publish_rows=self.rows.publish,
        )
        self._saved = saved
        self._autosave = Autosave(autosave, self._state, self.audit.publish_autosave) if autosave else None
        self.publisher = self._make_publisher()
        news = self.publisher
        self.runner.before_rest += [self.history_group.publish, news.publish_offers, news.publish_all_done]

    def _make_queue(self, catalogue: Catalogue, journal: Journal | None) -> None:
        """The queue, what runs it, what became of it, and what is learned from that."""
        self.history = History(self.bridge, keeping := Keeping(journal))
        self.queue = PlanQueue(catalogue, keeping)
        self.runner = QueueRunner(self.queue, self.bridge, self.history)
        self.runner.why_not = self._why_no_plan
        self.queue.to_be_there, self.runner.make = self.guarding.to_be_there, self.guarding.made
        self.learning = Learning(self.history)

    def _make_displays(self, data_length: int) -> None:
        """The groups that show what is beside the engine."""
        prefix, desk, journal, sinks = self._prefix, self.desk, self._journal, self._sinks
        self.devices = DevicesGroup(f"{prefix}Dev:", retry=self.guarding.retry, desk=desk)
        data: Any = data_group(data_length)
        self.data = data(f"{prefix}Data:", desk=desk, on_change=self._settings_changed)
        self.stats = StatsGroup(prefix)
        self.queue_group = QueueGroup(f"{prefix}Queue:", runner=self.runner, desk=desk)
        self.history_group = HistoryGroup(f"{prefix}History:", history=self.history)
        self.journal = JournalGroup(f"{prefix}Journal:", found=told_of_recovery(journal) if journal else "")
        keys: Any = metadata_group(pv_keys(self._metadata.keys.values(), prefix))
        self.metadata = keys(f"{prefix}MD:", metadata=self._metadata, desk=desk, on_change=self._settings_changed)
        self.sinks = {name: self._make_sink_group(name) for name in (sinks.names if sinks else ())}

    def _make_plan_group(self, catalogue: Catalogue) -> PlanGroup:
        return PlanGroup(
            f"{self._prefix}Plan:",
            bridge=self.bridge,
            desk=self.desk,
            catalogue=catalogue,
            on_change=self._settings_changed,
            pace=self.learning.pace,
            why_not_run=self._why_not_run,
            why_not_reload=self.runner.why_not_run,
            why_not_enqueue=self.queue.why_full,
            enqueue=self._enqueue,
        )

    def _make_publisher(self) -> Publisher:
        return Publisher(
            self.bridge,
            Displays(self.engine, self.run, self.data, self.audit, self.stats),
            self.roster,
            census=self._census,
            has_nothing_to_run=lambda: self.runner.has_nothing_to_run,
            offers=(self.plan.publish_offers, self.queue_group.publish_offers),
            each_tick=(
                self.queue_group.publish,
                self.history_group.publish,
                self._publish_journal,
                self._publish_news,
            ),
            each_second=(self.metadata.publish, self._publish_sinks, self._publish_plan, self._publish_devices),
        )

    async def begin(self) -> None:
        """Write every display once, so that no client sees a PV that says nothing. Nothing is started."""
        if self._journal is not None:
            self.runner.restore(self._journal.recovered)
        self.learning.begin(self._journal)
        if chosen := self._restored.get("plan"):
            await self.plan.restore(**chosen)
        self.data.restore(self._restored.get("data", {}))
        await self.plan.begin()
        await self.metadata.begin()
        await self.journal.begin()
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
        self.close()

    def close(self) -> None:
        """Listen to the engine and the suspenders no more, run nothing that is queued, and save nothing."""
        if self._autosave is not None:
            self._autosave.close()
        self.runner.close()
        self.journalling.close()
        self.bridge.close()
        self.roster.close()

    def _settings_changed(self) -> None:
        self.roster.changed_settings.set()

    def _state(self) -> dict[str, Any]:
        """What is to outlive a restart, beside what the journal keeps."""
        own = {"plan": self.plan.state(), "data": self.data.state(), "metadata": self._metadata.state()}
        return {**self._saved.state(), **own}

    def _census(self) -> tuple[int, int]:
        return len(self.clients()), count_own(self.pvdb)

    # What others ask

    def _why_not_run(self) -> str:
        return self.runner.why_not_run() or self._why_no_plan()

    def _why_no_plan(self) -> str:
        """Why no plan at all may begin now, be it one of the queue."""
        return "the plans are being read anew" if self.plan.is_reading_anew else self._metadata.why_not_run()

    def _enqueue(self, plan: str, params: Mapping[str, Any]) -> Awaitable[str]:
        return self.queue_group.shown_when(self.queue.add_plan(plan, params))

    async def _clear_error(self, text: str) -> None:
        await self.engine.publish_error(text)
        await self.journal.forget()

    async def _publish_journal(self) -> None:
        await self.journal.publish(self.journalling.status)

    async def _publish_news(self) -> None:
        if self.guarding.has_news:
            await self._publish_devices()
            await self.plan.look_again()

    async def _publish_devices(self) -> None:
        await self.devices.publish(self.guarding.status())

    async def _publish_sinks(self) -> None:
        for status in self._sinks.statuses() if self._sinks else ():
            await self.sinks[status.name].publish(status)

    async def _publish_plan(self) -> None:
        if self.bridge.state.is_idle and self.learning.take_news():
            await self.plan.refresh()
        await self.plan.look_again()

    # Sinks, and suspenders, which come and go

    def _make_sink_group(self, name: str) -> SinkGroup:
        def switch(enabled: bool) -> None:
            if self._sinks is not None:
                self._sinks.enable(name, enabled)

        return SinkGroup(f"{self._prefix}Sink:{name}:", switch=switch, desk=self.desk)

    def _make_group(self, name: str, suspender: SuspenderBase) -> SuspenderGroup:
        return SuspenderGroup(f"{self._prefix}Susp:{name}:", known_as=name, suspender=suspender, desk=self.desk)

    def _serve(self, group: SuspenderGroup) -> None:
        self._add({**group.pvdb, **self.rows.join(group)})

    def _add(self, pvdb: Mapping[str, Any]) -> None:
        self.pvdb.update(pvdb)
        self.serve(pvdb)

    def _withdraw(self, group: SuspenderGroup) -> None:
        gone, coming = self.rows.leave(group)
        names = {*group.pvdb, *gone}  # a set: each channel of each client is looked up in it
        for name in names:
            self.pvdb.pop(name, None)
        self.withdraw(names)
        if coming:
            self._add(coming)
