"""The end of an engine."""

import asyncio
import gc
import threading

import pytest

from reioc.engine import (
    Msg,
    Outcome,
    RunEngine,
    State,
    TransitionError,
)

from .documents import named
from .helpers import (
    PAUSED_IN_A_RUN,
    RUN,
)


def test_close_ends_the_thread(RE):
    """After `close` the thread has ended, a plan is refused, and closing again does no harm."""
    RE.close()
    RE.close()

    assert RE._thread._thread not in threading.enumerate()
    with pytest.raises(TransitionError, match="The engine is closed"):
        RE(RUN)


@pytest.mark.parametrize("plan", [PAUSED_IN_A_RUN, [Msg("open_run"), Msg("sleep", None, 3600)]])
def test_close_halts_the_plan(RE, watch, documents, plan):
    """A plan in progress is halted, and its runs are closed with that reason."""
    future = RE.submit(plan)
    watch.until(State.RUNNING)
    RE.close()

    assert future.result().outcome is Outcome.HALT
    assert [doc["reason"] for doc in named(documents, "stop")] in (["halted: the engine is closed"], [])


@pytest.mark.parametrize("state", ["running", "pausing", "paused"])
def test_close_by_an_observer(RE, documents, state):
    """Closed in its own thread, the engine still halts the plan and closes its run before the thread ends."""

    def close(news):
        if getattr(news, "new", None) == state:
            RE.close()

    RE.observers.append(close)
    plan = [Msg("open_run"), Msg("checkpoint"), Msg("pause"), Msg("sleep", None, 3600)]
    result = RE.submit(plan).result(timeout=20)
    RE._thread._thread.join(timeout=20)

    assert result.outcome is Outcome.HALT
    assert len(named(documents, "start")) == len(named(documents, "stop")) == (state != "running")
    RE.close()


def test_close_right_after_submit(RE):
    """A plan that was submitted a moment ago is halted or done, and is not left behind."""
    future = RE.submit([Msg("sleep", None, 3600)])
    RE.close()

    assert future.result().outcome is Outcome.HALT


def test_close_cancels_what_waits(RE, caplog):
    """What still waits on the engine's loop, a suspension's future, is cancelled and not destroyed while pending."""
    RE.request_suspend(asyncio.Event().wait, justification="for ever")
    RE.close()
    gc.collect()

    assert "destroyed" not in caplog.text
    assert RE.holds == ()


def test_loop_of_somebody_else():
    """An engine on a loop that already runs uses it, and leaves it running when it is closed."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        engine = RunEngine(loop=loop)
        assert len(engine(RUN)) == 1
        engine.close()
        assert asyncio.run_coroutine_threadsafe(asyncio.sleep(0, "alive"), loop).result(timeout=10) == "alive"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_a_closed_engine_is_not_suspended(RE):
    """After `close` nothing can be suspended: that is said, and no hold is left."""
    RE.close()

    with pytest.raises(TransitionError, match="the engine is closed"):
        RE.request_suspend(lambda: None)
    assert RE.holds == ()
