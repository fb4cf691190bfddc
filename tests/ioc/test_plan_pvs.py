"""The PVs of the plan that is to be started next: what is shown, as a whole and parameter by parameter."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from reioc.engine.plans import spiral
from reioc.ioc.plans.catalogue import Catalogue
from reioc.ioc.plans.pace import Pace

from .plan_pvs import PlanPVs, make_registry, with_plan

SCAN: dict[str, Any] = {"detectors": ["det1"], "args": ["m1", -1, 1], "num": 5}


def shown(RE: Any, plan: str, **params: Any) -> dict[str, Any]:
    """What is shown of a plan with its parameters."""
    names = ("Valid", "Error", "Points", "Duration", "Summary")

    async def test(ioc: PlanPVs) -> dict[str, Any]:
        await ioc.choose(plan, **params)
        return {name: ioc.read(name) for name in names}

    return with_plan(RE, test)


def test_a_plan_shows_what_it_is_and_what_it_takes(RE) -> None:
    """Text, schema, and each parameter."""

    async def test(ioc: PlanPVs) -> None:
        await ioc.put("Name", "scan")
        schema = json.loads(ioc.read("Schema"))
        num = ioc.parameter("num")

        assert ioc.read("Doc").startswith("Move all motors together")
        assert schema["properties"]["args"]["type"] == "array"
        assert [ioc.read(f"P{number}:Name") for number in range(1, 5)] == ["detectors", "args", "num", "md"]
        assert ioc.read(f"{num}:Type") == "integer or null, default null"
        assert ioc.read("P1:Type") == "list of readable devices, required"
        assert "det1" in ioc.read("P1:Doc")
        assert [ioc.read(f"P12:{name}") for name in ("Name", "Type", "Doc", "Value", "Error")] == [""] * 5

    with_plan(RE, test)


def test_what_can_be_chosen_is_listed(RE) -> None:
    """A plan a line: its name, and the first line of what it does."""

    async def test(ioc: PlanPVs) -> None:
        lines = ioc.read("Catalogue").split("\n")

        assert [line.split()[0] for line in lines] == ioc.read("Names")
        assert lines[-1] == "many   A plan with 14 parameters."
        assert lines[1].startswith("scan   Move all motors together")

    with_plan(RE, test)


def test_units_and_meaning_of_a_parameter_are_shown(RE) -> None:
    """Where the plan has them."""

    async def test(ioc: PlanPVs) -> None:
        await ioc.put("Name", "spiral")
        tilt = ioc.parameter("tilt")

        assert ioc.read(f"{tilt}:Type") == "number or null, rad, default 0"
        assert ioc.read(f"{tilt}:Doc") == "how far the ranges lean"

    with_plan(RE, test, catalogue=Catalogue([spiral], make_registry()))


def test_what_a_plan_would_do_is_shown_when_the_put_is_done(RE) -> None:
    """Points, and all of it line by line."""
    found = shown(RE, "scan", **SCAN)

    assert (found["Valid"], found["Error"], found["Points"]) == ("Yes", "", 5)
    assert found["Summary"].splitlines() == [
        "1 run, 5 points",
        "m1: -1 to 1 (limits -20 to 20)",
        "det1 read 5 times",
        "stages: det1, m1",
        "moves: 5",
    ]


def test_how_long_it_takes_is_learned(RE) -> None:
    """From the history."""
    pace = Pace([{"plan": "scan", "params": SCAN, "exit_status": "success", "points": 10, "seconds": 30.0}])

    async def test(ioc: PlanPVs) -> float:
        await ioc.choose("scan", **SCAN)
        return ioc.read("Duration")

    assert with_plan(RE, test, pace=pace) == pytest.approx(15)


def test_what_is_learned_later_is_shown_after_a_refresh(RE) -> None:
    """Whoever feeds the pace asks for it; it does not wait."""
    pace = Pace()

    async def test(ioc: PlanPVs) -> None:
        await ioc.choose("scan", **SCAN)
        pace.learn({"plan": "scan", "params": SCAN, "exit_status": "success", "points": 5, "seconds": 10.0})
        await ioc.plan.refresh()
        while ioc.read("Duration") == 0:
            assert ioc.read("Points") == 5
            await asyncio.sleep(0)
        assert ioc.read("Duration") == pytest.approx(10)

    with_plan(RE, test, pace=pace)


def test_a_limit_is_told_before_anything_moves(RE) -> None:
    """In the plan's error, and in the parameter's own."""

    async def test(ioc: PlanPVs) -> None:
        await ioc.choose("scan", **{**SCAN, "args": ["m1", -1, 25]})
        args = ioc.parameter("args")

        assert (ioc.read("Valid"), ioc.severity("Valid")) == ("No", 1)
        assert ioc.read("Error") == "args[2]: m1 to 25 is beyond its limits -20 to 20"
        assert ioc.read(f"{args}:Error") == "[2]: m1 to 25 is beyond its limits -20 to 20"
        assert ioc.read("P1:Error") == ""

    with_plan(RE, test)


def test_every_mistake_is_at_its_parameter(RE) -> None:
    """All of them together are the plan's."""

    async def test(ioc: PlanPVs) -> None:
        await ioc.choose("scan", detectors=["det7"], args=["m1", -1], num=5)
        errors = {ioc.read(f"P{n}:Name"): ioc.read(f"P{n}:Error") for n in range(1, 5)}

        assert errors["detectors"].startswith("[0]: no device 'det7'")
        assert errors["args"] == "motor, start, stop are repeated: 2 values are left over"
        assert (errors["num"], errors["md"]) == ("", "")
        assert all(text in ioc.read("Error") for text in ("detectors[0]: no device 'det7'", "2 values are left over"))
        assert (ioc.read("Points"), ioc.read("Summary")) == (0, "")

    with_plan(RE, test)


# Value and Params


def test_a_value_is_written_into_params(RE) -> None:
    """As one types it, in a plain string too."""

    async def test(ioc: PlanPVs) -> None:
        await ioc.put("Name", "scan")
        for name, text in (("detectors", "det1"), ("args", "m1 -1 1"), ("num", "5")):
            assert await ioc.put(f"{ioc.parameter(name)}:Value", text)

        assert json.loads(ioc.read("Params")) == SCAN
        assert (ioc.read("Valid"), ioc.read("Points")) == ("Yes", 5)
        assert ioc.read("P2:Value") == "m1, -1, 1"

    with_plan(RE, test)


def test_params_are_shown_one_by_one(RE) -> None:
    """As one would type them."""

    async def test(ioc: PlanPVs) -> None:
        await ioc.choose("scan", **SCAN)

        assert [ioc.read(f"P{n}:Value") for n in range(1, 5)] == ["det1", "m1, -1, 1", "5", ""]

    with_plan(RE, test)


def test_an_empty_value_is_not_given(RE) -> None:
    """The default holds."""

    async def test(ioc: PlanPVs) -> None:
        await ioc.choose("count", detectors=["det1"], num=3)
        before = ioc.read("Points")
        await ioc.put(f"{ioc.parameter('num')}:Value", "")

        assert (before, ioc.read("Points")) == (3, 1)
        assert json.loads(ioc.read("Params")) == {"detectors": ["det1"]}

    with_plan(RE, test)


def test_a_wrong_value_is_taken_to_be_mended(RE) -> None:
    """It is told what is wrong."""

    async def test(ioc: PlanPVs) -> None:
        await ioc.choose("count", detectors=["det1"], num=3)
        num = ioc.parameter("num")

        assert await ioc.put(f"{num}:Value", "many")
        assert (ioc.read(f"{num}:Value"), ioc.read("Valid")) == ("many", "No")
        assert "integer" in ioc.read(f"{num}:Error")
        assert ioc.acknowledged[-1].message.startswith("taken, but not valid: num")

    with_plan(RE, test)


def test_broken_json_leaves_the_values(RE) -> None:
    """The error says where."""

    async def test(ioc: PlanPVs) -> None:
        await ioc.choose("scan", **SCAN)
        assert await ioc.put("Params", '{"num": ')

        assert ioc.read("Error").startswith("not valid JSON at line 1, column 9")
        assert (ioc.read("P2:Value"), ioc.read("Params"), ioc.read("Valid")) == ("m1, -1, 1", '{"num": ', "No")

    with_plan(RE, test)


def test_a_value_for_which_there_is_no_parameter_is_refused(RE) -> None:
    """And stays empty."""

    async def test(ioc: PlanPVs) -> None:
        nothing = await ioc.refused("P1:Value", "5")
        await ioc.put("Name", "fly")
        none = await ioc.refused("P9:Value", "5")

        assert nothing == "no plan is chosen, there is no number 1"
        assert none == "the plan fly has 2 parameters, there is no number 9"
        assert ioc.read("P9:Value") == ""

    with_plan(RE, test)


def test_parameters_beyond_the_twelfth_are_named(RE) -> None:
    """They are given in Params."""

    async def test(ioc: PlanPVs) -> None:
        await ioc.choose("many", n=3, o=4)

        assert ioc.read("P12:Name") == "m"
        assert ioc.read("P12:Doc") == "the plan has more parameters, which are given in Params: n, o"
        assert ioc.read("Valid") == "Yes"

    with_plan(RE, test)


def test_two_clients_at_once_leave_what_belongs_together(RE) -> None:
    """Whoever comes last."""

    async def test(ioc: PlanPVs) -> None:
        await ioc.choose("scan", **SCAN)
        puts = [ioc.put("P3:Value", str(number)) for number in range(2, 12)]
        puts += [ioc.put("Params", json.dumps({**SCAN, "num": number})) for number in range(12, 20)]
        assert all(await asyncio.gather(*puts))

        num = json.loads(ioc.read("Params"))["num"]
        assert (ioc.read("P3:Value"), ioc.read("Points")) == (str(num), num)
        assert f"det1 read {num} times" in ioc.read("Summary")

    with_plan(RE, test)


def test_each_choice_is_told(RE) -> None:
    """To who saves it; what is refused is none."""

    async def test(ioc: PlanPVs) -> None:
        await ioc.choose("count", detectors=["det1"])
        await ioc.put("P1:Value", "det1")
        before = ioc.changes
        await ioc.refused("Name", "cuont")

        assert (before, ioc.changes) == (3, 3)
        assert ioc.plan.state() == {"name": "count", "params": '{"detectors": ["det1"]}'}

    with_plan(RE, test)
