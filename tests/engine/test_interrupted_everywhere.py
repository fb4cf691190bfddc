"""Plans interrupted at every single message."""

import asyncio
import contextlib

import bluesky.plans
import pytest

import reioc.engine.plans
from reioc.engine import Msg, RunEngineInterrupted, State

from .documents import data_by_seq_num
from .fakes import Detector, Motor, points
from .interrupting import REASON, Lab, execute, is_well_afterwards

PLANS = [
    *((bluesky.plans, name) for name in ("count", "scan", "grid_scan", "rel_scan")),
    *((reioc.engine.plans, name) for name in ("count", "scan", "grid_scan", "rel_scan")),
    (None, "points"),
]
each_plan = pytest.mark.parametrize(
    ("plans", "name"), PLANS, ids=[f"{getattr(plans, '__name__', 'messages')}.{name}" for plans, name in PLANS]
)


def interruptions_of(RE, plans, name, interrupt):
    """The uninterrupted run, then for each message its number and a run that was interrupted there."""
    whole = execute(RE, Lab(plans).plan(name))
    assert whole.stop["exit_status"] == "success"
    yield whole
    for at in range(1, len(whole.messages) + 1):
        lab = Lab(plans)
        run = execute(RE, lab.plan(name), interrupt, at)
        assert is_well_afterwards(RE, lab), at
        yield at, run


def goes_on_as_if_nothing_had_happened(whole, run):
    """Same data, nobody owed a reading, success."""
    assert run.data == whole.data
    assert run.stop["exit_status"] == "success"
    assert run.stop["reason"] == ""
    assert run.stop["num_events"] == whole.stop["num_events"]
    assert run.result.problems == ()
    if isinstance(whole.result.value, list):
        assert run.result.value == whole.result.value
    return True


@each_plan
def test_paused_everywhere(RE, plans, name):
    """A plan that is paused before any message and resumed gives the data of an uninterrupted one."""
    whole, *runs = interruptions_of(RE, plans, name, lambda: RE.request_pause(reason=REASON))
    for at, run in runs:
        assert run.states == ["running", "pausing", "paused", "running", "idle"], at
        assert REASON in run.interrupted, at
        assert goes_on_as_if_nothing_had_happened(whole, run), at


@each_plan
def test_held_everywhere(RE, plans, name):
    """A plan that is held before any message and let go again gives the data of an uninterrupted one."""
    whole, *runs = interruptions_of(RE, plans, name, lambda: RE.hold("beam", REASON))
    for at, run in runs:
        assert run.states == ["running", "suspended", "running", "idle"], at
        assert goes_on_as_if_nothing_had_happened(whole, run), at


@each_plan
def test_paused_and_held_everywhere(RE, plans, name):
    """A plan that is paused and held at once is resumed into suspended, and gives the data of an uninterrupted one."""

    def interrupt():
        RE.hold("beam", REASON)
        RE.request_pause()

    whole, *runs = interruptions_of(RE, plans, name, interrupt)
    for at, run in runs:
        assert run.states == ["running", "pausing", "paused", "suspended", "running", "idle"], at
        assert goes_on_as_if_nothing_had_happened(whole, run), at


@each_plan
def test_deferred_pause_everywhere(RE, plans, name):
    """A deferred pause comes at the next checkpoint, or is reported; the data are those of an uninterrupted plan."""
    whole, *runs = interruptions_of(RE, plans, name, lambda: RE.request_pause(defer=True))
    checkpoints = [number for number, msg in enumerate(whole.messages, 1) if msg.command == "checkpoint"]
    for at, run in runs:
        assert run.data == whole.data, at
        assert run.stop["exit_status"] == "success", at
        if at < checkpoints[-1]:
            assert run.states == ["running", "pausing", "paused", "running", "idle"], at
            assert len(run.messages) == len(whole.messages), at
            assert run.result.problems == (), at
        else:
            assert run.states == ["running", "idle"], at
            assert [text for text in run.result.problems if "no checkpoint came" in text], at


@each_plan
@pytest.mark.parametrize(
    ("verb", "exit_status", "text", "state"),
    [
        ("stop", "success", "stopped", State.STOPPING),
        ("abort", "abort", "aborted", State.ABORTING),
        ("halt", "abort", "halted", State.HALTING),
    ],
)
def test_ended_everywhere(RE, plans, name, verb, exit_status, text, state):
    """A plan that is stopped, aborted or halted before any message leaves a RunStop that says so, and order."""
    whole, *runs = interruptions_of(RE, plans, name, lambda: getattr(RE, f"request_{verb}")(REASON))
    closing = next(number for number, msg in enumerate(whole.messages, 1) if msg.command == "close_run")
    for at, run in runs:
        assert run.states == ["running", state, "idle"], at
        assert run.result.outcome == verb, at
        assert run.result.reason == run.interrupted == f"{text}: {REASON}", at
        assert run.result.problems == (), at
        assert run.data.items() <= whole.data.items(), at
        if run.stop is not None:
            expected = (exit_status, f"{text}: {REASON}") if at < closing else ("success", "")
            assert (run.stop["exit_status"], run.stop["reason"]) == expected, at
            assert run.stop["num_events"].get("primary", 0) == len(run.data), at


WAITS = {"scan": 3, "grid_scan": 4, "rel_scan": 3, "points": 3}


@pytest.mark.parametrize(("plans", "name"), [pair for pair in PLANS if pair[1] in WAITS])
@pytest.mark.parametrize("ask", ["request_pause", "hold"])
def test_interrupted_while_a_motor_is_on_its_way(RE, plans, name, ask):
    """A plan that is interrupted in the middle of waiting for a motion sends the motor off again."""
    whole = execute(RE, Lab(plans).plan(name))

    def interrupted_in_wait(number):
        lab, waits = Lab(plans, slow=True), []

        def arrive_or_interrupt(statuses):
            if statuses is None:
                return
            waits.append(statuses)
            if len(waits) == number:
                RE.request_pause() if ask == "request_pause" else RE.hold("beam", REASON)
            else:
                lab.m1.arrive()
                lab.m2.arrive()

        run = execute(RE, lab.plan(name), waiting=arrive_or_interrupt)
        assert is_well_afterwards(RE, lab)
        return len(waits), run

    for number in range(1, WAITS[name] + 1):
        waits, run = interrupted_in_wait(number)
        assert waits == WAITS[name] + 1, number
        assert goes_on_as_if_nothing_had_happened(whole, run), number


@pytest.mark.parametrize("verb", ["stop", "abort", "halt"])
def test_ended_while_waiting(RE, verb):
    """Stop, abort and halt cut a wait for a motion and a long sleep short; the motor is stopped."""
    motor = Motor(slow=True)
    long_plans = [
        [Msg("set", motor, 10, group="A"), Msg("wait", group="A")],
        [Msg("set", motor, 10), Msg("sleep", None, 3600)],
    ]
    for plan in long_plans:
        motor.calls.clear()
        run = execute(RE, plan, lambda: getattr(RE, f"request_{verb}")(REASON), 2)
        assert run.result.outcome == verb
        assert "stop" in motor.calls
        assert not motor.moving


@pytest.mark.parametrize("ask", ["request_pause", "hold"])
def test_sleep_begins_anew(RE, ask):
    """A sleep that is interrupted is slept again, and its plan goes on behind it."""
    plan = [Msg("sleep", None, 0.001), Msg("null")]

    run = execute(RE, plan, lambda: RE.request_pause() if ask == "request_pause" else RE.hold("beam", REASON), 1)

    assert [msg.command for msg in run.messages if not msg.command.startswith("_")] == ["sleep", "sleep", "null"]


@pytest.mark.parametrize("second", ["request_pause", "hold"])
def test_interrupted_twice_everywhere(RE, second):
    """A plan that is paused, resumed, and interrupted again while it repeats what it has to, loses nothing."""
    whole = execute(RE, Lab(None).plan("points"))
    total = len(whole.messages)
    for first in range(1, total + 1):
        for again in range(first + 1, min(first + 12, total)):
            lab, count = Lab(None), []

            def interrupt_twice(msg, first=first, again=again, count=count):
                count.append(msg)
                if len(count) == first:
                    RE.request_pause()
                elif len(count) == again:
                    RE.request_pause() if second == "request_pause" else RE.hold("beam", REASON)

            documents = []
            token = RE.subscribe(lambda name, doc, documents=documents: documents.append((name, doc)))
            RE.msg_hook = interrupt_twice
            RE.state_hook = lambda new, _: RE.release("beam") if new is State.SUSPENDED else None
            readings = resumed_to_the_end(RE, lab.plan("points"))
            RE.msg_hook = RE.state_hook = None
            RE.unsubscribe(token)
            assert data_by_seq_num(documents) == whole.data, (first, again)
            assert readings == whole.result.value, (first, again)
            assert lab.is_at_rest(), (first, again)


def resumed_to_the_end(RE, plan):
    """What the plan returns, after as many resumes as it takes."""
    try:
        RE(plan)
    except RunEngineInterrupted:
        while RE.state is State.PAUSED:
            with contextlib.suppress(RunEngineInterrupted):
                RE.resume()
    return RE._plan.future.result().value


class AsyncDetector(Detector):
    """Reads as a coroutine that takes several turns of the loop."""

    async def read(self):
        for _ in range(3):
            await asyncio.sleep(0)
        return super().read()


@pytest.mark.parametrize("ask", ["request_pause", "hold"])
def test_reading_that_is_cut_short(RE, ask):
    """A plan that is interrupted in the middle of any `read` of a coroutine device still gets each reading."""
    whole = execute(RE, Lab(None).plan("points"))
    for number in range(1, 4):
        motor, calls = Motor("m1"), []

        class Cut(AsyncDetector):
            async def read(self, calls=calls, number=number):
                calls.append(1)
                if len(calls) == number:
                    RE.request_pause() if ask == "request_pause" else RE.hold("beam", REASON)
                    await asyncio.sleep(3600)
                return await super().read()

        run = execute(RE, points(Cut("det", motor, Motor("m2")), motor, [1, 2, 3]))
        assert len(calls) == 4
        assert None not in run.result.value
        assert goes_on_as_if_nothing_had_happened(whole, run)
