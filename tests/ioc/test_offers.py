"""The Can… PVs say what the commands themselves would say."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any

import pytest

from .harness import Harness, with_ioc

COMMANDS = {
    "CanPause": "Pause",
    "CanPauseDeferred": "PauseDeferred",
    "CanPauseAfterRun": "PauseAfterRun",
    "CanResume": "Resume",
    "CanSkip": "SkipPoint",
    "CanStop": "Stop",
    "Plan:CanRun": "Plan:Run",
    "Queue:CanStart": "Queue:Start",
    "Queue:CanStop": "Queue:Stop",
    "Plan:CanEnqueue": "Plan:Enqueue",
}
"""The last of them changes what is offered."""
ALWAYS = {"Plan:CanEnqueue", "Queue:CanStart"}
"""What is offered while a plan that was started by PV is in progress: the queue is empty, to start it does nothing."""
PAUSES = {"CanPause", "CanPauseDeferred", "CanPauseAfterRun"}
GOING = {"CanSkip", "CanStop"}


PUTS: set[asyncio.Task[bool]] = set()
"""Those that are under way."""


def begin(ioc: Harness, name: str) -> None:
    """A put that takes its time."""
    PUTS.add(asyncio.create_task(ioc.put(name, 1)))


async def start(ioc: Harness, plan: str = "measuring") -> None:
    """Start a plan."""
    await ioc.put("Plan:Name", plan)
    begin(ioc, "Plan:Run")
    await ioc.until(lambda: ioc.read("State") == "running")


async def idle(ioc: Harness) -> set[str]:
    """A plan has been chosen."""
    await ioc.put("Plan:Name", "measuring")
    return {"Plan:CanRun", *ALWAYS}


async def nothing_chosen(_: Harness) -> set[str]:
    """As after the first start of all."""
    return {"Queue:CanStart"}


async def running(ioc: Harness) -> set[str]:
    """With a run that is open."""
    await start(ioc)
    await ioc.until(lambda: ioc.read("Run:Open") == "Yes")
    return {*PAUSES, *GOING, *ALWAYS}


async def running_without_a_run(ioc: Harness) -> set[str]:
    """There are no points to be skipped."""
    await start(ioc, "patient")
    return {*PAUSES, "CanStop", *ALWAYS}


async def running_without_a_checkpoint(ioc: Harness) -> set[str]:
    """It cannot be paused, but after the run."""
    await start(ioc, "stubborn")
    await ioc.until(lambda: ioc.read("CanPause") == "No")
    return {"CanPauseAfterRun", "CanStop", *ALWAYS}


async def to_be_paused(ioc: Harness) -> set[str]:
    """Resume takes a pause back that has not come."""
    await running(ioc)
    begin(ioc, "PauseAfterRun")
    await ioc.until(lambda: ioc.read("PausePending") == "Yes")
    await ioc.until(lambda: ioc.read("CanResume") == "Yes")
    return {*PAUSES, *GOING, "CanResume", *ALWAYS}


async def paused(ioc: Harness) -> set[str]:
    """Within a run."""
    await running(ioc)
    assert await ioc.put("Pause", 1)
    return {"CanPauseAfterRun", *GOING, "CanResume", *ALWAYS}


async def suspended(ioc: Harness) -> set[str]:
    """Likewise."""
    await running(ioc)
    ioc.RE.hold("test", "no beam")
    await ioc.until(lambda: ioc.read("State") == "suspended")
    return {*PAUSES, *GOING, *ALWAYS}


async def queue_running(ioc: Harness) -> set[str]:
    """The engine is the queue's."""
    await ioc.put("Plan:Name", "measuring")
    assert await ioc.put("Plan:Enqueue", 1)
    begin(ioc, "Queue:Start")
    await ioc.until(lambda: ioc.read("Run:Open") == "Yes" and ioc.read("Queue:CanStop") == "Yes")
    return {*PAUSES, *GOING, *ALWAYS, "Queue:CanStop"}


async def queue_waiting(ioc: Harness) -> set[str]:
    """A plan that somebody else has started is in progress."""
    await running(ioc)
    assert await ioc.put("Plan:Enqueue", 1)
    return {*PAUSES, *GOING, "Plan:CanEnqueue"}


async def metadata_missing(ioc: Harness) -> set[str]:
    """No plan may begin, and so no queue."""
    await idle(ioc)
    assert await ioc.put("Plan:Enqueue", 1)
    ioc.ioc.runner.why_not = lambda: "MD:sample is empty"
    ioc.ioc.plan.starting._why_none_runs = ioc.ioc.runner.why_not
    await ioc.until(lambda: ioc.read("Plan:CanRun") == "No" == ioc.read("Queue:CanStart"))
    return {"Plan:CanEnqueue"}


async def service_ending(ioc: Harness) -> set[str]:
    """The queue cannot be kept from stopping."""
    offers = await queue_running(ioc)
    ioc.ioc.runner.give_back("the service ends")
    await ioc.until(lambda: ioc.read("Queue:CanStart") == "No")
    return offers - {"Queue:CanStart"}


STATES: tuple[Callable[[Harness], Awaitable[set[str]]], ...] = (
    *(nothing_chosen, idle, running, running_without_a_run, running_without_a_checkpoint, to_be_paused, paused),
    *(suspended, queue_running, queue_waiting, metadata_missing, service_ending),
)


async def accepts(ioc: Harness, command: str) -> bool:
    """Whether a put is taken in, whatever becomes of it then."""
    before = ioc.read("Cmd:Seq")
    begin(ioc, command)
    await ioc.until(lambda: ioc.read("Cmd:Seq") > before)
    return ioc.read("Cmd:Result") != "refused"


@pytest.mark.parametrize("state", STATES)
def test_what_is_offered_is_what_would_be_accepted(RE: Any, monkeypatch: pytest.MonkeyPatch, state: Any):
    """No command that is not offered is accepted, and none that is is refused."""

    async def test(ioc: Harness) -> None:
        try:
            expected = await state(ioc)
            await ioc.until(lambda: ioc.read("StateSeq") == RE.last_change.seq)
            offered = {pv for pv in COMMANDS if ioc.read(pv) == "Yes"}
            with monkeypatch.context() as patch:  # what is asked for is not done
                patch.setattr(RE._engine.inbox, "post", lambda _: None)
                patch.setattr(RE, "submit", lambda *_, **__: RE._refuse_another_plan() or Future())
                accepted = {pv for pv, command in COMMANDS.items() if await accepts(ioc, command)}

            assert (offered, accepted) == (expected, expected)
        finally:
            await put_an_end(ioc)

    with_ioc(RE, test)


def test_what_was_taken_back_is_offered_no_more(RE: Any):
    """Who waits for Resume finds it so."""

    async def test(ioc: Harness) -> None:
        try:
            await to_be_paused(ioc)
            assert await ioc.put("Resume", 1)
            assert (ioc.read("CanResume"), ioc.read("PausePending")) == ("No", "No")
        finally:
            await put_an_end(ioc)

    with_ioc(RE, test)


def test_what_a_queue_offers_that_has_stopped(RE: Any):
    """Who waits for its end finds that nothing can be paused or stopped any more, and that a plan can be started."""

    async def test(ioc: Harness) -> None:
        try:
            await queue_running(ioc)
            assert await ioc.put("Abort", 1)
            await ioc.until(lambda: ioc.read("Queue:Start") == "Done")
            offered = {pv for pv in COMMANDS if ioc.read(pv) == "Yes"}
            assert offered == {"Plan:CanRun", *ALWAYS}
        finally:
            await put_an_end(ioc)

    with_ioc(RE, test)


async def put_an_end(ioc: Harness) -> None:
    """To the plan, and to all puts."""
    if not ioc.RE.state.is_idle:
        await ioc.put("Halt", 1)
    for put in PUTS:
        put.cancel()
    await asyncio.gather(*PUTS, return_exceptions=True)
    PUTS.clear()
