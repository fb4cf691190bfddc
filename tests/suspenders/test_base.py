"""A suspender between a source and an engine."""

import logging
import threading
import time

import pytest

from reioc.suspenders import Floor, ManualSource, Severity, SuspenderBase
from reioc.suspenders.conditions import BoolHigh
from reioc.suspenders.timers import start_timer

from .support import FakeTime, RecordingKeeper

BAD = "RING is 0, below 100; good again at 200"


class Setup:
    def __init__(self, *, value=None, **settings):
        self.time, self.keeper, self.source = FakeTime(), RecordingKeeper(), ManualSource("RING")
        if value is not None:
            self.source.put(value)
        settings = {"clock": self.time.clock, "timer": self.time.timer, "condition": Floor(100, 200)} | settings
        self.suspender = SuspenderBase(self.source, **settings)


def test_a_good_level_at_install_does_not_touch_the_engine():
    """A source that knows its value causes not even a moment's hold."""
    setup = Setup(value=250.0)
    setup.suspender.install(setup.keeper)

    assert setup.keeper.calls == []
    assert setup.suspender.RE is setup.keeper


def test_a_bad_level_at_install_holds_at_once():
    """Levels, not edges."""
    setup = Setup(value=0.0)
    setup.suspender.install(setup.keeper)

    assert setup.keeper.calls == [("hold", BAD)]
    assert {setup.suspender: BAD} == setup.keeper.holds


def test_an_unknown_level_at_install_holds():
    """Until the first value the engine waits, and knows why."""
    setup = Setup()
    setup.suspender.install(setup.keeper)
    setup.source.put(250.0)

    assert setup.keeper.calls == [("hold", "RING is not connected yet"), ("release", "")]


def test_a_trip_and_its_settle_time():
    """Hold, the countdown as the reason, and the release when it is over."""
    setup = Setup(value=250.0, sleep=60)
    setup.suspender.install(setup.keeper)
    setup.source.put(0.0)
    setup.source.put(250.0)
    setup.time.advance(59)
    before = list(setup.keeper.verbs)
    setup.time.advance(1)

    assert before == ["hold", "hold"]
    assert setup.keeper.calls == [("hold", BAD), ("hold", "RING is good again; goes on after 60 s"), ("release", "")]
    assert not setup.suspender.tripped


def test_bad_again_cancels_the_timer_and_starts_anew():
    """No release from a countdown that is void."""
    setup = Setup(value=0.0, sleep=60)
    setup.suspender.install(setup.keeper)
    setup.source.put(250.0)
    setup.time.advance(50)
    setup.source.put(0.0)

    assert setup.time.pending == []
    setup.source.put(250.0)
    setup.time.advance(59)
    assert setup.suspender.tripped
    setup.time.advance(1)
    assert not setup.suspender.tripped


def test_the_plans_go_along_with_the_hold():
    """The engine runs them; the suspender only hands them over."""
    pre, post = object(), object()
    setup = Setup(value=0.0, pre_plan=pre, post_plan=post)
    setup.suspender.install(setup.keeper)

    assert [(pre, post)] == setup.keeper.plans


def test_removing_lets_go_and_stops_everything():
    """No hold stays, no timer, no report has an effect."""
    setup = Setup(value=0.0, sleep=60)
    setup.suspender.install(setup.keeper)
    setup.source.put(250.0)
    setup.suspender.remove()
    setup.source.put(0.0)

    assert setup.keeper.verbs[-1] == "release"
    assert setup.keeper.holds == {}
    assert setup.time.pending == []
    assert setup.suspender.RE is None
    setup.suspender.remove()
    assert setup.keeper.verbs.count("release") == 1


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


def test_it_can_be_installed_again():
    """After its removal, and in another engine."""
    setup, other = Setup(value=0.0), RecordingKeeper()
    setup.suspender.install(setup.keeper)
    setup.suspender.remove()
    setup.suspender.install(other)

    assert other.verbs == ["hold"]
    assert setup.keeper.verbs == ["hold", "release"]


def test_installing_twice_in_one_engine_changes_nothing():
    """A plan that installs its suspender may be replayed."""
    setup = Setup(value=0.0)
    setup.suspender.install(setup.keeper)
    setup.suspender.install(setup.keeper)

    assert setup.keeper.verbs == ["hold"]


def test_two_engines_at_once_are_refused():
    """One suspender, one engine."""
    setup = Setup(value=0.0)
    setup.suspender.install(setup.keeper)

    with pytest.raises(RuntimeError, match=r"suspender 'RING' is installed in .* already"):
        setup.suspender.install(RecordingKeeper())


def test_a_source_that_cannot_start_leaves_nothing_installed():
    """The failure goes to who installs, and the engine is not held for ever."""

    class Broken(ManualSource):
        def start(self, callback):
            raise OSError("no network")

    suspender, keeper = SuspenderBase(Broken("RING"), condition=Floor(100)), RecordingKeeper()

    with pytest.raises(OSError, match="no network"):
        suspender.install(keeper)
    assert suspender.RE is None
    assert keeper.holds == {}


def test_disable_lets_go_and_enable_holds_again():
    """At once, both."""
    setup = Setup(value=0.0, sleep=60)
    setup.suspender.install(setup.keeper)
    setup.suspender.enabled = False
    setup.suspender.enabled = True

    assert setup.keeper.verbs == ["hold", "release", "hold"]
    assert setup.suspender.enabled


def test_a_disconnection_under_abort():
    """The plan is aborted first; the hold that follows is for the next one."""
    setup = Setup(value=250.0, on_bad_pv="abort")
    setup.suspender.install(setup.keeper)
    setup.source.disconnect()

    assert setup.keeper.calls == [("abort", "RING is disconnected"), ("hold", "RING is disconnected")]


def test_configure_takes_effect_at_once():
    """Limits, settle time and policy, by the names that the PVs have."""
    setup = Setup(value=150.0)
    setup.suspender.install(setup.keeper)
    setup.suspender.configure(low=160, resume_low=170, delay=5, on_bad_pv="ignore")
    status = setup.suspender.status

    assert setup.keeper.verbs == ["hold"]
    assert (status.low, status.resume_low, status.delay, status.on_bad_pv) == (160, 170, 5, "ignore")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"low": 300}, "resume_low = 200 is below low = 300"),
        ({"hihg": 3}, "kind 'floor' has no hihg; it has low, resume_low"),
        ({"low": 50, "delay": -1}, "delay = -1 is no settle time"),
        ({"low": 50, "on_bad_pv": "panic"}, "'panic' is no policy"),
        ({"low": float("nan")}, "low = nan is no limit"),
    ],
)
def test_a_wrong_change_is_refused_whole(change, message):
    """It says what is wrong, and nothing has changed."""
    setup = Setup(value=150.0)
    setup.suspender.install(setup.keeper)
    before = setup.suspender.status

    with pytest.raises(ValueError, match=message):
        setup.suspender.configure(**change)
    assert before == setup.suspender.status
    assert setup.keeper.calls == []


def test_status_shows_a_trip():
    """All that a screen needs."""
    setup = Setup(value=250.0, sleep=60, name="ring")
    setup.suspender.install(setup.keeper)
    before = time.time()
    setup.source.put(0.0, Severity.MAJOR)
    setup.time.advance(10)
    status = setup.suspender.status

    assert (
        status.name,
        status.source,
        status.kind,
        status.enabled,
        status.tripped,
        status.connected,
    ) == ("ring", "RING", "floor", True, True, True)
    assert (
        status.severity,
        status.value,
        status.low,
        status.high,
        status.resume_low,
        status.resume_high,
    ) == (Severity.MAJOR, 0.0, 100, None, 200, None)
    assert (status.reason, status.countdown_until, status.trips, status.time_lost) == (BAD, None, 1, 10)
    assert before <= status.since <= time.time()


def test_status_shows_the_countdown():
    """In the suspender's clock; gone with the hold."""
    setup = Setup(value=0.0, sleep=60)
    setup.suspender.install(setup.keeper)
    setup.source.put(250.0)

    assert setup.time.now + 60 == setup.suspender.status.countdown_until
    setup.time.advance(60)
    assert (
        setup.suspender.status.countdown_until,
        setup.suspender.status.since,
        setup.suspender.status.reason,
    ) == (None, None, "")


def test_status_of_a_disconnected_source():
    """The last value stays in sight, its severity does not."""
    setup = Setup(value=250.0)
    setup.suspender.install(setup.keeper)
    setup.source.disconnect()
    status = setup.suspender.status

    assert (status.connected, status.severity, status.value) == (False, Severity.INVALID, 250.0)


def test_observers_hear_of_every_change():
    """Values, trips, settings; and nothing after `unobserve`."""
    setup, heard = Setup(value=250.0), []
    setup.suspender.install(setup.keeper)
    setup.suspender.observe(heard.append)
    setup.source.put(240.0)
    setup.source.put(0.0)
    setup.suspender.enabled = False
    setup.suspender.unobserve(heard.append)
    setup.source.put(1.0)

    assert [(status.value, status.tripped) for status in heard] == [(240.0, False), (0.0, True), (0.0, False)]


def test_an_observer_may_call_back():
    """No lock is held: it may look, change and remove."""
    setup = Setup(value=250.0)
    setup.suspender.install(setup.keeper)
    setup.suspender.observe(lambda status: setup.suspender.remove() if status.tripped else None)
    setup.source.put(0.0)

    assert setup.keeper.verbs == ["hold", "release"]
    assert setup.suspender.RE is None


def test_an_observer_that_fails_is_reported_and_nothing_else(caplog):
    """The others hear, the engine is held."""
    setup, heard = Setup(value=250.0), []

    def broken(status):
        raise ValueError("screen is gone")

    setup.suspender.install(setup.keeper)
    setup.suspender.observe(broken)
    setup.suspender.observe(heard.append)
    with caplog.at_level(logging.ERROR):
        setup.source.put(0.0)

    assert setup.keeper.verbs == ["hold"]
    assert len(heard) == 1
    assert "an observer of suspender RING failed" in caplog.text


def test_an_engine_that_fails_is_reported_and_watching_goes_on(caplog):
    """The next decision is passed on as if nothing had been."""
    setup = Setup(value=250.0)
    setup.suspender.install(setup.keeper)
    real, setup.keeper.hold = setup.keeper.hold, None
    with caplog.at_level(logging.ERROR):
        setup.source.put(0.0)
    setup.keeper.hold = real
    setup.source.put(250.0)

    assert "suspender RING could not pass on Hold" in caplog.text
    assert setup.keeper.verbs == ["release"]


def test_two_threads_cannot_deliver_in_the_wrong_order():
    """While one thread's hold is under way, another one's release waits its turn, and its thread does not wait."""
    setup, entered, go_on = Setup(value=250.0), threading.Event(), threading.Event()

    class Slow(RecordingKeeper):
        def hold(self, owner, reason, **plans):
            entered.set()
            go_on.wait(10)
            super().hold(owner, reason, **plans)

    keeper = Slow()
    setup.suspender.install(keeper)
    thread = threading.Thread(target=setup.source.put, args=(0.0,))
    thread.start()
    assert entered.wait(10)
    setup.source.put(250.0)
    verbs_before = list(keeper.verbs)
    go_on.set()
    thread.join(10)

    assert verbs_before == []
    assert keeper.verbs == ["hold", "release"]


def test_many_threads_end_at_the_last_level():
    """Whatever the interleaving: holds and releases alternate, and the last one is that of the last value."""
    setup = Setup(value=250.0)
    setup.suspender.install(setup.keeper)

    def flicker():
        for _ in range(200):
            setup.source.put(0.0)
            setup.source.put(250.0)

    threads = [threading.Thread(target=flicker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    setup.source.put(0.0)

    verbs = setup.keeper.verbs
    assert {setup.suspender} == set(setup.keeper.holds)
    assert ["hold", "release"] * (len(verbs) // 2) + ["hold"] == verbs


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


def test_a_suspender_needs_a_condition():
    """The message says how to give it one."""
    with pytest.raises(TypeError, match="SuspenderBase does not say when to suspend: pass a condition, or define"):
        SuspenderBase(ManualSource())


def test_names():
    """Its own, or else its source's."""
    assert SuspenderBase(ManualSource("RING"), condition=BoolHigh()).name == "RING"
    named = SuspenderBase(ManualSource("RING"), condition=BoolHigh(), name="ring")
    assert (str(named), repr(named)) == ("ring", "<SuspenderBase 'ring' on 'RING'>")


def test_the_real_timer():
    """It calls once, from a thread that does not keep Python alive, and can be cancelled."""
    called = threading.Event()
    start_timer(0.0, called.set)
    idle = start_timer(3600, called.clear)
    idle.cancel()

    assert called.wait(10)
    assert idle.daemon
    idle.join(10)
    assert not idle.is_alive()


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
