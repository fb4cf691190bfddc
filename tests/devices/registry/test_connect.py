"""Connecting devices at the same time."""

import asyncio
import threading

import ophyd.sim  # before anything imports pyepics: ophyd chooses the libca
import pytest
from ophyd_async.core import NotConnectedError, StandardReadable, soft_signal_rw

from reioc.devices.registry.connect import connect_all, missing_pvs, search_environment

from ..ca import hardware


class Waiting:
    """Connects when `event` is set, or fails at its time-out as ophyd does."""

    def __init__(self, event):
        self.event = event

    def wait_for_connection(self, timeout):
        if not self.event.wait(timeout):
            raise TimeoutError("still waiting")


class Deaf(Waiting):
    """Ignores its time-out."""

    def wait_for_connection(self, timeout):
        self.event.wait()


class Counter(StandardReadable):
    """An ophyd-async device without a control system."""

    def __init__(self, name=""):
        self.value = soft_signal_rw(int)
        super().__init__(name)


class Unreachable(Counter):
    async def connect(self, *args, **kwargs):
        raise NotConnectedError("ca://NO:SUCH:PV")


def _timeouts(devices, timeout=5.0):
    return dict.fromkeys(devices, timeout)


def test_devices_connect_at_the_same_time():
    """A device that needs another one to be connected first still connects: none waits for its turn."""
    event = threading.Event()

    class Setting(Waiting):
        def wait_for_connection(self, timeout):
            self.event.set()

    devices = {"first": Waiting(event), "second": Setting(event)}

    assert connect_all(devices, _timeouts(devices)) == []


def test_each_device_has_its_own_time_out_and_every_failure_is_returned():
    """Who fails is told in the order of the devices, progress as it happens; the others connect."""
    never, now = threading.Event(), threading.Event()
    now.set()
    devices = {"a": Waiting(never), "b": Waiting(now), "c": Waiting(never)}
    heard = []

    failures = connect_all(
        devices,
        {"a": 0.1, "b": 5.0, "c": 0.05},
        progress=lambda name, failure: heard.append((name, failure is None)),
    )

    assert [(failure.name, str(failure)) for failure in failures] == [
        ("a", "a: not connected within 0.1 s: still waiting"),
        ("c", "c: not connected within 0.05 s: still waiting"),
    ]
    assert {("a", False), ("b", True), ("c", False)} == set(heard)


def test_a_device_that_ignores_its_time_out_is_given_up(monkeypatch):
    """Nothing waits for ever for code that does not return."""
    monkeypatch.setattr("reioc.devices.registry.connect._GRACE", 0.05)
    released = threading.Event()

    failures = connect_all({"deaf": Deaf(released)}, {"deaf": 0.05})
    released.set()

    assert [str(f) for f in failures] == ["deaf: not connected within 0.05 s: its connection code does not return"]


def test_code_that_does_not_return_is_not_called_again(monkeypatch):
    """Who is tried again and again would have a thread for each time."""
    monkeypatch.setattr("reioc.devices.registry.connect._GRACE", 0.0)
    released, called = threading.Event(), []

    class Counted(Deaf):
        def wait_for_connection(self, timeout):
            called.append(timeout)
            super().wait_for_connection(timeout)

    devices = {"deaf": Counted(released)}
    connect_all(devices, _timeouts(devices, 0.02))
    [again] = connect_all(devices, _timeouts(devices, 0.02))
    threads = [thread for thread in threading.enumerate() if thread.name == "connect deaf"]
    released.set()
    for thread in threads:
        thread.join(5.0)

    assert str(again) == "deaf: not connected within 0.02 s: its connection code has not returned yet"
    assert (called, len(threads)) == ([0.02], 1)
    assert connect_all(devices, _timeouts(devices)) == []


def test_what_needs_no_connection_is_connected():
    """Ophyd's simulated devices and plain objects are ready as they are."""
    devices = {"axis": ophyd.sim.SynAxis(name="axis"), "plain": object()}

    assert connect_all(devices, _timeouts(devices)) == []


def test_ophyd_async_devices_connect_in_the_loop_they_are_used_in():
    """With a loop they connect in it; its failure is told with the device's name."""
    used = []

    class Recording(Counter):
        async def connect(self, *args, **kwargs):
            used.append(asyncio.get_running_loop())
            await super().connect(*args, **kwargs)

    devices = {"good": Recording("good"), "bad": Unreachable("bad")}

    async def scenario():
        return await asyncio.to_thread(
            connect_all, devices, _timeouts(devices), loop=asyncio.get_running_loop()
        ), asyncio.get_running_loop()

    failures, loop = asyncio.run(scenario())

    assert [loop] == used
    assert [failure.name for failure in failures] == ["bad"]
    assert "NO:SUCH:PV" in str(failures[0])


def test_the_pvs_that_ophyd_async_did_not_find_are_named():
    """In a line, as ophyd's are."""

    class Lost(Counter):
        async def connect(self, *args, **kwargs):
            stage = {"rbv": NotConnectedError("ca://X:m1.RBV"), "val": NotConnectedError("pva://X:m1")}
            raise NotConnectedError({"stage": NotConnectedError(stage), "gain": NotConnectedError("ca://X:gain")})

    [failure] = connect_all({"lost": Lost("lost")}, {"lost": 1.0})

    assert failure.pvs == ("X:m1.RBV", "pva://X:m1", "X:gain")
    assert str(failure).startswith("lost: not connected within 1 s: X:m1.RBV, pva://X:m1, X:gain; searched ")


def test_ophyd_async_devices_connect_without_a_loop():
    """Finding out whether they connect needs no engine."""
    assert connect_all({"good": Counter("good")}, {"good": 5.0}) == []


@pytest.mark.parametrize(
    ("addresses", "auto", "text"),
    [
        (None, None, "EPICS_CA_ADDR_LIST (not set)"),
        ("127.0.0.1:5066", None, 'EPICS_CA_ADDR_LIST="127.0.0.1:5066"'),
        ("a b", "NO", 'EPICS_CA_ADDR_LIST="a b", EPICS_CA_AUTO_ADDR_LIST=NO'),
    ],
)
def test_the_search_addresses_in_force_are_told(monkeypatch, addresses, auto, text):
    """People see where a PV was looked for."""
    for name, value in (("EPICS_CA_ADDR_LIST", addresses), ("EPICS_CA_AUTO_ADDR_LIST", auto)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)

    assert text == search_environment()


def test_a_device_without_pvs_misses_none():
    """Simulated signals are connected."""
    assert missing_pvs(ophyd.sim.SynAxis(name="axis")) == ()


_MIXED = """
import json
from ophyd import Component, Device, EpicsSignal, EpicsSignalRO
from reioc.devices.registry.connect import connect_all

class Mixed(Device):
    good = Component(EpicsSignalRO, "Ring:Current")
    half = Component(EpicsSignal, "m1.RBV", write_pv="NoSetpoint")
    gone = Component(EpicsSignalRO, "NoReadback")

devices = {"mixed": Mixed("SIM:", name="mixed"), "good": EpicsSignalRO("SIM:Ring:Current", name="good")}
failures = connect_all(devices, {"mixed": 1.0, "good": 10.0})
print(json.dumps([(f.name, f.pvs, str(f)) for f in failures]))
"""


def test_exactly_the_pvs_that_did_not_connect_are_named():
    """Over Channel Access: a readback that is there is not blamed for its setpoint that is missing."""
    with hardware() as beamline:
        [[name, pvs, message]] = beamline.run(_MIXED)

    assert (name, pvs) == ("mixed", ["SIM:NoSetpoint", "SIM:NoReadback"])
    assert message == (
        "mixed: not connected within 1 s: SIM:NoSetpoint, SIM:NoReadback; searched "
        f'EPICS_CA_ADDR_LIST="{beamline.address}", EPICS_CA_AUTO_ADDR_LIST=NO'
    )
