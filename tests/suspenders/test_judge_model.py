"""Judge against a model that knows only the definition."""

import heapq
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reioc.suspenders import Action, Floor, Sample, Severity
from reioc.suspenders.decisions import End, Hold, LookAgainAt, Release, Warn
from reioc.suspenders.judge import Judge
from reioc.suspenders.settings import Rules
from reioc.suspenders.watched import Watched

from .support import GONE as GONE_SAMPLE

LOW, RESUME = 100.0, 200.0
GONE, INVALID, STALE, VALUE, WAITING, SETTLING = "gone", "invalid", "stale", "value", "waiting", "settling"
BAD_PV = (GONE, INVALID, STALE)


class Model:
    """What is so at `t`, by definition; it looks when something happens and at each time at which something may change.

    Off: disabled, muted or bypassed. A trip: from when it is bad and not off until it has been good for `delay`, or is
    off. Of each trip the first moment that is to end a plan does, unless settings were changed since it began.
    """

    def __init__(self, rules, t):
        self.rules, self.muted, self.bypassed_until = rules, False, None
        self.known, self.below, self.now, self.changed_at, self.stamp = False, False, None, None, 0
        self.cause, self.good_since, self.counted, self.may_end, self.holding = None, None, False, True, False
        self.ends, self.warnings, self.trips, self.lost, self.t = [], 0, 0, 0.0, t
        self.heard = None  # the stamp of the last report that was not of a disconnection
        self.look(t)

    def wrong(self, t):
        """Why it is bad; None if it is not."""
        ignore = self.rules.on_bad_pv == "ignore"
        if not self.known:
            return None if ignore else WAITING
        if not ignore and self.now in (GONE, INVALID):
            return self.now
        if not ignore and self.rules.max_age and t >= self.changed_at + self.rules.max_age:
            return STALE
        if self.now != GONE and not (self.now == INVALID and not ignore):
            value = 0.0 if self.now == INVALID else self.now
            self.below = value < (RESUME if self.below else LOW)
        return VALUE if self.below else None

    def times(self):
        yield self.bypassed_until
        yield None if self.good_since is None else self.good_since + self.rules.delay
        yield self.changed_at + self.rules.max_age if self.rules.max_age and self.known else None

    def run_until(self, t):
        while due := [time for time in self.times() if time is not None and self.t < time <= t]:
            self.look(min(due))

    def look(self, t):
        self.lost += (t - self.t) if self.holding else 0.0
        self.t = t
        if self.bypassed_until is not None and t >= self.bypassed_until:
            self.bypassed_until = None
        wrong = self.wrong(t)
        if not self.rules.enabled or self.muted or self.bypassed_until is not None:
            self.is_over()
        elif wrong is not None:
            self.is_bad(wrong)
        elif self.cause is not None:
            self.is_good(t)

    def is_over(self):
        self.cause = self.good_since = None
        self.holding, self.counted, self.may_end = False, False, True

    def is_bad(self, wrong):
        before, self.cause, self.good_since = self.cause, wrong, None
        if wrong != WAITING and not self.counted:
            self.trips, self.counted = self.trips + 1, True
        how = self.ending(wrong)
        if how is not None and self.may_end:
            self.ends.append(how)
            self.may_end = False
        self.holding = how is not None or self.rules.action != "warn"
        self.warnings += not self.holding and wrong not in (before, WAITING)

    def ending(self, wrong):
        if wrong in BAD_PV and self.rules.on_bad_pv == "abort":
            return "abort"
        return self.rules.action if wrong == VALUE and self.rules.action in ("stop", "abort") else None

    def is_good(self, t):
        self.good_since = t if self.good_since is None else self.good_since
        self.cause = SETTLING
        if not self.counted or t >= self.good_since + self.rules.delay:
            self.is_over()

    # What happens

    def report(self, t, what, is_fresh):
        self.stamp += is_fresh
        if what != GONE:
            if self.heard != self.stamp:
                self.changed_at, self.heard = t, self.stamp
            self.known = True
        self.now = what if self.known else None

    def configure(self, rules):
        self.rules, self.may_end = rules, self.may_end and not self.counted


class Engine:
    """Carries decisions out the way a suspender does, and insists on their grammar."""

    def __init__(self, judge):
        self.judge, self.held, self.looks, self.now = judge, False, [], 0.0
        self.ends, self.warnings = [], 0

    def obey(self, decisions):
        for decision in decisions:
            match decision:
                case Hold(reason):
                    assert reason
                    self.held = True
                case Release():
                    assert self.held
                    self.held = False
                case End(action, reason):
                    assert reason
                    self.ends.append(action)
                case Warn(reason):
                    assert reason
                    assert not self.held
                    self.warnings += 1
                case LookAgainAt(when):
                    assert when > self.now
                    heapq.heappush(self.looks, when)

    def run_until(self, t):
        while self.looks and self.looks[0] <= t:
            self.now = heapq.heappop(self.looks)
            self.obey(self.judge.tick(self.now, self.now))
        self.now = t


def sample_of(what, stamp):
    if what == GONE:
        return GONE_SAMPLE
    return Sample(0.0, Severity.INVALID, timestamp=stamp) if what == INVALID else Sample(what, timestamp=stamp)


values = st.sampled_from([50.0, 100.0, 150.0, 200.0, 250.0, GONE, INVALID])
seconds = st.integers(0, 40).map(lambda quarters: quarters / 4)  # quarters: sums are exact, nothing differs by rounding
reports = st.tuples(st.just("report"), st.tuples(values, st.sampled_from([True, True, False])))
operations = st.one_of(
    st.tuples(st.just("mute"), st.booleans()),
    st.tuples(st.just("bypass"), seconds),
    st.tuples(st.just("enabled"), st.booleans()),
    st.tuples(st.just("action"), st.sampled_from(Action)),
    st.tuples(st.just("delay"), st.sampled_from([0.0, 1.0, 5.0])),
    st.tuples(st.just("max_age"), st.sampled_from([None, 2.0])),
    st.tuples(st.just("on_bad_pv"), st.sampled_from(["suspend", "ignore", "abort"])),
)


def happen(judge, model, now, what, value):
    """The same to both; what the judge decided."""
    if what == "report":
        model.report(now, *value)
        decisions = judge.see(sample_of(value[0], model.stamp), now)
    elif what == "mute":
        model.muted = value
        decisions = judge.mute(value, now)
    elif what == "bypass":
        model.bypassed_until = now + value if value else None
        decisions = judge.bypass(model.bypassed_until, now)
    else:
        model.configure(replace(model.rules, **{what: value}))
        decisions = judge.configure([judge.watched[0].condition], model.rules, now)
    model.look(now)
    return decisions


@pytest.mark.parametrize("policy", ["suspend", "ignore", "abort"])
@settings(deadline=None)  # a busy machine is not a failure
@given(
    steps=st.lists(st.tuples(seconds, st.one_of(reports, reports, operations)), max_size=30),
    delay=st.sampled_from([0.0, 1.0, 5.0]),
    action=st.sampled_from(Action),
    max_age=st.sampled_from([None, None, 3.0]),
)
def test_the_judge_does_what_the_definition_says(policy, steps, delay, action, max_age):
    """Whatever is reported and operated, and whenever: held, ended, warned and counted as defined."""
    rules = Rules(delay=delay, on_bad_pv=policy, action=action, max_age=max_age)
    judge, now = Judge([Watched("RING", Floor(LOW, RESUME))], rules), 0.0
    engine, model = Engine(judge), Model(rules, now)
    engine.obey(judge.begin(now))
    for wait, (what, value) in steps:
        now += wait
        engine.run_until(now)
        model.run_until(now)
        assert (engine.held, judge.tripped) == (model.holding, model.cause is not None)
        engine.obey(happen(judge, model, now, what, value))
        assert (engine.held, judge.tripped) == (model.holding, model.cause is not None)
        assert (engine.ends, engine.warnings) == (model.ends, model.warnings)
        assert bool(judge.reason) is judge.tripped
        assert (judge.trips, judge.time_lost(now)) == (model.trips, model.lost)
        assert (judge.countdown_until is not None) is (model.cause == SETTLING)
        assert judge.bypassed_until == model.bypassed_until
