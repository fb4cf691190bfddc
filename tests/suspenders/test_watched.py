"""One source: what is wrong with it, and how old it is."""

import pytest

from reioc.suspenders import AtSeverity, BoolHigh, Changed, Floor, OlderThan, Reading, Sample, Severity
from reioc.suspenders.settings import Rules
from reioc.suspenders.watched import Cause, Watched

from .support import GONE

SUSPEND, IGNORE = Rules(), Rules(on_bad_pv="ignore")
BAD = "RING is 0, below 100; good again at 200"


def watched(*samples, condition=None, now=0.0, age=0.0):
    """What has seen these at `now`, one after the other."""
    it = Watched("RING", condition or Floor(100, 200))
    for sample in samples:
        it.see(sample, now, age)
    return it


def verdict(it, rules=SUSPEND, now=0.0):
    trouble = it.assess(rules, now)
    return trouble and (trouble.cause, trouble.text)


def test_nothing_known_is_waiting():
    """Never heard of: bad, and a word of its own; unless such things are ignored."""
    assert verdict(watched()) == (Cause.WAITING, "RING is not connected yet")
    assert verdict(watched(), IGNORE) is None


def test_a_disconnection_before_the_first_value_is_waiting():
    """It is no disconnection if there never was a connection."""
    assert verdict(watched(GONE)) == (Cause.WAITING, "RING is not connected yet")
    assert verdict(watched(GONE), IGNORE) is None


def test_a_good_value_is_no_trouble():
    """And what is wrong is remembered until the next look."""
    it = watched(Sample(250.0))

    assert (verdict(it), it.trouble, it.value) == (None, None, 250.0)


def test_a_bad_value_is_trouble():
    """With the name in front."""
    it = watched(Sample(0.0))

    assert verdict(it) == (Cause.VALUE, BAD)
    assert it.trouble.text == BAD


def test_disconnected_is_bad_and_the_value_stays_in_sight():
    """What is not known is bad."""
    it = watched(Sample(250.0), GONE)

    assert verdict(it) == (Cause.DISCONNECTED, "RING is disconnected")
    assert it.value == 250.0


def test_invalid_is_bad_whatever_the_value():
    """An INVALID value is no value; a MAJOR one is."""
    assert verdict(watched(Sample(250.0, Severity.INVALID))) == (Cause.INVALID, "RING has alarm severity INVALID")
    assert verdict(watched(Sample(250.0, Severity.MAJOR))) is None


def test_ignore_keeps_the_verdict_of_the_last_value_while_disconnected():
    """A good source stays good, a bad one stays bad."""
    good, bad = watched(Sample(250.0)), watched(Sample(0.0))
    for it in (good, bad):
        it.assess(IGNORE, 0.0)
        it.see(GONE, 1.0, 0.0)

    assert verdict(good, IGNORE) is None
    assert verdict(bad, IGNORE) == (Cause.VALUE, BAD)


def test_ignore_judges_invalid_values_like_any_other():
    """The severity is ignored, not the value; what looks at severities sees it."""
    assert verdict(watched(Sample(250.0, Severity.INVALID)), IGNORE) is None
    assert verdict(watched(Sample(0.0, Severity.INVALID)), IGNORE) == (Cause.VALUE, BAD)
    at_severity = watched(Sample(0.0, Severity.INVALID), condition=AtSeverity())
    assert verdict(at_severity, IGNORE) == (
        Cause.VALUE,
        "RING has alarm severity INVALID; good again below MAJOR",
    )


def test_hysteresis_survives_what_is_not_judged():
    """A value between the limits is what it was before a disconnection or an INVALID value."""
    for gap in (GONE, Sample(0.0, Severity.INVALID)):
        good, bad = watched(Sample(250.0)), watched(Sample(0.0))
        for it in (good, bad):
            it.assess(SUSPEND, 0.0)
            it.see(gap, 1.0, 0.0)
            it.assess(SUSPEND, 1.0)
            it.see(Sample(150.0), 2.0, 0.0)

        assert verdict(good, now=2.0) is None
        assert verdict(bad, now=2.0) == (Cause.VALUE, "RING is 150, not back at 200 yet")


def test_what_cannot_be_judged_is_bad():
    """A text where a number belongs says so rather than how it compares."""
    assert verdict(watched(Sample("off"))) == (Cause.VALUE, "RING is a text, and 'floor' compares one number")
    shutter = watched(Sample(1, labels=("Closed", "Open")), condition=Changed("Ajar"))
    assert verdict(shutter) == (Cause.VALUE, "RING has no state 'Ajar'; its states: Closed, Open")


def test_what_does_not_fit_is_bad_whatever_its_condition_says():
    """A beamline's own may only tell what it cannot judge."""

    class Own(Floor):
        def misfit(self, reading):
            return "is in another unit"

        def is_bad(self, reading, was_bad):
            return False

    assert verdict(watched(Sample(250.0), condition=Own(1))) == (Cause.VALUE, "RING is in another unit")


def test_labels_reach_the_condition():
    """An enum is told of by its labels."""
    shutter = watched(Sample(1, labels=("Closed", "Open")), condition=BoolHigh())

    assert verdict(shutter) == (Cause.VALUE, "RING is Open (1), high; good again at Closed (0)")


def test_a_value_that_could_not_be_read_is_bad():
    """The source says what the matter is, and no condition is asked."""
    it = watched(Sample(None, problem="its value is broken"), condition=OlderThan(5))

    assert verdict(it) == (Cause.VALUE, "RING cannot be judged: ValueError: its value is broken")


class Fragile(Floor):
    """Raises for what is not a number, as a beamline's own condition might."""

    def misfit(self, reading):
        return ""

    def is_bad(self, reading, was_bad):
        return super().is_bad(Reading(reading.value + 0), was_bad)


def test_a_condition_that_raises_is_bad():
    """A mistake in a beamline's own condition must not let a plan run; after it the upper limit counts."""
    it = watched(Sample("off"), condition=Fragile(100, 200))
    cause, text = verdict(it)

    assert (cause, text.partition("TypeError: ")[0]) == (Cause.VALUE, "RING cannot be judged: ")
    it.see(Sample(150.0), 0.0, 0.0)
    assert verdict(it) == (Cause.VALUE, "RING is 150, not back at 200 yet")


def test_a_changed_condition_judges_the_last_value_anew():
    """Nobody waits for the next report; what was bad has the new limit to go on to reach."""
    it = watched(Sample(150.0))
    it.assess(SUSPEND, 0.0)
    it.condition = Floor(160, 200)

    assert verdict(it) == (Cause.VALUE, "RING is 150, below 160; good again at 200")
    it.condition = Floor(100, 180)
    assert verdict(it) == (Cause.VALUE, "RING is 150, not back at 180 yet")
    it.condition = Floor(100, 120)
    assert verdict(it) is None


def test_what_was_good_need_not_reach_the_new_limit_to_go_on():
    """That one is for what was bad."""
    it = watched(Sample(150.0))
    it.assess(SUSPEND, 0.0)
    it.condition = Floor(120, 300)

    assert verdict(it) is None


def test_the_same_condition_again_changes_nothing():
    """A latch stays a latch when somebody writes the same once more."""
    it = watched(Sample("b"), condition=Changed("a"))
    it.assess(SUSPEND, 0.0)
    it.see(Sample("a"), 1.0, 0.0)
    it.condition = Changed("a")

    assert verdict(it)[1].startswith("RING has been another than 'a'")


def test_what_is_expected_anew_has_not_changed_yet():
    """The latch was about another value."""
    it = watched(Sample("b"), condition=Changed("a"))
    it.assess(SUSPEND, 0.0)
    it.condition = Changed("b")

    assert verdict(it) is None


def test_what_is_expected_is_learned_once():
    """From the first value that counts, and kept for good, also when the source is forgotten."""
    it = watched(condition=Changed())
    it.see(Sample("x", Severity.INVALID), 0.0, 0.0)
    it.assess(SUSPEND, 0.0)
    assert it.condition == Changed()
    it.see(Sample("a"), 1.0, 0.0)
    assert verdict(it) is None
    assert it.condition == Changed("a")
    it.forget()
    it.see(Sample("b"), 2.0, 0.0)
    assert verdict(it)[0] is Cause.VALUE


def test_forgetting_makes_a_source_unknown():
    """And its hysteresis starts as good."""
    it = watched(Sample(0.0))
    it.assess(SUSPEND, 0.0)
    it.forget()

    assert (it.sample, it.value, it.trouble) == (None, None, None)
    assert verdict(it)[0] is Cause.WAITING
    it.see(Sample(150.0), 1.0, 0.0)
    assert verdict(it) is None


# Its age


def aged(*, age=0.0, condition=None):
    """What saw a good value at t = 100, stamped `age` seconds before."""
    return watched(Sample(250.0, timestamp=5000.0), condition=condition, now=100.0, age=age)


def test_older_than_max_age_is_stale():
    """From that age on, to the second; and it is known when that will be."""
    it, rules = aged(), Rules(max_age=10)

    assert verdict(it, rules, now=109.999) is None
    assert it.next_look(rules, 109.999) == 110.0
    assert verdict(it, rules, now=110.0) == (Cause.STALE, "RING is stale: not updated for 10 s")
    assert it.next_look(rules, 110.0) is None


def test_the_first_report_is_as_old_as_its_time_stamp():
    """There is nothing else to go by."""
    it, rules = aged(age=7.0), Rules(max_age=10)

    assert it.next_look(rules, 100.0) == 103.0
    assert verdict(aged(age=1e9), rules, now=100.0)[0] is Cause.STALE


def test_a_time_stamp_of_the_future_is_of_now():
    """A server whose clock is fast is not young for longer."""
    assert aged(age=-3600.0).next_look(Rules(max_age=10), 100.0) == 110.0


def test_later_on_our_own_clock_counts():
    """A time stamp that has changed is news, wherever it is: a server whose clock is wrong is not stale."""
    it, rules = aged(age=1e6), Rules(max_age=10)
    it.see(Sample(250.0, timestamp=4000.0), 105.0, age=1e6)

    assert verdict(it, rules, now=114.0) is None
    assert it.next_look(rules, 114.0) == 115.0


def test_the_same_time_stamp_is_no_news():
    """Reported once more, be it with another value or after a disconnection, it is as old as before."""
    it, rules = aged(), Rules(max_age=10)
    it.see(Sample(251.0, timestamp=5000.0), 105.0, age=5.0)
    assert it.next_look(rules, 105.0) == 110.0
    it.see(GONE, 106.0, 0.0)
    it.see(Sample(250.0, timestamp=5000.0), 107.0, age=0.0)

    assert it.next_look(rules, 107.0) == 110.0


def test_a_new_time_stamp_ends_staleness():
    """And the value counts again."""
    it, rules = aged(), Rules(max_age=10)
    assert verdict(it, rules, now=120.0)[0] is Cause.STALE
    it.see(Sample(0.0, timestamp=5001.0), 121.0, 0.0)

    assert verdict(it, rules, now=121.0) == (Cause.VALUE, BAD)


def test_ignore_knows_no_max_age():
    """It is one of the ways in which a PV is bad."""
    it, rules = aged(), Rules(max_age=10, on_bad_pv="ignore")

    assert it.next_look(rules, 100.0) is None
    assert verdict(it, rules, now=1e6) is None


def test_without_limits_of_age_nothing_gets_stale():
    """A PV that does not change is no worse for it."""
    assert aged().next_look(SUSPEND, 100.0) is None
    assert verdict(aged(), SUSPEND, now=1e6) is None


def test_disconnected_does_not_get_any_worse():
    """There is no age to wait for while there is no connection, nor before the first value."""
    it, rules = aged(), Rules(max_age=10)
    it.see(GONE, 101.0, 0.0)

    assert it.next_look(rules, 101.0) is None
    assert watched().next_look(rules, 0.0) is None
    assert verdict(it, rules, now=200.0)[0] is Cause.DISCONNECTED


def test_a_heartbeat_that_stops_is_a_bad_value():
    """What looks at ages trips by time alone, and is good with the next time stamp."""
    it = aged(condition=OlderThan(5))

    assert verdict(it, now=104.9) is None
    assert it.next_look(SUSPEND, 104.9) == 105.0
    assert verdict(it, now=105.0) == (Cause.VALUE, "RING has not been updated for 5 s")
    it.see(Sample(250.0, timestamp=5001.0), 106.0, 0.0)
    assert verdict(it, now=106.0) is None


def test_a_heartbeat_stops_under_ignore_as_well():
    """That policy is for bad PVs; this is what the condition is about."""
    assert verdict(aged(condition=OlderThan(5)), IGNORE, now=105.0)[0] is Cause.VALUE


def test_the_earlier_of_two_ages_is_looked_at_first():
    """`max_age` and the condition's."""
    it, rules = aged(condition=OlderThan(5)), Rules(max_age=10)

    assert it.next_look(rules, 100.0) == 105.0
    assert verdict(it, rules, now=105.0)[0] is Cause.VALUE
    assert it.next_look(rules, 105.0) == 110.0
    assert verdict(it, rules, now=110.0)[0] is Cause.STALE


@pytest.mark.parametrize("began", [0.1, 1000.1, 46382.2137, 99999.93])
@pytest.mark.parametrize("limit", [0.1, 0.3, 0.7, 1.1])
def test_a_look_at_the_due_time_sees_it(began, limit):
    """However the sums are rounded: there is no later look."""
    by_rule = watched(Sample(1.0), now=began)
    by_condition = watched(Sample(1.0), now=began, condition=OlderThan(limit))
    rules = Rules(max_age=limit)

    assert verdict(by_rule, rules, now=by_rule.next_look(rules, began))[0] is Cause.STALE
    assert verdict(by_condition, now=by_condition.next_look(SUSPEND, began))[0] is Cause.VALUE


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (Cause.WAITING, False),
        (Cause.DISCONNECTED, True),
        (Cause.INVALID, True),
        (Cause.STALE, True),
        (Cause.VALUE, False),
    ],
)
def test_which_causes_are_bad_pvs(cause, expected):
    """A bad value is none, and neither is one that has not been heard of."""
    assert cause.is_bad_pv is expected
