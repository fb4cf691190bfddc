"""Annotations as beamlines write them: renamed, constrained, of several kinds, of their own classes."""

import enum
from typing import Annotated, Any, Literal, NewType, TypeVar

import bluesky.protocols
import numpy.typing as npt
import pytest
from annotated_types import Ge, Gt, Interval, Le, Len
from ophyd import Device, Signal
from ophyd.sim import SynAxis, SynGauss
from ophyd_async.core import SignalRW, StandardReadable
from pydantic import AfterValidator, BaseModel, Field

from reioc.engine.plans import Units
from reioc.engine.protocols import Movable, Readable
from reioc.ioc.plans.catalogue import Catalogue, Entry, InvalidParameters

from ..beamline_devices import make_registry

REGISTRY = make_registry()
M1 = REGISTRY["m1"]
Energy = NewType("Energy", float)
AnyNumber = TypeVar("AnyNumber", bound=float)
OneOfTwo = TypeVar("OneOfTwo", int, str)


class Channel(enum.IntEnum):
    ONE = 1
    TWO = 2


class Region(BaseModel):
    low: float


class Circle(BaseModel):
    kind: Literal["circle"]
    radius: float


class Square(BaseModel):
    kind: Literal["square"]
    side: float


def fail(_: Any) -> Any:
    raise KeyError("odd")


def entry_of(annotation: Any) -> Entry:
    def plan(x):
        yield x

    plan.__annotations__ = {"x": annotation}
    return Catalogue([plan], REGISTRY)["plan"]


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (Energy, 1, 1.0),
        (AnyNumber, 1, 1.0),
        (OneOfTwo, "a", "a"),
        (npt.ArrayLike, [[1, 2], [3]], [[1, 2], [3]]),
        (Annotated[float | None, Ge(0)], None, None),
        (Annotated[float | list[float], Ge(0)], [0, 1], [0.0, 1.0]),
        (Annotated[list[float] | None, Len(1)], [1], [1.0]),
        (Annotated[Annotated[float, Units("mm")], Ge(0)], 1, 1.0),
        (Annotated[tuple[float, ...], Ge(0)], [1], (1.0,)),
        (Annotated[list[float], Field(description="where", min_length=1)], [1], [1.0]),
        (
            Annotated[Circle | Square, Field(discriminator="kind")],
            {"kind": "square", "side": 1},
            Square(kind="square", side=1),
        ),
        (Channel, 1, Channel.ONE),
        (Channel, Channel.TWO, Channel.TWO),
        (bluesky.protocols.Movable[float], "m1", M1),
        (bluesky.protocols.NamedMovable, "m1", M1),
        (bluesky.protocols.Readable | bluesky.protocols.Flyable, "flyer", REGISTRY["flyer"]),
        (SynAxis | SynGauss, "det1", REGISTRY["det1"]),
        (Device, "m1", M1),
        (Signal, "m1.readback", M1.readback),
        (list[tuple[Movable, float]], [["m1", 1]], [(M1, 1.0)]),
    ],
)
def test_what_fits_is_taken(annotation, value, expected):
    """JSON becomes what the annotation means."""
    assert next(entry_of(annotation).bind({"x": value}).make()) == expected


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (Energy, "1", "x: must be a number, not '1'"),
        (AnyNumber, True, "x: must be a number, not true"),
        (Annotated[float, Ge(0)], -1, "x: must be greater than or equal to 0, not -1"),
        (Annotated[int, Interval(ge=1, le=5)], 6, "x: must be less than or equal to 5, not 6"),
        (Annotated[float | None, Gt(0)], 0, "x: must be greater than 0, not 0"),
        (Annotated[float | list[float], Ge(0)], [1, -1], "x[1]: must be greater than or equal to 0, not -1"),
        (list[Annotated[float, Le(1)]], [0, 2], "x[1]: must be less than or equal to 1, not 2"),
        (Annotated[list[float], Ge(0)], [-1], "x[0]: must be greater than or equal to 0, not -1"),
        (Annotated[list[float], Len(1, 2)], [], "x: must have at least 1 item, not 0"),
        (Annotated[list[float], Len(1, 2)], [1, 2, 3], "x: must have at most 2 items, not 3"),
        (Annotated[str, Field(pattern="^a")], "b", "x: must match pattern '^a', not 'b'"),
        (Annotated[float, AfterValidator(fail)], 1, "x: cannot be checked: KeyError: 'odd'"),
        (
            Annotated[float | None, Ge(0), Field(description="how far")],
            -1,
            "x: must be greater than or equal to 0, not -1",
        ),
        (Literal[1, "x"], True, "x: must be 1 or 'x', not true"),
        (Channel, "1", "x: must be 1 or 2, not '1'"),
        (Region, {"low": "1"}, 'x.low: "1" is not of type "number"'),
        (Region, {"low": 1, "hgih": 2}, "x: Additional properties are not allowed ('hgih' was unexpected)"),
        (tuple[Movable, float], ["m1"], "x[1]: missing"),
        (tuple[Movable, float], ["m1", 1, 2], "x: must have at most 2 items, not 3"),
        (
            Readable | bluesky.protocols.Flyable,
            5,
            "x: must be the name of a readable device or flyable device, not 5",
        ),
        (
            list[SynAxis | SynGauss],
            ["m1", "flyer"],
            "x[1]: flyer is no SynAxis and is no SynGauss; those that can: det1, m1, m2",
        ),
        (StandardReadable, "m1", "x: m1 is no StandardReadable; those that can: none"),
        (SignalRW[float], "m1", "x: m1 is no SignalRW; those that can: none"),
    ],
)
def test_what_does_not_fit_is_refused_once(annotation, value, message):
    """With its place, and in one message."""
    with pytest.raises(InvalidParameters) as caught:
        entry_of(annotation).bind({"x": value})
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (Energy, "number"),
        (npt.ArrayLike, "number or list"),
        (Device, "Device"),
        (SynAxis | None, "SynAxis device or null"),
        (SynAxis | SynGauss, "SynAxis device or SynGauss device"),
    ],
)
def test_type_is_told_in_words(annotation, text):
    """Those of a screen."""
    assert entry_of(annotation).parameters[0].type == text


def test_annotations_are_read_where_a_decorated_plan_was_written():
    """As texts too, and without what the plan returns, which may be known to type checkers alone."""
    from functools import wraps

    def plan(x: "Energy") -> "Unknown":  # type: ignore[name-defined]  # noqa: F821
        yield x

    @wraps(plan)
    def decorated(*args, **kwargs):
        return plan(*args, **kwargs)

    assert Catalogue([decorated], REGISTRY)["plan"].parameters[0].type == "number"


def test_arguments_reach_the_plan_as_it_takes_them():
    """By place alone, by name alone, and `*args` of one type with its limit."""

    def plan(first: int, /, second: int = 2, *args: Annotated[float, Ge(0)], third: int = 3, **others: Any):
        yield first, second, args, third, others

    entry = Catalogue([plan], REGISTRY)["plan"]
    assert [parameter.name for parameter in entry.parameters] == ["first", "second", "args", "third"]
    assert next(entry.bind({"first": 1, "args": [5, 6], "third": 7}).make()) == (1, 2, (5.0, 6.0), 7, {})
    with pytest.raises(InvalidParameters, match=r"^args\[1\]: must be greater than or equal to 0, not -6$"):
        entry.bind({"first": 1, "args": [5, -6]})
