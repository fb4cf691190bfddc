"""What is said of parameters that do not fit."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reioc.engine.plans import CATALOGUE
from reioc.engine.protocols import Readable
from reioc.ioc.plans.catalogue import Catalogue, Entry, InvalidParameters

from ..beamline_devices import make_registry

SCAN = {"detectors": ["det1"], "args": ["m1", -1, 1], "num": 5}


@pytest.fixture(scope="module")
def registry():
    return make_registry()


@pytest.fixture(scope="module")
def catalogue(registry):
    return Catalogue.load(["reioc.engine.plans"], registry)


def errors_of(entry: Entry, params: dict[str, Any]) -> list[str]:
    with pytest.raises(InvalidParameters) as caught:
        entry.bind(params)
    return [str(error) for error in caught.value.errors]


def test_every_mistake_is_reported(catalogue):
    """All mistakes come at once, in the order of the signature, unknown names last."""
    params = {"points": 3, "num": "five", "args": ["m1", -1, "x"], "detectors": ["det9"]}
    assert errors_of(catalogue["scan"], params) == [
        "detectors[0]: no device 'det9' (did you mean 'det1'?); devices: det1, m1, m2, flyer",
        "args[2]: stop must be a number, not 'x'",
        "num: must be an integer, not 'five'",
        "points: no such parameter; there are: detectors, args, num, md",
    ]


def test_text_of_the_exception_joins_the_mistakes(catalogue):
    """One line with everything, for a PV."""
    with pytest.raises(InvalidParameters) as caught:
        catalogue["scan"].bind({**SCAN, "num": "five", "nun": 1})
    assert str(caught.value) == (
        "num: must be an integer, not 'five'; "
        "nun: no such parameter (did you mean 'num'?); there are: detectors, args, num, md"
    )


def test_error_knows_its_parameter(catalogue):
    """A screen shows each mistake beside its parameter, wherever inside it is."""
    with pytest.raises(InvalidParameters) as caught:
        catalogue["scan"].bind({**SCAN, "args": ["m1", -1, "x"]})
    (error,) = caught.value.errors
    assert (error.parameter, error.place) == ("args", "args[2]")


def test_missing_parameter_says_what_it_must_be(catalogue):
    """What is required and not there is named."""
    assert errors_of(catalogue["count"], {}) == ["detectors: missing: must be a list of readable devices"]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["m1", -1, 1, "m2", 3], "args: motor, start, stop are repeated: 2 values are left over"),
        (["m1", -1, 1, 5], "args[3]: motor must be the name of a movable device, not 5"),
        ([], "args: must have motor, start, stop at least once"),
        ("m1", "args: must be a list of motor, start, stop, repeated, not 'm1'"),
        (["det1", -1, 1], "args[0]: det1 cannot be moved; those that can: m1, m2"),
        (["m1", True, 1], "args[1]: start must be a number, not true"),
        (["m1", "-1", 1], "args[1]: start must be a number, not '-1'"),
    ],
)
def test_repeated_arguments_are_refused_by_their_turn(catalogue, args, error):
    """What is wrong in `args` says at which index and in which role."""
    assert errors_of(catalogue["scan"], {**SCAN, "args": args}) == [error]


def test_list_in_repeated_arguments_says_where_inside(catalogue):
    """A bad number in the points of a motor is found at both indices."""
    assert errors_of(catalogue["list_scan"], {"detectors": ["det1"], "args": ["m1", [1, "x"], "m2", 3]}) == [
        "args[1][1]: must be a number, not 'x'",
        "args[3]: points must be a list of numbers, not 3",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["det1", "m1", "flyer", "x", ""]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["detectors", "args", "num", "delay", "snake_axes", "md", "timeout", "group", "other"])


OFFERED = Catalogue(CATALOGUE, make_registry())


@settings(deadline=None)
@given(st.sampled_from([plan.__name__ for plan in CATALOGUE]), st.dictionaries(NAMES, JSON))
def test_any_json_is_bound_or_refused_with_reasons(plan, params):
    """Whatever comes by a PV, nothing but InvalidParameters is raised, and each mistake has its words."""
    try:
        OFFERED[plan].bind(params)
    except InvalidParameters as error:
        reasons = [wrong.message for wrong in error.errors]
    else:
        reasons = ["fits"]
    assert reasons
    assert all(reasons)


def test_device_without_the_ability_is_refused_with_those_that_have_it(registry):
    """A flyer is no detector: who typed it sees what is."""

    def look(detector: Readable):
        yield

    assert errors_of(Catalogue([look], registry)["look"], {"detector": "flyer"}) == [
        "detector: flyer cannot be read; those that can: det1, m1, m2"
    ]
