"""The PVs about all suspenders together, and about others who hold the engine."""

from datetime import datetime

import pytest
from bluesky.suspenders import SuspendBoolHigh as TheirBoolHigh
from ophyd import Signal

from reioc.suspenders import Ceil, Floor

from ...suspenders.support import FakeTime
from .support import Watch, install, settled, with_ioc

LOW = "RING is 0, below 100; good again at 200"


def moment(seconds):
    return datetime.fromtimestamp(seconds).astimezone().isoformat(sep=" ", timespec="seconds")


def together(ioc):
    """What is tripped, by whom, why."""
    return ioc.read("Susp:Tripped"), ioc.read("Susp:TrippedBy"), ioc.read("Susp:Reason")


def test_without_any_nothing_is_tripped(RE):
    """Nothing is said of anything."""

    async def test(ioc):
        assert (ioc.read("Susp:Count"), list(ioc.read("Susp:Names"))) == (0, [""])
        assert (together(ioc), ioc.read("Susp:Since"), ioc.read("Susp:Countdown")) == (("No", "", ""), "", 0)
        assert (ioc.read("Susp:Enable"), ioc.severity("Susp:Enable")) == ("Yes", 0)

    with_ioc(RE, test)


def test_all_that_are_tripped_are_named_with_their_reasons(RE):
    """Since the first of them is; in the order in which they were installed."""
    time = FakeTime()
    beam, hot = Watch(time=time, value=250.0), Watch("hot", Ceil(50), time=time, pv="TEMP", value=20.0, action="warn")
    install(RE, [beam, hot])

    async def test(ioc):
        hot.source.put(60.0)
        await ioc.shows("Susp:Tripped", "Yes")
        assert together(ioc) == ("Yes", "hot", "TEMP is 60, above 50; good again at 50")
        assert ioc.severity("Susp:Tripped") == 1
        since = moment(time.wall_clock())
        time.advance(5)
        beam.source.put(0.0)
        await ioc.shows("Susp:beam:Tripped", "Yes")
        assert together(ioc) == ("Yes", "beam, hot", f"{LOW}; TEMP is 60, above 50; good again at 50")
        assert ioc.read("Susp:Since") == since
        hot.source.put(20.0)
        await ioc.shows("Susp:TrippedBy", "beam")
        assert ioc.read("Susp:Since") == moment(time.wall_clock())
        beam.source.put(250.0)
        await ioc.shows("Susp:Tripped", "No")
        assert (together(ioc), ioc.read("Susp:Since"), ioc.severity("Susp:Tripped")) == (("No", "", ""), "", 0)

    with_ioc(RE, test)


def test_a_reason_is_told_once_however_its_value_changes(RE):
    """As it is now, not as it was when the hold began; two that say the same say it once."""
    beam, same = Watch(value=250.0), Watch("same", value=250.0)
    install(RE, [beam, same])

    async def test(ioc):
        for value in (0.0, 50.0):
            for watch in (beam, same):
                watch.source.put(value)
        await ioc.shows("Susp:same:Tripped", "Yes")
        await ioc.tick()
        assert RE.holds[0].reason == LOW
        assert together(ioc) == ("Yes", "beam, same", "RING is 50, below 100; good again at 200")

    with_ioc(RE, test)


def test_others_who_hold_the_engine_are_told(RE):
    """Reason and time are also of them; tripped are suspenders only."""
    beam = Watch(value=250.0)
    RE.install_suspender(beam.suspender)

    async def test(ioc):
        RE.hold("anna", "tea time")
        await ioc.tick()
        assert together(ioc) == ("No", "", "tea time")
        assert ioc.read("Susp:Since") == moment(RE.holds[0].since)
        beam.source.put(0.0)
        await ioc.shows("Susp:Tripped", "Yes")
        assert together(ioc) == ("Yes", "beam", f"{LOW}; tea time")
        RE.release("anna")
        await ioc.tick()
        assert together(ioc) == ("Yes", "beam", LOW)

    with_ioc(RE, test)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_suspender_of_blueskys_holds_beside_ours(RE):
    """It has no PVs, and is not counted; that it holds is told, and the master switch does not stumble over it."""
    shutter = Signal(name="shutter", value=0)
    theirs, beam = TheirBoolHigh(shutter, tripped_message="closed"), Watch(value=250.0)

    async def test(ioc):
        RE.install_suspender(theirs)
        RE.install_suspender(beam.suspender)
        await ioc.shows("Susp:Count", 1)
        assert list(ioc.read("Susp:Names")) == ["beam"]
        assert await ioc.put("Plan:Name", "patient")
        run = ioc.begin("Plan:Run", 1)
        await ioc.shows("State", "running")
        shutter.put(1)
        await ioc.shows("State", "suspended")
        await ioc.tick()
        assert together(ioc)[:2] == ("No", "")
        assert "closed" in ioc.read("Susp:Reason")
        assert ioc.read("Susp:Since")
        assert await ioc.put("Susp:Enable", "No")
        assert await ioc.put("Susp:Enable", "Yes")
        shutter.put(0)
        await ioc.shows("State", "running")
        await ioc.tick()
        assert ioc.read("Susp:Reason") == ""
        RE.remove_suspender(theirs)
        await settled()
        assert ioc.read("Susp:Count") == 1
        assert await ioc.put("Stop", 1)
        assert await run

    with_ioc(RE, test)
    shutter.destroy()


def test_how_long_plans_were_suspended_is_told(RE, monkeypatch):
    """In all, in seconds; the engine counts it."""

    async def test(ioc):
        for seconds, shown in ((0.4, 0), (12.6, 13)):
            monkeypatch.setattr(type(RE), "time_suspended", property(lambda _, seconds=seconds: seconds))
            await ioc.tick()
            assert ioc.read("Susp:TimeLost") == shown

    with_ioc(RE, test)


def test_the_countdown_is_that_of_the_last_one(RE):
    """While all that hold are settling; those that only warn do not count."""
    time = FakeTime()
    short, long = (Watch(f"s{delay}", Floor(100), time=time, value=0.0, sleep=delay) for delay in (10, 30))
    warning = Watch("warning", Floor(100), time=time, value=0.0, sleep=600, action="warn")
    install(RE, [short, long, warning])

    async def test(ioc):
        countdowns = []

        async def look(seconds=0.0):
            time.advance(seconds)
            await ioc.tick()
            countdowns.append(ioc.read("Susp:Countdown"))

        await look()
        long.source.put(250.0)
        await look()  # the short one is bad: nobody knows
        short.source.put(250.0)
        await look()
        await look(9.96)
        assert countdowns == [0, 0, 30, 20]
        await look(5.04)
        long.source.put(0.0)
        await look()
        long.source.put(250.0)
        await look(0.25)
        RE.hold("anna", "tea time")
        await look()  # nobody knows when she will be back
        RE.release("anna")
        await look(29.75)
        assert countdowns[4:] == [15, 0, 29.8, 0, 0]
        assert ioc.read("Susp:TrippedBy") == "warning"

    with_ioc(RE, test)


def test_a_warning_alone_counts_nothing_down(RE):
    """The engine goes on as it is."""
    watch = Watch(value=0.0, sleep=600, action="warn")
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        watch.source.put(250.0)
        await ioc.tick()
        assert (ioc.read("Susp:beam:Countdown"), ioc.read("Susp:Countdown")) == (600, 0)

    with_ioc(RE, test)
