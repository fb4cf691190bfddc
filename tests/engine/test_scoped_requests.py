"""What is asked of a plan that a scoped hold holds, and requests that have a scope themselves."""

import asyncio
import threading

import pytest

from reioc.engine import Msg, Outcome, Scope, State

from .fakes import points
from .helpers import RUN, commands_of
from .interrupting import (
    OWNER,
    REASON,
    STATES,
    TEXTS,
    execute,
    goes_on_as_if_nothing_had_happened,
    is_ended,
    is_well_afterwards,
)
from .lab import Lab

TRIGGER = Scope.of(commands=["trigger"])
READ = Scope.of(commands=["read"])
WAITS = "_until_holds_change"
SUSPENDED = ["running", "suspended", "running", "idle"]

each_verb = pytest.mark.parametrize("verb", ["stop", "abort", "halt"])


def two_points(lab):
    return points(lab.det, lab.m1, [1, 2])


def held(RE, *steps, scope=TRIGGER, plan=two_points, **keywords):
    """A run of a plan that is held from its start on; each wait of its suspensions takes a step, the last lets go."""
    lab, left = Lab(), list(steps)

    def let_go():
        (left.pop(0) if left else lambda: RE.release(OWNER))()

    RE.hold(OWNER, REASON, scope=scope)
    run = execute(RE, plan(lab), lab=lab, let_go=let_go, **keywords)
    RE.release(OWNER)
    assert left == []
    return run


@pytest.fixture
def whole(RE):
    lab = Lab()
    return execute(RE, two_points(lab), lab=lab)


def after_turns(turns, function):
    """Call a function after so many turns of the loop."""
    if turns:
        asyncio.get_running_loop().call_soon(after_turns, turns - 1, function)
    else:
        function()


# What is asked while a scoped hold suspends


def test_paused_and_resumed(RE, whole):
    """It is resumed into suspended, as long as the hold is about where the plan is."""
    run = held(RE, RE.request_pause)

    assert run.states == ["running", "suspended", "pausing", "paused", "suspended", "running", "idle"]
    assert run.lab.det.calls.count("trigger") == 2
    assert goes_on_as_if_nothing_had_happened(whole, run)
    assert is_well_afterwards(RE, run)


def test_released_while_paused(RE, whole):
    """One that lets go while the plan is paused holds it no more when that is resumed."""
    run = held(RE, RE.request_pause, on={"paused": [lambda: RE.release(OWNER)]})

    assert WAITS not in [msg.command for msg in run.messages[-5:]]
    assert run.states[-3:] == ["suspended", "running", "idle"]
    assert goes_on_as_if_nothing_had_happened(whole, run)


def test_it_trips_while_paused(RE, whole):
    """A hold that trips while the plan is paused is not forgotten: it holds when the plan comes to the message."""
    lab = Lab()
    pausing = {3: RE.request_pause}
    on = {"paused": [lambda: RE.hold(OWNER, REASON, scope=TRIGGER)]}
    run = execute(RE, two_points(lab), pausing, lab=lab, on=on)

    assert run.states == ["running", "pausing", "paused", *SUSPENDED]
    assert lab.det.calls.count("trigger") == 2
    assert goes_on_as_if_nothing_had_happened(whole, run)


@each_verb
def test_ended(RE, whole, verb):
    """It is ended as from any other suspension; the message that was held is not executed."""
    run = held(RE, lambda: getattr(RE, f"request_{verb}")(REASON))

    assert run.states == ["running", "suspended", STATES[verb], "idle"]
    assert run.lab.det.calls == []
    assert is_ended(whole, run, verb, f"{TEXTS[verb]}: {REASON}")
    assert is_well_afterwards(RE, run)


@each_verb
def test_ended_while_paused_in_it(RE, whole, verb):
    """So it is when it was paused in the suspension."""
    run = held(RE, RE.request_pause, on={"paused": [lambda: getattr(RE, f"request_{verb}")(REASON)]})

    assert run.states == ["running", "suspended", "pausing", "paused", STATES[verb], "idle"]
    assert is_ended(whole, run, verb, f"{TEXTS[verb]}: {REASON}")
    assert is_well_afterwards(RE, run)


def test_deferred_pause(RE, whole):
    """A deferred pause comes at the next checkpoint, not at the suspension's own."""
    run = held(RE, lambda: (RE.request_pause(defer=True), RE.release(OWNER)))

    assert run.states == ["running", "suspended", "running", "pausing", "paused", "running", "idle"]
    assert goes_on_as_if_nothing_had_happened(whole, run)


def test_an_unlimited_hold_joins(RE, whole):
    """The plan goes on when both are gone; who joins does what it has to do on the way in and on the way out."""
    seen = []
    RE.register_command("note", lambda msg: seen.append(msg.args[0]))

    def join():
        RE.hold("ring", "no beam", pre_plan=[Msg("note", None, "pre")], post_plan=[Msg("note", None, "post")])

    def one_by_one():
        RE.release(OWNER)
        after_turns(20, lambda: (seen.append(str(RE.state)), RE.release("ring")))

    run = held(RE, join, one_by_one)

    assert seen == ["pre", "suspended", "post"]
    assert run.states == SUSPENDED
    assert goes_on_as_if_nothing_had_happened(whole, run)


def test_a_scoped_hold_joins(RE, whole):
    """One about what is about to be repeated keeps the plan; one about what is still to come does not yet."""
    seen = []

    def let_go():
        RE.release(OWNER)
        after_turns(20, lambda: (seen.append([hold.owner for hold in RE.holds_in_force]), RE.release("motors")))

    def join():
        RE.hold("motors", "hot", scope=Scope.of(commands=["set"]))
        RE.hold("disk", "full", scope=Scope.of(commands=["save"]))

    run = held(RE, join, let_go, lambda: RE.release("disk"))

    assert seen == [["motors"]]
    assert run.states == ["running", "suspended", "running", "suspended", "running", "idle"]
    assert goes_on_as_if_nothing_had_happened(whole, run)


# end_plan


@pytest.mark.parametrize("how", ["stop", "abort"])
def test_end_plan(RE, whole, how):
    """It ends the plan as `request_stop` and `request_abort` do, and says that there was one."""
    lab, answers = Lab(), []
    run = execute(RE, two_points(lab), {6: lambda: answers.append(RE.end_plan(how, REASON))}, lab=lab)

    assert answers == [True]
    assert is_ended(whole, run, how, f"{TEXTS[how]}: {REASON}")
    assert is_well_afterwards(RE, run)


@pytest.mark.parametrize("how", ["halt", "pause", "", "Abort"])
def test_end_plan_in_no_way_that_there_is(RE, how):
    """What is neither of the two is refused, whether a plan runs or not."""
    with pytest.raises(ValueError, match=r"end_plan: '.*' is no way to end a plan; there are: stop, abort"):
        RE.end_plan(how, REASON)


@pytest.mark.parametrize("scope", [None, TRIGGER])
def test_end_plan_when_there_is_none(RE, scope):
    """It says so, and leaves nothing for the next plan."""
    assert RE.end_plan("abort", REASON, scope=scope) is False

    executed = commands_of(RE)
    run = RE.submit([*RUN, Msg("trigger", Lab().det)]).result(timeout=20)
    assert (run.outcome, run.problems) == (Outcome.SUCCESS, ())
    assert [command for command, *_ in executed] == ["open_run", "close_run", "trigger"]


def test_end_plan_when_the_engine_is_closed(RE):
    """There is none then."""
    RE.close()

    assert RE.end_plan("stop", REASON) is False


def test_end_plan_of_a_plan_that_has_not_begun(RE, watch):
    """A plan that was accepted is there, though the engine's thread may not have begun it."""
    busy, go = threading.Event(), threading.Event()
    RE.loop.call_soon_threadsafe(lambda: (busy.set(), go.wait(20)))
    assert busy.wait(20)
    future = RE.submit(RUN)
    assert RE.end_plan("stop", REASON) is True
    go.set()

    result = future.result(timeout=20)
    assert (result.outcome, result.uids) == (Outcome.STOP, ())


@pytest.mark.parametrize("at", [1, 6])
def test_end_plan_that_does_not_cover_it(RE, whole, at):
    """A request about what the plan is not at is of no consequence; the hold that goes with it stays, and counts."""
    lab, scope = Lab(), READ

    def trip():
        RE.hold(OWNER, REASON, scope=scope)
        assert RE.end_plan("abort", REASON, scope=scope)

    run = execute(RE, two_points(lab), {at: trip}, lab=lab)

    assert run.states == SUSPENDED
    assert run.messages[[msg.command for msg in run.messages].index(WAITS) - 1].command == "create"
    assert goes_on_as_if_nothing_had_happened(whole, run)


@pytest.mark.parametrize(("at", "command"), [(5, "trigger"), (6, "wait"), (9, "read"), (10, "save")])
def test_end_plan_that_covers_it(RE, whole, at, command):
    """A plan that is in the middle of a point whose trigger was sent is ended by a request about triggers."""
    lab = Lab()
    assert whole.messages[at - 1].command == command
    run = execute(RE, two_points(lab), {at: lambda: RE.end_plan("abort", REASON, scope=TRIGGER)}, lab=lab)

    assert run.states == ["running", "aborting", "idle"]
    assert is_ended(whole, run, "abort", f"aborted: {REASON}")


@pytest.mark.parametrize(("named", "ended"), [(["points"], True), (["count"], False)])
def test_end_plan_of_that_name(RE, named, ended):
    """A request about plans is for a plan of that name only."""
    lab = Lab()
    scope = Scope.of(plans=named)
    run = execute(RE, two_points(lab), {3: lambda: RE.end_plan("stop", REASON, scope=scope)}, lab=lab)

    assert (run.result.outcome is Outcome.STOP) == ended


@pytest.mark.parametrize(("scope", "ended"), [(TRIGGER, True), (Scope.of(devices=["m1"]), True), (READ, False)])
def test_end_plan_of_one_that_is_suspended(RE, whole, scope, ended):
    """A suspended plan is at what it is about to do again, not at what the suspension does."""
    lab = Lab()
    RE.hold(OWNER, REASON, scope=TRIGGER, pre_plan=[Msg("read", lab.m2)])

    def let_go():
        RE.end_plan("abort", "the vacuum is bad", scope=scope)
        after_turns(20, lambda: RE.release(OWNER))

    run = execute(RE, two_points(lab), lab=lab, let_go=let_go)
    RE.release(OWNER)

    if ended:
        assert is_ended(whole, run, "abort", "aborted: the vacuum is bad")
    else:
        assert goes_on_as_if_nothing_had_happened(whole, run)
    assert is_well_afterwards(RE, run)


def test_end_plan_of_one_that_is_ending(RE, whole):
    """Who is aborted is not stopped: there is a plan, and nothing more to do."""
    answers = []
    on = {"aborting": [lambda: answers.append(RE.end_plan("stop", "too late"))]}
    lab = Lab()
    run = execute(RE, two_points(lab), {6: lambda: RE.request_abort(REASON)}, lab=lab, on=on)

    assert answers == [True]
    assert is_ended(whole, run, "abort", f"aborted: {REASON}")
    assert RE.state is State.IDLE
