"""Judge against a model that knows only the definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reioc.suspenders.conditions import Floor
from reioc.suspenders.decisions import Abort, Hold, Release, ReleaseAt
from reioc.suspenders.judge import Judge
from reioc.suspenders.sample import Sample, Severity

LOW, RESUME = 100.0, 200.0
GONE, INVALID = "gone", "invalid"


class Model:
    """Held at `t`: enabled, and bad, or less than `delay` ago bad while held. No timers, no decisions."""

    def __init__(self, delay, policy):
        self.delay, self.policy = delay, policy
        self.enabled, self.known, self.below, self.now = True, False, False, None
        self.held_until = -1.0  # the end of the settle time, infinity while bad
        self.aborts = 0

    def bad(self):
        if not self.known:
            return self.policy != "ignore"
        if self.now in (GONE, INVALID) and self.policy != "ignore":
            return True
        return self.below

    def held(self, t):
        return self.enabled and t < self.held_until

    def feed(self, t, what):
        was_held, was_outage = self.held(t), self.outage()
        waiting = was_held and not self.known
        if isinstance(what, bool):
            self.enabled = what
            was_outage = was_outage and was_held
        else:
            self.see(what)
        if not self.enabled:
            self.held_until = -1.0
        elif self.bad():
            self.held_until = float("inf")
            self.aborts += self.policy == "abort" and self.outage() and not was_outage
        elif self.held_until == float("inf"):
            self.held_until = t if waiting else t + self.delay

    def outage(self):
        return self.known and self.now in (GONE, INVALID) and self.policy != "ignore"

    def see(self, what):
        self.now = what
        self.known = self.known or what != GONE
        value = 0.0 if what == INVALID else what
        if what != GONE and (what != INVALID or self.policy == "ignore"):
            self.below = value < (RESUME if self.below else LOW)


def sample_of(what):
    if what == GONE:
        return Sample(None, Severity.INVALID, connected=False)
    return Sample(0.0, Severity.INVALID) if what == INVALID else Sample(what)


class Engine:
    """Carries decisions out the way a suspender does, and insists on their grammar."""

    def __init__(self, judge):
        self.judge, self.held, self.due, self.aborts = judge, False, None, 0

    def obey(self, decisions):
        for decision in decisions:
            match decision:
                case Hold(reason):
                    assert reason
                    self.held, self.due = True, None
                case ReleaseAt(when):
                    assert self.held
                    self.due = when
                case Release():
                    assert self.held
                    self.held, self.due = False, None
                case Abort():
                    self.aborts += 1

    def run_until(self, t):
        if self.due is not None and self.due <= t:
            self.obey(self.judge.tick(self.due))


reports = st.one_of(st.sampled_from([50.0, 100.0, 150.0, 200.0, 250.0, GONE, INVALID]), st.booleans())
# Quarters: their sums are exact, so that model and judge cannot differ by rounding.
steps = st.lists(st.tuples(st.integers(0, 60).map(lambda quarters: quarters / 4), reports), max_size=40)


@pytest.mark.parametrize("policy", ["suspend", "ignore", "abort"])
@given(steps=steps, delay=st.sampled_from([0.0, 1.0, 5.0]))
def test_the_judge_holds_when_the_definition_says_so(policy, steps, delay):
    """Whatever is reported, enabled and disabled, and whenever: held, released and aborted as defined."""
    judge, model, now = Judge("RING", Floor(LOW, RESUME), delay=delay, on_bad_pv=policy), Model(delay, policy), 0.0
    engine = Engine(judge)
    engine.obey(judge.begin(now))
    model.held_until = float("inf") if model.bad() else -1.0
    for wait, what in steps:
        now += wait
        engine.run_until(now)
        assert model.held(now) is engine.held
        model.feed(now, what)
        engine.obey(judge.enable(what, now) if isinstance(what, bool) else judge.see(sample_of(what), now))
        assert model.held(now) is engine.held
        assert engine.held is judge.tripped
        assert model.aborts == engine.aborts
        assert bool(judge.reason) is engine.held
    assert judge.time_lost(now) <= now
