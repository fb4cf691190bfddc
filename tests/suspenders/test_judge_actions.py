"""What a trip does: suspend, stop, abort, warn."""

import pytest

from reioc.suspenders import BoolHigh, Floor, Sample, Severity
from reioc.suspenders.decisions import End, Hold, LookAgainAt, Release, Warn
from reioc.suspenders.judge import Judge
from reioc.suspenders.settings import Rules
from reioc.suspenders.together import all_of
from reioc.suspenders.watched import Watched
from reioc.suspenders.words import Action

from .support import GONE, begun

BAD = "RING is 0, below 100; good again at 200"
INVALID = Sample(250.0, Severity.INVALID)


def kinds(decisions):
    return [type(each) for each in decisions]


@pytest.mark.parametrize("action", [Action.STOP, Action.ABORT])
def test_stop_and_abort_end_the_plan_and_hold_the_next_one(action):
    """In this order: the plan would otherwise be suspended first."""
    judge = begun(action=action)

    assert (End(action, BAD), Hold(BAD)) == judge.see(Sample(0.0), 1.0)


def test_a_bad_value_at_the_beginning_ends_the_plan():
    """Installed by a plan while it is bad: levels, not edges."""
    judge = Judge([Watched("RING", Floor(100, 200))], Rules(action="stop"))
    judge.see(Sample(0.0), 0.0)

    assert (End(Action.STOP, BAD), Hold(BAD)) == judge.begin(0.0)


def test_a_trip_ends_one_plan():
    """However it goes on, gets worse, or is bad again before the settle time is over: the next plan only waits."""
    judge = begun(action="abort", on_bad_pv="abort", delay=10)
    judge.see(Sample(0.0), 1.0)
    later = [
        *judge.see(Sample(-5.0), 2.0),
        *judge.see(GONE, 3.0),
        *judge.see(Sample(0.0), 4.0),
        *judge.see(Sample(250.0), 5.0),
        *judge.see(Sample(0.0), 6.0),
        *judge.see(Sample(250.0), 7.0),
    ]

    assert End not in kinds(later)
    assert (Release(),) == judge.tick(17.0, 17.0)
    assert kinds(judge.see(Sample(0.0), 18.0)) == [End, Hold]
    assert judge.trips == 2


def test_a_source_that_has_not_been_heard_of_only_holds():
    """Whatever the action and the policy: it is no trip. Its first bad value is one."""
    judge = Judge([Watched("RING", Floor(100, 200))], Rules(action="abort", on_bad_pv="abort"))

    assert kinds(judge.begin(0.0)) == [Hold]
    assert kinds(judge.see(Sample(0.0), 1.0)) == [End, Hold]


def test_a_bad_pv_that_aborts():
    """The plan is aborted, once, and the next one is held."""
    judge = begun(on_bad_pv="abort")

    assert (End(Action.ABORT, "RING is disconnected"), Hold("RING is disconnected")) == judge.see(GONE, 1.0)
    assert (Hold("RING has alarm severity INVALID"),) == judge.see(INVALID, 2.0)
    assert (Release(),) == judge.see(Sample(250.0), 3.0)
    assert kinds(judge.see(INVALID, 4.0)) == [End, Hold]


def test_a_stale_pv_aborts_as_well():
    """It is a bad PV like the others."""
    judge = begun(on_bad_pv="abort", max_age=10)

    assert kinds(judge.tick(10.0, 10.0)) == [End, Hold]


def test_abort_is_for_bad_pvs_only():
    """A value below the limit suspends under every policy."""
    judge = begun(on_bad_pv="abort")

    assert kinds(judge.see(Sample(0.0), 1.0)) == [Hold]


def test_a_trip_that_turns_into_a_bad_pv_aborts_then():
    """It had not ended a plan yet: below the limit it only suspended."""
    judge = begun(on_bad_pv="abort")
    judge.see(Sample(0.0), 1.0)

    assert (End(Action.ABORT, "RING is disconnected"), Hold("RING is disconnected")) == judge.see(GONE, 2.0)
    assert judge.trips == 1


@pytest.mark.parametrize("action", ["stop", "abort"])
def test_the_action_is_for_values(action):
    """A bad PV does what the policy says."""
    assert kinds(begun(action=action).see(GONE, 1.0)) == [Hold]
    assert begun(action=action, on_bad_pv="abort").see(GONE, 1.0)[0].action is Action.ABORT


def test_a_bad_pv_that_comes_back_bad_does_what_the_action_says():
    """Within the same trip, which had not ended a plan yet."""
    judge = begun(action="stop")
    judge.see(GONE, 1.0)

    assert (End(Action.STOP, BAD), Hold(BAD)) == judge.see(Sample(0.0), 2.0)


def test_of_a_bad_value_and_a_bad_pv_the_pv_decides():
    """Abort is the stronger of the two."""
    judge = Judge(
        [Watched("A", Floor(100)), Watched("B", BoolHigh())], Rules(action="stop", on_bad_pv="abort"), together=all_of
    )
    for index, sample in enumerate((Sample(0.0), Sample(0))):
        judge.see(sample, 0.0, index=index)
    judge.begin(0.0)

    (end, _) = judge.see(GONE, 1.0, index=1)
    assert end.action is Action.ABORT


def test_warn_holds_nothing():
    """It tells, once per cause and not for each value; it counts as tripped but no time is lost."""
    judge = begun(action="warn")

    assert (Warn(BAD),) == judge.see(Sample(0.0), 1.0)
    assert judge.see(Sample(5.0), 2.0) == ()
    assert (Warn("RING is disconnected"),) == judge.see(GONE, 3.0)
    assert (judge.tripped, judge.trips, judge.time_lost(4.0)) == (True, 1, 0.0)
    assert judge.reason == "RING is disconnected"
    assert judge.see(Sample(250.0), 5.0) == ()
    assert not judge.tripped


def test_warn_does_not_tell_of_what_has_not_been_heard_of():
    """That is no trip, and nobody waits for it."""
    judge = Judge([Watched("RING", Floor(100, 200))], Rules(action="warn"))

    assert judge.begin(0.0) == ()
    assert judge.tripped
    assert judge.see(Sample(250.0), 1.0) == ()


def test_warn_has_a_settle_time():
    """It counts as tripped until then, without a hold."""
    judge = begun(action="warn", delay=10)
    judge.see(Sample(0.0), 1.0)

    assert (LookAgainAt(12.0),) == judge.see(Sample(250.0), 2.0)
    assert (judge.tripped, judge.reason) == (True, "RING is good again; goes on after 10 s")
    assert judge.tick(12.0, 12.0) == ()
    assert not judge.tripped


def test_a_bad_pv_that_aborts_holds_whatever_the_action():
    """Warn is for values; when the PV is back with a bad one nothing is held any more."""
    judge = begun(action="warn", on_bad_pv="abort")

    assert kinds(judge.see(GONE, 1.0)) == [End, Hold]
    assert (Release(), Warn(BAD)) == judge.see(Sample(0.0), 3.0)
    assert judge.time_lost(9.0) == 2.0


def test_time_is_lost_while_it_holds_only():
    """The settle time included, warnings and what is disabled not."""
    judge = begun(value=0.0, delay=5)
    judge.see(Sample(250.0), 2.0)
    judge.tick(7.0, 7.0)
    assert judge.time_lost(100.0) == 7.0
    judge.see(Sample(0.0), 110.0)
    assert judge.time_lost(111.0) == 8.0
    judge.configure([Floor(100, 200)], Rules(action="warn"), 112.0)

    assert judge.time_lost(200.0) == 9.0
