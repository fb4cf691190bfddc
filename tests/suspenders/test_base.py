"""A suspender between a source and an engine."""

import logging
import threading
import time

import pytest

from reioc.suspenders import BoolHigh, Floor, ManualSource, SuspenderBase

from .support import FakeSource, RecordingKeeper, Rig

BAD = Rig.BAD


def test_a_good_level_at_install_does_not_touch_the_engine():
    """A source that knows its value causes not even a moment's hold."""
    rig = Rig(value=250.0, installed=True)

    assert rig.keeper.calls == []
    assert rig.suspender.RE is rig.keeper


def test_a_bad_level_at_install_holds_at_once():
    """Levels, not edges."""
    rig = Rig(value=0.0, installed=True)

    assert rig.keeper.calls == [("hold", BAD)]
    assert {rig.suspender: BAD} == rig.keeper.holds


def test_an_unknown_level_at_install_holds():
    """Until the first value the engine waits, and knows why."""
    rig = Rig(installed=True)
    rig.source.put(250.0)

    assert rig.keeper.calls == [("hold", "RING is not connected yet"), ("release", "")]


def test_a_trip_and_its_settle_time():
    """Hold, the countdown as the reason, and the release when it is over."""
    rig = Rig(value=250.0, sleep=60, installed=True)
    rig.source.put(0.0)
    rig.source.put(250.0)
    rig.time.advance(59)
    before = list(rig.keeper.verbs)
    rig.time.advance(1)

    assert before == ["hold", "hold"]
    assert rig.keeper.calls == [("hold", BAD), ("hold", "RING is good again; goes on after 60 s"), ("release", "")]
    assert not rig.suspender.tripped


def test_bad_again_starts_the_settle_time_anew():
    """No release from a countdown that is void, though its timer still comes."""
    rig = Rig(value=0.0, sleep=60, installed=True)
    rig.source.put(250.0)
    rig.time.advance(50)
    rig.source.put(0.0)
    rig.time.advance(20)
    assert rig.suspender.tripped
    rig.source.put(250.0)
    rig.time.advance(59)
    assert rig.suspender.tripped
    rig.time.advance(1)

    assert not rig.suspender.tripped
    assert rig.time.pending == []


def test_time_alone_trips():
    """A source that says nothing for longer than `max_age` is held for, and released by its next word."""
    rig = Rig(value=250.0, max_age=10, installed=True)
    rig.time.advance(9)
    assert rig.keeper.calls == []
    rig.time.advance(1)
    rig.source.put(250.0)

    assert rig.keeper.calls == [("hold", "RING is stale: not updated for 10 s"), ("release", "")]


def test_the_first_report_is_as_old_as_its_time_stamp():
    """By the wall clock; later ones count from when they came."""
    rig = Rig(max_age=10)
    rig.source.report(250.0, timestamp=rig.time.wall_clock() - 7)
    rig.suspender.install(rig.keeper)
    rig.time.advance(2)
    assert rig.keeper.calls == []
    rig.source.report(250.0, timestamp=rig.time.wall_clock() - 1000)
    rig.time.advance(9)
    assert rig.keeper.calls == []
    rig.time.advance(1)

    assert rig.keeper.verbs == ["hold"]


def test_timers_do_not_grow_in_number():
    """After any number of trips there are as few as after the first."""
    rig = Rig(value=250.0, max_age=60, sleep=5, installed=True)
    for _ in range(100):
        rig.source.put(0.0)
        rig.time.advance(5)
        rig.source.put(250.0)
        rig.time.advance(10)

    assert rig.suspender.status.trips == 100
    assert len(rig.time.pending) <= 4


def test_the_plans_and_the_scope_go_along_with_the_hold():
    """The engine runs them and keeps to it; the suspender only hands them over."""
    pre, post, scope = object(), object(), object()
    rig = Rig(value=0.0, pre_plan=pre, post_plan=post, scope=scope, installed=True)

    assert [(pre, post)] == rig.keeper.plans
    assert rig.keeper.scopes == [scope]
    assert rig.suspender.status.scope is scope


@pytest.mark.parametrize("action", ["stop", "abort"])
def test_an_action_that_ends_the_plan(action):
    """The plan is ended first; the hold that follows is for the next one. Both are within the scope."""
    rig = Rig(value=250.0, action=action, scope="a scope", installed=True)
    rig.source.put(0.0)

    assert rig.keeper.calls == [(action, BAD), ("hold", BAD)]
    assert rig.keeper.scopes == ["a scope", "a scope"]


def test_a_disconnection_under_abort():
    """The policy for bad PVs ends the plan as an action does."""
    rig = Rig(value=250.0, on_bad_pv="abort", installed=True)
    rig.source.disconnect()

    assert rig.keeper.calls == [("abort", "RING is disconnected"), ("hold", "RING is disconnected")]


def test_a_warning_is_remarked():
    """Nothing is held; the engine is told, which logs it and has the open runs record it."""
    rig = Rig(value=250.0, action="warn", tripped_message="call 1234", installed=True)
    rig.source.put(0.0)
    rig.source.put(250.0)

    assert rig.keeper.calls == [("remark", f"warning: {BAD} (call 1234)")]


def test_removing_lets_go_and_stops_everything():
    """No hold stays, no report and no timer has an effect; once more is harmless."""
    rig = Rig(value=0.0, sleep=60, installed=True)
    rig.source.put(250.0)
    rig.suspender.remove()
    calls = list(rig.keeper.calls)
    rig.source.put(0.0)
    rig.time.advance(100)
    rig.suspender.remove()

    assert calls[-1] == ("release", "")
    assert calls == rig.keeper.calls
    assert rig.keeper.holds == {}
    assert rig.time.pending == []
    assert (rig.suspender.RE, rig.suspender.tripped) == (None, False)


def test_removing_stops_its_sources():
    """They report to nobody, and cost nothing, until it is installed again."""

    class Counting(ManualSource):
        started = stopped = 0

        def start(self, callback):
            self.started += 1
            super().start(callback)

        def stop(self):
            self.stopped += 1
            super().stop()

    source = Counting()
    suspender = SuspenderBase(source, condition=BoolHigh())
    suspender.install(RecordingKeeper())
    assert (source.started, source.stopped) == (1, 0)
    suspender.remove()

    assert (source.started, source.stopped) == (1, 1)


def test_removing_what_was_never_installed_is_harmless():
    """There is nothing to let go of."""
    rig = Rig(value=0.0)
    rig.suspender.remove()

    assert rig.suspender.RE is None


def test_a_report_on_its_way_while_removed_comes_to_nothing():
    """A source's thread may be late: its report belongs to the installation before."""

    class Late(ManualSource):
        def start(self, callback):
            super().start(callback)
            self.late = callback

        def stop(self):
            super().stop()
            self.late(self._latest)

    source, keeper = Late("RING"), RecordingKeeper()
    source.put(0.0)
    suspender = SuspenderBase(source, condition=Floor(100))
    suspender.install(keeper)
    suspender.remove()

    assert keeper.verbs == ["hold", "release"]
    assert suspender.status.value is None


def test_a_timer_of_an_earlier_installation_comes_to_nothing():
    """Its countdown was another one."""
    rig = Rig(value=0.0, sleep=60, installed=True)
    rig.source.put(250.0)
    rig.suspender.remove()
    rig.source.put(0.0)
    rig.suspender.install(rig.keeper)
    rig.source.put(250.0)
    (first, second) = rig.time.timers
    calls = list(rig.keeper.calls)
    rig.time.now += 60
    first.call()
    assert calls == rig.keeper.calls
    second.call()

    assert rig.keeper.verbs[-1] == "release"


def test_it_can_be_installed_again():
    """After its removal, and in another engine."""
    rig, other = Rig(value=0.0, installed=True), RecordingKeeper()
    rig.suspender.remove()
    rig.suspender.install(other)

    assert other.verbs == ["hold"]
    assert rig.keeper.verbs == ["hold", "release"]


def test_installing_twice_in_one_engine_changes_nothing():
    """A plan that installs its suspender may be replayed."""
    rig = Rig(value=0.0, installed=True)
    rig.suspender.install(rig.keeper)

    assert rig.keeper.verbs == ["hold"]


def test_two_engines_at_once_are_refused():
    """One suspender, one engine."""
    rig = Rig(value=0.0, installed=True)

    with pytest.raises(RuntimeError, match=r"suspender 'RING' is installed in .* already: remove it there first"):
        rig.suspender.install(RecordingKeeper())


def test_a_source_that_cannot_start_leaves_nothing_installed():
    """The failure goes to who installs, the engine is not held for ever, and other sources are stopped again."""

    class Broken(ManualSource):
        def start(self, callback):
            raise OSError("no network")

    rig = Rig()
    members = (*rig.suspender.members, *SuspenderBase(Broken("B"), condition=Floor(100)).members)
    suspender, keeper = SuspenderBase(None, members=members), RecordingKeeper()

    with pytest.raises(OSError, match="no network"):
        suspender.install(keeper)
    rig.source.put(0.0)
    assert suspender.RE is None
    assert keeper.holds == {}
    assert suspender.status.value is None


def test_an_engine_that_fails_is_reported_and_watching_goes_on(caplog):
    """The next decision is passed on as if nothing had been."""
    rig = Rig(value=250.0, installed=True)
    real, rig.keeper.hold = rig.keeper.hold, None
    with caplog.at_level(logging.ERROR):
        rig.source.put(0.0)
    rig.keeper.hold = real
    rig.source.put(250.0)

    assert "suspender RING could not pass on Hold" in caplog.text
    assert rig.keeper.verbs == ["release"]


# Threads


def test_two_threads_cannot_deliver_in_the_wrong_order():
    """While one thread's hold is under way, another one's release waits its turn, and its thread does not wait."""
    rig, entered, go_on = Rig(value=250.0), threading.Event(), threading.Event()

    class Slow(RecordingKeeper):
        def hold(self, owner, reason, **more):
            entered.set()
            go_on.wait(10)
            super().hold(owner, reason, **more)

    keeper = Slow()
    rig.suspender.install(keeper)
    thread = threading.Thread(target=rig.source.put, args=(0.0,))
    thread.start()
    assert entered.wait(10)
    rig.source.put(250.0)
    verbs_before = list(keeper.verbs)
    go_on.set()
    thread.join(10)

    assert verbs_before == []
    assert keeper.verbs == ["hold", "release"]


def test_a_decision_goes_to_the_engine_it_was_made_for():
    """Also if the suspender is in another one by the time that it is carried out."""
    rig, other, entered, go_on = Rig(value=250.0), RecordingKeeper(), threading.Event(), threading.Event()

    class Slow(RecordingKeeper):
        def hold(self, owner, reason, **more):
            entered.set()
            go_on.wait(10)
            super().hold(owner, reason, **more)

    keeper = Slow()
    rig.suspender.install(keeper)
    thread = threading.Thread(target=rig.source.put, args=(0.0,))
    thread.start()
    assert entered.wait(10)
    rig.suspender.remove()
    rig.suspender.install(other)
    go_on.set()
    thread.join(10)

    assert keeper.verbs == ["hold", "release"]
    assert other.verbs == ["hold"]


def test_many_threads_end_at_the_last_level():
    """Whatever the interleaving: holds and releases alternate, and the last one is that of the last value."""
    rig = Rig(value=250.0, installed=True)

    def flicker():
        for _ in range(200):
            rig.source.put(0.0)
            rig.source.put(250.0)

    threads = [threading.Thread(target=flicker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    rig.source.put(0.0)

    verbs = rig.keeper.verbs
    assert {rig.suspender} == set(rig.keeper.holds)
    assert ["hold", "release"] * (len(verbs) // 2) + ["hold"] == verbs


def test_the_engine_may_call_back():
    """No lock is held while it is asked: it may look at the suspender from whatever thread."""
    rig = Rig(value=250.0)

    class Curious(RecordingKeeper):
        def hold(self, owner, reason, **more):
            looker = threading.Thread(target=lambda: super(Curious, self).hold(owner, owner.status.reason, **more))
            looker.start()
            looker.join(10)

    keeper = Curious()
    rig.suspender.install(keeper)
    rig.source.put(0.0)

    assert keeper.calls == [("hold", BAD)]


def test_a_real_settle_time():
    """With the real clock and timer."""
    released, source = threading.Event(), ManualSource("RING")

    class Keeper(RecordingKeeper):
        def release(self, owner):
            super().release(owner)
            released.set()

    source.put(0.0)
    suspender = SuspenderBase(source, condition=Floor(100), sleep=0.05)
    suspender.install(Keeper())
    began = time.monotonic()
    source.put(250.0)

    assert released.wait(10)
    assert time.monotonic() - began >= 0.05


# What it is made of


def test_a_condition_may_look_at_its_suspender():
    """It is asked under the suspender's lock, which must not be a trap."""

    class Own(SuspenderBase):
        def _should_suspend(self, value):
            return value > 5 and not self.tripped

        def _should_resume(self, value):
            return value < 3

    source, keeper = ManualSource("TEMP"), RecordingKeeper()
    source.put(1)
    suspender = Own(source)
    suspender.install(keeper)
    for value in (6, 7, 4, 2):
        source.put(value)

    assert keeper.calls == [("hold", "TEMP is 6, which suspends"), ("release", "")]
    assert suspender.status.kind == "custom"


def test_a_condition_that_raises_trips():
    """A mistake in a beamline's own condition must not let a plan run, and says what it is."""

    class Own(SuspenderBase):
        def _should_suspend(self, value):
            return value["current"] < 100

        def _should_resume(self, value):
            return True

    source, keeper = ManualSource("RING"), RecordingKeeper()
    source.put(250.0)
    Own(source).install(keeper)
    ((verb, reason),) = keeper.calls

    assert (verb, reason.partition(": ")[0]) == ("hold", "RING cannot be judged")


def test_a_suspender_needs_a_condition():
    """The message says how to give it one."""
    with pytest.raises(TypeError, match="SuspenderBase does not say when to suspend: pass a condition, or define"):
        SuspenderBase(ManualSource())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sleep": -1}, "delay = -1 is no settle time"),
        ({"on_bad_pv": "panic"}, "on_bad_pv = 'panic' is no policy"),
        ({"action": "panic"}, "action = 'panic' is no action"),
        ({"max_age": float("nan")}, "max_age = nan is no age"),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    """When it is made, by name."""
    with pytest.raises(ValueError, match=message):
        SuspenderBase(ManualSource(), condition=BoolHigh(), **settings)


def test_names():
    """Its own, or else its source's."""
    unnamed = SuspenderBase(ManualSource("RING"), condition=BoolHigh())
    named = SuspenderBase(ManualSource("RING"), condition=BoolHigh(), name="ring")

    assert (unnamed.name, unnamed.has_own_name) == ("RING", False)
    assert (str(named), repr(named)) == ("ring", "<SuspenderBase 'ring' on 'RING'>")
    assert named.has_own_name


def test_its_members_are_what_it_watches():
    """With the limits of now."""
    rig = Rig()
    rig.suspender.configure(low=50)
    (member,) = rig.suspender.members

    assert member.source is rig.source
    assert member.condition == Floor(50, 200)


def test_several_members():
    """All are watched; the name is that of all, unless given."""
    rig = Rig()
    other = FakeSource("SHUTTER", rig.time)
    members = (*rig.suspender.members, *SuspenderBase(other, condition=BoolHigh()).members)
    both = SuspenderBase(None, members=members, **rig.clocks)
    both.install(rig.keeper)
    rig.source.put(250.0)
    other.put(1)

    assert rig.keeper.calls[-1] == ("hold", "SHUTTER is 1, high; good again at 0")
    assert (both.name, repr(both)) == ("RING, SHUTTER", "<SuspenderBase 'RING, SHUTTER' on 'RING, SHUTTER'>")
