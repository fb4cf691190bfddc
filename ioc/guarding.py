"""A registry's devices and an engine: who connects them, who watches over them, and what is told of it.

Rules of this file:
1. A plan that is given devices which are not connected yet begins by connecting them. If one is not there it fails,
   naming the PVs, before anything has moved.
2. Until `start` nothing is done: what is told is how the devices are found.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from ..devices import ConnectionFailed, DevicesNotConnected, Registry
from ..devices.guard.guard import Guard
from ..devices.registry.connect import signals_of
from ..devices.registry.connecting import Connecting, DeviceState
from ..devices.registry.links import Links
from ..engine import Msg, RunEngine
from .groups.devices import DevicesStatus
from .plans.entry import BoundPlan

__all__ = ["Guarding"]

log = logging.getLogger("reioc.ioc")

_MOST = 3
"""PVs of a device that are named; more say how many more."""


class Guarding:
    """What looks after the devices of a service; `has_news` is true when `status` may have changed."""

    def __init__(self, RE: RunEngine, registry: Registry) -> None:
        self._RE, self._registry = RE, registry
        self.links = Links()
        self.connecting = Connecting(registry, self.links)
        self._guard: Guard | None = None
        self.has_news = True

    def start(self, on_round: Callable[[], None] = lambda: None) -> None:
        """Connect the devices, and look after them from now on. `on_round` is called when all have been tried."""
        self._guard = guard = Guard(self._RE, self._registry, self.links, self.connecting)
        for observers in (guard.observers, self.connecting.observers, self.links.observers):
            observers.append(self._note)
        guard.start()
        self.connecting.start(self._RE.loop, on_round)

    def close(self) -> None:
        """Look after them no more."""
        self.connecting.close()
        if self._guard is not None:
            self._guard.close()

    def _note(self, _: str) -> None:
        self.has_news = True

    # For plans

    def made(self, plan: BoundPlan) -> Any:
        """The plan, to be run; it connects first what it is given and is not connected yet."""
        if self._guard is None:
            return plan.make()
        owners = dict.fromkeys(self._owners_in([*plan.args, plan.kwargs]))
        names = [name for name in owners if self.connecting.state(name) is not DeviceState.CONNECTED]
        if not names:
            return plan.make()
        connected_first: Any = self._connected_first(plan, names)
        connected_first.__name__ = plan.name
        return connected_first

    def to_be_there(self, devices: Iterable[Any]) -> list[Any]:
        """Those of these that must be connected when the queue begins a plan.

        One that is lost is waited for by the plan, as it would be if it were lost a moment later.
        """
        guard = self._guard
        there = self._registry.to_be_there(devices)
        if guard is None:
            return there
        return [device for device in there if not guard.waits_for(self._registry.owner_of(device))]

    def _owners_in(self, values: Iterable[Any]) -> Iterator[str]:
        """The devices of ours among a plan's arguments."""
        for value in values:
            if isinstance(value, Mapping):
                yield from self._owners_in(value.values())
            elif isinstance(value, list | tuple | set | frozenset):
                yield from self._owners_in(value)
            elif name := self._registry.owner_of(value):
                yield name

    def _connected_first(self, plan: BoundPlan, names: list[str]) -> Generator[Msg, Any, Any]:
        log.info("%s connects %s first", plan.text, ", ".join(names))
        [connected] = yield Msg("wait_for", None, [partial(self._connect, names)])
        failures: list[ConnectionFailed] = connected.result()
        if failures:
            raise DevicesNotConnected(failures)
        return (yield from plan.make())

    async def _connect(self, names: list[str]) -> list[ConnectionFailed]:
        return await asyncio.wrap_future(self.connecting.ask(names))

    # For the PVs

    def retry(self) -> Awaitable[str]:
        """Try those that are missing. Done when each is there, or has not come in time."""
        return self._retry()

    async def _retry(self) -> str:
        names = self.connecting.of_state(DeviceState.MISSING)
        if not names:
            lost = [name for name in self._registry.names if self.links.lost(name)]
            return "no device is missing" + (f"; lost, and looked for all the time: {', '.join(lost)}" if lost else "")
        failures = await asyncio.wrap_future(self.connecting.ask(names))
        missing = ", ".join(failure.name for failure in failures)
        return f"still missing: {missing}" if missing else f"connected: {', '.join(names)}"

    @property
    def is_active(self) -> bool:
        """Whether they are looked after; otherwise nobody tells of changes."""
        return self._guard is not None

    def status(self) -> DevicesStatus:
        """How all of them are."""
        self.has_news = False  # before looking: what comes from now on is news
        states = {name: self._state(name) for name in self._registry.names}
        absent = {name: self._absent(name, state) for name, state in states.items()}
        found = list(states.values())
        looked_for = [state for state in found if state is not DeviceState.LAZY]
        connecting = tuple(name for name, state in states.items() if state is DeviceState.CONNECTING)
        troubles = {name: self._guard.trouble(name) for name in states} if self._guard is not None else {}
        missing = {name: _listed(pvs) for name, pvs in absent.items() if pvs}
        return DevicesStatus(
            states={name: str(state) for name, state in states.items()},
            notes={name: _note(name, troubles.get(name, ""), missing.get(name, "")) for name in states},
            missing="; ".join(f"{name}: {pvs}" for name, pvs in missing.items()),
            trouble="; ".join(filter(None, troubles.values())),
            connecting=connecting,
            progress=round(100 * (1 - len(connecting) / len(looked_for))) if looked_for else 100.0,
            connected=found.count(DeviceState.CONNECTED),
        )

    def _state(self, name: str) -> DeviceState:
        if self._guard is None:
            return DeviceState.MISSING if _unconnected(self._registry[name]) else DeviceState.CONNECTED
        state = self.connecting.state(name)
        in_trouble = bool(self._guard.trouble(name) or self.links.lost(name))
        return DeviceState.TROUBLE if in_trouble and state is DeviceState.CONNECTED else state

    def _absent(self, name: str, state: DeviceState) -> tuple[str, ...]:
        """The PVs of a device that people should know to be missing; its name where it does not say which."""
        if self._guard is None:
            return _unconnected(self._registry[name])
        if state is DeviceState.MISSING:
            failure = self.connecting.failure(name)
            return self.links.missing(name) or (failure.pvs if failure is not None else ()) or (name,)
        return self.links.lost(name) if state is DeviceState.TROUBLE else ()


def _note(name: str, trouble: str, missing: str) -> str:
    """What is wrong with a device, beside its name."""
    return trouble.removeprefix(f"{name}: ") or (f"not connected: {missing}" if missing else "")


def _unconnected(device: Any) -> tuple[str, ...]:
    """The PVs, as far as that is known, of what is not connected. Asks no server, and no Channel Access."""
    lost = [signal for signal in signals_of(device) if not getattr(signal, "connected", True)]
    return tuple(str(getattr(signal, "pvname", signal.name)) for signal in lost)


def _listed(pvs: tuple[str, ...]) -> str:
    more = f" and {len(pvs) - _MOST} more" if len(pvs) > _MOST else ""
    return f"{', '.join(pvs[:_MOST])}{more}"
