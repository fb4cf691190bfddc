"""Commands of which the engine is asked in other ways than to pause, resume or end: in-process."""

from __future__ import annotations

import asyncio

import pytest

from reioc.engine import Msg, State
from reioc.ioc.bridge import Failure

from .harness import Harness, with_ioc


def two_runs():
    """Two runs that go on until they are let go, one after the other."""
    for _ in range(2):
        yield Msg("open_run")
        while not two_runs.enough:
            yield Msg("checkpoint")
            yield Msg("sleep", None, 0.001)
        yield Msg("close_run")


two_runs.enough = False


@pytest.fixture(autouse=True)
def _going_on():
    two_runs.enough = False
    yield
    two_runs.enough = True


async def begin(ioc: Harness, plan) -> asyncio.Task[str]:
    """Start a plan; what becomes of it."""
    run = asyncio.ensure_future(ioc.ioc.bridge.run(plan))
    await ioc.until(lambda: ioc.read("Run:Open") == "Yes")
    return run


async def begun(ioc: Harness, name: str) -> asyncio.Task[bool]:
    """A put that waits; it is accepted when this returns."""
    put = asyncio.create_task(ioc.put(name, 1))
    await ioc.until(lambda: (ioc.read("Cmd:Name"), ioc.read("Cmd:Result")) == (name, "accepted"))
    return put


def test_a_pause_after_the_run_is_paused(RE):
    """The put is over when it is; resumed, the plan goes on with the next run."""

    async def test(ioc):
        run = await begin(ioc, two_runs())
        pause = await begun(ioc, "PauseAfterRun")
        two_runs.enough = True
        assert await pause
        assert (ioc.read("State"), ioc.read("Run:Open"), ioc.read("Run:ScanID")) == ("paused", "No", 1)
        assert await ioc.put("Resume", 1)
        await run
        assert ioc.read("Run:ScanID") == 2

    with_ioc(RE, test)


def test_resume_takes_a_pause_after_the_run_back(RE):
    """Its put is over when it has, though the state does not change; that of the pause fails."""

    async def test(ioc):
        run = await begin(ioc, two_runs())
        pause = await begun(ioc, "PauseAfterRun")

        assert await ioc.put("Resume", 1)
        assert (ioc.read("State"), await pause) == ("running", False)
        assert not ioc.ioc.bridge.pause_pending

        assert RE.state is State.RUNNING
        two_runs.enough = True
        await run
        assert ioc.read("State") == "idle"

    with_ioc(RE, test)


def test_a_plan_that_is_over_before_its_pause_is_over(RE):
    """Nothing goes on, which is what was asked for."""

    async def test(ioc):
        run = await begin(ioc, two_runs())
        pause = await begun(ioc, "PauseAfterRun")
        assert await ioc.put("Stop", 1)
        assert (await pause, ioc.read("State")) == (True, "idle")
        await run

    with_ioc(RE, test)


@pytest.mark.parametrize("command", ["PauseDeferred", "PauseAfterRun"])
def test_a_reason_is_used_up_when_a_command_is_accepted(RE, command):
    """The next command does not take it, also where the first one has not come true yet."""

    def stuck():
        yield Msg("open_run")
        yield Msg("checkpoint")
        yield Msg("sleep", None, 60)

    async def test(ioc):
        run = await begin(ioc, stuck())
        assert await ioc.put("Reason", "lunch")
        first = await begun(ioc, command)
        await ioc.until(lambda: ioc.read("Reason") == "")
        assert await ioc.put("Abort", 1)
        await first
        with pytest.raises(Failure):
            await run
        assert "lunch" not in ioc.read("Run:Reason")

    with_ioc(RE, test)


def test_the_reason_of_a_skip_is_used_up(RE):
    """Though the state does not change."""

    def points():
        yield Msg("open_run")
        for seconds in (60, 0):
            yield Msg("checkpoint")
            yield Msg("sleep", None, seconds)
        yield Msg("close_run")

    async def test(ioc):
        run = await begin(ioc, points())
        await ioc.until(lambda: getattr(RE.current_message, "command", "") == "sleep")
        assert await ioc.put("Reason", "clouds")
        assert await ioc.put("SkipPoint", 1)
        assert ioc.read("Reason") == ""
        await run
        assert ioc.read("Run:ExitStatus") == "success"

    with_ioc(RE, test)


def test_the_reason_of_a_refused_command_is_kept(RE):
    """Who mends what was wrong need not write it again."""

    async def test(ioc):
        assert await ioc.put("Reason", "lunch")
        for command in ("Pause", "SkipPoint", "PauseAfterRun", "Abort"):
            assert not await ioc.put(command, 1)
        assert ioc.read("Reason") == "lunch"

    with_ioc(RE, test)


def test_stopping_motion_without_a_plan_keeps_the_reason(RE):
    """Nobody has taken it."""

    async def test(ioc):
        assert await ioc.put("Reason", "lunch")
        assert await ioc.put("StopMotion", 1)
        assert (ioc.read("Cmd:Message"), ioc.read("Reason")) == ("told to stop: motor", "lunch")

    with_ioc(RE, test)


def test_stop_motion_pauses_a_plan_that_is_just_being_started(RE):
    """The engine's thread has not begun it: it would move what has just been stopped."""

    async def test(ioc):
        run = asyncio.ensure_future(ioc.ioc.bridge.run(two_runs()))
        await asyncio.sleep(0)
        assert await ioc.put("StopMotion", 1)
        assert ioc.read("State") == "paused"
        two_runs.enough = True
        assert await ioc.put("Resume", 1)
        await run

    with_ioc(RE, test)


def test_stop_motion_is_done_though_the_plan_ends_by_itself(RE):
    """At the moment in which it was to be paused."""

    def short():
        yield Msg("open_run")
        yield Msg("close_run")

    async def test(ioc):
        for _ in range(20):
            run = asyncio.ensure_future(ioc.ioc.bridge.run(short()))
            await asyncio.sleep(0)
            assert await ioc.put("StopMotion", 1), ioc.read("Cmd:Message")
            if ioc.read("State") == "paused":
                assert await ioc.put("Resume", 1)
            await asyncio.wait([run])

    with_ioc(RE, test)
