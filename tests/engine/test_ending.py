"""Stop, abort and halt."""

import asyncio
import threading

import pytest

from reioc.engine import (
    Msg,
    Outcome,
    RunEngineInterrupted,
    State,
)

from .documents import named
from .fakes import Motor
from .helpers import (
    Broken,
    pause,
)


@pytest.mark.parametrize(
    ("verb", "exit_status", "reason"),
    [("stop", "success", "stopped: tea"), ("abort", "abort", "aborted: tea"), ("halt", "abort", "halted: tea")],
)
def test_ended_from_paused(RE, documents, watch, verb, exit_status, reason):
    """From paused, stop, abort and halt return the uids when all is over; the operator's reason is in the RunStop."""
    pause(RE)
    uids = getattr(RE, verb)("tea")

    assert uids == (named(documents, "start")[0]["uid"],)
    (stop,) = named(documents, "stop")
    assert (stop["exit_status"], stop["reason"]) == (exit_status, reason)
    assert RE.state is State.IDLE
    assert watch.changes[-1].reason == reason


def test_ended_without_a_reason(RE, documents):
    """Without a reason the RunStop still says what was asked for."""
    for verb in ("stop", "abort", "halt"):
        pause(RE)
        getattr(RE, verb)()

    assert [doc["reason"] for doc in named(documents, "stop")] == ["stopped", "aborted", "halted"]


@pytest.mark.parametrize("verb", ["stop", "abort", "halt"])
def test_ended_from_running_by_another_thread(RE, documents, watch, verb):
    """While it runs, another thread can stop, abort and halt it; the call raises RunEngineInterrupted with why."""

    def end():
        watch.until(State.RUNNING)
        getattr(RE, verb)("tea")

    thread = threading.Thread(target=end)
    thread.start()
    with pytest.raises(RunEngineInterrupted, match=f"{verb}.*: tea"):
        RE([Msg("open_run"), Msg("sleep", None, 3600)])
    thread.join()

    assert named(documents, "stop")[0]["reason"].endswith(": tea")


def test_stop_runs_the_clean_up_and_halt_does_not(RE):
    """Stop and abort let a plan clean up; halt does not."""
    cleaned = []

    def plan():
        try:
            yield Msg("checkpoint")
            yield Msg("pause")
            yield Msg("null")
        except GeneratorExit:
            raise
        except Exception as error:
            cleaned.append(str(error))
            raise

    for verb in ("stop", "abort", "halt"):
        pause(RE, plan())
        getattr(RE, verb)("tea")

    assert cleaned == ["stopped: tea", "aborted: tea"]


def test_halt_during_the_clean_up_of_an_abort(RE, watch, documents):
    """Halt ends a clean-up that the plan does after an abort."""

    def plan():
        try:
            yield Msg("open_run")
            yield Msg("sleep", None, 3600)
        except Exception:
            yield Msg("null", None, "cleaning")
            yield Msg("sleep", None, 3600)

    def react(msg):
        if msg.args == (3600,):
            RE.request_halt("fire") if watch.states[-1] == "aborting" else RE.request_abort("tea")

    RE.msg_hook = react
    with pytest.raises(RunEngineInterrupted, match="halted: fire"):
        RE(plan())

    assert watch.states == ["running", "aborting", "halting", "idle"]
    assert named(documents, "stop")[0]["reason"] == "halted: fire"


def test_halt_while_an_abort_stops_a_device_that_hangs(RE, watch, documents):
    """A halt is obeyed that comes while an abort waits for a device to stop."""

    class Hanging(Motor):
        async def stop(self, success=True):
            if RE.state is State.ABORTING:
                RE.request_halt("fire")
                await asyncio.sleep(3600)
            super().stop()

    def plan():
        yield Msg("open_run")
        yield Msg("set", Hanging("m", slow=True), 1)
        try:
            yield Msg("sleep", None, 3600)
        except Exception:
            yield Msg("sleep", None, 3600)

    asked = []
    RE.msg_hook = lambda msg: msg.command == "sleep" and not asked and asked.append(RE.request_abort())
    with pytest.raises(RunEngineInterrupted, match="halted: fire"):
        RE(plan())

    assert watch.states == ["running", "aborting", "halting", "idle"]
    assert named(documents, "stop")[0]["reason"] == "halted: fire"


def test_stop_beats_resume(RE):
    """A stop and a resume that are asked for at once: the plan is stopped."""
    pause(RE)
    RE.loop.call_soon_threadsafe(lambda: (RE.request_stop("tea"), RE.request_resume()))
    assert RE._plan.future.result().outcome is Outcome.STOP


def test_plan_that_goes_on_after_a_halt(RE):
    """A plan that yields on in spite of a halt is ended all the same, and named among the problems."""

    def stubborn_plan():
        try:
            yield Msg("sleep", None, 3600)
        finally:
            yield Msg("null")

    RE.msg_hook = lambda msg: RE.request_halt("fire") if msg.command == "sleep" else None
    result = RE.submit(stubborn_plan()).result(timeout=20)

    assert result.outcome is Outcome.HALT
    assert "stubborn_plan" in result.problems[0]
    assert result.problems[0].endswith("tried to go on after a halt")


def test_failing_clean_up_of_a_stopped_plan(RE, documents):
    """A plan whose clean-up fails after a stop has failed, and its call raises what went wrong."""

    def plan():
        yield Msg("open_run")
        try:
            yield Msg("sleep", None, 3600)
        finally:
            yield Msg("set", Broken("set"), 0)

    RE.msg_hook = lambda msg: RE.request_stop("tea") if msg.command == "sleep" else None
    with pytest.raises(OSError, match="no answer"):
        RE(plan())

    assert named(documents, "stop")[0]["exit_status"] == "fail"
