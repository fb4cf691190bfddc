"""Breaks things on purpose, and mends them again.

Rules of this file:
- Nothing is done before it is known that all of it can be: a fault that is refused has changed nothing.
- What a PV or a motor suffers is computed anew from the faults that are active whenever one begins or ends.
- All of it happens in the loop that serves the PVs; nothing here may be called from another thread.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from ..clock import Clock, ScaledClock
from .effects import HEALTHY, Effect, combined
from .kinds import AXIS_KINDS, SERVER_KINDS, Fault, FaultError, Kind
from .motors import FaultyAxis, check_switch, suffer
from .names import Names

if TYPE_CHECKING:
    from .scenario import Scenario

__all__ = ["ActiveFault", "FaultInjector", "Victim"]

LOG_LENGTH = 100


@dataclass(frozen=True, eq=False)
class ActiveFault:
    """A fault, and what it hits: PVs, motors by name, or with neither the server."""

    fault: Fault
    pvs: tuple[Any, ...] = ()
    axes: tuple[str, ...] = ()


class Victim(Protocol):
    """A server that makes its clients see what is wrong."""

    def pv_changed(self, pv: Any, before: Effect, after: Effect) -> None:
        """Something else is wrong with this PV now."""
        ...

    def outage_changed(self, kind: Kind | None) -> None:
        """The server is away for this reason now, or back."""
        ...


class FaultInjector:
    """Faults of the PVs in `pvdb`, for a server that was given this injector (`sim_iocs.server.serve_pvs`).

    `prefix` is what names may leave out, `axes` are motors by PV name without it, `clock` is what durations are in, and
    `on_crash` loses what a crash loses, besides what is connected.
    """

    def __init__(
        self,
        pvdb: Mapping[str, Any],
        *,
        clock: Clock | None = None,
        axes: Mapping[str, FaultyAxis] | None = None,
        prefix: str = "",
        on_crash: Callable[[], None] = lambda: None,
    ) -> None:
        self.clock = clock or ScaledClock()
        self.log: deque[str] = deque(maxlen=LOG_LENGTH)
        """What was done, newest first, with the simulated seconds since this injector was made."""
        self._axes = axes or {}
        self._names = Names(pvdb, tuple(self._axes), prefix)
        self._on_crash = on_crash
        self._active: list[ActiveFault] = []
        self._effects: dict[Any, Effect] = {}
        self._victims: list[Victim] = []
        self._watchers: list[Callable[[], None]] = []
        self._timers: dict[ActiveFault, asyncio.Task[None]] = {}
        self._made = self.clock.now()

    @property
    def active(self) -> tuple[ActiveFault, ...]:
        """The faults there are now, in the order in which they began."""
        return tuple(self._active)

    @property
    def effects(self) -> Mapping[Any, Effect]:
        """What is wrong with each PV; one that is not in it is healthy."""
        return self._effects

    def spare(self, pvs: Iterable[Any]) -> None:
        """Never hit these PVs, whatever a name says."""
        self._names.spare(pvs)

    def attach(self, victim: Victim) -> None:
        """Tell a server from now on."""
        self._victims.append(victim)

    def detach(self, victim: Victim) -> None:
        """Tell it no longer."""
        self._victims.remove(victim)

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call this after every change of `active` or `log`."""
        self._watchers.append(watcher)

    def check(self, fault: Fault) -> ActiveFault:
        """What the fault would hit; nothing happens. Raises FaultError."""
        if fault.kind in SERVER_KINDS:
            return ActiveFault(fault)
        if fault.kind in AXIS_KINDS:
            check_switch(fault)
            return ActiveFault(fault, axes=tuple(self._names.axes(fault.pv)))
        found = ActiveFault(fault, pvs=tuple(self._names.pvs(fault.pv)))
        try:
            for pv in found.pvs:
                combined([fault], pv)
        except FaultError as error:
            raise FaultError(f"{fault.pv}: {error}") from error
        return found

    def inject(self, fault: Fault) -> ActiveFault:
        """Begin a fault, which ends after its duration. Raises FaultError, with nothing done."""
        begun = self.check(fault)
        if fault.kind in SERVER_KINDS and self.outage is not None:
            raise FaultError(f"the server is away already: {self.outage}")
        self._active.append(begun)
        self.note(f"begins: {fault}")
        if fault.kind is Kind.CRASH:
            self._on_crash()
        self._suffer(begun)
        if fault.duration:
            self._timers[begun] = asyncio.create_task(self._end_after(begun, fault.duration))
        return begun

    @contextmanager
    def injected(self, fault: Fault) -> Iterator[ActiveFault]:
        """While the block runs, or for its duration if that is shorter, this fault is there. Raises FaultError."""
        begun = self.inject(fault)
        try:
            yield begun
        finally:
            self.end(begun)

    def end(self, begun: ActiveFault) -> None:
        """End a fault now; one that has ended already is left alone."""
        if begun not in self._active:
            return
        timer = self._timers.pop(begun, None)
        if timer is not None and timer is not _current_task():
            timer.cancel()
        self._active.remove(begun)
        self.note(f"ends: {begun.fault}")
        self._suffer(begun)

    def clear(self, pv: str = "") -> int:
        """End all faults that hit one of these PVs or motors, or with no name all; how many. Raises FaultError."""
        hit = self._hitting(pv) if pv else self._active
        ending = [begun for begun in self._active if begun in hit]
        for begun in ending:
            self.end(begun)
        return len(ending)

    async def run(self, scenario: "Scenario") -> None:
        """Play a scenario, and come back when all of its faults are over. Raises FaultError, with nothing done."""
        await self.prepared(scenario)()

    def prepared(self, scenario: "Scenario") -> Callable[[], Coroutine[Any, Any, None]]:
        """What plays this scenario when it is called. Raises FaultError where it cannot be played."""
        from .playing import check_scenario, play

        check_scenario(self, scenario)
        return partial(play, self, scenario)

    def put_target(self, name: str) -> Any:
        """The one PV that is meant by a name. Raises FaultError."""
        found = self._names.pvs(name)
        if len(found) > 1:
            raise FaultError(f"'{name}' means {len(found)} PVs; a put goes to one")
        return found[0]

    @property
    def outage(self) -> Kind | None:
        """Why the server is away; None when it is not."""
        return next((begun.fault.kind for begun in self._active if begun.fault.kind in SERVER_KINDS), None)

    def note(self, text: str) -> None:
        """Write something into the log."""
        self.log.appendleft(f"{self.clock.now() - self._made:.2f} s {text}")
        for watcher in self._watchers:
            watcher()

    async def _end_after(self, begun: ActiveFault, seconds: float) -> None:
        await self.clock.sleep(seconds)
        self.end(begun)

    def _hitting(self, name: str) -> list[ActiveFault]:
        found = self._found(self._names.pvs, name), self._found(self._names.axes, name)
        if not any(found):
            self._names.pvs(name)  # raises, and says which names are similar
        pvs, axes = found
        return [b for b in self._active if not set(b.pvs).isdisjoint(pvs) or not set(b.axes).isdisjoint(axes)]

    def _found(self, among: Callable[[str], list[Any]], name: str) -> list[Any]:
        try:
            return among(name)
        except FaultError:
            return []

    def _suffer(self, changed: ActiveFault) -> None:
        for pv in changed.pvs:
            self._suffer_pv(pv)
        for axis in changed.axes:
            suffer(self._axes[axis], changed.fault.kind, [b.fault for b in self._active if axis in b.axes])
        if not changed.pvs and not changed.axes:
            for victim in self._victims:
                victim.outage_changed(self.outage)

    def _suffer_pv(self, pv: Any) -> None:
        before = self._effects.pop(pv, HEALTHY)
        after = combined([b.fault for b in self._active if pv in b.pvs], pv)
        if after != HEALTHY or after.lies:
            self._effects[pv] = after
        for victim in self._victims:
            victim.pv_changed(pv, before, after)


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:  # called where no loop runs
        return None
