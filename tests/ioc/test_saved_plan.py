"""The plan that was chosen outlives a restart."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest
from ophyd.sim import det, motor

from reioc.devices import Registry
from reioc.ioc.config.beamline import load
from reioc.ioc.engine_pvs import EnginePVs
from reioc.ioc.plans.catalogue import Catalogue
from reioc.ioc.service import Service

from .harness import PREFIX, Harness

COUNT = {"name": "count", "params": '{"detectors": ["det"], "num": 3}'}
FILE = "beamline.autosave.json"


@pytest.fixture
def make(tmp_path):
    """A service with what is saved; closed afterwards."""
    made = []

    def make_service(saved):
        path = tmp_path / "beamline.toml"
        path.write_text('[ioc]\nprefix = "T:"\n')
        (tmp_path / FILE).write_text(json.dumps({"format": 1, **saved}))
        made.append(Service(load(path), tmp_path / FILE))
        return made[-1]

    yield make_service
    for service in made:
        service.engine.close()


def restored(RE, chosen, then=None):
    """An IOC that begins with what was chosen; what `then` makes of it, and what would be saved."""

    async def run():
        harness = Harness.__new__(Harness)
        catalogue = Catalogue.load(["reioc.engine.plans"], Registry([det, motor]))
        harness.RE, harness.ioc = RE, EnginePVs(RE, PREFIX, catalogue=catalogue, restored={"plan": chosen or {}})
        try:
            await harness.ioc.begin()
            if then is not None:
                await then(harness)
            names = ("Name", "Params", "Valid", "Error", "Doc")
            return {name: harness.read(f"Plan:{name}") for name in names}, harness.ioc._state()["plan"]
        finally:
            harness.ioc.close()

    return asyncio.run(run())


def test_what_is_chosen_is_what_is_saved_and_chosen_again(RE) -> None:
    """Plan and parameters, checked as when they were written."""

    async def choose(ioc):
        assert await ioc.put("Plan:Name", COUNT["name"])
        assert await ioc.put("Plan:Params", COUNT["params"])

    chosen, saved = restored(RE, None, choose)
    again, saved_again = restored(RE, saved)

    assert (saved, saved_again) == (COUNT, COUNT)
    assert again == chosen
    assert (again["Valid"], again["Error"], again["Doc"] != "") == ("Yes", "", True)


def test_parameters_that_were_wrong_are_there_to_be_mended(RE) -> None:
    """With what is wrong with them."""
    shown, saved = restored(RE, wrong := {"name": "count", "params": '{"detectors": ["det7"]}'})

    assert (shown["Name"], shown["Params"], shown["Valid"]) == ("count", wrong["params"], "No")
    assert "no device 'det7'" in shown["Error"]
    assert saved == wrong


def test_a_plan_that_is_offered_no_more_is_not_chosen(RE, caplog) -> None:
    """The log says so; the parameters are kept."""
    with caplog.at_level(logging.WARNING, "reioc.ioc"):
        shown, _ = restored(RE, {"name": "old_scan", "params": "{}"})

    assert (shown["Name"], shown["Params"], shown["Valid"]) == ("", "{}", "No")
    assert "the plan old_scan, which was chosen, is offered no more" in caplog.text


def test_each_choice_asks_to_be_saved(RE) -> None:
    """What is refused does not."""

    async def run():
        harness = Harness(RE)
        changed = harness.ioc.roster.changed_settings
        seen = []
        try:
            for name, value in (("Name", "count"), ("Params", "{}"), ("Name", "no such plan")):
                changed.clear()
                await harness.put(f"Plan:{name}", value)
                seen.append(changed.is_set())
        finally:
            harness.ioc.close()
        return seen

    assert asyncio.run(run()) == [True, True, False]


def test_a_service_begins_with_it(make) -> None:
    """And with the rest of the file."""
    service = make({"plan": COUNT})

    assert service._restored["plan"] == COUNT


def test_a_file_of_before_plans_were_saved_is_read(make, tmp_path) -> None:
    """Nothing is chosen, and it is not set aside."""
    service = make({})

    assert (service._restored["plan"], (tmp_path / FILE).exists()) == ({}, True)


@pytest.mark.parametrize(
    "plan",
    ["count", ["count", "{}"], 3, {"name": "count"}, {**COUNT, "more": 1}],
    ids=["text", "list", "number", "half", "more"],
)
def test_a_plan_that_makes_no_sense_sets_the_file_aside(make, tmp_path, caplog, plan) -> None:
    """It says what is wrong; nothing of the file counts, and nothing of it is lost."""
    with caplog.at_level(logging.ERROR, "reioc.ioc"):
        service = make({"plan": plan, "enabled": False})

    assert "of the plan, name and params are saved, not" in caplog.text
    assert (service._restored, service.engine.suspenders_enabled) == ({}, True)
    (aside,) = tmp_path.glob(f"{FILE}.*.broken")
    assert json.loads(aside.read_text())["plan"] == plan


@pytest.mark.parametrize(("name", "params"), [(None, None), (3, {"num": 3}), ("count", "x" * 9000)])
def test_a_plan_of_other_types_does_not_keep_a_service_from_starting(RE, make, name, params) -> None:
    """Whoever has edited the file sees what has become of it."""
    service = make({"plan": {"name": name, "params": params}})

    shown, _ = restored(RE, service._restored["plan"])

    assert shown["Valid"] == "No"
