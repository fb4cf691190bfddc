"""The plan that is to be started next: its parameters as a whole, and one by one."""

from __future__ import annotations

import json

import pytest

from reioc.ioc.plans.catalogue import UnknownPlan
from reioc.ioc.plans.chosen import Chosen

from .dry_devices import Detector, Motor, library

COUNT = {"detectors": ["det1"], "num": 3}
LONGEST = 8000


@pytest.fixture
def chosen() -> Chosen:
    return Chosen(library(Motor("m1"), Motor("m2"), Detector("det1"), plans=("count", "scan", "list_scan", "fly")))


def put(chosen: Chosen, name: str, text: str) -> None:
    """Write one parameter by its name."""
    number = [parameter.name for parameter in chosen.parameters].index(name)
    assert chosen.write_one(number, text, LONGEST) == name


def errors(chosen: Chosen) -> list[str]:
    return [str(error).partition(";")[0] for error in chosen.errors]


def test_nothing_is_chosen_in_the_beginning(chosen: Chosen) -> None:
    """There is nothing to run."""
    assert (chosen.name, chosen.text, chosen.bound, chosen.parameters) == ("", "", None, ())
    assert chosen.errors


def test_what_is_written_as_a_whole_is_seen_one_by_one(chosen: Chosen) -> None:
    """As one would type it."""
    chosen.choose("scan")
    chosen.write('{"detectors": ["det1"], "args": ["m1", -1, 1], "num": 5}')

    assert chosen.bound is not None
    assert {each.name: chosen.value_text(each.name) for each in chosen.parameters[:3]} == {
        "detectors": "det1",
        "args": "m1, -1, 1",
        "num": "5",
    }


def test_what_is_written_one_by_one_is_seen_as_a_whole(chosen: Chosen) -> None:
    """As JSON, in the order of the parameters."""
    chosen.choose("scan")
    put(chosen, "num", "5")
    put(chosen, "args", "m1 -1 1, m2 0 2")
    put(chosen, "detectors", "det1")

    assert chosen.text == '{"detectors": ["det1"], "args": ["m1", -1, 1, "m2", 0, 2], "num": 5}'
    assert (chosen.errors, chosen.bound is not None) == ((), True)


def test_an_empty_text_leaves_a_parameter_out(chosen: Chosen) -> None:
    """Its default holds."""
    chosen.choose("count")
    chosen.write(json.dumps(COUNT))
    put(chosen, "num", " ")

    assert (chosen.params, chosen.errors) == ({"detectors": ["det1"]}, ())


def test_a_wrong_value_stays_as_it_was_typed(chosen: Chosen) -> None:
    """With what is wrong with it."""
    chosen.choose("count")
    chosen.write(json.dumps(COUNT))
    put(chosen, "num", "many")

    assert chosen.value_text("num") == "many"
    assert errors(chosen) == ["num: must be an integer, not 'many'"]
    assert chosen.bound is None


def test_a_text_that_is_no_json_leaves_single_parameters_as_they_were(chosen: Chosen) -> None:
    """It can be mended."""
    chosen.choose("count")
    chosen.write(json.dumps(COUNT))
    chosen.write('{"detectors": ["det1"')

    assert (chosen.value_text("num"), chosen.value_text("detectors")) == ("3", "det1")
    assert (chosen.bound, chosen.text) == (None, '{"detectors": ["det1"')
    assert errors(chosen)[0].startswith("not valid JSON at line 1")


def test_a_single_parameter_takes_the_place_of_a_text_that_is_no_json(chosen: Chosen) -> None:
    """What was given before is there."""
    chosen.choose("count")
    chosen.write(json.dumps(COUNT))
    chosen.write("{")
    put(chosen, "num", "4")

    assert (json.loads(chosen.text), chosen.errors) == ({**COUNT, "num": 4}, ())


def test_another_plan_takes_over_what_is_given(chosen: Chosen) -> None:
    """Name and parameters can be set in any order."""
    chosen.write(json.dumps(COUNT))
    chosen.choose("scan")

    assert (chosen.params, chosen.value_text("num")) == (COUNT, "3")
    assert errors(chosen) == ["args: missing: must be a list of motor, start, stop, repeated"]


def test_what_is_for_another_plan_goes_with_the_next_single_parameter(chosen: Chosen) -> None:
    """A screen has no field for it."""
    chosen.choose("count")
    chosen.write(json.dumps({**COUNT, "delay": 1}))
    chosen.choose("scan")
    before = errors(chosen)
    put(chosen, "args", "m1 0 1")

    assert any("delay: no such parameter" in error for error in before)
    assert chosen.errors == ()


def test_an_unknown_plan_changes_nothing(chosen: Chosen) -> None:
    """It is refused."""
    chosen.choose("count")
    chosen.write(json.dumps(COUNT))
    with pytest.raises(UnknownPlan):
        chosen.choose("cuont")

    assert (chosen.name, chosen.bound is not None) == ("count", True)


def test_a_parameter_that_the_plan_has_not_is_refused(chosen: Chosen) -> None:
    """Whether a plan is chosen or not."""
    with pytest.raises(LookupError, match="no plan is chosen"):
        chosen.write_one(0, "1", LONGEST)
    chosen.choose("fly")
    with pytest.raises(LookupError, match="the plan fly has 2 parameters, there is no number 5"):
        chosen.write_one(4, "1", LONGEST)


def test_what_would_not_fit_as_a_whole_is_refused(chosen: Chosen) -> None:
    """Nothing is changed."""
    chosen.choose("list_scan")
    with pytest.raises(ValueError, match="longer than 20 bytes"):
        chosen.write_one(1, "m1 [0, 1, 2, 3, 4, 5]", 20)

    assert chosen.text == ""
