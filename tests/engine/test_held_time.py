"""How often, how long and why plans were suspended: what is counted, and what runs tell of it."""

import logging

import pytest

from reioc.engine import Msg, Outcome, Scope, State, StateChange
from reioc.engine.held_time import MOST_REASONS, HeldTime
from reioc.engine.interruptions import Ask, Request

from .documents import named
from .fakes import Motor, points
from .helpers import RUN
from .interrupted_plans import PLANS
from .interrupting import OWNER, execute, goes_on_as_if_nothing_had_happened, is_well_afterwards
from .lab import Lab


class Clock:
    """Stands still until told."""

    def __init__(self, now=1000.0):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


# Counting, without an engine


class Counting(HeldTime):
    """Goes from state to state, and stays there for so many seconds."""

    def __init__(self, clock):
        super().__init__(clock)
        self.clock, self.state = clock, State.IDLE

    def stay(self, state, seconds=0.0):
        self.follow(StateChange(0, self.state, state, "", 0.0))
        self.state = state
        self.clock.now += seconds

    def suspended(self, seconds, *reasons):
        first, *others = reasons or ("no beam",)
        self.began(first)
        self.stay(State.SUSPENDED, seconds)
        for reason in others:
            self.joined(reason)
        self.stay(State.RUNNING, 100.0)


@pytest.fixture
def held(clock):
    made = Counting(clock)
    made.stay(State.RUNNING, 50.0)
    return made


def test_only_time_in_suspended_counts(held):
    """Whatever else the engine does, the time that it is suspended is added up."""
    assert (held.count, held.seconds) == (0, 0.0)
    held.suspended(3.0)
    held.suspended(4.0)

    assert (held.count, held.seconds, held.last) == (2, 7.0, 4.0)


def test_it_can_be_read_meanwhile(held, clock):
    """While it lasts it grows."""
    held.began("no beam")
    held.stay(State.SUSPENDED, 3.0)
    assert (held.seconds, held.last) == (3.0, 3.0)
    clock.now += 2.0

    assert (held.seconds, held.last) == (5.0, 5.0)


def test_a_pause_in_the_middle_does_not_count(held):
    """Nor does it make two suspensions of one."""
    held.began("no beam")
    for state, seconds in ((State.SUSPENDED, 3.0), (State.PAUSING, 10.0), (State.PAUSED, 1000.0), (State.SUSPENDED, 2)):
        held.stay(state, seconds)
    held.stay(State.RUNNING, 100.0)

    assert (held.count, held.seconds, held.last) == (1, 5.0, 5.0)


@pytest.mark.parametrize("ending", [State.STOPPING, State.ABORTING, State.HALTING, State.PANICKED])
def test_an_ending_ends_it(held, ending):
    """What is cleaned up, and how long that takes, is no suspension any more."""
    held.began("no beam")
    held.stay(State.SUSPENDED, 3.0)
    held.stay(ending, 60.0)

    assert held.seconds == 3.0


def test_since_a_mark(held):
    """A run is told what has been since it was opened, and nothing if nothing has."""
    held.suspended(3.0, "before")
    mark = held.mark(forget=True)
    assert held.since(mark) is None
    held.suspended(4.0, "no beam")
    held.suspended(0.12345, "vacuum")

    assert held.since(mark) == {"count": 2, "time": 4.123, "reasons": ["no beam", "vacuum"]}


def test_without_a_mark(held):
    """A run of which nobody knows when it was opened is told nothing."""
    held.suspended(3.0)

    assert held.since(None) is None


def test_since_each_of_two_marks(held):
    """Of two runs that overlap each gets its own share."""
    outer = held.mark(forget=True)
    held.suspended(3.0, "no beam")
    inner = held.mark(forget=False)
    held.suspended(4.0, "vacuum")

    assert held.since(outer) == {"count": 2, "time": 7.0, "reasons": ["no beam", "vacuum"]}
    assert held.since(inner) == {"count": 1, "time": 4.0, "reasons": ["vacuum"]}


def test_a_mark_in_the_middle(held):
    """A run that is opened while its plan is suspended, by a pre-plan, is not told of that suspension."""
    held.began("no beam")
    held.stay(State.SUSPENDED, 3.0)
    mark = held.mark(forget=True)
    held.stay(State.SUSPENDED, 2.0)
    held.stay(State.RUNNING)

    assert held.since(mark) is None


def test_each_reason_is_told_once(held):
    """In the order in which they came; those that joined are among them."""
    mark = held.mark(forget=True)
    for reasons in (("no beam", "vacuum"), ("shutter",), ("vacuum", "no beam")):
        held.suspended(1.0, *reasons)

    assert held.since(mark)["reasons"] == ["no beam", "vacuum", "shutter"]
    assert held.since(mark)["count"] == 3


def test_not_all_reasons_are_told(held):
    """Of a run that was suspended for very many reasons the first ones are told."""
    mark = held.mark(forget=True)
    for number in range(MOST_REASONS + 5):
        held.suspended(1.0, f"beam at {number} mA")

    told = held.since(mark)
    assert told["count"] == MOST_REASONS + 5
    assert told["reasons"] == [f"beam at {number} mA" for number in range(MOST_REASONS)]


# With an engine


@pytest.fixture
def RE(RE, clock, monkeypatch):
    """Its suspensions last as long as the clock is set forward in them."""
    monkeypatch.setattr(RE._engine.held_time, "_clock", clock)
    return RE


def suspended_at(RE, clock, plan, *numbers, seconds=3.0, reason="no beam", **keywords):
    """A run of a plan that is suspended before these messages, so long each time."""

    def let_go():
        clock.now += seconds
        RE.release(OWNER)

    def hold():
        RE.hold(OWNER, reason)

    return execute(RE, plan, dict.fromkeys(numbers, hold), let_go=let_go, **keywords)


def told(run):
    """What the RunStops tell of suspensions."""
    return [doc.get("suspended") for doc in named(run.documents, "stop")]


def test_a_run_that_was_not_suspended(RE):
    """Its RunStop has no such key, so that it is bluesky's."""
    run = execute(RE, "scan")

    assert told(run) == [None]
    assert "suspended" not in named(run.documents, "stop")[0]
    assert RE.time_suspended == 0.0


def test_a_run_that_was_suspended(RE, clock):
    """Its RunStop says how often, how long and why; the documents are valid all the same."""
    lab = Lab()
    run = suspended_at(RE, clock, points(lab.det, lab.m1, [1, 2]), 4, 9, lab=lab)

    assert told(run) == [{"count": 2, "time": 6.0, "reasons": ["no beam"]}]
    assert len(run.runs) == 1  # which checks them
    assert RE.time_suspended == 6.0


def test_a_run_that_was_paused(RE):
    """A pause is no suspension."""
    run = execute(RE, "scan", {5: RE.request_pause})

    assert "paused" in run.states
    assert told(run) == [None]


def test_a_pause_while_suspended(RE, clock):
    """How long somebody had a pause is not counted."""

    def let_go():
        clock.now += 2.0
        RE.request_pause() if "paused" not in run_states else RE.release(OWNER)

    def pause():
        run_states.append("paused")
        clock.now += 1000.0

    run_states = []
    run = execute(RE, "scan", {5: lambda: RE.hold(OWNER, "no beam")}, let_go=let_go, on={"paused": [pause]})

    assert told(run) == [{"count": 1, "time": 4.0, "reasons": ["no beam"]}]


def test_held_before_the_run_is_opened(RE, clock):
    """A plan that begins suspended has lost time, its run has not."""
    RE.hold(OWNER, "no beam")
    run = suspended_at(RE, clock, "scan")

    assert told(run) == [None]
    assert RE.time_suspended == 3.0


def test_run_after_run(RE, clock):
    """Each run of a plan is told what happened to it."""
    whole = execute(RE, "run_after_run")
    first, second = whole.numbers_of("open_run")
    for number, expected in ((first + 2, [True, False]), (second + 2, [False, True])):
        lab = Lab()
        run = suspended_at(RE, clock, PLANS["run_after_run"](lab), number, lab=lab)
        assert [bool(each) for each in told(run)] == expected
        assert goes_on_as_if_nothing_had_happened(whole, run)


def test_runs_within_runs(RE, clock):
    """Of runs that are open at the same time each gets its own share."""
    whole = execute(RE, "two_runs")
    outer, inner = whole.numbers_of("open_run")
    lab = Lab()
    run = suspended_at(RE, clock, PLANS["two_runs"](lab), outer + 2, lab=lab)
    assert told(run) == [None, {"count": 1, "time": 3.0, "reasons": ["no beam"]}]  # the inner one is closed first

    lab = Lab()
    run = suspended_at(RE, clock, PLANS["two_runs"](lab), inner + 3, lab=lab)
    assert told(run) == 2 * [{"count": 1, "time": 3.0, "reasons": ["no beam"]}]


def test_the_next_plan_begins_anew(RE, clock):
    """What happened to other plans is not told by this one's runs; the engine's own count goes on."""
    suspended_at(RE, clock, "scan", 5)
    run = suspended_at(RE, clock, "scan", 5, reason="vacuum", seconds=4.0)

    assert told(run) == [{"count": 1, "time": 4.0, "reasons": ["vacuum"]}]
    assert RE.time_suspended == 7.0


@pytest.mark.parametrize("verb", ["stop", "abort", "halt"])
def test_ended_while_suspended(RE, clock, verb):
    """The RunStop of a plan that is ended while it is suspended tells of that suspension."""

    def let_go():
        clock.now += 3.0
        getattr(RE, f"request_{verb}")("tea")

    run = execute(RE, "scan", {5: lambda: RE.hold(OWNER, "no beam")}, let_go=let_go)
    RE.release(OWNER)

    assert run.result.outcome == verb
    assert told(run) == [{"count": 1, "time": 3.0, "reasons": ["no beam"]}]
    assert is_well_afterwards(RE, run)


def test_closed_by_the_plan_that_is_ended(RE, clock):
    """So does one that the plan's own clean-up closes."""

    def plan():
        yield Msg("open_run")
        try:
            yield Msg("sleep", None, 0)
        finally:
            yield Msg("close_run")

    def let_go():
        clock.now += 3.0
        RE.request_abort("tea")

    run = execute(RE, plan(), {2: lambda: RE.hold(OWNER, "no beam")}, let_go=let_go)
    RE.release(OWNER)

    assert run.endings == [("abort", "aborted: tea")]
    assert told(run) == [{"count": 1, "time": 3.0, "reasons": ["no beam"]}]


def test_a_pre_plan_that_fails(RE, clock):
    """The run that fails for it was suspended, and says so."""

    def broken():
        clock.now += 2.0
        yield Msg("null")
        raise ValueError("the shutter is stuck")

    run = execute(RE, "scan", {5: lambda: RE.hold(OWNER, "no beam", pre_plan=broken)})
    RE.release(OWNER)

    assert run.result.outcome is Outcome.FAIL
    assert told(run) == [{"count": 1, "time": 2.0, "reasons": ["no beam"]}]


def test_a_scoped_hold_counts_from_the_message_on(RE, clock):
    """A hold is no suspension as long as the plan goes on."""

    def each(msg):
        clock.now += 100.0 if not msg.command.startswith("_") else 0.0

    def let_go():
        clock.now += 3.0
        RE.release(OWNER)

    RE.hold(OWNER, "no beam", scope=Scope.of(commands=["save"]))
    run = execute(RE, "points", each=each, let_go=let_go)

    assert told(run) == [{"count": 1, "time": 3.0, "reasons": ["no beam"]}]


def test_time_suspended_grows_meanwhile(RE, watch, clock):
    """Whoever looks from outside sees the time so far."""
    RE.hold(OWNER, "no beam")
    future = RE.submit(RUN)
    watch.until(State.SUSPENDED)
    seen = []
    for _ in range(3):
        seen.append(RE.time_suspended)
        clock.now += 2.0
    RE.release(OWNER)
    future.result(timeout=20)
    clock.now += 1000.0

    assert (seen, RE.time_suspended) == ([0.0, 2.0, 4.0], 6.0)


# The stream of interruptions


@pytest.fixture
def recording(RE):
    RE.record_interruptions = True
    return RE


def texts(run):
    return [data["interruption"] for _, data in run.runs[0].streams["interruptions"].events]


def test_the_stream_tells_of_the_end(recording, clock):
    """When the plan goes on, and after how long: bluesky's stream tells only of the beginning, this is on purpose."""
    lab = Lab()
    run = suspended_at(recording, clock, points(lab.det, lab.m1, [1]), 4, lab=lab, seconds=754.26)

    assert texts(run) == ["no beam", "resume after 754.3 s"]


def test_the_stream_tells_who_joins(recording, clock):
    """Another hold that comes while the plan is suspended is told of; the RunStop has its reason as well."""
    RE = recording
    steps = iter([lambda: RE.hold("vacuum", "bad vacuum"), lambda: [RE.release(hold.owner) for hold in RE.holds]])

    def let_go():
        clock.now += 2.0
        next(steps)()

    run = execute(RE, "points", {4: lambda: RE.hold(OWNER, "no beam")}, let_go=let_go)

    assert texts(run) == ["no beam", "bad vacuum", "resume after 4.0 s"]
    assert told(run) == [{"count": 1, "time": 4.0, "reasons": ["no beam", "bad vacuum"]}]


def test_holds_that_come_together_are_one_entry(recording):
    """What holds when the plan is suspended is told of in one line, not as if it joined; to the RunStop one by one."""
    RE = recording

    def trip():
        RE.hold(OWNER, "no beam")
        RE.hold("vacuum", "bad vacuum")

    run = execute(RE, "points", {4: trip}, let_go=lambda: (RE.release(OWNER), RE.release("vacuum")))

    assert texts(run) == ["no beam; bad vacuum", "resume after 0.0 s"]
    assert told(run)[0]["reasons"] == ["no beam", "bad vacuum"]


def test_the_stream_tells_of_a_pause_in_the_middle(recording, clock):
    """The pause and its end are entries of their own, and its time is not the suspension's."""
    RE = recording
    steps = iter([RE.request_pause, lambda: RE.release(OWNER)])

    def let_go():
        clock.now += 1.5
        next(steps)()

    def paused():
        clock.now += 60.0
        return RE.resume()

    run = execute(RE, "points", {4: lambda: RE.hold(OWNER, "no beam")}, let_go=let_go, paused=paused)

    assert texts(run) == ["no beam", "pause", "resume", "resume after 3.0 s"]


def test_remarks(recording, caplog):
    """Anybody may have something recorded, while the plan runs, is suspended, or paused; the log has it as well."""
    RE = recording
    on = {
        "paused": [lambda: RE.remark("warm while paused")],
        "suspended": [lambda: RE.remark("warm while suspended")],
    }

    def trip():
        RE.remark("warm while running")
        RE.request_pause()
        RE.hold(OWNER, "no beam")

    run = execute(RE, "points", {4: trip}, on=on)

    entries = ["pause", "warm while paused", "resume", "no beam", "warm while suspended", "resume after 0.0 s"]
    assert texts(run) == ["warm while running", *entries]
    assert [record.message for record in caplog.records if record.levelno == logging.WARNING] == [
        f"warm while {what}" for what in ("running", "paused", "suspended")
    ]


def test_remarks_where_nothing_is_recorded(RE, caplog):
    """They are in the log, and of no other consequence, with a plan or without."""
    RE.remark("the engine idles")
    run = execute(RE, iter([Msg("open_run"), Msg("null"), Msg("close_run")]), {2: lambda: RE.remark("it runs")})

    assert [name for name, _ in run.documents] == ["start", "stop"]
    assert (run.states, run.result.problems) == (["running", "idle"], ())
    assert [record.message for record in caplog.records] == ["the engine idles", "it runs"]


def test_a_remark_that_comes_too_late(recording, caplog):
    """One that comes when the plan is as good as over is not complained of, and is not in the next plan's run."""
    RE = recording
    late = iter([Request(Ask.REMARK, "too late")])

    def post(change):
        if change.new is State.IDLE:
            for request in late:
                RE._engine.inbox.post(request)

    RE._engine.states.observers.insert(0, post)
    RE(RUN)
    run = execute(RE, iter(RUN))

    assert caplog.records == []
    assert run.runs[0].streams["interruptions"].events == []


def test_a_remark_for_two_runs(recording):
    """Each run that is open records it."""
    RE = recording
    whole = execute(RE, "two_runs")
    _, inner = whole.numbers_of("open_run")
    run = execute(RE, "two_runs", {inner + 2: lambda: RE.remark("warm")})

    for each in run.runs:
        assert [data["interruption"] for _, data in each.streams["interruptions"].events] == ["warm"]
    assert run.data == whole.data


def test_motors_and_remarks(recording):
    """A remark interrupts nothing: no motor is stopped, and no message repeated."""
    RE, motor = recording, Motor("m")
    plan = [Msg("open_run"), Msg("set", motor, 3, group="A"), Msg("wait", group="A"), Msg("close_run")]
    run = execute(RE, iter(plan), {3: lambda: RE.remark("warm")})

    assert [msg.command for msg in run.messages] == ["open_run", "set", "wait", "close_run"]
    assert motor.calls == [("set", 3.0), "stop"]
