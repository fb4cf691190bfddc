"""bluesky's suspenders over signals, and the PV forms."""

import asyncio
import inspect
import threading

import bluesky.suspenders
import pytest
from ophyd import Signal
from ophyd_async.core import soft_signal_rw

import reioc.suspenders as ours
from reioc.suspenders import (
    PVSuspendBoolHigh,
    PVSuspendBoolLow,
    PVSuspendFloor,
    SuspendBoolHigh,
    SuspendBoolLow,
    SuspendFloor,
)

from .support import RecordingKeeper


def levels(suspender, signal, *values):
    """Whether it holds after each value."""
    keeper = RecordingKeeper()
    suspender.install(keeper)
    held = []
    for value in values:
        signal.put(value)
        held.append(bool(keeper.holds))
    suspender.remove()
    return held


@pytest.mark.parametrize("name", ["SuspendFloor", "SuspendBoolHigh", "SuspendBoolLow"])
def test_bluesky_s_signatures_fit(name):
    """Every parameter of bluesky's class is taken under the same name and in the same place."""
    base = inspect.signature(ours.SuspenderBase.__init__).parameters
    own = inspect.signature(getattr(ours, name)).parameters
    theirs = inspect.signature(getattr(bluesky.suspenders, name)).parameters
    positional = [each for each in theirs.values() if each.kind is each.POSITIONAL_OR_KEYWORD]

    assert [each.name for each in positional] == list(own)[: len(positional)]
    assert {"sleep", "pre_plan", "post_plan", "tripped_message"} <= set(base)
    assert {each for each in theirs if each != "kwargs"} <= set(own) | set(base)


@pytest.mark.parametrize("resume_thresh", [None, 100, 200])
def test_the_floor_decides_as_bluesky_s_does(resume_thresh):
    """Over a sequence of values, edges included."""
    values = [150, 100, 99, 100, 150, 199, 200, 201, 99.5, 200]
    signal = Signal(name="ring", value=250)
    theirs = bluesky.suspenders.SuspendFloor(signal, 100, resume_thresh=resume_thresh)
    bad, expected = False, []
    for value in values:
        bad = theirs._should_suspend(value) or (bad and not theirs._should_resume(value))
        expected.append(bad)

    assert expected == levels(SuspendFloor(signal, 100, resume_thresh=resume_thresh), signal, *values)


def test_bools_over_a_signal():
    """High trips on true, low on false."""
    signal = Signal(name="shutter", value=0)

    assert levels(SuspendBoolHigh(signal), signal, 0, 1, 0, True) == [False, True, False, True]
    assert levels(SuspendBoolLow(signal), signal, 0, 1, 0, True) == [True, False, True, False]


def test_a_bad_level_is_seen_at_install():
    """The level counts; in bluesky a soft signal counts from its next put on."""
    keeper = RecordingKeeper()
    SuspendFloor(Signal(name="ring", value=0), 100).install(keeper)

    assert keeper.calls == [("hold", "ring is 0, below 100; good again at 100")]


def test_an_ophyd_async_signal_is_watched_on_the_engine_s_loop():
    """Installed from any thread, in an engine that has a loop."""
    keeper, released = RecordingKeeper(), threading.Event()

    async def scenario():
        signal = soft_signal_rw(float, 250.0, name="ring")
        await signal.connect()
        keeper.loop = asyncio.get_running_loop()
        suspender = SuspendFloor(signal, 100)
        suspender.observe(lambda status: released.set() if status.value == 300 else None)
        await asyncio.to_thread(suspender.install, keeper)
        await signal.set(0.0)
        await signal.set(300.0)
        await asyncio.to_thread(suspender.remove)

    asyncio.run(scenario())

    assert released.is_set()
    assert ("hold", "ring is 0, below 100; good again at 100") in keeper.calls
    assert keeper.holds == {}


def test_the_pv_forms_are_of_the_same_kinds():
    """They watch a PV name, and connect to nothing before they are installed."""
    floor = PVSuspendFloor("RING:CUR", 100, resume_thresh=200, name="ring", sleep=3)

    assert isinstance(floor, SuspendFloor)
    assert isinstance(PVSuspendBoolHigh("SHUTTER"), SuspendBoolHigh)
    assert isinstance(PVSuspendBoolLow("SHUTTER"), SuspendBoolLow)
    assert (
        floor.status.name,
        floor.status.source,
        floor.status.low,
        floor.status.resume_low,
        floor.status.delay,
    ) == ("ring", "RING:CUR", 100, 200, 3)


@pytest.mark.parametrize("pvname", ["", "RING CUR", "RING\n", 5, None])
def test_what_cannot_be_a_pv_name_is_refused(pvname):
    """By itself, before anything is looked for on the network."""
    with pytest.raises(ValueError, match="is no PV name: it must be a text without spaces"):
        PVSuspendBoolHigh(pvname)


def test_limits_on_the_wrong_side_are_refused():
    """As bluesky refuses them, with both numbers in the message."""
    with pytest.raises(ValueError, match="resume_low = 50 is below low = 100"):
        SuspendFloor(Signal(name="ring"), 100, resume_thresh=50)
