"""Stopping everything that moves."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
from ophyd import Component, Device, EpicsMotor, EpicsSignal, PVPositioner, Signal
from ophyd.sim import SynAxis, SynGauss
from ophyd_async.core import StandardReadable, soft_signal_rw
from ophyd_async.epics.motor import Motor as AsyncMotor

from reioc.devices.busy import BusyRecord
from reioc.devices.motion import movers, stop_motion
from reioc.devices.point_detector import PointDetector
from reioc.devices.sscan import Sscan

from ..system.support import until


class Slits(Device):
    """Two motors, and a number."""

    top = Component(EpicsMotor, "top")
    bottom = Component(EpicsMotor, "bottom")
    preset = Component(Signal, value=0)


class Hutch(Device):
    """A part of a part moves; another is made only when somebody asks for it."""

    slits = Component(Slits, "s:")
    spare = Component(EpicsMotor, "spare", lazy=True)


class AsyncStage(StandardReadable):
    """Two motors of ophyd-async, and a signal."""

    def __init__(self, name: str) -> None:
        self.x, self.y = AsyncMotor("SIM:x"), AsyncMotor("SIM:y")
        self.speed = soft_signal_rw(float)
        super().__init__(name)


class Motor:
    """A motor that keeps how it was stopped."""

    def __init__(self, wrong: Exception | None = None, connected: bool = True) -> None:
        self.stopped: list[dict[str, bool]] = []
        self.connected, self.wrong = connected, wrong

    def set(self, value: float) -> None:
        """Nobody calls it."""

    def stop(self, *, success: bool = True) -> None:
        self.stopped.append({"success": success})
        if self.wrong is not None:
            raise self.wrong


class Plain(Motor):
    """Its stop takes nothing."""

    def stop(self) -> None:
        self.stopped.append({})


class Hanging(Motor):
    """Its stop comes back when the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.release = threading.Event(), threading.Event()

    def stop(self, *, success: bool = True) -> None:
        self.entered.set()
        self.release.wait(20)


class Async(Motor):
    """Its stop is a coroutine, which keeps the loop it ran on."""

    loop: asyncio.AbstractEventLoop | None = None

    async def stop(self, success: bool = True) -> None:
        await asyncio.sleep(0)
        self.loop = asyncio.get_running_loop()
        self.stopped.append({"success": success})
        if self.wrong is not None:
            raise self.wrong


class Forever(Motor):
    """Its stop is a coroutine that does not end."""

    async def stop(self) -> None:
        await asyncio.Event().wait()


class Flyer(Motor):
    """It moves a motor by itself, and sends it on whenever that stands, until it is stopped itself."""

    set = None

    def __init__(self, motor: Motor, wrong: Exception | None = None) -> None:
        super().__init__(wrong)
        self.motor = motor

    def kickoff(self) -> None:
        """Nobody calls it."""

    def stop(self, *, success: bool = True) -> None:
        until(lambda: bool(self.motor.stopped), "the stop of the motor")
        self.motor.stopped.clear()
        super().stop(success=success)


class Busy(Flyer):
    """It is moved, rather than flown."""

    moves_others, kickoff = True, None

    def set(self, value: float) -> None:
        """Nobody calls it."""


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop in a thread of its own, as the engine has one."""
    made = asyncio.new_event_loop()
    thread = threading.Thread(target=made.run_forever)
    thread.start()
    yield made

    async def tidy() -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(tidy(), made).result(10)
    made.call_soon_threadsafe(made.stop)
    thread.join()
    made.close()


def test_ophyds_motors_move_and_signals_and_detectors_do_not() -> None:
    """A signal can be set, and a detector be stopped; neither is motion."""
    m1 = SynAxis(name="m1")
    devices = {
        "m1": EpicsMotor("SIM:m1", name="m1"),
        "shutter": EpicsSignal("SIM:Shutter", name="shutter"),
        "soft": Signal(name="soft"),
        "gauss": SynGauss("gauss", m1, "m1", center=0, Imax=1, sigma=1),
        "det1": PointDetector("SIM:det1", name="det1"),
    }

    assert movers(devices) == {"m1": devices["m1"]}


def test_the_parts_of_a_device_move() -> None:
    """By where they are in it; what was not made yet has moved nothing, and is not made for this."""
    hutch = Hutch("SIM:", name="hutch")

    assert sorted(movers({"hutch": hutch})) == ["hutch.slits.bottom", "hutch.slits.top"]
    assert "spare" not in hutch._signals


def test_a_device_that_moves_as_a_whole_is_stopped_as_a_whole() -> None:
    """A positioner made of signals; a motor's own parts are its business."""

    class Positioner(PVPositioner):
        setpoint = Component(Signal, value=0.0)
        done = Component(Signal, value=1)

    assert list(movers({"p": Positioner("", name="p")})) == ["p"]


def test_ophyd_asyncs_motors_move() -> None:
    """By themselves, and as parts."""
    assert sorted(movers({"stage": AsyncStage("stage"), "z": AsyncMotor("SIM:z", name="z")})) == [
        *("stage.x", "stage.y", "z")
    ]


def test_records_that_move_others_are_movers() -> None:
    """As a whole: their parts are settings."""
    scan, busy = Sscan("SIM:scan1", name="scan1"), BusyRecord("SIM:busy1", name="busy1")

    assert movers({"scan1": scan, "busy1": busy}) == {"scan1": scan, "busy1": busy}


def test_each_is_told_that_it_was_no_success(loop) -> None:
    """So that whoever waits for the move hears that it did not arrive; one that takes no word is told without."""
    told, plain = Motor(), Plain()

    stopped, failed = stop_motion({"told": told, "plain": plain}, loop)

    assert (sorted(stopped), failed) == (["plain", "told"], {})
    assert (told.stopped, plain.stopped) == ([{"success": False}], [{}])


def test_nothing_moves_where_there_is_nothing(loop) -> None:
    """And nobody waits for it."""
    assert stop_motion({"det": PointDetector("SIM:det1", name="det")}, loop) == ([], {})


def test_one_that_hangs_is_named_and_the_others_are_stopped(loop) -> None:
    """At once, in whatever order they are; and nobody waits longer than was said."""
    hanging, before, after = Hanging(), Motor(), Motor()
    begun = time.monotonic()
    try:
        stopped, failed = stop_motion({"a": before, "b": hanging, "c": after}, loop, timeout=0.3)
    finally:
        hanging.release.set()
    took = time.monotonic() - begun

    assert hanging.entered.is_set()
    assert (sorted(stopped), failed) == (["a", "c"], {"b": "has not taken the stop within 0.3 s"})
    assert 0.3 <= took < 3


def test_many_that_hang_take_no_longer_than_one(loop) -> None:
    """The time is for all of them."""
    hanging = {f"m{number}": Hanging() for number in range(10)}
    begun = time.monotonic()
    try:
        stopped, failed = stop_motion(hanging, loop, timeout=0.2)
    finally:
        for each in hanging.values():
            each.release.set()

    assert (stopped, sorted(failed)) == ([], sorted(hanging))
    assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize("kind", [Motor, Async])
@pytest.mark.parametrize(
    ("wrong", "told"), [(OSError("no answer from SIM:m1.STOP"), "no answer from SIM:m1.STOP"), (KeyError(), "KeyError")]
)
def test_one_that_raises_is_named(loop, kind, wrong, told) -> None:
    """With what it said, or at least of what kind that was; the others are stopped."""
    fine = Motor()

    stopped, failed = stop_motion({"bad": kind(wrong), "fine": fine}, loop)

    assert (stopped, failed) == (["fine"], {"bad": told})
    assert fine.stopped


@pytest.mark.parametrize("kind", [Flyer, Busy])
@pytest.mark.parametrize("wrong", [None, OSError("no answer")])
def test_what_is_moved_by_another_is_told_again(loop, kind, wrong) -> None:
    """It may have been sent on before the other one was told, as by a scan record at its next point."""
    led = Motor()

    stopped, failed = stop_motion({"led": led, "leader": kind(led, wrong)}, loop)

    assert led.stopped == [{"success": False}]
    assert "led" in stopped
    assert failed == ({} if wrong is None else {"leader": "no answer"})


def test_one_that_leads_and_hangs_keeps_no_other_from_being_stopped(loop) -> None:
    """What it moves is told at once."""
    hanging, led = Hanging(), Motor()
    hanging.moves_others = True
    try:
        stopped, failed = stop_motion({"leader": hanging, "led": led}, loop, timeout=0.2)
    finally:
        hanging.release.set()

    assert (stopped, list(failed)) == (["led"], ["leader"])


def test_one_that_is_not_connected_is_named(loop) -> None:
    """It is not told: Channel Access would wait for it, and it may well be moving."""
    lost = Motor(connected=False)

    assert stop_motion({"lost": lost}, loop) == ([], {"lost": "is not connected"})
    assert lost.stopped == []


def test_an_epics_motor_without_its_ioc_is_named_at_once(loop) -> None:
    """As ophyd tells it."""
    begun = time.monotonic()

    assert stop_motion({"m1": EpicsMotor("SIM:nothing", name="m1")}, loop) == ([], {"m1": "is not connected"})
    assert time.monotonic() - begun < 3


def test_an_ophyd_async_motor_that_is_not_connected_is_named(loop) -> None:
    """Whatever it says."""
    stopped, failed = stop_motion({"z": AsyncMotor("SIM:z", name="z")}, loop)

    assert (stopped, list(failed)) == ([], ["z"])


def test_a_stop_that_is_a_coroutine_runs_on_the_engines_loop(loop) -> None:
    """It was connected there."""
    motor = Async()

    assert stop_motion({"m1": motor}, loop) == (["m1"], {})
    assert (motor.loop, motor.stopped) == (loop, [{"success": False}])


def test_a_coroutine_that_does_not_end_is_named(loop) -> None:
    """As one that hangs."""
    fine = Async()

    stopped, failed = stop_motion({"m1": Forever(), "m2": fine}, loop, timeout=0.3)

    assert stopped == ["m2"]
    assert failed == {"m1": "has not taken the stop within 0.3 s"}
