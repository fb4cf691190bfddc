"""The suspenders over signals, and the PV forms."""

import asyncio
import inspect
import threading

import pytest
from ophyd import Signal
from ophyd_async.core import soft_signal_rw

import reioc.suspenders as ours
from reioc.suspenders import (
    BoolHigh,
    Ceil,
    Changed,
    Floor,
    InsideBand,
    OlderThan,
    OutsideBand,
    PVSource,
    Severity,
    SuspendAtSeverity,
    SuspendFloor,
    SuspendInBand,
    SuspendOutBand,
    SuspendWhenInsideBand,
    SuspendWhenOutsideBand,
    SuspendWhenStale,
)
from reioc.suspenders.conditions import AtSeverity, BoolLow
from reioc.suspenders.sources import AsyncSignalSource

from .support import FakeSource, FakeTime, RecordingKeeper

EVERY = [
    ("SuspendFloor", (100,), {"resume_thresh": 200}, Floor(100, 200)),
    ("SuspendCeil", (100,), {"resume_thresh": 50}, Ceil(100, 50)),
    ("SuspendBoolHigh", (), {}, BoolHigh()),
    ("SuspendBoolLow", (), {}, BoolLow()),
    ("SuspendWhenOutsideBand", (1, 4), {"resume_bottom": 2, "resume_top": 3}, OutsideBand(1, 4, 2, 3)),
    ("SuspendWhenInsideBand", (1, 4), {"resume_bottom": 0, "resume_top": 5}, InsideBand(1, 4, 0, 5)),
    ("SuspendWhenChanged", (), {"expected_value": "a", "allow_resume": True}, Changed("a", True)),
    ("SuspendAtSeverity", ("MINOR",), {}, AtSeverity("MINOR")),
    ("SuspendWhenStale", (5,), {}, OlderThan(5)),
]
each = pytest.mark.parametrize(("name", "args", "limits", "condition"), EVERY, ids=[name for name, *_ in EVERY])
SETTINGS = {"name": "it", "sleep": 3, "max_age": 7, "on_bad_pv": "abort", "action": "stop", "scope": "s"}


def shown(suspender):
    status = suspender.status
    rules = status.rules
    return (status.name, status.scope, rules.delay, rules.max_age, rules.on_bad_pv, rules.action)


@each
def test_over_a_signal(name, args, limits, condition):
    """Each class makes its condition, and hands on what every suspender takes."""
    suspender = getattr(ours, name)(Signal(name="s", value=0), *args, **limits, **SETTINGS)
    (member,) = suspender.members

    assert member.condition == condition
    assert member.source.name == "s"
    assert shown(suspender) == ("it", "s", 3, 7, "abort", "stop")


@each
def test_over_a_pv(name, args, limits, condition):
    """The PV form is a subclass with the same limits; it connects to nothing before it is installed."""
    suspender = getattr(ours, f"PV{name}")("X:PV", *args, **limits, **SETTINGS)
    (member,) = suspender.members

    assert isinstance(suspender, getattr(ours, name))
    assert member.condition == condition
    assert isinstance(member.source, PVSource)
    assert member.source.name == "X:PV"
    assert shown(suspender) == ("it", "s", 3, 7, "abort", "stop")


@each
def test_the_pv_forms_have_the_same_parameters(name, args, limits, condition):
    """But for the first one."""
    signal, pv = (inspect.signature(getattr(ours, each)).parameters for each in (name, f"PV{name}"))

    assert [*signal][1:] == [*pv][1:]
    assert (next(iter(signal)), next(iter(pv))) == ("signal", "pvname")
    assert {par: signal[par].default for par in [*signal][1:]} == {par: pv[par].default for par in [*pv][1:]}


@pytest.mark.parametrize("pvname", ["", "RING CUR", "RING\n", 5, None])
@each
def test_what_cannot_be_a_pv_name_is_refused(pvname, name, args, limits, condition):
    """By itself, before anything is looked for on the network."""
    with pytest.raises(ValueError, match="is no PV name: it must be a text without spaces"):
        getattr(ours, f"PV{name}")(pvname, *args)


def test_a_pv_name_for_a_signal_gets_a_hint():
    """The class to take is the PV form."""
    with pytest.raises(TypeError, match="take the PV form of the suspender"):
        SuspendFloor("RING:CUR", 100)


def test_the_old_names_of_bands_say_what_they_do():
    """They are bluesky's, and read as the opposite."""
    signal = Signal(name="s", value=0)
    with pytest.warns(UserWarning, match="SuspendInBand suspends outside of its band: write SuspendWhenOutsideBand"):
        in_band = SuspendInBand(signal, 1, 4, sleep=3)
    with pytest.warns(UserWarning, match="SuspendOutBand suspends inside of its band: write SuspendWhenInsideBand"):
        out_band = SuspendOutBand(signal, band_bottom=1, band_top=4)

    assert isinstance(in_band, SuspendWhenOutsideBand)
    assert isinstance(out_band, SuspendWhenInsideBand)
    assert in_band.members[0].condition == OutsideBand(1, 4)
    assert out_band.members[0].condition == InsideBand(1, 4)
    assert in_band.status.rules.delay == 3


def test_the_warning_names_whoever_makes_one():
    """The line to be changed is the user's, not ours."""
    with pytest.warns(UserWarning, match="SuspendInBand") as said:
        SuspendInBand(Signal(name="s", value=0), 1, 4)

    assert said[0].filename == __file__


def test_a_bad_level_is_seen_at_install():
    """The level counts; in bluesky a soft signal counts from its next put on."""
    keeper = RecordingKeeper()
    SuspendFloor(Signal(name="ring", value=0), 100).install(keeper)

    assert keeper.calls == [("hold", "ring is 0, below 100; good again at 100")]


def test_at_a_severity():
    """The value does not matter; INVALID is there where the policy for bad PVs is `ignore`."""
    source, keeper = FakeSource("VAC", FakeTime()), RecordingKeeper()
    source.put(1.0)
    suspender = SuspendAtSeverity(source, Severity.MAJOR, on_bad_pv="ignore")
    suspender.install(keeper)
    source.put(1.0, Severity.MINOR)
    assert keeper.calls == []
    source.put(1.0, Severity.MAJOR)
    source.put(1.0, Severity.INVALID)
    source.put(1.0, Severity.MINOR)

    assert keeper.calls == [("hold", "VAC has alarm severity MAJOR; good again below MAJOR"), ("release", "")]
    assert suspender.status.at_severity is Severity.MAJOR


def test_when_stale():
    """A heartbeat that stops holds by itself, and the next beat releases."""
    time, keeper = FakeTime(), RecordingKeeper()
    source = FakeSource("BEAT", time)
    source.put(1)
    clocks = {"clock": time.clock, "wall_clock": time.wall_clock, "timer": time.timer}
    SuspendWhenStale(source, 5, **clocks).install(keeper)
    for beat in range(3):
        time.advance(4)
        source.put(beat)
    assert keeper.calls == []
    time.advance(5)
    source.put(9)

    assert keeper.calls == [("hold", "BEAT has not been updated for 5 s"), ("release", "")]


def test_an_ophyd_async_signal_that_has_a_loop_keeps_it():
    """The engine's is for those that have none."""
    keeper = RecordingKeeper()
    keeper.loop = None

    async def scenario():
        signal = soft_signal_rw(float, 0.0, name="ring")
        await signal.connect()
        source = AsyncSignalSource(signal, asyncio.get_running_loop())
        suspender = SuspendFloor(source, 100)
        await asyncio.to_thread(suspender.install, keeper)
        await signal.set(300.0)
        await asyncio.to_thread(suspender.remove)

    asyncio.run(scenario())

    assert keeper.verbs[-1] == "release"


def test_an_ophyd_async_signal_is_watched_on_the_engine_s_loop():
    """Installed from any thread, in an engine that has a loop."""
    keeper, released = RecordingKeeper(), threading.Event()

    async def scenario():
        signal = soft_signal_rw(float, 250.0, name="ring")
        await signal.connect()
        keeper.loop = asyncio.get_running_loop()
        suspender = SuspendFloor(signal, 100)
        suspender.observe(lambda status: released.set() if status.trips and not status.tripped else None)
        await asyncio.to_thread(suspender.install, keeper)
        await signal.set(0.0)
        await signal.set(300.0)
        await asyncio.to_thread(suspender.remove)

    asyncio.run(scenario())

    assert released.is_set()
    assert ("hold", "ring is 0, below 100; good again at 100") in keeper.calls
    assert keeper.holds == {}
