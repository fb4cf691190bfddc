"""What a service does about its devices, and what its PVs tell."""

import asyncio
from types import SimpleNamespace

import pytest

from reioc.devices import Registry
from reioc.devices.registry.care import Care
from reioc.devices.registry.connecting import DeviceState
from reioc.engine import Outcome
from reioc.engine.plans import mv
from reioc.ioc.guarding import Guarding
from reioc.ioc.plans.entry import BoundPlan

from ..devices.registry.test_connecting import Device
from ..engine.fakes import Motor
from ..system.support import until
from .harness import with_ioc

PATIENCE = 10.0


class LazyMotor(Motor, Device):
    """A motor that has to be connected."""

    parent = None

    def __init__(self, name, there=True):
        Motor.__init__(self, name)
        Device.__init__(self, name, there)


@pytest.fixture
def guarding(RE):
    """Makes what looks after these devices, which are lazy."""
    made = []

    def make(*devices):
        care = {device.name: Care(connect="lazy", timeout=0.5) for device in devices}
        made.append(Guarding(RE, Registry(devices, care)))
        return made[-1]

    yield make
    for each in made:
        each.close()


def _plan(*args):
    return BoundPlan("mv", args, {}, "mv(…)", mv)


def test_a_plan_connects_what_it_is_given_first(RE, guarding):
    """Once; it is called what it is called, and what is connected makes no difference to it."""
    m1 = LazyMotor("m1")
    g = guarding(m1)
    g.start()
    plan = g.made(_plan(m1, 3))
    assert (plan.__name__, m1.tried) == ("mv", 0)

    assert RE.submit(plan).result(PATIENCE).outcome is Outcome.SUCCESS
    assert (m1.tried, m1.position) == (1, 3.0)
    assert RE.submit(g.made(_plan(m1, 4))).result(PATIENCE).outcome is Outcome.SUCCESS
    assert m1.tried == 1


def test_a_plan_fails_before_anything_moves_if_one_is_not_there(RE, guarding):
    """It names the device; the others are connected and have not moved."""
    m1, lost = LazyMotor("m1"), LazyMotor("lost", there=False)
    g = guarding(m1, lost)
    g.start()

    result = RE.submit(g.made(_plan(m1, 3, lost, 4))).result(PATIENCE)

    assert result.outcome is Outcome.FAIL
    assert "lost: not connected within 0.5 s: nobody there" in result.reason
    assert m1.position == 0.0
    status = g.status()
    assert status.states == {"m1": "connected", "lost": "missing"}
    assert (status.connected, status.missing, status.progress) == (1, "lost: lost", 100)
    assert status.notes == {"m1": "", "lost": "not connected: lost"}


def test_until_it_is_started_nothing_is_done(RE, guarding):
    """An engine that somebody serves whose devices are their own affair: what is so is told."""
    m1 = LazyMotor("m1")
    m1.walk_signals = lambda: [SimpleNamespace(item=SimpleNamespace(connected=False, pvname="X:m1.RBV", name="m1"))]
    g = guarding(m1)
    plan = g.made(_plan(m1, 3))

    assert RE.submit(plan).result(PATIENCE).outcome is Outcome.SUCCESS
    assert (m1.tried, RE.failure_hooks) == (0, [])
    assert (g.status().states, g.status().missing) == ({"m1": "missing"}, "m1: X:m1.RBV")


def test_what_is_wrong_with_a_device_is_told(RE, guarding):
    """Its state, the first of its PVs that are lost, and why a plan would wait."""
    m1 = LazyMotor("m1")
    g = guarding(m1)
    g.start()
    assert g.connecting.ask(["m1"]).result(PATIENCE) == []
    for pv in "abcde":
        g.links._pvs["m1"][pv] = True
        g.links._ever["m1"].add(pv)
        g.links._note("m1", pv, False)

    until(lambda: g.status().trouble == "m1: a is not connected (and 4 more)", "the trouble")
    status = g.status()
    assert (status.states, status.missing) == ({"m1": "trouble"}, "m1: a, b, c and 2 more")
    assert status.notes == {"m1": "a is not connected (and 4 more)"}


def test_who_is_lost_does_not_keep_the_queue_from_going_on(RE):
    """The plan that is begun with it waits, as one does that has begun already; unless it is not to wait."""
    m1, strict, missing = (LazyMotor(name) for name in ("m1", "strict", "missing"))
    g = Guarding(RE, Registry([m1, strict, missing], {"strict": Care(on_trouble="fail")}))
    devices = [m1, strict, missing]
    assert g.to_be_there(devices) == devices
    g.start()
    try:
        assert g.connecting.ask(["m1", "strict"]).result(PATIENCE) == []
        for name in ("m1", "strict"):
            g.links._pvs[name]["X"] = True
            g.links._ever[name].add("X")
            g.links._note(name, "X", False)

        assert g.to_be_there(devices) == [strict, missing]
        until(lambda: not g.connecting.of_state(DeviceState.CONNECTING), "all to be connected")
        assert asyncio.run(_awaited(g.retry())) == "no device is missing; lost, and looked for all the time: m1, strict"
    finally:
        g.close()


async def _awaited(awaitable):
    return await awaitable


def test_the_pvs_tell_of_the_devices(RE):
    """In the order of the registry; Reconnect is done when all that are missing have been tried."""

    async def scenario(ioc):
        assert [ioc.read(f"Dev:{name}") for name in ("Names", "States")] == [["det", "motor"], ["connected"] * 2]
        assert [ioc.read(f"Dev:{name}") for name in ("Count", "Connected", "Progress")] == [2, 2, 100]
        assert ioc.read("Dev:Missing") == ioc.read("Dev:Trouble") == ioc.read("Dev:Connecting") == ""
        assert await ioc.put("Dev:Reconnect", 1)
        assert ioc.read("Cmd:Message") == "no device is missing"

    with_ioc(RE, scenario)
