"""When the engine is to be held: every rule, with the time passed in."""

import pytest

from reioc.suspenders.conditions import Floor
from reioc.suspenders.decisions import Abort, Hold, Release, ReleaseAt
from reioc.suspenders.judge import Judge
from reioc.suspenders.sample import Sample, Severity

GONE = Sample(None, Severity.INVALID, connected=False)
NOT_YET = "RING is not connected yet"


def invalid(value):
    return Sample(value, Severity.INVALID)


def started(*, value=250.0, **settings):
    """A judge that has begun at t = 0 with a value."""
    judge = Judge("RING", Floor(100, 200), **settings)
    judge.see(Sample(value), 0.0)
    judge.begin(0.0)
    return judge


def test_a_good_value_does_not_hold():
    """Known and good at the beginning: nothing happens."""
    judge = Judge("RING", Floor(100, 200))

    assert judge.see(Sample(250.0), 0.0) == ()
    assert judge.begin(0.0) == ()
    assert not judge.tripped


def test_a_bad_value_at_the_beginning_holds():
    """The level counts, not the edge."""
    judge = Judge("RING", Floor(100, 200))
    judge.see(Sample(0.0), 0.0)

    assert (Hold("RING is 0, below 100; good again at 200"),) == judge.begin(0.0)


def test_an_unknown_value_at_the_beginning_holds_until_the_first_good_one():
    """Not connected yet is bad, and says so; it is no trip, and no settle time follows."""
    judge = Judge("RING", Floor(100, 200), delay=60)

    assert (Hold(NOT_YET),) == judge.begin(0.0)
    assert (Release(),) == judge.see(Sample(150.0), 1.0)
    assert judge.trips == 0
    assert judge.time_lost(5.0) == 1.0


def test_a_source_that_starts_disconnected_is_not_connected_yet():
    """It is no disconnection if there never was a connection."""
    judge = Judge("RING", Floor(100, 200))
    judge.see(GONE, 0.0)

    assert (Hold(NOT_YET),) == judge.begin(0.0)
    assert judge.see(GONE, 1.0) == ()


def test_a_bad_first_value_is_a_trip():
    """What was only unknown is now known to be bad: another reason, a trip, and a settle time later on."""
    judge = Judge("RING", Floor(100, 200), delay=60)
    judge.begin(0.0)

    assert (Hold("RING is 0, below 100; good again at 200"),) == judge.see(Sample(0.0), 1.0)
    assert judge.trips == 1
    assert (Hold("RING is good again; goes on after 60 s"), ReleaseAt(62.0)) == judge.see(Sample(300.0), 2.0)


def test_hysteresis_holds_between_the_limits():
    """Tripped below `low`, it takes `resume_low` to go on."""
    judge = started()

    assert [Hold] == [type(each) for each in judge.see(Sample(99.0), 1.0)]
    assert judge.see(Sample(150.0), 2.0) == ()
    assert judge.reason == "RING is 150, not back at 200 yet"
    assert (Release(),) == judge.see(Sample(200.0), 3.0)


def test_a_bad_value_that_moves_is_one_hold():
    """A storm of bad values asks the engine once; the reason of now is there for who looks."""
    judge = started()
    first = judge.see(Sample(90.0), 1.0)
    later = [judge.see(Sample(90.0 - step / 100), 1.0 + step) for step in range(1, 1001)]

    assert (Hold("RING is 90, below 100; good again at 200"),) == first
    assert {()} == set(later)
    assert judge.reason == "RING is 80, below 100; good again at 200"
    assert judge.trips == 1


def test_good_again_counts_down():
    """The engine goes on `delay` seconds after the source became good, not after its last report."""
    judge = started(value=0.0, delay=60)

    assert (Hold("RING is good again; goes on after 60 s"), ReleaseAt(70.0)) == judge.see(Sample(250.0), 10.0)
    assert judge.see(Sample(251.0), 20.0) == ()
    assert judge.countdown_until == 70.0
    assert judge.tripped
    assert (Release(),) == judge.tick(70.0)
    assert judge.countdown_until is None
    assert judge.reason == ""
    assert judge.time_lost(100.0) == 70.0


def test_bad_again_restarts_the_countdown():
    """A blip of beam is no beam."""
    judge = started(value=0.0, delay=60)
    judge.see(Sample(250.0), 10.0)

    assert (Hold("RING is 5, below 100; good again at 200"),) == judge.see(Sample(5.0), 50.0)
    assert judge.countdown_until is None
    assert judge.tick(70.0) == ()
    assert ReleaseAt(140.0) in judge.see(Sample(250.0), 80.0)
    assert judge.trips == 1


def test_a_timer_that_is_early_is_sent_back():
    """Whoever keeps the time may be a little early, or late by a countdown."""
    judge = started(value=0.0, delay=60)
    judge.see(Sample(250.0), 10.0)

    assert (ReleaseAt(70.0),) == judge.tick(69.999)


def test_a_disconnection_holds():
    """What is not known is bad; the last value is remembered for who looks."""
    judge = started(value=250.0)

    assert (Hold("RING is disconnected"),) == judge.see(GONE, 1.0)
    assert judge.value == 250.0
    assert (Release(),) == judge.see(Sample(250.0), 2.0)


def test_a_disconnection_does_not_lift_the_threshold():
    """A value between the limits was good before the disconnection and is good after it."""
    judge = started(value=150.0)
    judge.see(GONE, 1.0)

    assert (Release(),) == judge.see(Sample(150.0), 2.0)


def test_a_disconnection_does_not_lower_the_threshold():
    """A source that was bad before the disconnection still has to reach `resume_low`."""
    judge = started(value=0.0)
    judge.see(GONE, 1.0)

    assert (Hold("RING is 150, not back at 200 yet"),) == judge.see(Sample(150.0), 2.0)


def test_the_hold_s_reason_follows_the_cause():
    """Below the limit, then gone, then INVALID: three reasons of one trip."""
    judge = started()
    reasons = [judge.see(sample, 1.0)[0].reason for sample in (Sample(0.0), GONE, invalid(250.0))]

    assert reasons == [
        "RING is 0, below 100; good again at 200",
        "RING is disconnected",
        "RING has alarm severity INVALID",
    ]
    assert judge.trips == 1


def test_invalid_holds_though_the_value_looks_good():
    """An INVALID value is no value."""
    judge = started()

    assert (Hold("RING has alarm severity INVALID"),) == judge.see(invalid(250.0), 1.0)
    assert (Release(),) == judge.see(Sample(250.0, Severity.MAJOR), 2.0)


def test_ignore_keeps_the_last_verdict_while_disconnected():
    """A good source that disconnects stays good; a bad one stays bad."""
    judge = started(on_bad_pv="ignore")

    assert judge.see(GONE, 1.0) == ()
    assert not judge.tripped
    judge.see(Sample(0.0), 2.0)
    assert judge.see(GONE, 3.0) == ()
    assert judge.tripped


def test_ignore_judges_invalid_values_like_any_other():
    """The severity is ignored, not the value."""
    judge = started(on_bad_pv="ignore")

    assert judge.see(invalid(250.0), 1.0) == ()
    assert (Hold("RING is 0, below 100; good again at 200"),) == judge.see(invalid(0.0), 2.0)


def test_ignore_does_not_wait_for_the_first_value():
    """Who ignores disconnections can start without the PV."""
    assert Judge("RING", Floor(100), on_bad_pv="ignore").begin(0.0) == ()


def test_abort_ends_the_plan_once_and_holds_the_next_one():
    """The plan is aborted when the source turns bad, not again when it is bad in another way."""
    judge = started(on_bad_pv="abort")

    assert (Abort("RING is disconnected"), Hold("RING is disconnected")) == judge.see(GONE, 1.0)
    assert (Hold("RING has alarm severity INVALID"),) == judge.see(invalid(1.0), 2.0)
    assert (Release(),) == judge.see(Sample(250.0), 3.0)
    assert [Abort, Hold] == [type(each) for each in judge.see(invalid(1.0), 4.0)]


def test_abort_is_for_bad_pvs_only():
    """A value below the limit suspends under every policy, and so does a PV that has not connected yet."""
    judge = Judge("RING", Floor(100, 200), on_bad_pv="abort")

    assert (Hold(NOT_YET),) == judge.begin(0.0)
    assert [Hold] == [type(each) for each in judge.see(Sample(0.0), 1.0)]


def test_nan_holds():
    """NaN compares with nothing; it must not pass for good."""
    judge = started()

    assert (Hold("RING is nan, which is not a number"),) == judge.see(Sample(float("nan")), 1.0)


def test_disabling_lets_go_at_once():
    """No settle time: somebody wants to go on."""
    judge = started(value=0.0, delay=60)

    assert (Release(),) == judge.enable(False, 1.0)
    assert judge.see(Sample(1.0), 2.0) == ()
    assert not judge.tripped
    assert judge.time_lost(9.0) == 1.0


def test_disabling_ends_a_countdown():
    """Nothing is left to wait for."""
    judge = started(value=0.0, delay=60)
    judge.see(Sample(250.0), 10.0)

    assert (Release(),) == judge.enable(False, 11.0)
    assert judge.tick(70.0) == ()


def test_enabling_while_bad_holds_at_once():
    """What happened while it was disabled is not lost."""
    judge = started(enabled=False)
    judge.see(Sample(0.0), 1.0)

    assert (Hold("RING is 0, below 100; good again at 200"),) == judge.enable(True, 2.0)


def test_hysteresis_goes_on_while_disabled():
    """It dropped while disabled and is not back yet."""
    judge = started(enabled=False)
    judge.see(Sample(0.0), 1.0)
    judge.see(Sample(150.0), 2.0)

    assert (Hold("RING is 150, not back at 200 yet"),) == judge.enable(True, 3.0)


def test_the_end_lets_go_and_forgets():
    """Begun again, the source is unknown; the counters go on."""
    judge = started(value=0.0)

    assert (Release(),) == judge.end(5.0)
    assert (Hold(NOT_YET),) == judge.begin(6.0)
    assert judge.trips == 1
    assert judge.time_lost(7.0) == 6.0


def test_changed_limits_are_applied_to_the_last_value():
    """Nobody waits for the next report."""
    judge = started(value=150.0)

    assert [Hold] == [type(each) for each in judge.configure(Floor(160, 200), 0, "suspend", 1.0)]
    assert (Hold("RING is 150, below 170; good again at 300"),) == judge.configure(Floor(170, 300), 0, "suspend", 2.0)
    assert (Release(),) == judge.configure(Floor(100, 120), 0, "suspend", 3.0)


def test_a_changed_settle_time_moves_the_countdown():
    """Counted from when the source became good; a time that is over already ends it."""
    judge = started(value=0.0, delay=60)
    judge.see(Sample(250.0), 10.0)

    assert ReleaseAt(40.0) in judge.configure(judge.condition, 30, "suspend", 20.0)
    assert (Release(),) == judge.configure(judge.condition, 5, "suspend", 21.0)


@pytest.mark.parametrize("delay", [-1, float("nan"), float("inf"), "1", None])
def test_a_settle_time_must_be_a_length_of_time(delay):
    """Refused by name, when made as when changed; the old one stays."""
    judge = started()

    with pytest.raises(ValueError, match="is no settle time: it must be a number of seconds, 0 or more"):
        Judge("RING", Floor(1), delay=delay)
    with pytest.raises(ValueError, match="is no settle time"):
        judge.configure(Floor(1), delay, "suspend", 1.0)
    assert (Floor(100, 200), 0.0) == (judge.condition, judge.delay)


def test_an_unknown_policy_is_refused():
    """The message says which ones there are."""
    with pytest.raises(ValueError, match="'panic' is no policy; there are: suspend, ignore, abort"):
        Judge("RING", Floor(1), on_bad_pv="panic")


class Fragile(Floor):
    """Raises for what is not a number, as a beamline's own condition might."""

    def is_bad(self, value, currently_bad):
        return super().is_bad(value + 0, currently_bad)


def test_a_condition_that_raises_trips():
    """A mistake in a beamline's own condition must not let a plan run, and says what it is."""
    judge = Judge("RING", Fragile(100, 200))
    judge.see(Sample("off"), 0.0)

    (hold,) = judge.begin(0.0)
    assert hold.reason.startswith("RING cannot be judged: TypeError: ")


def test_after_a_condition_raised_it_takes_the_upper_limit():
    """What it was in between is not known: as after a bad value."""
    judge = Judge("RING", Fragile(100, 200))
    judge.see(Sample("off"), 0.0)
    judge.begin(0.0)
    judge.see(Sample(150.0), 1.0)

    assert judge.reason == "RING is 150, not back at 200 yet"


def test_the_operator_s_message_is_part_of_the_reason():
    """As with bluesky's `tripped_message`."""
    judge = started(value=0.0, message="call 1234")

    assert judge.reason == "RING is 0, below 100; good again at 200: call 1234"
