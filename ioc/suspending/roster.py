"""The engine's suspenders and their PVs, kept in step.

Rules of this file:
1. Whoever installs or removes a suspender, a file, a PV, a plan or Python: it has PVs as long as it is installed.
2. A suspender's callback only marks it as changed. What is written is the status at the time of writing: a trip at
   once, values at the next tick. So a PV that updates ten thousand times a second costs a look per tick.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from ...engine import RunEngine
from ...suspenders import Change, SuspenderBase, SuspenderStatus
from ..groups.suspender import SuspenderGroup
from ..groups.suspenders import SuspendersGroup
from .naming import free_name

__all__ = ["Roster"]

log = logging.getLogger("reioc.ioc")

MakeGroup = Callable[[str, SuspenderBase], SuspenderGroup]


class Roster:
    """Groups by suspender. Make it, and use it, on the IOC's loop.

    `make_group(name, suspender)` makes a group; `serve` and `withdraw` are told of groups that come and go; `audit` of
    each change of a setting. `publish_rows` writes who has left a row of a screen, or has taken it.
    """

    def __init__(
        self,
        engine: RunEngine,
        everyone: SuspendersGroup,
        make_group: MakeGroup,
        *,
        serve: Callable[[SuspenderGroup], Any],
        withdraw: Callable[[SuspenderGroup], Any],
        audit: Callable[[Change], None],
        publish_rows: Callable[[], Awaitable[None]],
    ) -> None:
        self.everyone = everyone
        self.changed_settings = asyncio.Event()
        """Set when a setting has changed, or a suspender has come or gone."""
        self._engine = engine
        self._make_group = make_group
        self._serve, self._withdraw, self._audit = serve, withdraw, audit
        self._publish_rows = publish_rows
        self._groups: dict[SuspenderBase, SuspenderGroup] = {}
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._lock = threading.Lock()
        self._changed: set[SuspenderBase] = set()
        self._shown: dict[SuspenderBase, bool] = {}
        self._urgent = asyncio.Event()
        engine.suspender_observers.append(self._on_roll)
        self.call_the_roll()

    def close(self) -> None:
        """Follow the suspenders no more."""
        self._engine.suspender_observers.remove(self._on_roll)
        for suspender in self._groups:
            self._unobserve(suspender)

    @property
    def groups(self) -> list[SuspenderGroup]:
        """A group for each suspender of ours that is installed."""
        return list(self._groups.values())

    @property
    def names(self) -> list[str]:
        """What they are called in PV names."""
        return [group.known_as for group in self._groups.values()]

    def suspender(self, name: str) -> SuspenderBase | None:
        """The one that is called so in PV names, if there is one."""
        return next((each for each, group in self._groups.items() if group.known_as == name), None)

    # In whatever thread changed something

    def _soon(self, call: Callable[..., object], *args: object) -> None:
        """On the IOC's loop. A put is carried out there, and need not wake it."""
        here = threading.get_ident() == self._thread
        (self._loop.call_soon if here else self._loop.call_soon_threadsafe)(call, *args)

    def _on_roll(self) -> None:
        self._soon(self.call_the_roll)
        self._soon(self._urgent.set)

    def _on_status(self, suspender: SuspenderBase, status: SuspenderStatus) -> None:
        with self._lock:
            self._changed.add(suspender)
            urgent = self._shown.get(suspender) is not status.tripped
            self._shown[suspender] = status.tripped
        if urgent:
            self._soon(self._urgent.set)

    def _on_change(self, change: Change) -> None:
        self._soon(self._note_change, change)

    # On the IOC's loop

    def call_the_roll(self) -> None:
        """Make groups for suspenders that have come, and withdraw those of suspenders that have gone."""
        installed = [each for each in self._engine.suspenders if isinstance(each, SuspenderBase)]
        for suspender in [each for each in self._groups if each not in installed]:
            self._unobserve(suspender)
            self._withdraw(self._groups.pop(suspender))
            with self._lock:
                self._shown.pop(suspender, None)
        for suspender in [each for each in installed if each not in self._groups]:
            self._groups[suspender] = self._make_group(free_name(suspender.name, self.names), suspender)
            self._observe(suspender)
            self._serve(self._groups[suspender])
        self.changed_settings.set()

    def _observe(self, suspender: SuspenderBase) -> None:
        callback = _Callback(self._on_status, suspender)
        self._groups[suspender].observer = callback
        suspender.observe(callback)
        suspender.observe_changes(self._on_change)
        self._changed.add(suspender)

    def _unobserve(self, suspender: SuspenderBase) -> None:
        suspender.unobserve(self._groups[suspender].observer)
        suspender.unobserve_changes(self._on_change)

    def _note_change(self, change: Change) -> None:
        self._audit(change)
        self.changed_settings.set()

    async def follow(self) -> None:
        """Write trips as they happen, for ever."""
        while True:
            await self._urgent.wait()
            self._urgent.clear()
            try:
                await self.publish_all()
            except Exception:
                log.exception("could not publish a suspender")

    async def publish_all(self) -> None:
        """Write every suspender that has changed, and what is so of all of them."""
        await self._publish_rows()  # first: what is at hand there has another name by now
        with self._lock:
            changed, self._changed = self._changed, set()
        for suspender in changed:
            if (group := self._groups.get(suspender)) is not None:
                await self._write(suspender, group.publish)
        await self._publish_everyone()

    async def publish_times(self) -> None:
        """Write what has changed since the last tick, and what changes as time goes by."""
        await self.publish_all()
        for suspender, group in tuple(self._groups.items()):
            await self._write(suspender, group.publish_values)

    async def _write(self, suspender: SuspenderBase, publish: Callable[[SuspenderStatus], Awaitable[None]]) -> None:
        try:
            await publish(suspender.status)
        except Exception:  # one that cannot be written must not blind all screens
            log.exception("could not publish %r", suspender)

    async def _publish_everyone(self) -> None:
        statuses = [(group.known_as, suspender.status) for suspender, group in self._groups.items()]
        await self.everyone.publish(
            statuses,
            enabled=self._engine.suspenders_enabled,
            others=[hold for hold in self._engine.holds if hold.owner not in self._groups],
            time_lost=self._engine.time_suspended,
        )

    def out_of_action(self) -> str:
        """For people: which suspenders do not watch over the plan now, and by whom; empty if all do."""
        if not self._engine.suspenders_enabled:
            return "all suspenders are off"
        return "; ".join(self._out_of_action())

    def _out_of_action(self) -> Iterable[str]:
        statuses = [(group.known_as, suspender.status) for suspender, group in self._groups.items()]
        for name, status in statuses:
            if status.bypass_left is not None:
                yield f"{name} is bypassed by {status.bypass_by} for {_duration(status.bypass_left)}"
        if disabled := [name for name, status in statuses if not status.enabled]:
            yield f"disabled: {', '.join(disabled)}"


class _Callback:
    """Goes with one suspender: a bound method of the roster could not tell one from another."""

    def __init__(self, call: Callable[[SuspenderBase, SuspenderStatus], None], suspender: SuspenderBase) -> None:
        self._call, self._suspender = call, suspender

    def __call__(self, status: SuspenderStatus) -> None:
        self._call(self._suspender, status)


def _duration(seconds: float) -> str:
    """Rounded up, and coarse where it is long: Message is not to change with every second."""
    if seconds <= 60:
        return f"{int(-(-seconds // 5) * 5)} s"
    if seconds <= 3600:
        return f"{int(-(-seconds // 60))} min"
    return f"{-(-seconds // 360) / 10:.1f} h"
