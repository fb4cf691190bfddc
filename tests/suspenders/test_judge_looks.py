"""When it asks to be looked at again, and what counts as news."""

from itertools import pairwise

import pytest

from reioc.suspenders import Floor, OlderThan, Sample, Severity
from reioc.suspenders.decisions import Hold, LookAgainAt, Release
from reioc.suspenders.judge import Judge
from reioc.suspenders.settings import Rules
from reioc.suspenders.watched import Watched

from .support import GONE, begun


def looks(decisions):
    return [each.when for each in decisions if isinstance(each, LookAgainAt)]


def test_time_alone_makes_it_stale():
    """It says when, and holds then."""
    judge = Judge([Watched("RING", Floor(100))], Rules(max_age=10))
    judge.see(Sample(250.0), 0.0)

    assert (LookAgainAt(10.0),) == judge.begin(0.0)
    assert (Hold("RING is stale: not updated for 10 s"),) == judge.tick(10.0, 10.0)
    assert (Release(), LookAgainAt(21.0)) == judge.see(Sample(250.0, timestamp=1.0), 11.0)


def test_the_age_of_the_first_report_is_handed_on():
    """It is old already when it comes."""
    judge = Judge([Watched("RING", Floor(100))], Rules(max_age=10))
    judge.see(Sample(250.0), 0.0, age=7.0)

    assert (LookAgainAt(3.0),) == judge.begin(0.0)


def test_a_look_is_asked_for_once_and_not_per_sample():
    """A thousand reports, each of which puts off the time: one look, which leads to the next one."""
    judge = begun(max_age=10, value=None)
    asked = [looks(judge.see(Sample(250.0, timestamp=step), step / 128)) for step in range(1000)]

    assert asked == [[10.0], *[[]] * 999]
    assert looks(judge.tick(10.0, 10.0)) == [10.0 + 999 / 128]


def test_an_earlier_look_is_asked_for_as_well():
    """Later ones wait for their turn."""
    judge = begun(max_age=100, delay=5)
    judge.see(Sample(0.0, timestamp=1.0), 1.0)

    assert looks(judge.see(Sample(250.0, timestamp=2.0), 2.0)) == [7.0]
    assert looks(judge.tick(7.0, 7.0)) == [102.0]


def test_a_timer_that_is_early_is_sent_back():
    """Whoever keeps the time may be a little early."""
    judge = begun(value=0.0, delay=60)
    judge.see(Sample(250.0), 10.0)

    assert (LookAgainAt(70.0),) == judge.tick(69.999, 70.0)
    assert (Release(),) == judge.tick(70.0, 70.0)


def test_looks_do_not_grow_in_number():
    """One that was overtaken leads to no other: after any number of trips there are as few as after the first."""
    judge, pending = begun(max_age=60, delay=5, value=None), []
    for second in range(1000):
        while pending and min(pending) <= second:
            when = min(pending)
            pending.remove(when)
            pending += looks(judge.tick(when, when))
        value = 0.0 if second % 20 == 0 else 250.0
        pending += looks(judge.see(Sample(value, timestamp=second), float(second)))

    assert judge.trips == 50
    assert len(pending) <= 4


def test_nothing_to_wait_for_is_nothing_to_look_at():
    """Neither while it is good for as long as it likes, nor while it is bad."""
    assert looks(begun().see(Sample(251.0), 1.0)) == []
    assert looks(begun(delay=60).see(Sample(0.0), 1.0)) == []
    assert looks(begun(max_age=10).see(GONE, 1.0)) == []


def test_before_the_beginning_nobody_looks():
    """Nor after the end."""
    judge = Judge([Watched("RING", OlderThan(5))])

    assert judge.see(Sample(250.0), 0.0) == ()
    assert judge.begin(0.0) == (LookAgainAt(5.0),)
    assert looks(judge.end(1.0)) == []
    assert judge.bypass(9.0, 2.0) == ()


def test_a_heartbeat_that_stops_trips_and_settles():
    """A condition of age, from beginning to end."""
    judge = begun(condition=OlderThan(5), delay=2, value=1)

    assert (Hold("RING has not been updated for 5 s"),) == judge.tick(5.0, 5.0)
    decisions = judge.see(Sample(2, timestamp=1.0), 6.0)
    assert decisions == (Hold("RING is good again; goes on after 2 s"), LookAgainAt(8.0))
    assert judge.tick(8.0, 8.0) == (Release(), LookAgainAt(11.0))


# What is news


@pytest.mark.parametrize(
    "change",
    [
        lambda judge: judge.see(Sample(0.0), 1.0),
        lambda judge: judge.see(GONE, 1.0),
        lambda judge: judge.see(Sample(250.0, Severity.MINOR), 1.0),
        lambda judge: judge.mute(True, 1.0),
        lambda judge: judge.bypass(9.0, 1.0),
        lambda judge: judge.configure([Floor(100, 200)], Rules(delay=7), 1.0),
    ],
    ids=["trip", "disconnection", "severity", "mute", "bypass", "rules"],
)
def test_what_is_news(change):
    """Trips, connections, severities and what operators do."""
    judge = begun()
    before = judge.state
    change(judge)

    assert before != judge.state


def test_a_value_is_no_news():
    """Neither a good one nor a bad one that moves, and neither its time stamp."""
    for value in (250.0, 0.0):
        judge = begun(value=value)
        states = [judge.state]
        for step in range(3):
            judge.see(Sample(value - step, timestamp=step), 1.0 + step)
            states.append(judge.state)

        assert all(before == after for before, after in pairwise(states))


def test_a_countdown_is_news():
    """That it began, and that it is over."""
    judge = begun(value=0.0, delay=5)
    states = [judge.state]
    judge.see(Sample(250.0), 1.0)
    states.append(judge.state)
    judge.tick(6.0, 6.0)
    states.append(judge.state)

    assert len(set(states)) == 3


def test_since_when_it_is_tripped():
    """From the first hold, waiting included, until it is over."""
    judge = Judge([Watched("RING", Floor(100, 200))], Rules(delay=5))
    judge.begin(3.0)
    judge.see(Sample(0.0), 4.0)
    judge.see(Sample(250.0), 5.0)
    assert judge.since == 3.0
    judge.tick(10.0, 10.0)

    assert judge.since is None
