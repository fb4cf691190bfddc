"""Starting the chosen plan, putting it in the queue, reading plans anew."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from reioc.engine import Msg
from reioc.ioc.groups import plan as plan_group
from reioc.ioc.plans.allow import Allow, Rules
from reioc.ioc.plans.catalogue import Catalogue

from .plan_pvs import PlanPVs, make_registry, with_plan

SCAN: dict[str, Any] = {"detectors": ["det1"], "args": ["m1", -1, 1], "num": 5}
GATE = threading.Event()


def hanging() -> Any:
    """A plan with a statement of its own that takes its time."""
    GATE.wait(30)
    yield Msg("null")


def test_a_valid_plan_runs(RE) -> None:
    """The put is done when it is over."""
    events: list[Any] = []
    RE.subscribe(lambda _, doc: events.append(doc), "event")

    async def test(ioc: PlanPVs) -> None:
        await ioc.choose("scan", **SCAN)
        assert await ioc.put("Run", 1)

    with_plan(RE, test)

    assert len(events) == 5


@pytest.mark.parametrize("command", ["Run", "Enqueue"])
def test_what_is_beyond_limits_is_not_begun(RE, command: str) -> None:
    """The parameter is named."""
    queued: list[Any] = []

    async def test(ioc: PlanPVs) -> str:
        await ioc.choose("scan", **{**SCAN, "args": ["m1", -1, 25]})
        return await ioc.refused(command)

    assert with_plan(RE, test, enqueue=queueing(queued)) == "args[2]: m1 to 25 is beyond its limits -20 to 20"
    assert queued == []


def test_limits_that_have_changed_since_count(RE) -> None:
    """In either direction."""

    async def test(ioc: PlanPVs) -> None:
        motor = ioc.plan.catalogue.registry["m1"]
        await ioc.choose("scan", **SCAN)
        motor.limits = (-0.5, 0.5)
        assert await ioc.refused("Run") == "args[1]: m1 to -1 is beyond its limits -0.5 to 0.5"

        await ioc.put("Params", json.dumps(SCAN))
        assert ioc.read("Valid") == "No"
        motor.limits = (-5, 5)
        assert await ioc.put("Run", 1)
        assert ioc.read("Valid") == "Yes"

    with_plan(RE, test)


def test_a_device_that_is_not_connected_is_named(RE, monkeypatch) -> None:
    """Before anything begins."""

    async def test(ioc: PlanPVs) -> str:
        await ioc.choose("scan", **SCAN)
        monkeypatch.setattr(type(ioc.plan.catalogue.registry["m1"]), "connected", False)
        return await ioc.refused("Run")

    assert with_plan(RE, test).startswith("m1 is not connected")


def test_who_may_not_run_a_plan_is_refused(RE) -> None:
    """By who puts, with who may. To the others it is offered all the same."""
    rules = Rules([Allow(plans=("scan",), users=("alice",))])
    catalogue = Catalogue.load(["reioc.engine.plans"], make_registry(), rules)

    async def test(ioc: PlanPVs) -> None:
        await ioc.choose("scan", **SCAN)
        assert (ioc.read("CanRun"), ioc.read("CanEnqueue")) == ("Yes", "Yes")
        assert await ioc.refused("Run") == "user may not run 'scan': who may: users alice"
        ioc.user = "alice"
        assert await ioc.put("Run", 1)

    with_plan(RE, test, catalogue=catalogue, enqueue=queueing([]))


def test_no_plan_is_started_while_the_queue_runs(RE) -> None:
    """It says why."""

    async def test(ioc: PlanPVs) -> str:
        await ioc.choose("scan", **SCAN)
        return await ioc.refused("Run")

    assert with_plan(RE, test, why_not_run=lambda: "the queue runs") == "the queue runs"


def test_what_cannot_be_started_is_not_offered(RE, monkeypatch) -> None:
    """Neither what is wrong, nor while a device is lost; nor does a full queue take it."""
    full = [""]

    async def test(ioc: PlanPVs) -> None:
        offered: list[tuple[str, str]] = []

        def note() -> None:
            offered.append((ioc.read("CanRun"), ioc.read("CanEnqueue")))

        await ioc.choose("scan", **SCAN)
        note()
        await ioc.choose("scan", **{**SCAN, "args": ["m1", -1, 25]})
        note()
        await ioc.choose("scan", **SCAN)
        for lost in (True, False):
            monkeypatch.setattr(type(ioc.plan.catalogue.registry["m1"]), "connected", not lost)
            await ioc.plan.look_again()
            note()
        full[0] = "the queue is full"
        await ioc.plan.publish_offers()
        note()
        assert offered == [("Yes", "Yes"), ("No", "No"), ("No", "No"), ("Yes", "Yes"), ("Yes", "No")]

    with_plan(RE, test, enqueue=queueing([]), why_not_enqueue=lambda: full[0])


# The queue


def queueing(queued: list[Any]) -> Any:
    """A queue that takes everything."""

    def enqueue(plan: str, params: Mapping[str, Any]) -> Any:
        queued.append((plan, dict(params)))

        async def done() -> str:
            return "it is number 1"

        return done()

    return enqueue


def test_the_plan_is_put_in_the_queue(RE) -> None:
    """While it runs as well; with its parameters."""
    queued: list[Any] = []

    async def test(ioc: PlanPVs) -> str:
        await ioc.choose("scan", **SCAN)
        assert await ioc.put("Enqueue", 1)
        return ioc.acknowledged[-1].message

    assert with_plan(RE, test, enqueue=queueing(queued), why_not_run=lambda: "the queue runs") == "it is number 1"
    assert queued == [("scan", SCAN)]


def test_without_a_queue_nothing_is_put_there(RE) -> None:
    """It says so."""

    async def test(ioc: PlanPVs) -> str:
        await ioc.choose("scan", **SCAN)
        return await ioc.refused("Enqueue")

    assert with_plan(RE, test) == "there is no queue"


# Dry runs that take their time


def test_a_dry_run_that_takes_long_keeps_nobody_waiting(RE, monkeypatch) -> None:
    """The PVs follow."""
    monkeypatch.setattr(plan_group, "LONGEST_WAIT", 0.05)
    GATE.clear()

    async def test(ioc: PlanPVs) -> None:
        await ioc.put("Name", "hanging")
        assert (ioc.read("Valid"), ioc.read("Summary")) == ("Yes", "")

        GATE.set()
        while not ioc.read("Summary"):  # noqa: ASYNC110  PVs tell nobody
            await asyncio.sleep(0)
        assert ioc.read("Summary") == "no run"

    try:
        with_plan(RE, test, catalogue=Catalogue([hanging], make_registry()))
    finally:
        GATE.set()


def test_a_plan_whose_dry_run_has_not_ended_runs(RE, monkeypatch) -> None:
    """Nobody has to wait for an estimate."""
    monkeypatch.setattr(plan_group, "LONGEST_WAIT", 0.05)
    GATE.clear()

    async def test(ioc: PlanPVs) -> None:
        await ioc.put("Name", "hanging")
        running = asyncio.create_task(ioc.put("Run", 1))
        while RE.state == "idle":  # noqa: ASYNC110
            await asyncio.sleep(0)
        GATE.set()
        assert await running

    try:
        with_plan(RE, test, catalogue=Catalogue([hanging], make_registry()))
    finally:
        GATE.set()


# Reading plans anew


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A beamline's module with the plan `own`, which makes as many runs as is written here."""
    name = f"own_plans_{tmp_path.name}".replace("-", "_")
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(runs: int, more: str = "") -> str:
        text = f"from reioc.engine import Msg\n{more}\ndef own(num: int = 1):\n"
        text += f"    for _ in range({runs}):\n        yield Msg('open_run')\n        yield Msg('close_run')\n"
        (tmp_path / f"{name}.py").write_text(text)
        return name

    yield write
    sys.modules.pop(name, None)


def test_plans_are_read_anew(RE, module) -> None:
    """What is chosen is tried again."""
    catalogue = Catalogue.load([module(1)], make_registry())

    async def test(ioc: PlanPVs) -> None:
        await ioc.put("Name", "own")
        before = ioc.read("Summary")
        module(2, "def other():\n    yield Msg('null')\n")
        assert await ioc.put("Reload", 1)

        assert (before, ioc.read("Summary")) == ("1 run, 0 points", "2 runs, 0 points")
        assert sorted(ioc.read("Names")) == ["other", "own"]
        assert "added: other" in ioc.acknowledged[-1].message

    with_plan(RE, test, catalogue=catalogue)


def test_a_module_that_fails_is_told(RE, module) -> None:
    """The put fails, Problems says why, and its plans are there as they were."""
    catalogue = Catalogue.load([module(1)], make_registry())

    async def test(ioc: PlanPVs) -> None:
        before = (ioc.read("Problems"), ioc.severity("Problems"))
        module(2, "raise OSError('no motor')")
        message = await ioc.refused("Reload")

        assert before == ("", 0)
        assert "no motor" in message
        assert ("no motor" in ioc.read("Problems"), ioc.severity("Problems")) == (True, 1)
        assert ioc.read("Names") in ("own", ["own"])

    with_plan(RE, test, catalogue=catalogue)


def test_plans_are_not_read_anew_while_one_runs(RE) -> None:
    """Nor while the queue runs."""

    async def test(ioc: PlanPVs) -> None:
        assert await ioc.refused("Reload") == "the queue runs"

    async def while_running(ioc: PlanPVs) -> None:
        await ioc.put("Name", "hanging")
        GATE.clear()
        running = asyncio.create_task(ioc.put("Run", 1))
        while RE.state == "idle":  # noqa: ASYNC110
            await asyncio.sleep(0)
        assert "plans are read anew when it is idle" in await ioc.refused("Reload")
        GATE.set()
        assert await running

    with_plan(RE, test, why_not_reload=lambda: "the queue runs")
    GATE.set()
    try:
        with_plan(RE, while_running, catalogue=Catalogue([hanging], make_registry()))
    finally:
        GATE.set()
