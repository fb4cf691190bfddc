"""What bluesky's engine does otherwise than ours: each test fails as soon as a version of it no longer does.

The numbers are those of the list of defects in the design's notes; test_better_on_purpose shows what ours does instead.
Those that only an interruption at a certain message brings to light are in test_differential_interrupted.
"""

import asyncio
import gc
import threading

import bluesky.plans as bp
import ophyd.sim
import pytest
from bluesky.run_engine import RunEngine as BlueskyEngine
from bluesky.suspenders import SuspendBoolHigh
from bluesky.utils import RunEngineInterrupted, TransitionError

from reioc.engine import Msg

from .documents import named
from .fakes import Detector, Motor
from .flying_fakes import Signal

PAUSED_IN_A_RUN = [Msg("open_run"), Msg("checkpoint"), Msg("pause"), Msg("close_run")]


@pytest.fixture
def theirs():
    engine = BlueskyEngine({}, loop=asyncio.new_event_loop(), context_managers=[])
    engine.documents = []
    engine.subscribe(lambda name, doc: engine.documents.append((name, doc)))
    yield engine
    engine.loop.call_soon_threadsafe(engine.loop.stop)
    engine._th.join(timeout=10)
    engine.loop.close()


def pause(theirs, plan):
    with pytest.raises(RunEngineInterrupted):
        theirs(plan)
    assert theirs.state == "paused"


class Suspension:
    """A future that is done when the test says so; asks for a suspension at the first message with a command."""

    def __init__(self, engine, command, **keywords):
        self.engine, self.command, self.keywords = engine, command, keywords
        self.event = asyncio.Event()
        engine.msg_hook = self

    def __call__(self, msg):
        if msg.command == self.command:
            self.command = None
            self.engine.request_suspend(self.event.wait, **self.keywords)
        elif msg.command == "wait_for":
            self.waits()
            self.event.set()

    def waits(self):
        """What to look at while it is suspended."""


def test_defect_1_suspended_reads_running(theirs):
    """While it is suspended its state reads running."""
    states = []
    suspension = Suspension(theirs, "checkpoint")
    suspension.waits = lambda: states.append(str(theirs.state))
    theirs([Msg("checkpoint"), Msg("null"), Msg("null"), Msg("null")])

    assert states == ["running"]


def test_defect_2_trip_while_paused_is_forgotten(theirs):
    """A suspender that trips while the engine is paused is forgotten: the plan is resumed to its end."""
    shutter = ophyd.sim.Signal(name="shutter", value=0)
    theirs.install_suspender(SuspendBoolHigh(shutter))
    pause(theirs, PAUSED_IN_A_RUN)
    shutter.put(1)
    theirs.resume()

    assert named(theirs.documents, "stop")[0]["exit_status"] == "success"


def test_defect_3_reason_of_an_abort_is_lost(theirs):
    """The reason given to `abort` is not in the RunStop."""
    theirs.msg_hook = lambda msg: msg.command == "save" and theirs.loop.call_soon(pause_now)

    def pause_now():
        asyncio.ensure_future(theirs._request_pause_coro())  # noqa: RUF006 - it is done at once

    pause(theirs, bp.count([Detector("det")], 3))
    theirs.abort("wrong sample")

    (stop,) = named(theirs.documents, "stop")
    assert (stop["exit_status"], stop["reason"]) == ("abort", "")


def test_defect_4_endings_are_not_told_apart(theirs):
    """The RunStop of a stopped plan is that of a successful one, that of a halted one that of an aborted one."""
    for verb in ("stop", "abort", "halt"):
        pause(theirs, iter(PAUSED_IN_A_RUN))
        getattr(theirs, verb)()
    theirs([Msg("open_run"), Msg("close_run")])

    ends = [(doc["exit_status"], doc["reason"]) for doc in named(theirs.documents, "stop")]
    assert ends == [("success", ""), ("abort", ""), ("abort", ""), ("success", "")]


def test_defect_5_failing_callback_fails_the_plan(theirs):
    """A callback that fails, whatever it is for, fails the plan."""

    def plot(name, doc):
        raise ValueError("no display")

    theirs.subscribe(plot)
    with pytest.raises(ValueError, match="no display"):
        theirs([Msg("open_run"), Msg("close_run")])


def test_defect_6_deferred_pause_is_dropped(theirs):
    """A deferred pause after the last checkpoint is dropped without a word, but still said to be requested."""
    theirs([Msg("checkpoint"), Msg("pause", None, defer=True)])

    assert (theirs.state, theirs.deferred_pause_requested) == ("idle", True)


def test_defect_7_abort_waits_for_a_blocked_device(theirs):
    """`abort` comes back only when the device does that blocks the engine."""
    blocked, go_on = threading.Event(), threading.Event()

    class Blocking(Motor):
        def read(self):
            blocked.set()
            go_on.wait(20)
            return super().read()

    def run():
        with pytest.raises(RunEngineInterrupted):
            theirs([Msg("checkpoint"), Msg("read", Blocking("slow"), run=None), Msg("null")])

    running, aborting = threading.Thread(target=run), threading.Thread(target=theirs.abort)
    running.start()
    assert blocked.wait(10)
    aborting.start()
    aborting.join(timeout=0.1)
    assert aborting.is_alive()
    go_on.set()
    for thread in (aborting, running):
        thread.join(timeout=10)


def test_defect_8_monitors_are_doubled(theirs):
    """After a suspension a monitored signal has two subscriptions: one put, two events."""
    monitored = Signal()
    Suspension(theirs, "checkpoint")
    theirs(
        [
            Msg("open_run"),
            Msg("monitor", monitored, name="monitored"),
            Msg("checkpoint"),
            Msg("null"),
            Msg("set", monitored, 5),
            Msg("close_run"),
        ]
    )

    values = [doc["data"]["signal"] for doc in named(theirs.documents, "event")]
    assert (monitored.most, values.count(5.0)) == (2, 2)


def test_defect_9_suspended_without_a_checkpoint(theirs):
    """Where there is no checkpoint a suspension fails in a task that nobody waits for."""
    lost = []
    theirs.loop.set_exception_handler(lambda _, context: lost.append(context["exception"]))
    Suspension(theirs, "sleep")
    with pytest.raises(RunEngineInterrupted):
        theirs([Msg("open_run"), Msg("clear_checkpoint"), Msg("sleep", None, 0.05), Msg("null")])
    gc.collect()

    assert lost
    assert all(isinstance(error, TransitionError) for error in lost)


def test_defect_10_interrupted_read_gives_none(theirs):
    """A `read` that was interrupted by a pause is repeated, but the plan gets None."""
    readings = []

    class Slow(Motor):
        async def read(self):
            if self.calls == []:
                self.calls.append("interrupted")
                await theirs._request_pause_coro()
                await asyncio.sleep(3600)
            return super().read()

    def plan():
        yield Msg("checkpoint")
        readings.append((yield Msg("read", Slow("m"))))

    pause(theirs, plan())
    theirs.resume()

    assert readings == [None]


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_defect_11_unstage_is_not_awaited(theirs):
    """A device that is still staged at the end is not unstaged, if that takes an await."""
    unstaged = []

    class Later(Detector):
        async def unstage(self):
            unstaged.append(self.name)

    theirs([Msg("stage", Later("det"))])
    gc.collect()

    assert unstaged == []


def test_defect_11_halt_is_refused_in_a_hung_clean_up(theirs):
    """A plan that hangs in its clean-up after an `abort` cannot be halted."""
    hangs, go_on = threading.Event(), asyncio.Event()

    async def hang():
        hangs.set()
        await go_on.wait()

    def plan():
        try:
            yield Msg("pause")
            yield Msg("null")
        finally:
            yield Msg("wait_for", None, [hang])

    pause(theirs, plan())
    aborting = threading.Thread(target=theirs.abort)
    aborting.start()
    assert hangs.wait(10)
    with pytest.raises(TransitionError):
        theirs.halt()
    theirs.loop.call_soon_threadsafe(go_on.set)
    aborting.join(timeout=10)
