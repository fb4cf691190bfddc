"""A small IOC without sockets, on which things go wrong in fake time."""

from typing import Any

import pytest
from caproto.server import PVGroup, SubGroup
from caproto.server.server import PvpropertyDouble

from reioc.sim_iocs.faults import FaultInjector
from reioc.sim_iocs.faults.effects import Effect
from reioc.sim_iocs.faults.group import FaultGroup
from reioc.sim_iocs.faults.kinds import Kind
from reioc.sim_iocs.faults.library import Library
from reioc.sim_iocs.pvs.puts import DoublePut, RefusedError, pv

from ..fakes import FakeClock


class SmallIOC(PVGroup):
    """Two PVs, one of which takes no negative numbers, and those that break them."""

    a = pv(DoublePut, "a", "A number", value=0.0, record="ao")
    b = pv(PvpropertyDouble, "b", "Another one", value=0.0)
    fault = SubGroup(FaultGroup, prefix="Fault:")

    @a.putter  # pyright: ignore[reportAttributeAccessIssue]  # in the body of a group it is a pvproperty
    async def a(self, instance: Any, value: float) -> float:
        if value < 0:
            raise RefusedError("a is not negative")
        return value


class FakeAxis:
    """An axis that remembers what was done to it."""

    def __init__(self) -> None:
        self.stalled, self.powered, self.switches = False, True, (None, None)

    def stall(self, on: bool) -> None:
        self.stalled = on

    def power(self, on: bool) -> None:
        self.powered = on

    def force_switch(self, low: bool | None = None, high: bool | None = None) -> None:
        self.switches = (low, high)


class FakeServer:
    """A server that remembers what it was told, with the time of it."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.told: list[tuple[float, Any]] = []

    def pv_changed(self, pv: Any, before: Effect, after: Effect) -> None:
        self.told.append((self._clock.now(), (pv.pvname, after)))

    def outage_changed(self, kind: Kind | None) -> None:
        self.told.append((self._clock.now(), kind))


@pytest.fixture
def ioc() -> SmallIOC:
    return SmallIOC("T:")


@pytest.fixture
def axis() -> FakeAxis:
    return FakeAxis()


@pytest.fixture
def injector(clock: FakeClock, ioc: SmallIOC, axis: FakeAxis) -> FaultInjector:
    injector = FaultInjector(ioc.pvdb, clock=clock, axes={"m1": axis}, prefix="T:")
    ioc.fault.link(injector, Library())
    return injector


@pytest.fixture
def server(clock: FakeClock, injector: FaultInjector) -> FakeServer:
    server = FakeServer(clock)
    injector.attach(server)
    return server
