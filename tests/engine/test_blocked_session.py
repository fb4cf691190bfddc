"""What people see of a blocked engine, and what of a session outlives the thread that was given up."""

import asyncio
import subprocess
import sys
import threading
import time

import pytest
from bluesky.run_engine import get_bluesky_event_loop
from bluesky.suspenders import SuspendBoolHigh
from ophyd import Signal
from ophyd_async.plan_stubs import ensure_connected

from reioc.engine import Msg, Outcome, RunEngine, RunEngineInterrupted, Scope, State
from reioc.engine.face import loop_thread
from reioc.engine.plans import scan

from .blocking import PATIENCE, Block, BlockingMotor, in_a_run_with
from .documents import named
from .fakes import Detector
from .helpers import RUN
from .ophyd_async_lab import Laboratory


def until(condition):
    """Wait until something is so, by looking."""
    give_up_at = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up_at


def give_up(RE, block):
    """A plan is halted in which a device blocks the thread. Returns its result."""
    future = RE.submit(in_a_run_with(Msg("set", BlockingMotor("set", block), 1)))
    block.until_entered()
    RE.request_halt("fire")
    return future.result(PATIENCE)


class Clock:
    """Says what the test says."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def in_the_plan(block):
    yield Msg("null")
    block.here()


# What people see


def test_blocked_for_how_long(RE, blocks, monkeypatch):
    """`blocked` is 0 while the loop answers, and counts from when it was first asked in vain."""
    clock, block = Clock(), blocks()
    monkeypatch.setattr(loop_thread, "monotonic", clock)
    assert RE.blocked == 0.0
    until(lambda: RE._thread._asked_at is None)
    RE.loop.call_soon_threadsafe(block.here)
    block.until_entered()
    assert RE.blocked == 0.0
    clock.now += 7.5
    assert RE.blocked == 7.5
    block.go_on.set()
    until(lambda: RE._thread._asked_at is None)

    assert RE.blocked == 0.0
    assert RE.blocked_in == ""


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (lambda block: [Msg("set", BlockingMotor("set", block), 1)], "set m1, in Block.wait (blocking.py:"),
        (lambda block: [Msg("stage", BlockingMotor("unstage", block))], "unstage m1, in Block.wait (blocking.py:"),
        (in_the_plan, "the plan, in Block.spin (blocking.py:"),
    ],
    ids=["message", "clean-up", "plan"],
)
def test_blocked_in_what(RE, blocks, plan, expected):
    """`blocked_in` says what is done, and the innermost place that is not of Python's library."""
    block = blocks("spin" if "spin" in expected else "wait")
    future = RE.submit(plan(block))
    block.until_entered()
    until(lambda: RE.blocked)

    assert RE.blocked_in.startswith(expected)
    block.go_on.set()
    future.result(PATIENCE)


def test_blocked_in_a_coroutine_of_a_device(RE, blocks):
    """A coroutine that blocks is found by the message that is in progress."""
    block, device = blocks(), Detector("det")

    async def read():
        block.here()
        return {}

    device.read = read
    future = RE.submit([Msg("read", device)])
    block.until_entered()
    until(lambda: RE.blocked)

    assert RE.blocked_in.startswith("read det, in Block.wait (blocking.py:")
    block.go_on.set()
    future.result(PATIENCE)


def test_idle_engine_is_in_nothing(RE):
    """An engine that has nothing to do is blocked in nothing."""
    assert RE.blocked_in == ""
    assert RE._what_it_is_in(RE._thread.frame()) == ""


def test_closed_engine_is_not_blocked():
    """Nor is one that was closed."""
    engine = RunEngine()
    engine.close()

    assert [engine.blocked, engine.blocked] == [0.0, 0.0]


# What outlives the thread


def test_session(RE, documents, blocks):
    """Metadata, the scan number, commands, subscriptions, hooks, preprocessors and settings stay."""
    seen = []
    RE.md["beamline"] = "sim"
    RE.register_command("mine", lambda msg: seen.append(msg.args))
    RE.preprocessors.append(lambda plan: plan)
    RE.record_interruptions = True
    give_up(RE, blocks())
    documents.clear()
    RE([Msg("open_run"), Msg("mine", None, 1), Msg("close_run")])
    start = named(documents, "start")[0]

    assert (start["scan_id"], start["beamline"]) == (2, "sim")
    assert seen == [(1,)]
    assert [doc["name"] for doc in named(documents, "descriptor")] == ["interruptions"]


def test_subscriptions_of_the_plan_end(RE, blocks):
    """Who was subscribed for the call hears its RunStop, and nothing after that."""
    block, heard = blocks(), []
    future = RE.submit(in_a_run_with(Msg("set", BlockingMotor("set", block), 1)), lambda name, _: heard.append(name))
    block.until_entered()
    RE.request_halt()
    future.result(PATIENCE)
    RE(RUN)

    assert heard == ["start", "stop"]


def test_holds(RE, watch, blocks):
    """A hold stays in force, and can be let go of."""
    RE.hold("beam", "no beam", scope=Scope.of(plans="other"))
    give_up(RE, blocks())
    RE.hold("beam", "no beam")
    RE.hold("water", "no water")
    future = RE.submit(RUN)
    watch.until(State.SUSPENDED)
    RE.release("beam")
    RE.release("water")

    assert future.result(PATIENCE).outcome is Outcome.SUCCESS


def test_blocked_while_suspended(RE, watch, documents, blocks):
    """A plan that is held is halted, and what suspended it goes on holding."""
    block = blocks()
    RE.hold("beam", "no beam", pre_plan=[Msg("set", BlockingMotor("set", block), 1)])
    future = RE.submit([Msg("open_run"), Msg("close_run")])
    block.until_entered()
    RE.request_halt("fire")

    assert future.result(PATIENCE).reason.startswith("halted: fire; given up while blocked in set m1")
    assert watch.states == ["suspended", "halting", "idle"]
    assert [hold.owner for hold in RE.holds] == ["beam"]
    assert not RE.holds_in_force


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("when", ["before", "after"])
def test_suspender_of_blueskys(RE, watch, blocks, when):
    """One of bluesky's that has tripped goes on holding, and lets go on the new loop."""
    shutter = Signal(name="shutter_closed", value=0)
    RE.install_suspender(SuspendBoolHigh(shutter))
    if when == "before":
        future = RE.submit([Msg("checkpoint"), Msg("sleep", None, 3600)])
        watch.until(State.RUNNING)
        shutter.put(1)
        watch.until(State.SUSPENDED)
        block = blocks()
        RE.loop.call_soon_threadsafe(block.here)
        block.until_entered()
        RE.request_halt("fire")
        future.result(PATIENCE)
    else:
        give_up(RE, blocks())
        shutter.put(1)
    watch.changes.clear()
    future = RE.submit(RUN)
    watch.until(State.SUSPENDED)
    assert len(RE.holds) >= 1
    until(lambda: not RE._waits_again)
    shutter.put(0)

    assert future.result(PATIENCE).outcome is Outcome.SUCCESS
    assert RE.holds == ()
    shutter.destroy()


def test_what_a_suspension_waits_for(RE, blocks, caplog):
    """A function is called again on the new loop; an awaitable that was begun on the old one is let go, and named."""
    go, loops = threading.Event(), []

    async def wait():
        loops.append(asyncio.get_running_loop())
        while not go.is_set():  # noqa: ASYNC110 - an asyncio.Event would belong to one loop
            await asyncio.sleep(0)

    async def for_ever():
        await asyncio.sleep(3600)

    RE.request_suspend(wait, justification="a function")
    RE.request_suspend(for_ever(), justification="an awaitable")
    until(lambda: len(loops) == 1)
    block = blocks()
    RE.loop.call_soon_threadsafe(block.here)
    block.until_entered()
    RE.halt()
    until(lambda: len(RE.holds) == 1 and len(loops) == 2)
    assert "an awaitable: what it waited for was bound to the loop that was given up" in caplog.text
    go.set()
    until(lambda: not RE.holds)

    assert loops[1] is RE.loop is not loops[0]


def test_new_loop_is_found(RE, blocks):
    """It is what bluesky and ophyd-async take for the engine's loop from then on."""
    old = RE.loop
    assert get_bluesky_event_loop() is old
    give_up(RE, blocks())

    assert get_bluesky_event_loop() is RE.loop is not old


def test_other_engine(RE, blocks):
    """Another engine of the process is not concerned."""
    other = RunEngine()
    try:
        loop, future = other.loop, other.submit([Msg("sleep", None, 3600)])
        give_up(RE, blocks())
        assert not future.done()
        assert get_bluesky_event_loop() is other.loop is loop
        other.request_halt("later")
        assert future.result(PATIENCE).reason == "halted: later"
    finally:
        other.close()


def test_pause_resume_and_abort(RE, watch, documents, blocks):
    """The next plan can be paused, resumed and aborted as any other."""
    give_up(RE, blocks())
    plan = [Msg("open_run"), Msg("checkpoint"), Msg("pause"), Msg("checkpoint"), Msg("sleep", None, 3600)]
    with pytest.raises(RunEngineInterrupted):
        RE(plan)
    watch.changes.clear()
    RE.request_resume()
    watch.until(State.RUNNING)
    RE.request_abort("tea")
    watch.until(State.IDLE)

    assert watch.states == ["running", "aborting", "idle"]
    assert named(documents, "stop")[-1]["reason"] == "aborted: tea"


def test_reset(RE, blocks):
    """`reset` waits for the end of a blocked plan, and need not wait long."""
    block = blocks()
    RE.submit(in_a_run_with(Msg("set", BlockingMotor("set", block), 1)))
    block.until_entered()
    RE.reset()

    assert RE.state is State.IDLE


# Somebody else's loop


@pytest.fixture
def theirs():
    """A loop that runs in a thread of somebody else's."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_loop_of_somebody_else(theirs, caplog):
    """It cannot be given up: `halt` says so instead of waiting for ever, and the plan ends when the loop answers."""
    block, engine = Block(), RunEngine(loop=theirs)
    engine.halt_patience = 0.1
    with pytest.raises(RunEngineInterrupted):
        engine([Msg("checkpoint"), Msg("pause")])
    future = engine._plan.future
    theirs.call_soon_threadsafe(block.here)
    block.until_entered()
    until(lambda: engine.blocked)
    assert engine.blocked_in.startswith("pause, in Block.wait (blocking.py:")
    with pytest.raises(RuntimeError, match=r"in Block.wait .*, and belongs to somebody else"):
        engine.halt("fire")
    assert "belongs to somebody else" in caplog.text
    block.go_on.set()

    assert future.result(PATIENCE).reason == "halted: fire"
    assert len(engine(RUN)) == 1
    engine.close()


def test_loop_of_somebody_else_without_a_plan(theirs):
    """`halt` says that it has come to nothing, as with a plan."""
    block, engine = Block(), RunEngine(loop=theirs)
    engine.halt_patience = 0.1
    theirs.call_soon_threadsafe(block.here)
    block.until_entered()
    until(lambda: engine.blocked)
    with pytest.raises(RuntimeError, match=r"in Block.wait .*, and belongs to somebody else"):
        engine.halt("fire")
    block.go_on.set()

    assert engine(RUN)
    engine.close()


# The end of the process

STUCK = """
import threading
from reioc.engine import Msg, RunEngine

RE, stuck = RunEngine(), threading.Event()
RE.halt_patience = 0.1
RE.register_command("stick", lambda msg: (stuck.set(), threading.Event().wait()))
future = RE.submit([Msg("stick")])
stuck.wait()
RE.request_halt("fire")
print(future.result(20).outcome, len(RE([Msg("open_run"), Msg("close_run")])))
"""


def test_process_can_end():
    """The process ends though a thread is stuck for ever."""
    done = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=40, check=True)

    assert done.stdout == "halt 1\n"
    assert "Traceback" not in done.stderr


# Devices of ophyd-async


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_devices_of_ophyd_async(RE, documents, blocks):
    """They can be connected again on the new loop, and go on; new ones can be made there."""
    lab = Laboratory(RE)
    give_up(RE, blocks())
    RE(ensure_connected(lab.m1, lab.det, mock=True, force_reconnect=True))
    again = Laboratory(RE)
    documents.clear()
    RE(scan([lab.knob], lab.m1, 0, 1, 2))
    RE(scan([again.det], again.m1, 0, 1, 2))

    assert [doc["exit_status"] for doc in named(documents, "stop")] == ["success", "success"]
    assert len(named(documents, "event")) == 4
