"""The JSON schema of a plan's parameters, and what it has to do with their check."""

import enum
from copy import deepcopy
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge, Interval, Le
from pydantic import BaseModel, Field

from reioc.engine.plans import CATALOGUE, Repeats, Units
from reioc.engine.protocols import Movable
from reioc.ioc.plans.catalogue import Catalogue, Entry, InvalidParameters

from ..beamline_devices import make_registry
from .test_catalogue_library import GIVEN

jsonschema = pytest.importorskip("jsonschema")

REGISTRY = make_registry()
OURS = Catalogue(CATALOGUE, REGISTRY)


class Speed(enum.Enum):
    SLOW = "slow"
    FAST = "fast"


class Region(BaseModel):
    low: float = Field(ge=0)
    speed: Speed = Speed.FAST


@dataclass
class Window:
    width: float
    number: int = 1


def entry_of(annotation: Any, **default: Any) -> Entry:
    def plan(x):
        yield x

    plan.__annotations__ = {"x": annotation}
    plan.__defaults__ = tuple(default.values())
    return Catalogue([plan], REGISTRY)["plan"]


def schema_of(annotation: Any, **default: Any) -> dict[str, Any]:
    return entry_of(annotation, **default).schema["properties"]["x"]


def is_bound(entry: Entry, params: dict[str, Any]) -> bool:
    try:
        entry.bind(params)
    except InvalidParameters:
        return False
    return True


def fits(entry: Entry, params: dict[str, Any]) -> bool:
    return jsonschema.Draft202012Validator(entry.schema).is_valid(params)


@pytest.mark.parametrize("plan", GIVEN)
def test_what_is_bound_fits_the_schema(plan):
    """A client that checks by the schema sends what is taken."""
    jsonschema.validate(GIVEN[plan][0], OURS[plan].schema)


WRONG = [None, True, 5, 1.5, -1, "text", "m1", [], [5], ["m1"], [[]], {}, {"a": 1}]


@pytest.mark.parametrize("plan", GIVEN)
def test_what_the_schema_rejects_is_not_bound(plan):
    """Each parameter of each of our plans, with each kind of value, alone and inside a list; left out, and one more."""
    entry, good = OURS[plan], GIVEN[plan][0]
    schema = jsonschema.Draft202012Validator(entry.schema)
    tried = [good | {name: wrong} for name in [*good, "other"] for wrong in WRONG]
    tried += [{name: value for name, value in good.items() if name != left} for left in good]
    for name, value in good.items():
        for index in range(len(value) if isinstance(value, list) else 0):
            for wrong in WRONG:
                tried.append(deepcopy(good))
                tried[-1][name][index] = wrong
    rejected = [params for params in tried if not schema.is_valid(params)]
    assert rejected
    assert [params for params in rejected if is_bound(entry, params)] == []


@pytest.mark.parametrize(
    ("annotation", "good", "bad"),
    [
        (Annotated[float, Ge(0)], [0, 1.5], [-1, "1", True]),
        (Annotated[int, Interval(ge=1, le=5)], [1, 5, 5.0], [0, 6, 1.5]),
        (Annotated[float | None, Ge(0), Le(2)], [None, 2], [-1, 3, "a"]),
        (Annotated[float | list[float], Ge(0)], [0, [0, 1]], [-1, [0, -1], "a"]),
        (list[Annotated[float, Le(2)]], [[], [2]], [[3], 1]),
        (Annotated[list[float], Field(min_length=1)], [[1]], [[], 1]),
        (Annotated[str, Field(pattern="^a+$")], ["aa"], ["b", 5]),
        (Literal[1, "x"], [1, "x"], [True, "1", 2]),
        (Speed, ["slow"], ["SLOW", 1]),
        (Region, [{"low": 1}, {"low": 0, "speed": "slow"}], [{}, {"low": "1"}, {"low": True}, {"low": 1, "hgih": 2}]),
        (
            list[Window],
            [[{"width": 1}]],
            [[{"width": "1"}], [{"width": 1, "nubmer": 2}], [{"number": 1}]],
        ),
        (dict[str, Window], [{"a": {"width": 1}}], [{"a": {"width": None}}, {"a": []}]),
        (tuple[Movable, float], [["m1", 1]], [["m1"], ["m1", 1, 2], ["m1", "x"]]),
        (Movable, ["m1"], [5, ["m1"]]),
    ],
)
def test_check_and_schema_agree(annotation, good, bad):
    """About limits, labels, and the keys and values of objects."""
    entry = entry_of(annotation)
    assert [value for value in good if not (fits(entry, {"x": value}) and is_bound(entry, {"x": value}))] == []
    assert [value for value in bad if fits(entry, {"x": value}) or is_bound(entry, {"x": value})] == []


def test_plan_has_title_and_description():
    """What a form is headed by."""
    schema = OURS["count"].schema
    assert (schema["title"], schema["description"]) == ("count", OURS["count"].doc)


def test_devices_are_examples():
    """Any of those that fit; a component of one may be given too, so that they are no enumeration."""
    assert schema_of(Movable) == {
        "type": "string",
        "format": "device",
        "description": "movable device",
        "examples": ["m1", "m2"],
    }


def test_repeated_arguments_are_described_in_their_turn():
    """For screens; to a validator of JSON schemas it says nothing."""

    def mark(*args: Annotated[Any, Repeats(motor=Movable, at=Annotated[float, Units("mm"), Ge(0)])]):
        yield args

    repeats = Catalogue([mark], REGISTRY)["mark"].schema["properties"]["args"]["x-repeats"]
    assert [(turn["name"], turn["type"], turn["units"]) for turn in repeats] == [
        ("motor", "movable device", ""),
        ("at", "number", "mm"),
    ]
    assert repeats[1]["schema"] == {"type": "number", "minimum": 0}


def test_limit_of_a_repeated_argument_is_checked():
    """The message names the turn and the place."""

    def mark(*args: Annotated[Any, Repeats(motor=Movable, at=Annotated[float, Ge(0)])]):
        yield args

    with pytest.raises(InvalidParameters, match=r"^args\[3\]: must be greater than or equal to 0, not -1$"):
        Catalogue([mark], REGISTRY)["mark"].bind({"args": ["m1", 0, "m2", -1]})


@pytest.mark.parametrize(
    ("annotation", "default", "expected"),
    [
        (float, 1.5, 1.5),
        (int | None, None, None),
        (Speed, Speed.SLOW, "slow"),
        (Movable, REGISTRY["m1"], "m1"),
        (list[float], [1, 2], [1, 2]),
    ],
)
def test_default_is_what_would_be_given(annotation, default, expected):
    """A member of an enumeration by its label, a device by its name."""
    assert schema_of(annotation, default=default)["default"] == expected


@pytest.mark.parametrize("default", [float("inf"), object(), REGISTRY, Speed])
def test_default_that_cannot_be_given_is_not_told(default):
    """What has no JSON."""
    assert "default" not in schema_of(Any, default=default)


@pytest.mark.parametrize(
    ("annotation", "limits"),
    [
        (Annotated[float, Ge(0), Le(5)], (0, 5)),
        (Annotated[float, Field(gt=0, lt=5)], (0, 5)),
        (Annotated[int | None, Ge(1)], (1, None)),
        (list[Annotated[float, Interval(ge=-1, le=1)]], (-1, 1)),
        (Annotated[float, Ge(0)] | Annotated[int, Ge(1)], (None, None)),
        (Annotated[float, Ge(0)] | list[float], (None, None)),
        (float, (None, None)),
        (str, (None, None)),
        (Region, (None, None)),
    ],
)
def test_limits_are_told_for_screens(annotation, limits):
    """Those of the number, or of all numbers alike."""
    parameter = entry_of(annotation).parameters[0]
    assert (parameter.minimum, parameter.maximum) == limits


@pytest.mark.parametrize(
    ("annotation", "choices"),
    [
        (Speed, ("slow", "fast")),
        (Literal["a", 2] | None, ("a", "2")),
        (Literal["only"], ("only",)),
        (Movable, ("m1", "m2")),
        (list[Movable], ("m1", "m2")),
        (list[Speed], ("slow", "fast")),
        (tuple[Movable, Speed], ("m1", "m2", "slow", "fast")),
        (Annotated[str, Field(examples=["a"])], ()),
        (float, ()),
    ],
)
def test_choices_are_told_for_screens(annotation, choices):
    """Labels, and names of devices that fit."""
    assert entry_of(annotation).parameters[0].choices == choices


@pytest.mark.parametrize(
    "annotation",
    [Annotated[float, Units("mm")], Annotated[float, Units("mm")] | None, list[Annotated[float, Units("mm")]]],
)
def test_units_are_told_wherever_they_stand(annotation):
    """Beside the parameter, or beside the items of its list."""
    assert entry_of(annotation).parameters[0].units == schema_of(annotation)["units"] == "mm"
