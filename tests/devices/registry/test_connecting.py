"""Who is connected when."""

import threading

import pytest

from reioc.devices.registry import connecting as module
from reioc.devices.registry.care import Care
from reioc.devices.registry.connecting import Connecting, DeviceState
from reioc.devices.registry.registry import Registry

from ...system.support import until
from ..guard.bench import FakeLinks

PATIENCE = 10.0


class Device:
    """Connects if it is `there`; counts how often it was tried."""

    def __init__(self, name, there=True):
        self.name, self.there, self.tried = name, there, 0
        self.go = threading.Event()
        self.go.set()

    def walk_signals(self):
        return []

    def wait_for_connection(self, timeout):
        self.tried += 1
        assert self.go.wait(PATIENCE)
        if not self.there:
            raise TimeoutError("nobody there")


class AsyncDevice:
    """One that has to be told to connect, as ophyd-async's."""

    def __init__(self, name, there=True):
        self.name, self.there, self.tried = name, there, 0

    async def connect(self, timeout):
        self.tried += 1
        if not self.there:
            raise TimeoutError("nobody there")


@pytest.fixture
def connecting():
    """Makes the connecting of some devices; those called lazy are."""
    made = []

    def make(*devices):
        care = {
            device.name: Care(connect="lazy" if "lazy" in device.name else "eager", timeout=5.0) for device in devices
        }
        made.append(Connecting(Registry(devices, care), FakeLinks()))
        return made[-1]

    yield make
    for each in made:
        each.close()


def _states(connecting):
    return [str(connecting.state(name)) for name in connecting.registry.names]


def _started(connecting):
    rounds = threading.Event()
    connecting.start(on_round=rounds.set)
    assert rounds.wait(PATIENCE)


def test_who_is_eager_connects_at_the_start(connecting):
    """Who is lazy is left alone; who is not there is missing, and told why. Each change is told."""
    a, lost, lazy = Device("a"), Device("lost", there=False), Device("lazy")
    c = connecting(a, lost, lazy)
    told = []
    c.observers.append(told.append)
    _started(c)

    assert _states(c) == ["connected", "missing", "lazy"]
    assert (a.tried, lost.tried, lazy.tried) == (1, 1, 0)
    assert str(c.failure("lost")) == "lost: not connected within 5 s: nobody there"
    assert sorted(told) == ["a", "a", "lost", "lost"]


def test_who_is_asked_for_is_connected(connecting):
    """Who is connected already is not tried again; the failures are the answer."""
    a, lazy, lazier = Device("a"), Device("lazy"), Device("lazier", there=False)
    c = connecting(a, lazy, lazier)
    _started(c)

    failures = c.ask(["a", "lazy", "lazier"]).result(PATIENCE)

    assert [failure.name for failure in failures] == ["lazier"]
    assert (_states(c), a.tried) == (["connected", "connected", "missing"], 1)


def test_a_device_is_connected_by_one_at_a_time(connecting):
    """Two plans, or a plan and the start, want it: both get the answer of one attempt."""
    slow = Device("slow")
    slow.go.clear()
    c = connecting(slow)
    c.start()
    until(lambda: slow.tried == 1, "the attempt")
    asked = [c.ask(["slow"]), c.ask(["slow"])]
    assert c.of_state(DeviceState.CONNECTING) == ["slow"]
    slow.go.set()

    assert [each.result(PATIENCE) for each in asked] == [[], []]
    assert slow.tried == 1


def test_who_was_not_there_connects_when_its_pvs_come(connecting):
    """Ophyd looks for them by itself: when all are there it is tried again, and not before."""
    lost = Device("lost", there=False)
    c = connecting(lost)
    c.links.connect("lost", "X:1", is_connected=False)
    c.links.connect("lost", "X:2", is_connected=False)
    _started(c)
    lost.there = True
    c.links.connect("lost", "X:1")
    assert lost.tried == 1
    c.links.connect("lost", "X:2")

    until(lambda: c.state("lost") is DeviceState.CONNECTED, "the connection")
    assert (lost.tried, c.failure("lost")) == (2, None)


def test_pvs_that_come_while_it_is_given_up_are_not_overlooked(connecting):
    """It is tried once more. One that fails with all its PVs there is not tried again and again."""
    late = Device("late", there=False)
    c = connecting(late)
    c.links.connect("late", "X:1", is_connected=False)
    works = late.wait_for_connection

    def comes_too_late(timeout):
        c.links.connect("late", "X:1")
        works(timeout)

    late.wait_for_connection = comes_too_late
    _started(c)
    until(lambda: late.tried == 2, "the second attempt")
    assert c.ask(["late"]).result(PATIENCE)

    assert late.tried <= 3


def test_who_has_to_be_told_to_connect_is_told_again(connecting, monkeypatch):
    """ophyd-async's devices do not look for their PVs by themselves."""
    monkeypatch.setattr(module, "FIRST", 0.01)
    lost = AsyncDevice("lost", there=False)
    c = connecting(lost)
    _started(c)
    until(lambda: lost.tried > 2, "more attempts")
    lost.there = True

    until(lambda: c.state("lost") is DeviceState.CONNECTED, "the connection")


def test_somebody_may_want_it_tried_now(connecting):
    """Whoever has just started the IOC."""
    lost = Device("lost", there=False)
    c = connecting(lost)
    _started(c)
    lost.there = True
    c.retry()

    until(lambda: c.state("lost") is DeviceState.CONNECTED, "the connection")


def test_a_round_that_has_changed_nothing_is_not_told(connecting):
    """Whoever tidies up after a round would do so for months, for a device that is never there."""
    device, rounds = Device("a", there=False), []
    c = connecting(device)
    c.start(on_round=lambda: rounds.append(device.tried))
    for tried in (1, 2):
        until(lambda: device.tried == tried and c.state("a") is DeviceState.MISSING, "the try")  # noqa: B023  at once
        device.there = tried == 2
        c.retry()

    until(lambda: c.state("a") is DeviceState.CONNECTED and len(rounds) > 1, "the last round")
    assert rounds == [1, 3]
