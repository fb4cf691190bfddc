"""bluesky's own suspenders in our engine, whose holds they were not made for."""

import asyncio
import threading

import pytest
from bluesky.preprocessors import suspend_wrapper
from bluesky.suspenders import SuspendBoolHigh
from ophyd import Signal

from reioc.engine import Msg, Outcome, RunEngineInterrupted, State

from .helpers import RUN, commands_of, in_a_run

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def shutter():
    made = Signal(name="shutter_closed", value=0)
    yield made
    made.destroy()


@pytest.fixture
def suspender(RE, shutter):
    """Installed, and not tripped."""
    made = SuspendBoolHigh(shutter, tripped_message="the shutter is closed")
    RE.install_suspender(made)
    return made


class Mute:
    """A suspender that cannot be asked."""

    def install(self, engine):
        pass

    def remove(self):
        pass

    def get_futures(self):
        raise OSError("no answer")


def plan_that_waits(go, events=2):
    yield Msg("open_run")
    yield Msg("checkpoint")
    yield Msg("wait_for", None, [go.wait] * events)
    yield Msg("close_run")


def loops_event(RE):
    async def make():
        return asyncio.Event()

    return asyncio.run_coroutine_threadsafe(make(), RE.loop).result(timeout=20)


def test_it_trips_while_a_plan_runs(RE, watch, suspender, shutter):
    """The plan is suspended with its justification, and goes on when it lets go."""
    go = loops_event(RE)
    future = RE.submit(plan_that_waits(go))
    watch.until(State.RUNNING)
    shutter.put(1)
    watch.until(State.SUSPENDED)
    assert "the shutter is closed" in RE.last_change.reason
    shutter.put(0)
    RE.loop.call_soon_threadsafe(go.set)

    assert future.result(timeout=20).outcome is Outcome.SUCCESS


def test_tripped_beforehand(RE, watch, suspender, shutter):
    """A plan that is started while it is tripped begins suspended."""
    shutter.put(1)
    future = RE.submit(RUN)
    watch.until(State.SUSPENDED)
    assert watch.states == ["suspended"]
    shutter.put(0)

    assert len(future.result(timeout=20).uids) == 1


def test_tripped_when_it_is_installed(RE, watch, shutter):
    """As ours: it holds from then on."""
    shutter.put(1)
    RE.install_suspender(SuspendBoolHigh(shutter))
    assert len(RE.holds) == 1
    shutter.put(0)

    assert len(RE(RUN)) == 1


def test_it_trips_while_paused(RE, watch, suspender, shutter):
    """In bluesky it is forgotten, and `resume` runs on; here it resumes into suspended."""
    with pytest.raises(RunEngineInterrupted):
        RE(in_a_run(Msg("checkpoint"), Msg("pause"), Msg("null")))
    shutter.put(1)
    RE.request_resume()
    watch.until(State.SUSPENDED)
    shutter.put(0)

    assert RE._plan.future.result(timeout=20).outcome is Outcome.SUCCESS


def test_it_trips_while_another_one_holds(RE, watch, suspender, shutter):
    """It does not ask while the state is not `running`: before the other one's hold ends it is asked."""
    RE.hold("beam", "no beam")
    future = RE.submit(RUN)
    watch.until(State.SUSPENDED)
    shutter.put(1)
    RE.release("beam")
    assert [hold.owner == "beam" for hold in RE.holds] == [False]
    shutter.put(0)

    assert future.result(timeout=20).outcome is Outcome.SUCCESS
    assert watch.states == ["suspended", "running", "idle"]


def test_it_trips_in_the_moment_before(RE, watch, suspender, shutter):
    """One that trips when the engine is about to run, and so is told to nobody, counts before the first message."""
    shutter_closed = threading.Event()

    def close(msg_or_state, *_):
        if not shutter_closed.is_set():
            shutter_closed.set()
            shutter.put(1)

    executed = commands_of(RE)
    RE._engine.states.observers.insert(0, lambda change: close(change) if change.new is State.RUNNING else None)
    future = RE.submit(RUN)
    watch.until(State.SUSPENDED)
    assert executed == []
    shutter.put(0)

    assert future.result(timeout=20).outcome is Outcome.SUCCESS


def test_its_plans_run(RE, watch, shutter):
    """Pre- and post-plan as in bluesky: the one while it is suspended, the other before it goes on."""
    pre, post = [Msg("null", "pre")], [Msg("null", "post")]
    RE.install_suspender(SuspendBoolHigh(shutter, pre_plan=pre, post_plan=post))
    go, seen = loops_event(RE), []
    RE.msg_hook = lambda msg: seen.append(msg.obj) if msg.command == "null" else None
    future = RE.submit(plan_that_waits(go))
    watch.until(State.RUNNING)
    shutter.put(1)
    watch.until(State.SUSPENDED)
    shutter.put(0)
    RE.loop.call_soon_threadsafe(go.set)
    future.result(timeout=20)

    assert seen == ["pre", "post"]


def test_removing_it_lets_go(RE, watch, suspender, shutter):
    """What it holds goes on."""
    shutter.put(1)
    future = RE.submit(RUN)
    watch.until(State.SUSPENDED)
    RE.clear_suspenders()

    assert future.result(timeout=20).outcome is Outcome.SUCCESS
    assert (RE.suspenders, suspender.RE) == ((), None)


def test_in_a_wrapper(RE, watch, shutter):
    """The suspend_wrapper of bluesky installs it for the time of a plan."""
    suspender, go = SuspendBoolHigh(shutter), loops_event(RE)
    shutter.put(1)
    future = RE.submit(suspend_wrapper(plan_that_waits(go), suspender))
    watch.until(State.SUSPENDED)
    shutter.put(0)
    RE.loop.call_soon_threadsafe(go.set)

    assert future.result(timeout=20).outcome is Outcome.SUCCESS
    assert RE.suspenders == ()


def test_installed_twice(RE, suspender, shutter):
    """It is there once."""
    RE.install_suspender(suspender)
    assert RE.suspenders == (suspender,)
    RE.remove_suspender(suspender)

    assert RE.suspenders == ()


@pytest.mark.parametrize("thing", [3, None, SuspendBoolHigh])
def test_what_is_no_suspender(RE, thing):
    """It is refused, a class that was not called as well, also where a plan installs it."""
    with pytest.raises(TypeError, match=r"A suspender is an object with the methods install.*, not"):
        RE.install_suspender(thing)
    with pytest.raises(TypeError, match="A suspender is an object"):
        RE([Msg("install_suspender", None, thing)])

    assert RE.suspenders == ()


def test_one_that_cannot_be_asked(RE, caplog):
    """It is logged, and keeps no plan from running."""
    RE.install_suspender(Mute())

    assert len(RE(RUN)) == 1
    assert "does not say whether it is tripped" in caplog.text


@pytest.mark.parametrize("kind", [OSError, SystemExit])
def test_one_that_fails_when_the_plan_goes_on(RE, caplog, kind):
    """What it raises in the engine's own thread is logged, and harms neither plan nor engine."""

    class Failing(Mute):
        tripped = False

        def get_futures(self):
            return ([object()], "") if threading.current_thread() is not threading.main_thread() else ([], "")

        def remove(self):
            raise kind("no answer")

    RE.install_suspender(Failing())

    assert len(RE(RUN)) == 1
    assert "no answer" in caplog.text
    RE._suspenders.clear()


def test_request_suspend_as_blueskys(RE, watch):
    """The first argument is the future, or what makes one; the rest are keywords."""
    go = loops_event(RE)
    RE.request_suspend(go.wait, justification="tea")
    RE.request_suspend(fut=asyncio.run_coroutine_threadsafe(_wrapped(go), RE.loop), justification="cake")
    future = RE.submit(RUN)
    watch.until(State.SUSPENDED)
    assert RE.holds[0].reason == "tea"
    RE.loop.call_soon_threadsafe(go.set)

    assert future.result(timeout=20).outcome is Outcome.SUCCESS


async def _wrapped(event):
    await event.wait()


def test_one_that_lets_go_while_it_is_asked(RE, watch, suspender, shutter, monkeypatch):
    """Its answer is then a future that is never done: it is not waited for, and the next trip is not missed."""
    shutter.put(1)
    suspender_tripped(suspender)
    ask = suspender.get_futures

    def lets_go_meanwhile():
        if suspender.tripped and shutter.get():
            shutter.put(0, force=True)
            suspender(0)
            suspender._tripped = True  # what was seen before the lock was taken
            futures = ask()
            suspender._tripped = False
            return futures
        return ask()

    monkeypatch.setattr(suspender, "get_futures", lets_go_meanwhile)
    assert len(RE(RUN)) == 1

    go = loops_event(RE)
    future = RE.submit(plan_that_waits(go))
    watch.until(State.RUNNING)
    monkeypatch.undo()
    shutter.put(1)
    watch.until(State.SUSPENDED)
    shutter.put(0)
    RE.loop.call_soon_threadsafe(go.set)
    assert future.result(timeout=20).outcome is Outcome.SUCCESS


def suspender_tripped(suspender):
    """Wait until it is: ophyd tells it in a thread of its own."""
    deadline = threading.Event()
    for _ in range(2000):
        if suspender.tripped:
            return
        deadline.wait(0.005)
    raise AssertionError("it did not trip")
