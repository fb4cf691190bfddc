"""A halt while the engine's thread is blocked gives the engine back."""

import threading

import pytest

from reioc.engine import Msg, Outcome, RunEngineInterrupted, State, TransitionError
from reioc.engine.face import giving_up

from .blocking import PATIENCE, BlockingMotor, in_a_run_with
from .documents import named
from .fakes import Detector, Motor
from .helpers import RUN


def halted(RE, future, block, reason="fire"):
    """The result of a plan that is halted when it is blocked."""
    block.until_entered()
    RE.request_halt(reason)
    return future.result(PATIENCE)


def let_go(RE, block):
    """What blocked returns, and its thread is over."""
    threads = [given_up._thread for given_up in RE._given_up]
    block.go_on.set()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.mark.parametrize("how", ["wait", "sleep", "spin", "deaf"])
@pytest.mark.parametrize("method", ["set", "read", "stage"])
def test_blocked_in_a_device(RE, documents, watch, blocks, method, how):
    """The plan is halted, its run is closed with why, once, and the next plan runs at once."""
    block = blocks(how)
    motor = BlockingMotor(method, block)
    args = (1.0,) if method == "set" else ()
    result = halted(RE, RE.submit(in_a_run_with(Msg(method, motor, *args))), block)

    assert (result.outcome, result.exit_status, result.interrupted) == (Outcome.HALT, "abort", True)
    assert result.reason.startswith(
        f"halted: fire; given up while blocked in {method} m1, in Block.{how} (blocking.py:"
    )
    assert [doc["reason"] for doc in named(documents, "stop")] == [result.reason]
    assert [(change.seq, change.new) for change in watch.changes] == [(1, "running"), (2, "halting"), (3, "idle")]
    assert len(RE(RUN)) == 1


@pytest.mark.parametrize("how", ["wait", "deaf"])
def test_what_comes_back_has_no_effect(RE, documents, watch, blocks, caplog, how):
    """The call returns while another plan has run: no device is called, no document comes, no state changes."""
    block, other = blocks(how), Motor("other")
    plan = in_a_run_with(Msg("set", BlockingMotor("set", block), 1.0), Msg("set", other, 1.0))
    halted(RE, RE.submit(plan), block)
    RE(RUN)
    before = len(documents), len(watch.changes)
    let_go(RE, block)

    assert other.calls == []
    assert (len(documents), len(watch.changes)) == before
    assert caplog.text.count("nobody waits for it any more") == 1
    assert "set m1, in Block." in caplog.text
    assert RE.state is State.IDLE


def test_no_device_is_called(RE, blocks):
    """Where the thread is given up, what moves and what is staged is left as it is, and named."""
    block, moving, staged = blocks(), Motor("m2", slow=True), Detector("det")
    plan = [Msg("stage", staged), Msg("set", moving, 1), Msg("set", BlockingMotor("set", block), 1)]
    result = halted(RE, RE.submit(plan), block)

    assert (moving.calls, staged.calls) == ([("set", 1.0)], ["stage"])
    assert result.problems == (
        "not stopped, since the engine's thread was given up: m2, m1",
        "not unstaged, since the engine's thread was given up: det",
    )
    moving.arrive()


def test_freed_thread(RE, blocks, monkeypatch):
    """Where the thread can be freed it stays, with its loop, and the halt does what every halt does."""
    monkeypatch.setattr(giving_up, "FREEING", PATIENCE)
    block, moving, loop = blocks("spin"), Motor("m2", slow=True), RE.loop
    result = halted(RE, RE.submit([Msg("set", moving, 1), Msg("set", BlockingMotor("set", block), 1)]), block)

    assert moving.calls == [("set", 1.0), "stop"]
    assert result.problems == ()
    assert RE.loop is loop


@pytest.mark.parametrize("how", ["wait", "spin"])
def test_blocked_in_the_plan(RE, documents, blocks, how):
    """So it is where the plan's own code blocks; nothing of its clean-up is executed."""
    block = blocks(how)

    def plan():
        yield Msg("open_run")
        try:
            block.here()
        finally:
            yield Msg("null")

    executed = []
    RE.msg_hook = lambda msg: executed.append(msg.command)
    result = halted(RE, RE.submit(plan()), block)
    let_go(RE, block)

    assert "given up while blocked in the plan, in Block." in result.reason
    assert [doc["exit_status"] for doc in named(documents, "stop")] == ["abort"]
    assert executed == ["open_run"]


@pytest.mark.parametrize("how", ["wait", "spin", "deaf"])
def test_blocked_in_the_clean_up_of_an_abort(RE, documents, watch, blocks, how):
    """The plan remains aborted, and no further device is put back."""
    block, first = blocks(how), Detector("det")
    motor = BlockingMotor("unstage", block)
    RE.msg_hook = lambda msg: RE.request_abort("tea") if msg.command == "sleep" else None
    plan = [Msg("open_run"), Msg("stage", first), Msg("stage", motor), Msg("sleep", None, 3600)]
    result = halted(RE, RE.submit(plan), block)
    let_go(RE, block)

    assert result.outcome is Outcome.ABORT
    assert result.reason.startswith("aborted: tea; given up while blocked in unstage m1, in Block.")
    assert [doc["reason"] for doc in named(documents, "stop")] == [result.reason]
    assert watch.states == ["running", "aborting", "halting", "idle"]
    assert first.calls == ["stage"]


def test_blocked_in_the_clean_up_of_the_halt_itself(RE, blocks):
    """A halt is looked after to its end: no second one is needed."""
    block = blocks()
    future = RE.submit([Msg("stage", BlockingMotor("unstage", block)), Msg("sleep", None, 3600)])
    RE.msg_hook = lambda msg: RE.request_halt("fire") if msg.command == "sleep" else None
    result = future.result(PATIENCE)

    assert result.reason.startswith("halted: fire; given up while blocked in unstage m1")


def test_two_halts(RE, documents, blocks):
    """Who halts twice has halted once."""
    block = blocks()
    future = RE.submit(in_a_run_with(Msg("set", BlockingMotor("set", block), 1)))
    block.until_entered()
    RE.request_halt("fire")
    RE.request_halt("again")

    assert future.result(PATIENCE).reason.startswith("halted: fire; given up")
    assert len(named(documents, "stop")) == 1


def test_twice_in_a_row(RE, documents, blocks):
    """With one thread stuck another one can be given up as well."""
    for name in ("m1", "m2"):
        block = blocks()
        result = halted(RE, RE.submit(in_a_run_with(Msg("set", BlockingMotor("set", block, name), 1))), block)
        assert f"given up while blocked in set {name}" in result.reason

    assert len(RE._given_up) == 2
    assert len(named(documents, "stop")) == 2
    assert len(RE(RUN)) == 1


def test_blocked_without_a_plan(RE, watch, blocks):
    """What blocks the loop of an idle engine, a callback, is given up as well; the state stays."""
    block = blocks()
    RE.loop.call_soon_threadsafe(block.here)
    block.until_entered()
    RE.halt("fire")

    assert len(RE(RUN)) == 1
    assert watch.states == ["running", "idle"]


def test_idle_and_not_blocked(RE):
    """An idle engine that is not blocked cannot be halted."""
    with pytest.raises(TransitionError, match="Halting is not possible"):
        RE.halt()


def test_accepted_and_not_begun(RE, documents, watch, blocks):
    """A plan that was accepted while the loop was blocked is halted, and begun no later."""
    block = blocks()
    RE.loop.call_soon_threadsafe(block.here)
    block.until_entered()
    result = halted(RE, RE.submit(RUN), block)
    let_go(RE, block)

    assert (result.outcome, result.reason) == (Outcome.HALT, "halted: fire")
    assert documents == []
    assert watch.states == ["running", "halting", "idle"]


def test_begun_and_not_started(RE, watch, blocks):
    """So is one that was begun, and had not come to its first step; who was subscribed for it hears nothing later."""
    block, futures, heard = blocks(), [], []

    def submit():
        futures.append(RE.submit(RUN, lambda name, doc: heard.append((name, doc))))
        RE.loop.call_soon(block.here)

    RE.loop.call_soon_threadsafe(submit)
    block.until_entered()
    result = halted(RE, futures[0], block)
    let_go(RE, block)

    assert (result.outcome, result.reason) == (Outcome.HALT, "halted: fire")
    assert watch.states == ["running", "halting", "idle"]
    assert len(RE(RUN)) == 1
    assert heard == []


def test_blocked_while_paused(RE, documents, blocks):
    """`halt` of a paused plan waits for its end, and is not kept waiting."""
    block = blocks()
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("open_run"), Msg("checkpoint"), Msg("pause"), Msg("close_run")])
    RE.loop.call_soon_threadsafe(block.here)
    block.until_entered()

    assert len(RE.halt("fire")) == 1
    assert [doc["reason"][:21] for doc in named(documents, "stop")] == ["halted: fire; given u"]


@pytest.mark.parametrize("during", [False, True])
def test_call_that_waits(RE, blocks, during):
    """`RE(plan)` raises as after any halt, also where it waits in a `during_task`."""
    block = blocks()

    class During:
        def block(self, event):
            assert event.wait(PATIENCE)

    RE._during_task = During() if during else None
    thread = threading.Thread(target=lambda: (block.until_entered(), RE.request_halt("fire")))
    thread.start()
    with pytest.raises(RunEngineInterrupted, match="halted: fire; given up while blocked in set m1"):
        RE(in_a_run_with(Msg("set", BlockingMotor("set", block), 1)))
    thread.join(PATIENCE)

    assert len(RE(RUN)) == 1


def test_close(RE, documents, blocks):
    """A blocked engine can be closed, which halts its plan."""
    block = blocks()
    future = RE.submit(in_a_run_with(Msg("set", BlockingMotor("set", block), 1)))
    block.until_entered()
    RE.close()

    assert future.result(PATIENCE).reason.startswith("halted: the engine is closed; given up")
    assert len(named(documents, "stop")) == 1
    with pytest.raises(TransitionError, match="The engine is closed"):
        RE(RUN)
