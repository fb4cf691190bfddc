"""What operators do with it: settings, the master switch, bypasses."""

import pytest

from reioc.suspenders import Floor, Sample
from reioc.suspenders.conditions import Changed
from reioc.suspenders.decisions import End, Hold, LookAgainAt, Release, Warn
from reioc.suspenders.judge import Judge
from reioc.suspenders.settings import Rules
from reioc.suspenders.watched import Watched
from reioc.suspenders.words import Action

from .support import GONE, begun

BAD = "RING is 0, below 100; good again at 200"
LIMITS = [Floor(100, 200)]


def enable(judge, enabled, now):
    return judge.configure(LIMITS, Rules(delay=judge.rules.delay, action=judge.rules.action, enabled=enabled), now)


def test_disabling_lets_go_at_once():
    """No settle time: somebody wants to go on."""
    judge = begun(value=0.0, delay=60)

    assert (Release(),) == enable(judge, False, 1.0)
    assert judge.see(Sample(1.0), 2.0) == ()
    assert not judge.tripped
    assert judge.time_lost(9.0) == 1.0


def test_disabling_ends_a_countdown():
    """Nothing is left to wait for."""
    judge = begun(value=0.0, delay=60)
    judge.see(Sample(250.0), 10.0)

    assert (Release(),) == enable(judge, False, 11.0)
    assert judge.tick(70.0, 70.0) == ()


def test_enabling_while_bad_holds_at_once():
    """What happened while it was disabled is not lost."""
    judge = begun(enabled=False)
    judge.see(Sample(0.0), 1.0)

    assert (Hold(BAD),) == enable(judge, True, 2.0)


def test_hysteresis_goes_on_while_disabled():
    """It dropped while disabled and is not back yet."""
    judge = begun(enabled=False)
    judge.see(Sample(0.0), 1.0)
    judge.see(Sample(150.0), 2.0)

    assert (Hold("RING is 150, not back at 200 yet"),) == enable(judge, True, 3.0)


def test_changed_limits_are_applied_to_the_last_value():
    """Nobody waits for the next report, and the reason names the new limits."""
    judge = begun(value=150.0)

    assert [Hold] == [type(each) for each in judge.configure([Floor(160, 200)], Rules(), 1.0)]
    assert (Hold("RING is 150, below 170; good again at 300"),) == judge.configure([Floor(170, 300)], Rules(), 2.0)
    assert (Release(),) == judge.configure([Floor(100, 120)], Rules(), 3.0)


def test_the_same_limits_again_ask_for_nothing():
    """Unless what goes along with the hold is another."""
    judge = begun(value=0.0)

    assert judge.configure(LIMITS, Rules(), 1.0) == ()
    assert (Hold(BAD),) == judge.configure(LIMITS, Rules(), 2.0, hold_anew=True)


def test_what_goes_along_with_a_hold_needs_one():
    """Where nothing is held nothing is asked for anew; where the change makes a hold, once is enough."""
    assert begun().configure(LIMITS, Rules(), 1.0, hold_anew=True) == ()
    assert begun(value=0.0, action="warn").configure(LIMITS, Rules(action="warn"), 1.0, hold_anew=True) == ()
    assert [Hold] == [type(each) for each in begun().configure([Floor(300)], Rules(), 1.0, hold_anew=True)]


def test_a_changed_settle_time_moves_the_countdown():
    """Counted from when the source became good; a time that is over already ends it."""
    judge = begun(value=0.0, delay=60)
    judge.see(Sample(250.0), 10.0)

    assert (Hold("RING is good again; goes on after 30 s"), LookAgainAt(40.0)) == judge.configure(
        LIMITS, Rules(delay=30), 20.0
    )
    assert (Release(),) == judge.configure(LIMITS, Rules(delay=5), 21.0)


def test_what_is_expected_anew_frees_what_had_changed():
    """A latch is about the value that was expected."""
    judge = begun(value="b", condition=Changed("a"))

    assert (Release(),) == judge.configure([Changed("b")], Rules(), 1.0)


@pytest.mark.parametrize(
    ("let_go", "count_again"),
    [
        (
            lambda judge: judge.configure([Changed("a")], Rules(enabled=False), 2.0),
            lambda judge: judge.configure([Changed("a")], Rules(), 3.0),
        ),
        (lambda judge: judge.mute(True, 2.0), lambda judge: judge.mute(False, 3.0)),
        (lambda judge: judge.bypass(60.0, 2.0), lambda judge: judge.bypass(None, 3.0)),
    ],
    ids=["disabled", "muted", "bypassed"],
)
@pytest.mark.parametrize("value", ["a", "b"])
def test_what_latches_is_let_go_by_whoever_has_seen_to_it(let_go, count_again, value):
    """Disabled, muted or bypassed for a moment: then it is judged by what it is, not by what it has been."""
    judge = begun(value="b", condition=Changed("a"))
    judge.see(Sample(value), 1.0)
    assert judge.tripped
    assert Release() in let_go(judge)

    assert [type(each) for each in count_again(judge)] == ([] if value == "a" else [Hold])


@pytest.mark.parametrize("action", ["stop", "abort"])
def test_changed_settings_never_end_a_plan_while_tripped(action):
    """It is a trip that ends a plan: also later, when it goes on or gets worse, until it is over."""
    judge = begun(value=0.0, delay=10)
    rules = Rules(action=action, on_bad_pv="abort", delay=10)

    assert judge.configure(LIMITS, rules, 1.0) == ()
    assert (Hold("RING is disconnected"),) == judge.see(GONE, 2.0)
    assert End not in [type(each) for each in judge.configure([Floor(150, 300)], rules, 3.0)]
    judge.see(Sample(400.0), 4.0)
    assert [Hold] == [type(each) for each in judge.see(Sample(0.0), 5.0)]
    judge.see(Sample(400.0), 6.0)
    judge.tick(16.0, 16.0)
    assert [End, Hold] == [type(each) for each in judge.see(Sample(0.0), 17.0)]


def test_changed_settings_while_settling_end_no_plan():
    """The settle time is part of the trip."""
    judge = begun(value=0.0, delay=10)
    judge.see(Sample(250.0), 1.0)
    judge.configure(LIMITS, Rules(action="abort", delay=10), 2.0)

    assert [Hold] == [type(each) for each in judge.see(Sample(0.0), 3.0)]


def test_changed_settings_before_the_first_value_do_not_spare_the_plan():
    """Waiting is no trip: the first bad value begins one, and ends the plan."""
    judge = Judge([Watched("RING", Floor(100, 200))], Rules(action="abort"))
    judge.begin(0.0)
    judge.configure(LIMITS, Rules(action="abort", delay=5), 1.0)

    assert (End(Action.ABORT, BAD), Hold(BAD)) == judge.see(Sample(0.0), 2.0)


def test_changed_limits_that_trip_are_a_trip():
    """What was good is bad by the new limits: that ends a plan as any other trip does."""
    judge = begun(action="stop")

    assert [End, Hold] == [type(each) for each in judge.configure([Floor(300)], Rules(action="stop"), 1.0)]


def test_another_action_counts_at_once():
    """From a hold to a warning it lets go, and back it holds."""
    judge = begun(value=0.0)

    assert (Release(),) == judge.configure(LIMITS, Rules(action="warn"), 1.0)
    assert (Hold(BAD),) == judge.configure(LIMITS, Rules(), 2.0)


def test_another_policy_counts_at_once():
    """A source that is gone is nothing, or bad again."""
    judge = begun()
    judge.see(GONE, 1.0)

    assert (Release(),) == judge.configure(LIMITS, Rules(on_bad_pv="ignore"), 2.0)
    assert (Hold("RING is disconnected"),) == judge.configure(LIMITS, Rules(), 3.0)


# The master switch


def test_muted_it_holds_nothing():
    """At once, and until it is not: what happened meanwhile is not lost."""
    judge = begun(value=0.0, delay=60)

    assert (Release(),) == judge.mute(True, 1.0)
    assert judge.see(Sample(5.0), 2.0) == ()
    assert (judge.muted, judge.tripped) == (True, False)
    assert (Hold("RING is 5, below 100; good again at 200"),) == judge.mute(False, 3.0)
    assert not judge.muted


def test_muting_leaves_its_own_switch_as_it_is():
    """Disabled it stays disabled when the master switch is on again."""
    judge = begun(value=0.0, enabled=False)
    judge.mute(True, 1.0)

    assert judge.rules.enabled is False
    assert judge.mute(False, 2.0) == ()


def test_muted_it_neither_warns_nor_ends():
    """It is off. Switched on while bad, it is a trip."""
    warning, ending = begun(action="warn"), begun(action="abort")
    for judge in (warning, ending):
        judge.mute(True, 1.0)
        assert judge.see(Sample(0.0), 2.0) == ()

    assert (Warn(BAD),) == warning.mute(False, 3.0)
    assert (End(Action.ABORT, BAD), Hold(BAD)) == ending.mute(False, 3.0)


# Bypasses


def test_bypassed_it_holds_nothing_until_then():
    """It lets go, asks to be looked at when it is over, and holds again if it is still bad then."""
    judge = begun(value=0.0)

    assert (Release(), LookAgainAt(61.0)) == judge.bypass(61.0, 1.0)
    assert judge.see(Sample(5.0), 60.9) == ()
    assert judge.bypassed_until == 61.0
    assert (Hold("RING is 5, below 100; good again at 200"),) == judge.tick(61.0, 61.0)
    assert judge.bypassed_until is None


def test_a_bypass_that_ends_while_good_is_over_without_a_word():
    """Nothing is asked of the engine."""
    judge = begun(value=0.0)
    judge.bypass(61.0, 1.0)
    judge.see(Sample(250.0), 2.0)

    assert judge.tick(61.0, 61.0) == ()
    assert judge.bypassed_until is None


def test_a_bypass_is_over_at_its_time_whoever_looks():
    """A report that comes then is judged, though the timer is late."""
    judge = begun()
    judge.bypass(61.0, 1.0)

    assert (Hold(BAD),) == judge.see(Sample(0.0), 61.0)


def test_a_bypass_can_be_ended():
    """And made longer."""
    judge = begun(value=0.0)
    judge.bypass(61.0, 1.0)
    judge.bypass(100.0, 2.0)
    assert (LookAgainAt(100.0),) == judge.tick(61.0, 61.0)

    assert (Hold(BAD),) == judge.bypass(None, 70.0)
    assert judge.bypassed_until is None


def test_after_a_bypass_it_is_a_trip():
    """Which counts, and may end a plan."""
    judge = begun(value=0.0, action="stop")
    judge.bypass(61.0, 1.0)

    assert [End, Hold] == [type(each) for each in judge.tick(61.0, 61.0)]
    assert judge.trips == 2


def test_bypassed_and_muted_both_count():
    """Either is enough to hold nothing."""
    judge = begun(value=0.0)
    judge.mute(True, 1.0)
    judge.bypass(61.0, 2.0)

    assert judge.mute(False, 3.0) == ()
    judge.mute(True, 4.0)
    assert judge.tick(61.0, 61.0) == ()
    assert (Hold(BAD),) == judge.mute(False, 62.0)
