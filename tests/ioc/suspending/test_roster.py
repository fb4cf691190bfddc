"""The PVs of suspenders: as long as one is installed, and what it is now."""

import asyncio
import gc
import math
import threading
import weakref

import pytest

from reioc.engine import Msg
from reioc.suspenders import BoolHigh, Changed, Floor, Severity, SuspendAnyOf, SuspenderBase

from .support import Watch, install, settled, with_ioc


class Odd:
    """A value of somebody's own, of which nobody can make a number."""

    def __float__(self):
        raise RuntimeError("odd")


def in_a_thread(call, *args):
    thread = threading.Thread(target=call, args=args)
    thread.start()
    thread.join()


def by_a_plan(RE, command):
    return lambda suspender: RE.submit([Msg(command, None, suspender)])


WAYS = {
    "Python": lambda RE: (RE.install_suspender, RE.remove_suspender),
    "a thread": lambda RE: (
        lambda suspender: in_a_thread(RE.install_suspender, suspender),
        lambda suspender: in_a_thread(RE.remove_suspender, suspender),
    ),
    "a plan": lambda RE: (by_a_plan(RE, "install_suspender"), by_a_plan(RE, "remove_suspender")),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_it_has_pvs_as_long_as_it_is_installed(RE, way):
    """Whoever installs and removes it, and whatever else there is."""
    first, later = Watch("first", value=250.0), Watch("later", value=250.0)
    RE.install_suspender(first.suspender)
    add, remove = way(RE)

    async def test(ioc):
        assert ioc.read("Susp:first:PV") == "RING"
        assert not ioc.has("Susp:later:PV")
        add(later.suspender)
        await ioc.shows("Susp:later:PV", "RING")
        await ioc.shows("State", "idle")
        assert list(ioc.read("Susp:Names")) == ["first", "later"]
        remove(later.suspender)
        await ioc.until(lambda: not ioc.has("Susp:later:PV"))
        await ioc.shows("Susp:Count", 1)
        assert list(ioc.read("Susp:Names")) == ["first"]
        assert ioc.read("Susp:first:PV") == "RING"

    with_ioc(RE, test)


def test_all_of_its_pvs_go(RE):
    """When all suspenders are removed at once, too."""
    install(RE, [Watch("one"), Watch("two")])

    async def test(ioc):
        before = {name for group in ioc.ioc.roster.groups for name in group.pvdb}
        served = ioc.server.pvdb
        assert {"T:Susp:one:Low", "T:Susp:two:Reason"} <= before <= set(served)
        RE.clear_suspenders()
        await settled()
        assert not before & (set(ioc.ioc.pvdb) | set(served))
        assert (ioc.read("Susp:Count"), list(ioc.read("Susp:Names"))) == (0, [""])

    with_ioc(RE, test)


def test_one_that_has_gone_is_let_go_of(RE):
    """Nobody follows it any more, and what it does is nobody's business."""
    watch = Watch(value=250.0)
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        RE.remove_suspender(watch.suspender)
        await settled()
        watch.suspender.configure(low=1)
        assert await ioc.log() == []
        assert (watch.suspender._observers, watch.suspender._auditors) == ([], [])
        gone = weakref.ref(watch.suspender)
        del watch.suspender
        gc.collect()
        assert gone() is None

    with_ioc(RE, test)


def test_suspenders_that_are_called_alike_have_pvs_of_their_own(RE):
    """By default each is called what its signal is called, as far as that can be part of a PV name."""
    watches = [Watch(None, pv="ring.current (mA)", value=value) for value in (250.0, 0.0)]
    install(RE, watches)

    async def test(ioc):
        names = ["ring_current", "ring_curren2"]
        assert list(ioc.read("Susp:Names")) == names
        assert [ioc.read(f"Susp:{name}:Tripped") for name in names] == ["No", "Yes"]
        assert ioc.read("Susp:TrippedBy") == "ring_curren2"
        assert await ioc.put("Susp:ring_curren2:Low", 1)
        assert [watch.suspender.status.low for watch in watches] == [100, 1]
        RE.remove_suspender(watches[0].suspender)
        RE.install_suspender(Watch(None, pv="ring.current (mA)").suspender)
        await settled()
        assert list(ioc.read("Susp:Names")) == ["ring_curren2", "ring_current"]

    with_ioc(RE, test)


def test_one_that_replaces_another_of_its_name_is_served(RE):
    """Though both happened before anybody looked."""
    old, new = Watch(value=250.0), Watch(value=0.0)
    RE.install_suspender(old.suspender)

    async def test(ioc):
        before = ioc.ioc.pvdb["T:Susp:beam:Low"]
        RE.remove_suspender(old.suspender)
        RE.install_suspender(new.suspender)
        await settled()
        assert ioc.server.pvdb["T:Susp:beam:Low"] is ioc.ioc.pvdb["T:Susp:beam:Low"] is not before
        assert ioc.read("Susp:beam:Tripped") == "Yes"

    with_ioc(RE, test)


def test_its_pvs_say_what_it_is_before_anybody_is_served(RE):
    """What it watches, its kind and its scope; a trip too."""
    parts = [Watch(None, Floor(100), pv="RING", value=0.0).suspender]
    parts.append(Watch(None, BoolHigh(), pv="SHUTTER", value=0).suspender)
    RE.install_suspender(SuspendAnyOf(*parts, name="both", on_bad_pv="ignore", action="stop", max_age=60))
    RE.suspender("both").configure(scope="plans scan")

    async def test(ioc):
        assert [ioc.read(f"Susp:both:{name}") for name in ("PV", "Kind", "Scope", "Connected", "Severity")] == [
            *("RING, SHUTTER", "any_of", "plans scan", "Yes", "NO_ALARM")
        ]
        assert [ioc.read(f"Susp:both:{name}") for name in ("OnBadPV", "Action", "MaxAge", "Enable", "Trips")] == [
            *("ignore", "stop", 60, "Yes", 1)
        ]
        assert math.isnan(ioc.read("Susp:both:Low"))
        assert ioc.read("Susp:both:Tripped") == "Yes"
        assert ioc.severity("Susp:both:Tripped") == 1

    with_ioc(RE, test)


@pytest.mark.parametrize("call", [lambda call, *args: call(*args), in_a_thread], ids=["here", "in a thread"])
def test_a_trip_is_told_at_once_and_values_at_the_next_tick(RE, call):
    """In whatever thread it is noticed: no tick has passed when Tripped says so, and when it says that it is over."""
    watch = Watch(value=250.0, sleep=10)
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        call(watch.source.put, 0.0)
        await ioc.shows("Susp:beam:Tripped", "Yes")
        assert ioc.severity("Susp:beam:Tripped") == 1
        assert ioc.read("Susp:beam:Reason") == "RING is 0, below 100; good again at 200"
        assert (ioc.read("Susp:Tripped"), ioc.read("Susp:beam:Trips")) == ("Yes", 1)
        call(watch.source.put, 50.0)
        await settled()
        assert (ioc.read("Susp:beam:Value"), ioc.read("Susp:beam:Reason")[:9]) == (0, "RING is 0")
        await ioc.tick()
        assert (ioc.read("Susp:beam:Value"), ioc.read("Susp:beam:Reason")[:10]) == (50, "RING is 50")
        call(watch.source.put, 250.0)
        call(watch.time.advance, 10)
        await ioc.shows("Susp:beam:Tripped", "No")
        assert ioc.severity("Susp:beam:Tripped") == 0
        assert (ioc.read("Susp:beam:Reason"), ioc.read("Susp:Tripped"), ioc.read("Susp:beam:TimeLost")) == (
            "",
            "No",
            10,
        )

    with_ioc(RE, test)


def test_a_storm_of_values_costs_a_look_per_tick(RE):
    """Nothing is written for each of them, nor even scheduled."""
    watch = Watch(value=250.0)
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        group, written = ioc.ioc.roster.groups[0], []
        await settled()

        async def publish_values(status):
            written.append(status.value)

        group.publish_values = publish_values
        for number in range(1000):
            watch.source.put(250.0 + number)
            await asyncio.sleep(0)
        assert written == []
        await ioc.tick()
        assert written == [1249.0]

    with_ioc(RE, test)


def test_connection_severity_and_age_of_its_pv_are_shown(RE):
    """At the next tick where it holds nothing, at once where it does."""
    watch = Watch(on_bad_pv="ignore")
    RE.install_suspender(watch.suspender)

    def shown(ioc):
        return ioc.read("Susp:beam:Connected"), ioc.read("Susp:beam:Severity"), ioc.severity("Susp:beam:Value")

    async def test(ioc):
        assert shown(ioc) == ("No", "INVALID", 3)
        assert math.isnan(ioc.read("Susp:beam:Value"))
        watch.source.put(250.0, Severity.MINOR)
        await ioc.tick()
        assert shown(ioc) == ("Yes", "MINOR", 1)
        watch.source.put(251.0)
        await ioc.tick()
        assert (shown(ioc), ioc.read("Susp:beam:Value")) == (("Yes", "NO_ALARM", 0), 251)
        watch.suspender.configure(on_bad_pv="suspend")
        watch.source.disconnect()
        await ioc.shows("Susp:beam:Tripped", "Yes")
        assert (shown(ioc), ioc.read("Susp:beam:Value")) == (("No", "INVALID", 3), 251)
        assert ioc.read("Susp:beam:Reason") == "RING is disconnected"

    with_ioc(RE, test)


def test_what_changes_with_time_is_written_at_each_tick(RE):
    """Countdown, bypass, and how long it has held the engine."""
    watch = Watch(value=0.0, sleep=30)
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        watch.source.put(250.0)
        watch.time.advance(10)
        await ioc.tick()
        assert (ioc.read("Susp:beam:Countdown"), ioc.read("Susp:beam:TimeLost")) == (20, 10)
        assert ioc.read("Susp:beam:Reason") == "RING is good again; goes on after 30 s"
        watch.suspender.bypass(60, by="anna@xf99")
        await ioc.shows("Susp:beam:Tripped", "No")
        assert (ioc.read("Susp:beam:Bypass"), ioc.severity("Susp:beam:Bypass")) == (60, 1)
        watch.time.advance(0.5)
        await ioc.tick()
        assert (ioc.read("Susp:beam:Bypass"), ioc.read("Susp:beam:BypassBy")) == (60, "anna@xf99")
        watch.time.advance(19.5)
        await ioc.tick()
        assert (ioc.read("Susp:beam:Bypass"), ioc.read("Susp:beam:Countdown")) == (40, 0)
        watch.time.advance(40)
        await ioc.tick()
        assert (ioc.read("Susp:beam:Bypass"), ioc.severity("Susp:beam:Bypass"), ioc.read("Susp:beam:BypassBy")) == (
            *(0, 0),
            "",
        )

    with_ioc(RE, test)


def test_values_that_are_no_numbers_read_nan(RE):
    """A text, a number that no PV can hold, whatever else."""
    watch = Watch(condition=Changed(7), value=7)
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        for value in ("Open", 10**400, object(), None):
            watch.source.put(8)
            await ioc.tick()
            assert ioc.read("Susp:beam:Value") == 8
            watch.source.put(value)
            await ioc.tick()
            assert math.isnan(ioc.read("Susp:beam:Value"))

    with_ioc(RE, test)


def test_one_that_cannot_be_shown_does_not_blind_the_others(RE, caplog):
    """It is reported, at the start and at every tick."""
    odd, beam = Watch("odd", Changed(7), value=Odd()), Watch(value=250.0)
    install(RE, [odd, beam])

    async def test(ioc):
        assert "could not publish <SuspenderBase 'odd'" in caplog.text
        beam.source.put(0.0)
        await ioc.shows("Susp:beam:Tripped", "Yes")
        beam.source.put(50.0)
        beam.suspender.configure(delay=3)
        await ioc.tick()
        assert (ioc.read("Susp:beam:Value"), ioc.read("Susp:beam:Delay")) == (50, 3)
        assert len(await ioc.log()) == 1

    with_ioc(RE, test)


def test_one_that_is_written_in_python_has_pvs(RE):
    """A subclass, as bluesky has them."""

    class Odds(SuspenderBase):
        def _should_suspend(self, value):
            return value % 2 == 1

        def _should_resume(self, value):
            return value % 2 == 0

    watch = Watch()
    RE.install_suspender(Odds(watch.source, name="odds"))

    async def test(ioc):
        watch.source.put(3)
        await ioc.shows("Susp:odds:Reason", "RING is 3, which suspends")
        assert ioc.read("Susp:odds:Kind") == "custom"
        assert "has no low" in await ioc.refused("Susp:odds:Low", 5)

    with_ioc(RE, test)


def test_nobody_follows_them_after_the_ioc_has_closed(RE):
    """Neither the engine nor a suspender calls it any more."""
    watch = Watch(value=250.0)
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        assert len(RE.suspender_observers) == len(watch.suspender._observers) == len(watch.suspender._auditors) == 1

    with_ioc(RE, test)

    assert RE.suspender_observers == watch.suspender._observers == watch.suspender._auditors == []
