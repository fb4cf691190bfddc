"""The moment in which a plan is accepted: what is asked then counts, and Ctrl-C leaves no half of it."""

import dis
import functools
import sys
import threading
from pathlib import Path

import pytest

import reioc.engine
from reioc.engine import Msg, Outcome, RunEngineInterrupted, State, TransitionError

from .helpers import RUN

ENGINE = str(Path(reioc.engine.__file__).parent)
LONG = [Msg("open_run"), Msg("checkpoint"), Msg("sleep", None, 3600), Msg("close_run")]


@pytest.fixture
def held_up(RE):
    """Keeps the engine's thread from beginning anything until the test lets it."""
    go = threading.Event()
    RE.loop.call_soon_threadsafe(go.wait)
    yield go
    go.set()


@pytest.mark.parametrize(
    ("verb", "outcome"), [("stop", Outcome.STOP), ("abort", Outcome.ABORT), ("halt", Outcome.HALT)]
)
def test_a_plan_can_be_ended_before_it_begins(RE, watch, documents, held_up, verb, outcome):
    """Right after `submit` an ending is accepted: the plan ends before its first message is executed."""
    future = RE.submit(LONG)
    getattr(RE, verb)(reason="never mind")
    held_up.set()
    result = future.result(timeout=20)

    assert (result.outcome, documents) == (outcome, [])
    assert result.reason.endswith("never mind")
    assert watch.states[0] == "running"


def test_a_plan_can_be_paused_before_it_begins(RE, watch, documents, held_up):
    """It is paused at its very beginning, and can be resumed from there."""
    future = RE.submit(RUN)
    RE.request_pause()
    held_up.set()
    watch.until(State.PAUSED)
    assert documents == []
    RE.request_resume()

    assert future.result(timeout=20).outcome is Outcome.SUCCESS
    assert watch.states == ["running", "pausing", "paused", "running", "idle"]


def test_a_deferred_pause_before_it_begins(RE, watch, documents, held_up):
    """It counts for the first checkpoint."""
    RE.submit(LONG)
    RE.request_pause(defer=True)
    assert RE.deferred_pause_requested
    held_up.set()
    watch.until(State.PAUSED)

    assert [name for name, _ in documents] == ["start"]


@pytest.mark.parametrize("verb", ["request_pause", "request_stop", "request_halt"])
def test_asked_before_it_begins_while_somebody_holds(RE, watch, held_up, verb):
    """A plan that would begin suspended obeys as well."""
    RE.hold("beam", "no beam")
    future = RE.submit(RUN)
    getattr(RE, verb)()
    held_up.set()
    if verb == "request_pause":
        watch.until(State.PAUSED)
        RE.request_resume()
        watch.until(State.SUSPENDED)
        RE.release("beam")

    assert len(future.result(timeout=20).uids) == (1 if verb == "request_pause" else 0)
    assert "panicked" not in watch.states


def test_what_cannot_be_asked_before_it_begins(RE, held_up):
    """Resuming makes no sense, nor does another plan."""
    RE.submit(RUN)
    with pytest.raises(TransitionError, match="Resuming is not possible: the engine is running, not paused"):
        RE.request_resume()
    with pytest.raises(TransitionError, match="Another plan is in progress"):
        RE.submit(RUN)
    held_up.set()


def test_right_after_the_end_nothing_can_be_asked(RE):
    """From the moment in which a plan is over a request is refused, and never reaches the next plan."""
    RE(RUN)
    for _ in range(50):
        RE.submit(RUN).result(timeout=20)
        with pytest.raises(TransitionError):
            RE.request_abort("too late")


def interrupted_at(number, function):
    """Call a function; the nth time that Python looks at signals in the engine's files, there is Ctrl-C.

    Python does after calls, at the beginning of functions, and when it jumps back; nowhere else, so that a `with` that
    has been entered is left. Returns whether there was an nth time.
    """
    looks, last = 0, {}

    def trace(frame, event, arg):
        nonlocal looks
        if not frame.f_code.co_filename.startswith(ENGINE):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode":
            before, last[frame] = last.get(frame, ""), dis.opname[frame.f_code.co_code[frame.f_lasti]]
            if before.startswith(("CALL", "RESUME", "JUMP_BACKWARD")):
                looks += 1
                if looks == number:
                    sys.settrace(None)
                    raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def test_ctrl_c_anywhere_in_submit(RE):
    """Wherever it strikes the plan is in progress and can be halted, or nothing is left of it."""
    number, in_progress, nothing_left = 0, 0, 0
    heard = []
    while interrupted_at(
        (number := number + 1), functools.partial(RE.submit, LONG, lambda name, _: heard.append(name))
    ):
        plan = RE._plan
        if plan is None or plan.over:
            assert RE.state is State.IDLE
            nothing_left += 1
        else:
            RE.halt()
            assert plan.future.result(timeout=20).outcome is Outcome.HALT
            in_progress += 1
        heard.clear()
        assert len(RE(RUN)) == 1
        assert heard == [], f"interrupted at step {number}, it leaves a subscription behind"

    RE.halt()
    assert nothing_left > 20
    assert in_progress > 0


def test_ctrl_c_anywhere_in_a_call(RE):
    """Wherever it strikes the call says that the plan is paused, or KeyboardInterrupt comes; the engine is in order."""
    number, paused, escaped = 0, 0, 0

    def call():
        nonlocal paused
        try:
            RE([Msg("checkpoint"), Msg("sleep", None, 0.01)])
        except RunEngineInterrupted:
            paused += 1
            assert RE.state is State.PAUSED
            sys.settrace(None)
            RE.halt()
            raise KeyboardInterrupt from None

    while interrupted_at((number := number + 1), call):
        plan = RE._plan
        if plan is not None and not plan.over:
            RE.halt()
            plan.future.result(timeout=20)
            escaped += 1
        assert len(RE(RUN)) == 1

    assert paused > 5
    assert number > paused + escaped
