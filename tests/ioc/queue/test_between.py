"""What ends or pauses a plan, asked for when none is in progress: the queue stands between two."""

from __future__ import annotations

import asyncio

import pytest

from reioc.engine import Ask, Msg
from reioc.ioc.bridge import Failure
from reioc.ioc.pvs.puts import Refusal
from reioc.ioc.queue.runner import QueueState

from .support import Beamline, one_point, waiting, with_beamline


def untidy():
    """A run that goes on until it is ended, and then fails to clean up."""
    try:
        yield from waiting()
    finally:
        yield Msg("null")
        raise RuntimeError("the shutter does not close")


COMMANDS = {
    "stop": lambda bridge: bridge.stop("hands off"),
    "abort": lambda bridge: bridge.abort("hands off"),
    "halt": lambda bridge: bridge.halt("hands off"),
    "pause": lambda bridge: bridge.pause("hands off"),
    "pause deferred": lambda bridge: bridge.pause("hands off", defer=True),
    "pause after run": lambda bridge: bridge.pause_after_run("hands off"),
    "stop motion": lambda bridge: bridge.stand_still("hands off"),
}

ASKS = (Ask.STOP, Ask.ABORT, Ask.HALT, Ask.PAUSE, Ask.DEFERRED_PAUSE, Ask.PAUSE_AFTER_RUN)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_next_plan_is_not_started(RE, command):
    """It would be, a moment after somebody has asked for the contrary."""

    async def test(beamline: Beamline) -> None:
        await beamline.add("one_point")
        over = beamline.runner.start()
        assert [beamline.bridge.why_not(ask) for ask in ASKS] == [""] * len(ASKS)
        assert "idle" in beamline.bridge.why_not(Ask.RESUME)
        await COMMANDS[command](beamline.bridge)
        assert await over == "stopped before the next plan: hands off"
        assert (beamline.waiting, beamline.past) == (["one_point"], [])
        assert beamline.runner.state is QueueState.STOPPED

    with_beamline(RE, test)


def test_without_a_queue_that_runs_there_is_nothing_to_stop(RE):
    """That is refused, as ever."""

    async def test(beamline: Beamline) -> None:
        await beamline.add("one_point")
        with pytest.raises(Refusal, match="the engine is idle"):
            beamline.bridge.stop("")
        with pytest.raises(Refusal, match="the engine is idle"):
            beamline.bridge.pause("")
        assert beamline.bridge.stand_still("") is None
        assert all("the engine is idle" in beamline.bridge.why_not(ask) for ask in ASKS)

    with_beamline(RE, test)


def test_a_plan_that_is_stopped_and_fails_over_it_is_the_last(RE):
    """Somebody has said stop: that plans that fail are skipped is about others."""

    async def test(beamline: Beamline) -> None:
        beamline.offer(untidy, one_point)
        await beamline.queue.set_on_failure("skip")
        await beamline.add("untidy", "one_point")
        over = await beamline.start()
        await beamline.bridge.stop("hands off")
        assert await over == "stopped before the next plan: hands off"
        assert (beamline.waiting, beamline.past) == (["one_point"], [("untidy", "fail")])

    with_beamline(RE, test)


def test_start_takes_it_back(RE):
    """And the reason is forgotten."""

    async def test(beamline: Beamline) -> None:
        await beamline.add("one_point")
        over = beamline.runner.start()
        stopped = beamline.bridge.stop("hands off")
        again = beamline.runner.start()
        with pytest.raises(Failure, match="Start has taken it back"):
            await stopped
        assert (await over, await again) == ("the queue is empty",) * 2

    with_beamline(RE, test)


def test_who_waits_for_a_plan_from_python_can_be_stopped(RE):
    """The item is not started when that plan is over: it is in the queue as before."""

    async def test(beamline: Beamline) -> None:
        [item] = await beamline.add("one_point")
        over = beamline.runner.start()
        RE.submit(waiting())
        await beamline.until(lambda: "from Python" in beamline.runner.message)
        stopped = beamline.runner.stop()
        beamline.let_go()
        assert (await over, await stopped) == ("stopped by Queue:Stop",) * 2
        assert [each.uid for each in beamline.queue.line] == [item.uid]
        assert beamline.past == [("waiting", "success")]

    with_beamline(RE, test)


def test_a_start_while_the_end_is_being_told_is_another_run(RE):
    """Its stop is not answered with the end of the one before."""

    async def test(beamline: Beamline) -> None:
        stops: list[asyncio.Future[str]] = []

        async def show() -> None:
            if not stops:
                await beamline.add("waiting")
                await beamline.start()
                stops.append(beamline.runner.stop())

        beamline.runner.before_rest.append(show)
        await beamline.add("one_point")
        assert await beamline.runner.start() == "the queue is empty"
        assert not stops[0].done()
        beamline.let_go()
        await stops[0]

    with_beamline(RE, test)
