"""Holds that wait for a checkpoint, where any other would have the plan aborted."""

import pytest

from reioc.engine import Msg, Outcome, Scope, State
from reioc.engine.holds import Holds

from .blocking import PATIENCE
from .documents import data_by_seq_num, named
from .fakes import Detector, Motor, points
from .helpers import commands_of, hold_at, released_on
from .recorders import turn

FULL = "the disk is full"


def flight(motor, detector):
    """A run with no way back, in which something is measured; and another one that has a checkpoint."""
    yield Msg("clear_checkpoint")
    yield Msg("open_run")
    for position in (1, 2):
        yield Msg("set", motor, position, group="move")
        yield Msg("wait", group="move")
        yield Msg("trigger", detector, group="trigger")
        yield Msg("wait", group="trigger")
        yield Msg("create", name="primary")
        yield Msg("read", detector)
        yield Msg("save")
    yield Msg("close_run")
    yield Msg("checkpoint")
    yield Msg("null")


@pytest.fixture
def holds():
    return Holds(lambda: None)


@pytest.mark.parametrize("command", ["open_run", "set", "wait", "create", "read", "save", "close_run"])
def test_without_a_checkpoint_the_plan_goes_on(RE, documents, watch, command):
    """Wherever the hold comes, the plan goes on, its data are complete, and it is suspended at its next checkpoint."""
    hold_at(RE, command, ("journal", {"patient": True}))
    executed = commands_of(RE)
    released_on(RE, "suspended", "journal")
    motor = Motor()
    result = RE.submit(flight(motor, Detector("det", motor))).result(PATIENCE)

    assert (result.outcome, result.problems) == (Outcome.SUCCESS, ())
    assert data_by_seq_num(documents) == {1: {"det": 101.0}, 2: {"det": 102.0}}
    assert [doc["exit_status"] for doc in named(documents, "stop")] == ["success"]
    assert watch.states == ["running", "suspended", "running", "idle"]
    assert [name for name, *_ in executed][-3:] == ["close_run", "checkpoint", "null"]


def test_a_plan_that_comes_to_no_checkpoint(RE, watch):
    """It ends as it would without the hold; the next plan is suspended when it begins."""
    hold_at(RE, "null", ("journal", {"patient": True}))
    result = RE.submit([Msg("clear_checkpoint"), Msg("null"), Msg("null")]).result(PATIENCE)
    assert (result.outcome, watch.states) == (Outcome.SUCCESS, ["running", "idle"])

    future = RE.submit([Msg("null")])
    watch.until(State.SUSPENDED)
    RE.release("journal")
    assert future.result(PATIENCE).outcome is Outcome.SUCCESS


def test_with_a_checkpoint_it_is_a_hold_like_others(RE, documents, watch):
    """A plan that can be resumed is suspended at once, with the reason, and its point is taken again."""
    hold_at(RE, "read", ("journal", {"patient": True}))
    released_on(RE, "suspended", "journal")
    motor = Motor()
    RE(points(Detector("det", motor), motor, [1, 2]))

    assert watch.states == ["running", "suspended", "running", "idle"]
    assert watch.changes[1].reason == "journal is bad"
    assert [doc["data"]["det"] for doc in named(documents, "event")] == [101.0, 102.0]


def test_released_before_the_checkpoint(RE, watch):
    """Nobody is suspended for a hold that has gone by then."""
    RE.register_command("hold", lambda _: RE.hold("journal", FULL, patient=True))
    RE.register_command("release", lambda _: RE.release("journal"))
    plan = [Msg("clear_checkpoint"), Msg("hold"), Msg("null"), Msg("release"), Msg("checkpoint"), Msg("null")]
    result = RE.submit(plan).result(PATIENCE)

    assert (result.outcome, watch.states) == (Outcome.SUCCESS, ["running", "idle"])


@pytest.mark.parametrize("first", ["journal", "beam"])
def test_another_hold_decides(RE, first):
    """Where one that is not patient is in force as well, the plan is aborted, for the reason of that one alone."""
    holds = [("journal", {"patient": True}), ("beam", {})]
    hold_at(RE, "null", *(holds if first == "journal" else reversed(holds)))
    result = RE.submit([Msg("clear_checkpoint"), Msg("null"), Msg("checkpoint")]).result(PATIENCE)

    assert result.outcome is Outcome.ABORT
    assert "beam is bad" in result.reason
    assert "journal" not in result.reason


def test_another_hold_that_comes_later(RE):
    """The patient one does not protect the plan from it."""
    RE.register_command("hold", lambda msg: RE.hold(msg.args[0], "bad", patient=msg.args[0] == "journal"))
    plan = [Msg("clear_checkpoint"), Msg("hold", None, "journal"), Msg("null"), Msg("hold", None, "beam"), Msg("null")]

    assert RE.submit(plan).result(PATIENCE).outcome is Outcome.ABORT


def test_both_with_a_checkpoint(RE, watch):
    """The plan is suspended for both, and goes on when both have let go."""
    RE.hold("journal", FULL, patient=True)
    RE.hold("beam", "no beam")
    future = RE.submit([Msg("null")])
    change = watch.until(State.SUSPENDED)
    assert change.reason == f"{FULL}; no beam"
    RE.release("beam")
    turn(RE)
    assert (RE.state, [hold.owner for hold in RE.holds]) == (State.SUSPENDED, ["journal"])
    RE.release("journal")

    assert future.result(PATIENCE).outcome is Outcome.SUCCESS


def test_a_pause_without_a_checkpoint(RE):
    """A pause is not patient: it aborts a plan that has no checkpoint, whoever holds."""
    RE.hold("journal", FULL, patient=True)
    released_on(RE, "suspended", "journal")
    RE.register_command("hold", lambda _: RE.hold("journal", FULL, patient=True))
    plan = [Msg("clear_checkpoint"), Msg("hold"), Msg("pause"), Msg("null")]

    assert RE.submit(plan).result(PATIENCE).outcome is Outcome.ABORT


def test_it_lets_what_it_is_about_go_on(RE):
    """With a scope as well: without a checkpoint the message that it is about is executed."""
    motor = Motor("m1")
    RE.hold("journal", FULL, patient=True, scope=Scope.of(devices="m1"))
    result = RE.submit([Msg("clear_checkpoint"), Msg("set", motor, 1, group="move"), Msg("wait", group="move")]).result(
        PATIENCE
    )

    assert (result.outcome, motor.position) == (Outcome.SUCCESS, 1.0)


def test_what_it_is_about_waits_after_a_checkpoint(RE, watch):
    """When there is a checkpoint again, it comes before the message that it is about, and not before another."""
    motor, other = Motor("m1"), Motor("m2")
    RE.hold("journal", FULL, patient=True, scope=Scope.of(devices="m1"))
    plan = [Msg("clear_checkpoint"), Msg("checkpoint"), Msg("set", other, 1), Msg("set", motor, 1)]
    future = RE.submit(plan)
    watch.until(State.SUSPENDED)

    assert (("set", 1.0) in other.calls, motor.calls) == (True, [])
    RE.release("journal")
    assert future.result(PATIENCE).outcome is Outcome.SUCCESS


def test_a_hold_says_anew_whether_it_is_patient(holds):
    """Asked for again, a hold keeps its time and its plans, and takes the rest from the new one."""
    holds.add("journal", "locked", "pre", "post")
    (before,) = holds
    holds.add("journal", FULL, patient=True)
    (after,) = holds

    assert (after.since, after.pre_plan, after.post_plan) == (before.since, "pre", "post")
    assert (before.patient, after.patient, after.reason) == (False, True, FULL)


@pytest.mark.parametrize(("resumable", "owners"), [(True, ["beam", "journal"]), (False, ["beam"])])
def test_in_force(holds, resumable, owners):
    """Of a plan that cannot be resumed only those are in force that are not patient."""
    holds.add("beam", "no beam")
    holds.add("journal", FULL, patient=True)

    assert [hold.owner for hold in holds.on(set(), [], resumable=resumable)] == owners
