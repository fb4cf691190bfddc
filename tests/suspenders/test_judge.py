"""When the engine is to be held: levels, settle times and reasons, with the time passed in."""

from reioc.suspenders import BoolHigh, Floor, Sample, Severity
from reioc.suspenders.decisions import Hold, LookAgainAt, Release
from reioc.suspenders.judge import Judge
from reioc.suspenders.settings import Rules
from reioc.suspenders.together import all_of, any_of
from reioc.suspenders.watched import Watched

from .support import GONE, begun

NOT_YET = "RING is not connected yet"
BAD = "RING is 0, below 100; good again at 200"


def invalid(value):
    return Sample(value, Severity.INVALID)


def test_a_good_value_does_not_hold():
    """Known and good at the beginning: nothing happens."""
    judge = Judge([Watched("RING", Floor(100, 200))])

    assert judge.see(Sample(250.0), 0.0) == ()
    assert judge.begin(0.0) == ()
    assert not judge.tripped


def test_a_bad_value_at_the_beginning_holds():
    """The level counts, not the edge; before the beginning it counts for nothing."""
    judge = Judge([Watched("RING", Floor(100, 200))])

    assert judge.see(Sample(0.0), 0.0) == ()
    assert (Hold(BAD),) == judge.begin(0.0)


def test_an_unknown_value_at_the_beginning_holds_until_the_first_good_one():
    """Not connected yet is bad, and says so; it is no trip, and no settle time follows."""
    judge = Judge([Watched("RING", Floor(100, 200))], Rules(delay=60))

    assert (Hold(NOT_YET),) == judge.begin(0.0)
    assert (Release(),) == judge.see(Sample(150.0), 1.0)
    assert judge.trips == 0
    assert judge.time_lost(5.0) == 1.0


def test_a_source_that_starts_disconnected_is_not_connected_yet():
    """It is no disconnection if there never was a connection."""
    judge = Judge([Watched("RING", Floor(100, 200))])
    judge.see(GONE, 0.0)

    assert (Hold(NOT_YET),) == judge.begin(0.0)
    assert judge.see(GONE, 1.0) == ()


def test_a_bad_first_value_is_a_trip():
    """What was only unknown is now known to be bad: another reason, a trip, and a settle time later on."""
    judge = Judge([Watched("RING", Floor(100, 200))], Rules(delay=60))
    judge.begin(0.0)

    assert (Hold(BAD),) == judge.see(Sample(0.0), 1.0)
    assert judge.trips == 1
    assert (Hold("RING is good again; goes on after 60 s"), LookAgainAt(62.0)) == judge.see(Sample(300.0), 2.0)


def test_hysteresis_holds_between_the_limits():
    """Tripped below `low`, it takes `resume_low` to go on."""
    judge = begun()

    assert [Hold] == [type(each) for each in judge.see(Sample(99.0), 1.0)]
    assert judge.see(Sample(150.0), 2.0) == ()
    assert judge.reason == "RING is 150, not back at 200 yet"
    assert (Release(),) == judge.see(Sample(200.0), 3.0)


def test_a_bad_value_that_moves_is_one_hold():
    """A storm of bad values asks the engine once; the reason of now is there for who looks."""
    judge = begun()
    first = judge.see(Sample(90.0), 1.0)
    later = [judge.see(Sample(90.0 - step / 100), 1.0 + step) for step in range(1, 1001)]

    assert (Hold("RING is 90, below 100; good again at 200"),) == first
    assert {()} == set(later)
    assert judge.reason == "RING is 80, below 100; good again at 200"
    assert judge.trips == 1


def test_good_again_counts_down():
    """The engine goes on `delay` seconds after the source became good, not after its last report."""
    judge = begun(value=0.0, delay=60)

    assert (Hold("RING is good again; goes on after 60 s"), LookAgainAt(70.0)) == judge.see(Sample(250.0), 10.0)
    assert judge.see(Sample(251.0), 20.0) == ()
    assert judge.countdown_until == 70.0
    assert judge.tripped
    assert (Release(),) == judge.tick(70.0, 70.0)
    assert judge.countdown_until is None
    assert judge.reason == ""
    assert judge.time_lost(100.0) == 70.0


def test_a_report_after_the_countdown_ends_it_as_well():
    """Whoever keeps the time may be late: the level decides."""
    judge = begun(value=0.0, delay=60)
    judge.see(Sample(250.0), 10.0)

    assert (Release(),) == judge.see(Sample(251.0), 70.5)


def test_bad_again_restarts_the_countdown():
    """A blip of beam is no beam."""
    judge = begun(value=0.0, delay=60)
    judge.see(Sample(250.0), 10.0)

    assert (Hold("RING is 5, below 100; good again at 200"),) == judge.see(Sample(5.0), 50.0)
    assert judge.countdown_until is None
    assert judge.tick(70.0, 70.0) == ()
    assert LookAgainAt(140.0) in judge.see(Sample(250.0), 80.0)
    assert judge.trips == 1


def test_a_disconnection_holds():
    """What is not known is bad, and as good as its value when it is back."""
    judge = begun(value=250.0)

    assert (Hold("RING is disconnected"),) == judge.see(GONE, 1.0)
    assert (Release(),) == judge.see(Sample(250.0), 2.0)


def test_a_disconnection_does_not_lift_the_threshold():
    """A value between the limits was good before the disconnection and is good after it."""
    judge = begun(value=150.0)
    judge.see(GONE, 1.0)

    assert (Release(),) == judge.see(Sample(150.0), 2.0)


def test_a_disconnection_does_not_lower_the_threshold():
    """A source that was bad before the disconnection still has to reach `resume_low`."""
    judge = begun(value=0.0)
    judge.see(GONE, 1.0)

    assert (Hold("RING is 150, not back at 200 yet"),) == judge.see(Sample(150.0), 2.0)


def test_the_hold_s_reason_follows_the_cause():
    """Below the limit, then gone, then INVALID: three reasons of one trip."""
    judge = begun()
    reasons = [judge.see(sample, 1.0)[0].reason for sample in (Sample(0.0), GONE, invalid(250.0))]

    assert reasons == [BAD, "RING is disconnected", "RING has alarm severity INVALID"]
    assert judge.trips == 1


def test_invalid_holds_though_the_value_looks_good():
    """An INVALID value is no value."""
    judge = begun()

    assert (Hold("RING has alarm severity INVALID"),) == judge.see(invalid(250.0), 1.0)
    assert (Release(),) == judge.see(Sample(250.0, Severity.MAJOR), 2.0)


def test_ignore_keeps_the_last_verdict_while_disconnected():
    """A good source that disconnects stays good; a bad one stays bad."""
    judge = begun(on_bad_pv="ignore")

    assert judge.see(GONE, 1.0) == ()
    assert not judge.tripped
    judge.see(Sample(0.0), 2.0)
    assert judge.see(GONE, 3.0) == ()
    assert judge.tripped


def test_ignore_judges_invalid_values_like_any_other():
    """The severity is ignored, not the value."""
    judge = begun(on_bad_pv="ignore")

    assert judge.see(invalid(250.0), 1.0) == ()
    assert (Hold(BAD),) == judge.see(invalid(0.0), 2.0)


def test_ignore_does_not_wait_for_the_first_value():
    """Who ignores disconnections can start without the PV."""
    assert Judge([Watched("RING", Floor(100))], Rules(on_bad_pv="ignore")).begin(0.0) == ()


def test_nan_holds():
    """NaN compares with nothing; it must not pass for good."""
    judge = begun()

    assert (Hold("RING is nan, which is not a number"),) == judge.see(Sample(float("nan")), 1.0)


def test_the_operator_s_message_is_part_of_the_reason():
    """As with bluesky's `tripped_message`; by itself it is none."""
    judge = begun(message="call 1234")
    assert judge.reason == ""

    assert (Hold(f"{BAD} (call 1234)"),) == judge.see(Sample(0.0), 1.0)


def test_the_end_lets_go_and_forgets():
    """Begun again, the source is unknown; the counters go on."""
    judge = begun(value=0.0)

    assert (Release(),) == judge.end(5.0)
    assert (Hold(NOT_YET),) == judge.begin(6.0)
    assert judge.trips == 1
    assert judge.time_lost(7.0) == 6.0


def test_after_the_end_nothing_is_decided():
    """A source that is late, or a timer, changes nothing."""
    judge = begun(value=0.0, delay=60, max_age=10)
    judge.end(5.0)

    assert judge.see(Sample(0.0), 6.0) == ()
    assert judge.tick(70.0, 70.0) == ()
    assert not judge.tripped


# Several sources


def begun_with(together, **rules):
    """A judge of A, below 100, and of B, while true, that has begun with both good."""
    judge = Judge([Watched("A", Floor(100)), Watched("B", BoolHigh())], Rules(**rules), together=together)
    judge.see(Sample(200.0), 0.0, index=0)
    judge.see(Sample(0), 0.0, index=1)
    assert judge.begin(0.0) == ()
    return judge


def test_any_of_several_holds():
    """As soon as one is bad; another one changes the reason, and the last one that is good again ends it."""
    judge = begun_with(any_of)

    assert (Hold("A is 0, below 100; good again at 100"),) == judge.see(Sample(0.0), 1.0)
    assert (Hold("A is 0, below 100; good again at 100 and B is 1, high; good again at 0"),) == judge.see(
        Sample(1), 2.0, index=1
    )
    assert (Hold("B is 1, high; good again at 0"),) == judge.see(Sample(200.0), 3.0)
    assert (Release(),) == judge.see(Sample(0), 4.0, index=1)
    assert (judge.trips, judge.time_lost(9.0)) == (1, 3.0)


def test_all_of_several_hold():
    """Only when every one is bad."""
    judge = begun_with(all_of)

    assert judge.see(Sample(0.0), 1.0) == ()
    assert [Hold] == [type(each) for each in judge.see(Sample(1), 2.0, index=1)]
    assert (Release(),) == judge.see(Sample(200.0), 3.0)


def test_one_that_is_not_known_counts_as_bad():
    """Among all of several, a source that is gone does not hide the other one."""
    judge = begun_with(all_of)
    judge.see(Sample(0.0), 1.0)

    assert (Hold("A is 0, below 100; good again at 100 and B is disconnected"),) == judge.see(GONE, 2.0, index=1)


def test_all_of_several_settle_together():
    """The countdown names them all."""
    judge = begun_with(any_of, delay=5)
    judge.see(Sample(0.0), 1.0)

    assert (Hold("A, B are good again; goes on after 5 s"), LookAgainAt(7.0)) == judge.see(Sample(200.0), 2.0)


def test_one_of_several_that_is_not_heard_of_is_no_trip():
    """A trip begins when something is known to be bad; then a settle time follows."""
    judge = Judge([Watched("A", Floor(100)), Watched("B", BoolHigh())], Rules(delay=5))
    judge.see(Sample(200.0), 0.0, index=0)

    assert (Hold("B is not connected yet"),) == judge.begin(0.0)
    assert judge.trips == 0
    judge.see(Sample(0.0), 1.0)
    assert judge.trips == 1
    judge.see(Sample(0), 2.0, index=1)
    assert LookAgainAt(8.0) in judge.see(Sample(200.0), 3.0)
