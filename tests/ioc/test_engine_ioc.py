"""The IOC around a real engine, without sockets."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest
from ophyd.sim import det

from reioc.engine import State
from reioc.engine.plans import count
from reioc.suspenders import ManualSource, SuspendBoolHigh

from .harness import Harness, with_ioc

SCAN = {"detectors": ["det"], "args": ["motor", -1, 1], "num": 5}


async def start(ioc: Harness, plan: str = "patient") -> asyncio.Task[bool]:
    """Choose a plan and start it; returns when State says running."""
    assert await ioc.put("Plan:Name", plan)
    assert await ioc.put("Plan:Params", "{}")
    run = asyncio.create_task(ioc.put("Plan:Run", 1))
    await ioc.until(lambda: ioc.read("State") == "running")
    return run


def test_scan_by_name_fills_the_run_and_its_data(RE):
    """A scan that is started by PVs succeeds, and Run: and Data: tell what it was."""

    async def test(ioc):
        await ioc.put("Plan:Name", "scan")
        await ioc.put("Plan:Params", json.dumps(SCAN))
        assert await ioc.put("Plan:Run", 1)

        assert ioc.read("State") == "idle"
        assert ioc.read("Run:ExitStatus") == "success"
        assert (ioc.read("Run:Points"), ioc.read("Run:Point"), ioc.read("Run:Progress")) == (5, 5, 100.0)
        assert (ioc.read("Run:Plan"), ioc.read("Run:Params")) == ("scan", "detectors=[det], args=[motor, -1, 1], num=5")
        assert ioc.read("Run:Times").startswith("took 0:00:0")
        assert (ioc.read("Data:XName"), ioc.read("Data:YName"), ioc.read("Data:N")) == ("motor", "det", 5)
        assert list(ioc.read("Data:X"))[:5] == [-1.0, -0.5, 0.0, 0.5, 1.0]

    with_ioc(RE, test)


def test_pause_completes_when_paused_and_resume_when_running(RE):
    """The put of Pause is over when State reads paused, that of Resume when it reads running."""

    async def test(ioc):
        run = await start(ioc)
        assert await ioc.put("Pause", 1)
        assert ioc.read("State") == "paused"
        assert (ioc.read("CanPause"), ioc.read("CanResume")) == ("No", "Yes")
        assert await ioc.put("Resume", 1)
        assert ioc.read("State") == "running"
        assert await ioc.put("Stop", 1)
        assert await run

    with_ioc(RE, test)


@pytest.mark.parametrize(("command", "outcome"), [("Stop", "stop"), ("Abort", "abort"), ("Halt", "halt")])
@pytest.mark.parametrize("first", ["running", "paused", "suspended"])
def test_three_ways_to_end_from_everywhere(RE, command, outcome, first):
    """Stop, Abort and Halt are over when the engine is idle, and Run:Reason and Cmd: say what happened."""

    async def test(ioc):
        run = await start(ioc)
        if first == "paused":
            await ioc.put("Pause", 1)
        elif first == "suspended":
            RE.hold("test", "no beam")
            await ioc.until(lambda: ioc.read("State") == "suspended")
        await ioc.put("Reason", "tea time")
        assert await ioc.put(command, 1)

        assert ioc.read("State") == "idle"
        assert (ioc.read("Cmd:Name"), ioc.read("Cmd:Result")) in {(command, "done"), ("Plan:Run", "failed")}
        assert await run is (outcome == "stop")
        assert RE.state is State.IDLE
        assert ioc.read("Reason") == ""

    with_ioc(RE, test)


def test_refused_command_says_why(RE):
    """Resume while idle is a failed put, and Cmd: tells by whom and why."""

    async def test(ioc):
        assert not await ioc.put("Resume", 1)
        assert (ioc.read("Cmd:Name"), ioc.read("Cmd:Result"), ioc.read("Cmd:By")) == ("Resume", "refused", "user@host")
        assert "idle" in ioc.read("Cmd:Message")
        assert ioc.read("Resume") == "Done"

    with_ioc(RE, test)


def test_writing_zero_to_a_command_asks_for_nothing(RE):
    """Only 1 is a command."""

    async def test(ioc):
        assert await ioc.put("Abort", 0)
        assert ioc.read("Cmd:Seq") == 0

    with_ioc(RE, test)


def test_pause_is_refused_where_the_plan_could_not_be_resumed(RE):
    """An operator's Pause must not end a plan that has no checkpoint."""

    async def test(ioc):
        run = await start(ioc, "stubborn")
        await ioc.until(lambda: not RE.resumable)
        assert not await ioc.put("Pause", 1)
        assert "no checkpoint" in ioc.read("Cmd:Message")
        assert ioc.read("State") == "running"
        await ioc.put("Stop", 1)
        await run

    with_ioc(RE, test)


def test_deferred_pause_that_meets_no_checkpoint_fails(RE):
    """PauseDeferred is over when paused; if the plan ends first, the put fails and says so."""

    async def test(ioc):
        run = await start(ioc, "restless")
        deferred = asyncio.create_task(ioc.put("PauseDeferred", 1))
        await ioc.until(lambda: ioc.read("PausePending") == "Yes")
        assert await ioc.put("Stop", 1)
        assert await run
        assert not await deferred
        assert ioc.read("PausePending") == "No"

    with_ioc(RE, test)


def test_failing_plan_fails_the_put_and_shows_its_root_cause(RE):
    """Plan:Run fails, Error has the cause in MAJOR alarm, and the next start clears it."""

    async def test(ioc):
        await ioc.put("Plan:Name", "broken")
        await ioc.put("Plan:Params", "")
        assert not await ioc.put("Plan:Run", 1)
        assert "the filter wheel is stuck" in ioc.read("Error")
        assert ioc.ioc.pvdb["T:Error"].alarm.severity == 2
        assert ioc.ioc.pvdb["T:State"].alarm.severity == 0
        run = await start(ioc)
        assert ioc.read("Error") == ""
        await ioc.put("Stop", 1)
        await run

    with_ioc(RE, test)


def test_invalid_parameters_are_told_and_run_is_refused(RE):
    """Params are taken as they are; Valid and Error say what they are worth, and Run is refused."""

    async def test(ioc):
        await ioc.put("Plan:Name", "scan")
        assert await ioc.put("Plan:Params", json.dumps({**SCAN, "detectors": ["det9"]}))
        assert ioc.read("Plan:Valid") == "No"
        assert "det9" in ioc.read("Plan:Error")
        assert not await ioc.put("Plan:Run", 1)
        assert RE.state is State.IDLE
        assert ioc.read("Plan:Params").startswith("{")

    with_ioc(RE, test)


def test_unknown_plan_is_refused_and_the_choice_is_kept(RE):
    """Plan:Name keeps the plan that was chosen."""

    async def test(ioc):
        await ioc.put("Plan:Name", "scan")
        assert not await ioc.put("Plan:Name", "scam")
        assert ioc.read("Plan:Name") == "scan"
        assert "scan" in ioc.read("Cmd:Message")

    with_ioc(RE, test)


def test_every_transition_is_published_in_order(RE):
    """StateSeq counts by one, and no state between two others is skipped."""

    async def test(ioc):
        seen = []
        state = ioc.ioc.pvdb["T:State"]
        publish = ioc.ioc.engine.publish_change

        async def spy(change):
            await publish(change)
            seen.append((ioc.read("StateSeq"), state.value))

        ioc.ioc.engine.publish_change = spy
        run = await start(ioc)
        await ioc.put("Pause", 1)
        await ioc.put("Resume", 1)
        await ioc.put("Abort", 1)
        await run

        assert [value for _, value in seen] == ["running", "pausing", "paused", "running", "aborting", "idle"]
        assert [seq for seq, _ in seen] == [1, 2, 3, 4, 5, 6]

    with_ioc(RE, test)


def test_plan_that_someone_else_starts_is_followed(RE):
    """PVs follow a plan that was started from Python."""

    async def test(ioc):
        RE.submit(count([det], 2))
        await ioc.until(lambda: ioc.read("StateSeq") == 2)
        assert ioc.read("State") == "idle"
        assert ioc.read("Run:Params").startswith("detectors=[det], num=2")

    with_ioc(RE, test)


def test_suspender_shows_its_trip_and_lets_itself_be_disabled(RE):
    """A trip shows in the suspender's PVs at once; Enable 0 lets go and is acknowledged."""
    source = ManualSource("SHUTTER")
    suspender = SuspendBoolHigh(source, name="shutter")
    source.put(0)
    RE.install_suspender(suspender)

    async def test(ioc):
        run = await start(ioc)
        source.put(1)
        await ioc.until(lambda: ioc.read("State") == "suspended")
        await ioc.until(lambda: ioc.read("Susp:shutter:Tripped") == "Yes")
        assert "SHUTTER" in ioc.read("Susp:shutter:Reason")
        assert "SHUTTER" in ioc.read("Message")
        assert await ioc.put("Susp:shutter:Enable", 0)
        await ioc.until(lambda: ioc.read("State") == "running")
        assert ioc.read("Cmd:Name") == "Susp:shutter:Enable"
        await ioc.put("Stop", 1)
        await run

    with_ioc(RE, test)


def test_limit_that_a_suspender_has_not_is_refused(RE):
    """A bool suspender has no Low: it reads NaN, and writing it is a failed put."""
    RE.install_suspender(SuspendBoolHigh(ManualSource("SHUTTER"), name="shutter"))

    async def test(ioc):
        assert not await ioc.put("Susp:shutter:Low", 5.0)
        assert ioc.read("Susp:shutter:Low") != ioc.read("Susp:shutter:Low")
        assert "low" in ioc.read("Cmd:Message")

    with_ioc(RE, test)


def test_no_plan_begins_while_the_plans_are_read_anew(RE, monkeypatch):
    """Neither by Plan:Run nor from the queue: its modules are just being replaced."""
    release = threading.Event()

    async def test(ioc):
        catalogue = ioc.ioc.plan.catalogue
        reload = catalogue.reload
        monkeypatch.setattr(catalogue, "reload", lambda: (release.wait(10), reload())[1])
        assert await ioc.put("Plan:Name", "count")
        assert await ioc.put("Plan:Params", '{"detectors": ["det"]}')
        assert await ioc.put("Plan:Enqueue", 1)
        reading = asyncio.create_task(ioc.put("Plan:Reload", 1))
        await ioc.until(lambda: ioc.ioc.plan.is_reading_anew)
        for start in ("Plan:Run", "Queue:Start"):
            assert not await ioc.put(start, 1)
            assert ioc.read("Cmd:Message") == "the plans are being read anew"
        release.set()
        assert await reading
        assert await ioc.put("Queue:Start", 1)

    with_ioc(RE, test)
