"""Parameters that are too many."""

import time
from typing import Any

import pytest

from reioc.engine.plans import CATALOGUE
from reioc.ioc.plans.catalogue import Catalogue, InvalidParameters, parse

from ..beamline_devices import make_registry

OURS = Catalogue(CATALOGUE, make_registry())
MOST_SECONDS = 0.1


def refused(check: Any, *args: Any) -> tuple[str, float]:
    started = time.thread_time()
    with pytest.raises(InvalidParameters) as caught:
        check(*args)
    return str(caught.value), time.thread_time() - started


def test_ten_megabytes_of_json_are_refused_at_once():
    """By their size, before they are parsed."""
    text, seconds = refused(parse, '{"points": [' + "1," * 5_000_000 + "1]}")
    assert text.startswith("too large: 10,000,015 characters, 1,000,000 are taken; ")
    assert seconds < MOST_SECONDS


@pytest.mark.parametrize(
    "params",
    [
        {"detectors": ["det1"] * 5_000_000},
        {"md": {"note": "x" * 10_000_000}},
        {"md": {str(number): number for number in range(600_000)}},
        {"x" * 10_000_000: 1},
    ],
)
def test_as_many_values_of_a_python_client_are_refused_at_once(params):
    """They need no parsing, and would be checked one by one."""
    text, seconds = refused(OURS["scan"].bind, params)
    assert text == "too large: more than the 1,000,000 characters of JSON that are taken"
    assert seconds < MOST_SECONDS


def test_deep_values_of_a_python_client_are_refused():
    """As deep JSON is."""
    deep: Any = []
    for _ in range(1000):
        deep = [deep]
    text, _ = refused(OURS["scan"].bind, {"md": {"deep": deep}})
    assert text == "nested too deeply (more than 50 levels)"


def test_value_that_contains_itself_is_refused():
    """No JSON, but a Python client can make one."""
    circle: list[Any] = []
    circle.append(circle)
    text, _ = refused(OURS["scan"].bind, {"md": {"circle": circle}})
    assert text == "nested too deeply (more than 50 levels)"


def test_ten_thousand_points_are_taken():
    """A large scan is no attack."""
    bound = OURS["list_scan"].bind({"detectors": ["det1"], "args": ["m1", [number / 7 for number in range(10_000)]]})
    assert len(bound.args[2]) == 10_000


@pytest.mark.parametrize(
    ("params", "last"),
    [
        ({"detectors": ["nope"] * 2000, "args": ["m1", 0, 1]}, "detectors: and so on: there is more that is wrong"),
        ({"detectors": ["det1"], "args": ["m1", "x", "y"] * 2000}, "args: and so on: there is more that is wrong"),
        ({"detectors": [5] * 2000, "args": ["m1", 0, 1]}, "detectors: and so on: there is more that is wrong"),
    ],
)
def test_of_thousands_of_mistakes_the_first_are_told(params, last):
    """Nobody reads them all, and to find what each could have meant would take long."""
    with pytest.raises(InvalidParameters) as caught:
        OURS["scan"].bind(params)
    assert len(caught.value.errors) == 21
    assert str(caught.value.errors[-1]) == last


def test_of_thousands_of_unknown_names_the_first_are_told():
    """Each would be compared with all parameters."""
    with pytest.raises(InvalidParameters) as caught:
        OURS["fly"].bind({"flyers": ["flyer"]} | {f"other{number}": 1 for number in range(2000)})
    assert len(caught.value.errors) == 10
