"""The one writer of the displays.

Rules of this file:
1. State changes are written one by one, in order, none skipped. Numbers that change fast are written at most ten
   times a second, and once more at the end with everything.
2. A snapshot is taken and written under one lock, so that an older one never overwrites a newer one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..engine import Outcome, RunResult, State, StateChange
from .bridge import Document, EngineBridge, News
from .engine_news import PauseTakenBack
from .groups.audit import AuditGroup
from .groups.engine import EngineGroup
from .groups.run import RunGroup
from .groups.stats import StatsGroup
from .narrate import narrate
from .progress import RunProgress
from .run_words import run_parameters, run_times
from .suspending import Roster

__all__ = ["Displays", "Publisher"]

log = logging.getLogger("reioc.ioc")

Publish = Callable[[], Awaitable[None]]

TICK = 0.1
"""Seconds between two writings of what changes fast."""
_SECOND = 10
_FLUSHED_AT_ONCE = ("start", "stop")


@dataclass(frozen=True, slots=True)
class Displays:
    """What is written."""

    engine: EngineGroup
    run: RunGroup
    data: Any
    audit: AuditGroup
    stats: StatsGroup


class Publisher:
    """Follows the engine and writes what it does into the PVs. `census` counts clients and PVs."""

    def __init__(
        self,
        bridge: EngineBridge,
        displays: Displays,
        suspenders: Roster,
        *,
        census: Callable[[], tuple[int, int]] = lambda: (0, 0),
        has_nothing_to_run: Callable[[], bool] = lambda: True,
        offers: Sequence[Publish] = (),
        each_tick: Sequence[Publish] = (),
        each_second: Sequence[Publish] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`has_nothing_to_run` says whether no plan will follow by itself. `offers` write which of others' commands
        would be accepted, `each_tick` and `each_second` others' displays; each only what has changed."""
        self.bridge = bridge
        self.engine, self.run, self.data = displays.engine, displays.run, displays.data
        self.audit, self.stats = displays.audit, displays.stats
        self.suspenders = suspenders
        self._census = census
        self._has_nothing_to_run = has_nothing_to_run
        self._offers, self._each_tick, self._each_second = offers, each_tick, each_second
        self._all_done = 0
        self._as_of: float | None = None
        """When the last thing happened that is told of the run; what is written late is not stamped late."""
        self._progress = RunProgress()
        self._parameters = ""
        self._clock = clock
        self._dirty = True
        self._writing = asyncio.Lock()
        self._shown = bridge.engine.last_change

    async def begin(self) -> None:
        """Write everything once, before anybody is served."""
        await self.engine.publish_change(self._shown)
        await self._flush()
        await self._flush_times()
        await self.stats.publish(*self._census())
        await self.suspenders.publish_all()
        await _publish_all((*self._each_tick, *self._each_second))

    async def follow(self) -> None:
        """Write what happens, as it happens, for ever."""
        async for item in self.bridge.news():
            try:
                await self._publish(item)
            except Exception:  # one PV that cannot be written must not blind all screens
                log.exception("could not publish %r", item)
            self.bridge.published(item)

    async def tick(self) -> None:
        """Write what changes as time goes by, for ever."""
        count = 0
        while True:
            await asyncio.sleep(TICK)
            count += 1
            try:
                await self._tick(whole_second=count % _SECOND == 0)
            except Exception:
                log.exception("could not publish the numbers")

    async def _tick(self, *, whole_second: bool) -> None:
        await self._publish_activity()
        await self.publish_offers()
        await self._publish_blocked()
        await self.suspenders.publish_times()
        await self.audit.publish()
        if self._dirty:
            await self._flush()
        await _publish_all(self._each_tick)
        if whole_second:
            await self.engine.heartbeat.write(self.engine.heartbeat.value + 1, verify_value=False)
            await self._flush_times()
            await self.stats.publish(*self._census())
            await _publish_all(self._each_second)

    async def _publish(self, item: News) -> None:
        if isinstance(item, StateChange):
            await self._publish_change(item)
        elif isinstance(item, Document):
            self._progress.document(item.name, item.doc)
            if item.name == "start":
                self._parameters = run_parameters(item.doc, self.bridge.begun.about_at(item.doc["time"]))
            self.data.plot.document(item.name, item.doc)
            self._as_of = _time_of(item.doc, self._as_of)
            self._dirty = True
            if item.name in _FLUSHED_AT_ONCE:
                await self._flush()
                await self._flush_times()
                await self.publish_offers()  # there are points to be skipped in runs only
        elif isinstance(item, RunResult):
            await self._publish_result(item)
        elif isinstance(item, PauseTakenBack):
            await self._publish_activity()
            await self.publish_offers()

    async def _publish_change(self, change: StateChange) -> None:
        if change.old is State.IDLE:
            await self.engine.publish_error("", change.time)
        await self._flush_times()  # with the old state: what has passed until now counts as it was
        self._shown = change
        await self.engine.publish_change(change)
        await _publish_all(self._offers)
        await self._flush_times()
        await self._publish_activity()

    async def _publish_result(self, result: RunResult) -> None:
        self._progress.ended(result.outcome, result.reason)
        self._as_of = self._shown.time
        await self._flush()
        await self._flush_times()
        if result.outcome is Outcome.FAIL:
            await self.engine.publish_error(result.reason, self._as_of)
        if self._has_nothing_to_run():
            await self.publish_all_done()

    async def publish_all_done(self) -> None:
        """The engine is idle, and no plan will follow by itself: for a queue, when it has stopped."""
        self._all_done += 1
        await self.engine.publish_all_done(self._all_done, self._as_of)

    async def _publish_activity(self) -> None:
        msg, waiting_for = self.bridge.activity
        change = self._shown
        scan_id = self._progress.status.scan_id if self._progress.status.open else None
        unguarded = self.suspenders.out_of_action()
        text = narrate(change.new, msg, waiting_for, scan_id, change.reason, self.bridge.holds, out_of_action=unguarded)
        if late := self.bridge.what_blocks(""):
            text = f"{text} [{late}]"
        await self.engine.publish_activity(text, waiting_for)
        await self.engine.publish_pending(self.bridge.pause_pending)

    async def publish_offers(self) -> None:
        """Which commands would be accepted now."""
        # A transition that is still on its way brings its own: nobody sees them before State.
        is_up_to_date = self._shown is self.bridge.engine.last_change
        await self.engine.publish_offers(None if is_up_to_date else self._shown.new)
        await _publish_all(self._offers)

    async def _publish_blocked(self) -> None:
        seconds, where = self.bridge.blocked
        whole = float(int(seconds)) if seconds > 1 else seconds  # a monitor need not hear of it ten times a second
        await self.engine.publish_blocked(whole, where)

    async def _flush(self) -> None:
        async with self._writing:
            self._dirty = False
            await self.run.publish(self._progress.status, self._parameters, self._as_of)
            await self.data.publish(self._as_of)

    async def _flush_times(self) -> None:
        async with self._writing:
            now, active = self._clock(), self._shown.new is State.RUNNING
            elapsed, eta = self._progress.tick(now, active=active)
            words = run_times(self._progress.status, elapsed, eta, now, active=active)
            await self.run.publish_times(elapsed, eta, words)
            await self.engine.publish_time(now - self._shown.time)


async def _publish_all(those: Iterable[Publish]) -> None:
    """Each by itself: one PV that cannot be written must not blind a screen."""
    for publish in those:
        try:
            await publish()
        except Exception:
            log.exception("could not publish what %r tells", publish)


def _time_of(doc: dict[str, Any], before: float | None) -> float | None:
    """When a document says that it happened; those of pages and external data may say nothing of it."""
    time_ = doc.get("time")
    return float(time_) if isinstance(time_, int | float) else before
