"""Suspension is a level: as long as somebody holds the plan it does not go on."""

import asyncio
import threading

import pytest

from reioc.engine import (
    Msg,
    Outcome,
    RunEngineInterrupted,
    State,
)

from .documents import data_by_seq_num, named
from .fakes import Detector, Motor, points
from .helpers import (
    commands_of,
    hold_at,
    released_on,
)


def test_suspended_is_a_state_with_a_reason(RE, watch):
    """While it is held the engine says suspended, why, by whom and since when."""
    seen = []

    def look(change):
        if getattr(change, "new", None) is State.SUSPENDED:
            seen.append((change.reason, RE.last_change.reason, RE.holds))
            RE.release("ring")

    RE.observers.append(look)
    hold_at(RE, "checkpoint", ("ring", {}))
    RE([Msg("checkpoint"), Msg("null")])

    ((reason, last_reason, (hold,)),) = seen
    assert reason == last_reason == hold.reason == "ring is bad"
    assert (hold.owner, hold.since <= watch.changes[-1].time) == ("ring", True)
    assert RE.holds == ()
    assert watch.states == ["running", "suspended", "running", "idle"]


def test_held_at_the_start(RE, watch, documents):
    """A plan that is started while something holds begins suspended; nothing of it is done before."""
    RE.hold("ring", "no beam")
    executed = commands_of(RE)
    future = RE.submit([Msg("open_run"), Msg("close_run")])
    assert watch.until(State.SUSPENDED).reason == "no beam"
    assert (executed, documents) == ([], [])
    RE.release("ring")

    assert future.result(timeout=10).outcome is Outcome.SUCCESS
    assert watch.states == ["suspended", "running", "idle"]


def test_stopped_while_held_at_the_start(RE, watch):
    """A plan that is stopped before it could begin does nothing at all."""
    RE.hold("ring", "no beam")
    executed = commands_of(RE)
    future = RE.submit([Msg("open_run"), Msg("close_run")])
    watch.until(State.SUSPENDED)
    RE.stop("tea")

    result = future.result(timeout=10)
    assert (result.outcome, result.reason, result.uids, executed) == (Outcome.STOP, "stopped: tea", (), [])


def test_hold_that_is_gone_before_the_start(RE, watch):
    """What was held and let go while the engine was idle leaves no trace."""
    RE.hold("ring", "no beam")
    RE.release("ring")
    RE([Msg("null")])

    assert watch.states == ["running", "idle"]


def test_trip_while_paused_is_kept(RE, watch):
    """What trips while the plan is paused is not forgotten: it is resumed into suspended."""
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("checkpoint"), Msg("pause"), Msg("null")])
    RE.hold("ring", "no beam")
    assert RE.state is State.PAUSED
    executed = commands_of(RE)
    resuming = threading.Thread(target=RE.resume)
    resuming.start()
    assert watch.until(State.SUSPENDED).reason == "no beam"
    assert executed == []
    RE.release("ring")
    resuming.join(timeout=10)

    assert executed == [("null",)]
    assert watch.states == ["running", "pausing", "paused", "suspended", "running", "idle"]


def test_trip_that_is_over_before_the_resume(RE, watch):
    """What has come and gone while paused does not suspend."""
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("checkpoint"), Msg("pause"), Msg("null")])
    RE.hold("ring", "no beam")
    RE.release("ring")
    RE.resume()

    assert watch.states == ["running", "pausing", "paused", "running", "idle"]


def test_paused_while_suspended(RE, watch):
    """A suspended plan can be paused; resumed, it is suspended again, as long as something holds."""
    RE.hold("ring", "no beam")
    future = RE.submit([Msg("null")])
    watch.until(State.SUSPENDED)
    RE.request_pause(reason="lunch")
    assert watch.until(State.PAUSED).reason == "lunch"
    resuming = threading.Thread(target=RE.resume)
    del watch.changes[:]
    resuming.start()
    assert watch.until(State.SUSPENDED).reason == "no beam"
    RE.release("ring")
    resuming.join(timeout=10)

    assert future.result(timeout=10).outcome is Outcome.SUCCESS
    assert watch.states == ["suspended", "running", "idle"]


def test_motor_that_others_move_while_paused(RE, watch):
    """What somebody else moves during a pause is not stopped when the plan is resumed into suspended."""
    motor = Motor("m", slow=True)
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("set", motor, 1), Msg("checkpoint"), Msg("pause")])
    motor.set(5)
    RE.hold("ring", "no beam")
    released_on(RE, State.SUSPENDED, "ring")
    RE.msg_hook = lambda _: motor.arrive()
    RE.resume()

    assert motor.calls.count("stop") == 2  # for the pause, and at the end of the plan


def test_suspended_in_the_middle_of_a_wait(RE, documents):
    """A plan that is suspended while a motor moves sends it off again, and takes the point that it was about."""
    motor = Motor("m", slow=True)
    det = Detector("det", motor)
    waits = []

    def hook(statuses):
        if statuses:
            waits.append(1)
            if len(waits) == 2:
                RE.hold("ring", "no beam")
            else:
                motor.arrive()

    RE.waiting_hook = hook
    released_on(RE, State.SUSPENDED, "ring")
    RE(points(det, motor, [1, 2, 3]))

    assert data_by_seq_num(documents) == {n: {"det": 100.0 + n, "m": float(n)} for n in (1, 2, 3)}


def test_without_a_checkpoint(RE, watch, documents):
    """A hold where the plan cannot be taken up again refuses cleanly: the plan is aborted with that reason."""
    hold_at(RE, "null", ("ring", {}))
    with pytest.raises(RunEngineInterrupted, match="without a checkpoint: ring is bad"):
        RE([Msg("open_run"), Msg("clear_checkpoint"), Msg("null"), Msg("sleep", None, 3600)])

    (stop,) = named(documents, "stop")
    assert (stop["exit_status"], stop["reason"]) == (
        "abort",
        "aborted, since it cannot be resumed without a checkpoint: ring is bad",
    )
    assert watch.states == ["running", "aborting", "idle"]
    assert [hold.reason for hold in RE.holds] == ["ring is bad"]


def test_plan_cleans_up_while_held(RE):
    """The clean-up of a plan that was aborted for a hold is not itself held."""
    cleaned = []
    RE.register_command("note", lambda msg: cleaned.append(msg.args[0]))

    def plan():
        yield Msg("clear_checkpoint")
        try:
            yield Msg("null")
            yield Msg("null")
        finally:
            yield Msg("note", None, "cleaned")
            yield Msg("sleep", None, 0)
            yield Msg("note", None, "cleaned again")

    hold_at(RE, "null", ("ring", {}))
    with pytest.raises(RunEngineInterrupted):
        RE(plan())

    assert cleaned == ["cleaned", "cleaned again"]


def test_error_and_hold_at_once(RE, watch):
    """A message that fails in the moment in which a hold trips: the plan gets its error after the suspension."""
    done = []
    RE.register_command("note", lambda msg: done.append(msg.args[0]))

    def fail(msg):
        RE.hold("ring", "no beam", post_plan=[Msg("note", None, "post")])
        raise ValueError("read failed")

    RE.register_command("fail", fail)

    def plan():
        yield Msg("checkpoint")
        try:
            yield Msg("fail")
        except ValueError as error:
            yield Msg("note", None, str(error))
        RE.hold("again", "no beam again")
        yield Msg("null")
        yield Msg("note", None, "end")

    RE.msg_hook = lambda msg: [RE.release(hold.owner) for hold in RE.holds if msg.command == "_until_holds_change"]
    RE(plan())

    assert done == ["post", "read failed", "read failed", "end"]  # the second one is the replay
    assert watch.states == ["running", "suspended", "running", "suspended", "running", "idle"]


@pytest.mark.parametrize("verb", ["stop", "abort", "halt"])
def test_ended_while_suspended(RE, watch, documents, verb):
    """A suspended plan can be ended; its post-plans are not done, its RunStop says why."""
    done = []
    RE.register_command("note", lambda msg: done.append(msg.args[0]))
    hold_at(RE, "sleep", ("ring", {"post_plan": [Msg("note", None, "post")]}))
    RE.observers.append(
        lambda change: getattr(change, "new", "") == "suspended" and getattr(RE, f"request_{verb}")("tea")
    )
    with pytest.raises(RunEngineInterrupted, match=": tea"):
        RE([Msg("open_run"), Msg("checkpoint"), Msg("sleep", None, 3600)])

    assert done == []
    assert named(documents, "stop")[0]["reason"].endswith(": tea")
    assert watch.states[:2] == ["running", "suspended"]
    assert watch.states[-1] == "idle"


def test_request_suspend(RE, watch):
    """As bluesky does it: until a future is done; the justification is the reason, pre- and post-plans are done."""
    done, go = [], threading.Event()
    RE.register_command("note", lambda msg: done.append(msg.args[0]))

    async def until_go():
        await asyncio.get_running_loop().run_in_executor(None, go.wait, 10)

    RE.request_suspend(
        until_go,
        pre_plan=[Msg("note", None, "pre"), Msg("go")],
        post_plan=[Msg("note", None, "post")],
        justification="no beam",
    )
    RE.register_command("go", lambda _: go.set())
    future = RE.submit([Msg("note", None, "plan")])
    assert watch.until(State.SUSPENDED).reason == "no beam"

    assert future.result(timeout=10).outcome is Outcome.SUCCESS
    assert done == ["pre", "post", "plan"]


def test_holds_from_many_threads(RE, documents):
    """Holds that come and go in other threads, however fast, neither lose points nor leave the plan held."""
    motor = Motor("m")
    det = Detector("det", motor)
    running = threading.Event()
    running.set()

    def flicker(owner):
        while running.is_set():
            RE.hold(owner, f"{owner} is bad")
            RE.release(owner)

    threads = [threading.Thread(target=flicker, args=(name,)) for name in ("ring", "shutter")]
    for thread in threads:
        thread.start()
    try:
        RE(points(det, motor, range(1, 31)))
    finally:
        running.clear()
        for thread in threads:
            thread.join()

    assert data_by_seq_num(documents) == {n: {"det": 100.0 + n, "m": float(n)} for n in range(1, 31)}
