"""Plans held by a hold that is about some of their messages only, which trips at every single message."""

import pytest

from reioc.engine import Scope

from .interrupted_plans import PLANS
from .interrupting import (
    OWNER,
    REASON,
    STATES,
    TEXTS,
    at_each_message,
    engine_for_many,
    execute,
    goes_on_as_if_nothing_had_happened,
    is_ended,
    is_well_afterwards,
    uninterrupted,
)
from .lab import Lab

SCOPES = {
    "detector": Scope.of(commands=["trigger", "read"], devices=["det", "pausable", "later", "camera", "stream"]),
    "motor": Scope.of(devices=["m1"]),
    "flyer": Scope.of(commands=["kickoff", "complete", "collect"]),
    "run": Scope.of(commands=["open_run", "close_run", "save"]),
}
SUSPENDED = ["running", "suspended", "running", "idle"]
UNTOUCHED = ["running", "idle"]

each_plan = pytest.mark.parametrize("name", [name for name in PLANS if name != "partly_uninterruptible"])
some_plans = pytest.mark.parametrize(
    "name", ["scan", "two_runs", "sent_before", "watched", "tidying", "not_rewindable"]
)
each_verb = pytest.mark.parametrize("verb", ["stop", "abort", "halt"])


@pytest.fixture(scope="module")
def RE():
    yield from engine_for_many()


@pytest.fixture(scope="module")
def wholes(RE):
    return uninterrupted(RE)


class Trip:
    """A hold with a scope, and what was executed although it was about it."""

    def __init__(self, RE, scope):
        self.RE, self.scope = RE, scope
        self.slipped = []
        self.just_now = False
        self.waits = 0

    def __call__(self):
        """It trips; the message that is about to be executed just then has been let through already."""
        self.waits = 0
        self.RE.hold(OWNER, REASON, scope=self.scope)
        self.just_now = True

    def each(self, msg):
        held = any(hold.owner == OWNER for hold in self.RE.holds)
        if held and not self.just_now and self.scope.covers(msg) and not self.RE.state.is_suspended:
            self.slipped.append(msg)
        self.just_now = False

    def over(self):
        self.RE.release(OWNER)


@each_plan
@pytest.mark.parametrize("about", SCOPES)
def test_held_everywhere(RE, wholes, name, about):
    """Nothing that the hold is about is done while it holds, and the data are those of an uninterrupted plan."""
    whole, trip = wholes(name), Trip(RE, SCOPES[about])
    for at, run in at_each_message(RE, whole, name, trip, each=trip.each, after=trip.over):
        to_come = any(map(trip.scope.covers, run.messages[at:]))
        if to_come or name != "unrepeatable":  # where it is held for what it has done, and does not repeat
            assert run.states == (SUSPENDED if to_come else UNTOUCHED), at
        assert trip.slipped == [], at
        assert goes_on_as_if_nothing_had_happened(whole, run), at


@some_plans
def test_held_again_in_the_replay(RE, wholes, name):
    """A hold that trips anew while messages are repeated is minded as well."""
    whole, trip = wholes(name), Trip(RE, SCOPES["detector"])
    for later in (3, 5, 8):
        runs = at_each_message(RE, whole, name, trip, trip, later=later, each=trip.each, after=trip.over)
        for at, run in runs:
            assert trip.slipped == [], (at, later)
            assert goes_on_as_if_nothing_had_happened(whole, run), (at, later)


@some_plans
@pytest.mark.parametrize("about", ["detector", "motor"])
def test_paused_at_once(RE, wholes, name, about):
    """A plan that is paused and held at once pauses, and is held when it comes to what the hold is about."""
    whole, trip = wholes(name), Trip(RE, SCOPES[about])

    def ask():
        trip()
        RE.request_pause()

    for at, run in at_each_message(RE, whole, name, ask, each=trip.each, after=trip.over):
        assert run.states[:3] == ["running", "pausing", "paused"], at
        assert trip.slipped == [], at
        assert goes_on_as_if_nothing_had_happened(whole, run), at


@some_plans
def test_paused_in_the_suspension(RE, wholes, name):
    """A plan that is paused while it is held for some of its messages is resumed into suspended."""
    whole, trip = wholes(name), Trip(RE, SCOPES["detector"])

    def pause_first():
        RE.request_pause() if trip.waits == 0 else RE.release(OWNER)
        trip.waits += 1

    for at, run in at_each_message(RE, whole, name, trip, each=trip.each, after=trip.over, let_go=pause_first):
        if "suspended" in run.states:
            assert run.states == ["running", "suspended", "pausing", "paused", *SUSPENDED[1:]], at
        assert trip.slipped == [], at
        assert goes_on_as_if_nothing_had_happened(whole, run), at


@some_plans
def test_an_unlimited_hold_joins(RE, wholes, name):
    """A second hold, about everything, that trips while the first one suspends is minded like any other."""
    whole, trip = wholes(name), Trip(RE, SCOPES["detector"])

    def let_go():
        if trip.waits == 0:
            RE.hold("ring", "no beam")
        else:
            RE.release(OWNER)
            RE.release("ring")
        trip.waits += 1

    for at, run in at_each_message(RE, whole, name, trip, each=trip.each, after=trip.over, let_go=let_go):
        assert run.states in (SUSPENDED, UNTOUCHED), at
        assert trip.slipped == [], at
        assert goes_on_as_if_nothing_had_happened(whole, run), at


@some_plans
@each_verb
def test_ended_in_the_suspension(RE, wholes, name, verb):
    """A plan that is ended while it is held for some of its messages leaves RunStops that say so, and order."""
    whole, trip = wholes(name), Trip(RE, SCOPES["detector"])

    def let_go():
        getattr(RE, f"request_{verb}")(REASON)

    for at, run in at_each_message(RE, whole, name, trip, after=trip.over, let_go=let_go):
        if "suspended" in run.states:
            assert run.states == ["running", "suspended", STATES[verb], "idle"], at
            assert is_ended(whole, run, verb, f"{TEXTS[verb]}: {REASON}"), at
        else:
            assert goes_on_as_if_nothing_had_happened(whole, run), at


@pytest.mark.parametrize("about", ["detector", "motor"])
def test_where_nothing_can_be_taken_up_again(RE, wholes, about):
    """Where the plan has cleared its checkpoint it is ended, but only if it comes to what the hold is about."""
    whole, trip = wholes("partly_uninterruptible"), Trip(RE, SCOPES[about])
    (cleared,), (checkpoint,) = whole.numbers_of("clear_checkpoint"), whole.numbers_of("checkpoint")
    reason = f"aborted, since it cannot be resumed without a checkpoint: {REASON}"
    covered = [number for number, msg in enumerate(whole.messages, 1) if trip.scope.covers(msg)]
    outcomes = set()
    for at, run in at_each_message(RE, whole, "partly_uninterruptible", trip, each=trip.each, after=trip.over):
        assert trip.slipped == [], at
        if cleared <= at and any(at < number < checkpoint for number in covered):
            assert run.states == ["running", "aborting", "idle"], at
            assert is_ended(whole, run, "abort", reason), at
        elif run.states != ["running", "aborting", "idle"]:
            assert goes_on_as_if_nothing_had_happened(whole, run), at
        outcomes.add(str(run.result.outcome))
    assert outcomes == {"success", "abort"}


class Arrivals:
    """A waiting hook: what moves in a lab arrives when it is waited for, but for the `number`-th wait."""

    def __init__(self, lab, number, ask):
        self.lab, self.number, self.ask = lab, number, ask
        self.waits = 0

    def __call__(self, statuses):
        if statuses is None:
            return
        self.waits += 1
        if self.waits == self.number:
            self.ask()
        self.lab.arrive()


@pytest.mark.parametrize("name", ["scan", "grid_scan", "points", "sent_before", "tidying", "watched", "flown"])
@pytest.mark.parametrize("about", SCOPES)
def test_held_in_each_wait(RE, wholes, name, about):
    """A hold that trips while something is on its way finds nothing lost, sent off twice, or left standing half-way."""
    number, waits = 0, 1
    while number < waits:
        number += 1
        lab = Lab(slow=True)
        hook = Arrivals(lab, number, Trip(RE, SCOPES[about]))
        run = execute(RE, PLANS[name](lab), lab=lab, waiting=hook)
        RE.release(OWNER)
        run.restless.clear()  # what the hold is not about may move
        assert is_well_afterwards(RE, run), number
        assert goes_on_as_if_nothing_had_happened(wholes(name), run), number
        waits = hook.waits if run.states == UNTOUCHED else hook.waits - 1
    assert number > 1
