"""The protocols of devices are bluesky's by name and by what satisfies them."""

import warnings
from typing import get_type_hints

import bluesky.protocols
import ophyd
import ophyd.sim
import ophyd.status
import pytest
from ophyd_async.core import soft_signal_rw
from ophyd_async.epics.demo import DemoMotor, DemoPointDetector
from ophyd_async.epics.motor import Motor as MotorRecord

from reioc.engine import protocols

from .fakes import Detector, Motor, Pausable, Status

PROTOCOLS = [
    name
    for name in protocols.__all__
    if name in vars(bluesky.protocols) and getattr(vars(protocols)[name], "_is_protocol", False)
]


def every_device():
    """Devices of ophyd, ophyd-async, and of these tests; statuses; and what is neither."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        simulated = vars(ophyd.sim.hw())
    return {
        **simulated,
        "ophyd signal": ophyd.Signal(name="signal"),
        "ophyd device": ophyd.Device(name="device"),
        "ophyd status": ophyd.status.Status(),
        "async motor": DemoMotor("m:", name="async motor"),
        "async motor record": MotorRecord("m", name="async motor record"),
        "async detector": DemoPointDetector("d:", name="async detector"),
        "async signal": soft_signal_rw(float, 0.0, "async signal"),
        "our motor": Motor(),
        "our detector": Detector(),
        "our pausable": Pausable(),
        "our status": Status(),
        "nothing": None,
        "a number": 3,
    }


@pytest.fixture(scope="module")
def devices():
    """All of them, made once."""
    return every_device()


def test_all_of_blueskys():
    """Each protocol of bluesky is there, and is a protocol."""
    wanted = {
        name
        for name, thing in vars(bluesky.protocols).items()
        if isinstance(thing, type) and getattr(thing, "_is_protocol", False) and thing.__module__ == "bluesky.protocols"
    }

    assert wanted - set(PROTOCOLS) == set()


@pytest.mark.parametrize("name", PROTOCOLS)
def test_same_devices(devices, name):
    """The same devices satisfy a protocol of bluesky's and ours; some do, and some do not."""
    ours = {key for key, device in devices.items() if isinstance(device, vars(protocols)[name])}
    theirs = {key for key, device in devices.items() if isinstance(device, vars(bluesky.protocols)[name])}

    assert ours == theirs
    assert ours < set(devices)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_same_members(name):
    """A protocol asks for the same attributes as bluesky's."""
    asked = _members(protocols, name)

    assert asked
    assert asked == _members(bluesky.protocols, name)


def _members(module, name):
    protocol = vars(module)[name]
    bases = [base for base in protocol.__mro__ if getattr(base, "_is_protocol", False)]
    return {key for base in bases for key in vars(base) if not key.startswith("_")} - {"Protocol"}


@pytest.mark.parametrize("name", ["Readable", "Movable", "Locatable", "NamedMovable", "Configurable", "Checkable"])
def test_can_say_what_they_give(name):
    """An annotation may say what a device is set to or gives, as `Movable[float]`, as with bluesky's."""

    def plan(device: vars(protocols)[name][float]): ...

    assert get_type_hints(plan)["device"].__origin__ is vars(protocols)[name]
