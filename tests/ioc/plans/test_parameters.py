"""What can be given for which annotation."""

import enum
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol

import numpy as np
import pytest
from ophyd.sim import SynAxis
from pydantic import BaseModel, Field

from reioc.engine.plans import Units
from reioc.engine.protocols import Movable, Readable
from reioc.ioc.plans.catalogue import Catalogue, CatalogueError, Entry, InvalidParameters

from ..beamline_devices import make_registry

REGISTRY = make_registry()
NOTHING = object()


class Speed(enum.Enum):
    SLOW = "slow"
    FAST = "fast"


class Region(BaseModel):
    low: float
    high: float


class Focusable(Protocol):
    def focus(self) -> Any: ...


def entry_of(annotation: Any, default: Any = NOTHING) -> Entry:
    """A plan with one parameter `x` of that annotation."""

    def plan(x):
        yield x

    plan.__annotations__ = {"x": annotation}
    plan.__defaults__ = () if default is NOTHING else (default,)
    return Catalogue([plan], REGISTRY)["plan"]


def given(annotation: Any, value: Any) -> Any:
    return next(entry_of(annotation).bind({"x": value}).make())


def errors(annotation: Any, value: Any) -> list[str]:
    with pytest.raises(InvalidParameters) as caught:
        entry_of(annotation).bind({"x": value})
    return [str(error) for error in caught.value.errors]


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (int, 5, 5),
        (int, 5.0, 5),
        (float, 5, 5.0),
        (float, -1.5, -1.5),
        (bool, True, True),
        (str, "5", "5"),
        (int | None, None, None),
        (Sequence[float], [1, 2], [1.0, 2.0]),
        (Iterable[float], [1], [1.0]),
        (tuple[int, str], [1, "a"], (1, "a")),
        (tuple[int, ...], [1, 2], (1, 2)),
        (set[int], [1, 2, 1], {1, 2}),
        (float | list[float], [1], [1.0]),
        (dict[str, float], {"a": 1}, {"a": 1.0}),
        (Mapping, {"a": [1]}, {"a": [1]}),
        (Any, {"a": [1, None, "x"]}, {"a": [1, None, "x"]}),
        (Any | None, "a text", "a text"),
        (Literal["fast", "slow"], "slow", "slow"),
        (Speed, "slow", Speed.SLOW),
        (Region, {"low": 1, "high": 2}, Region(low=1, high=2)),
        (Hashable | None, "group", "group"),
        (Movable, "m1", REGISTRY["m1"]),
        (list[Movable | float], ["m1", 2], [REGISTRY["m1"], 2.0]),
        (dict[str, Readable], {"a": "det1"}, {"a": REGISTRY["det1"]}),
        (SynAxis, "m1", REGISTRY["m1"]),
        (float | np.ndarray, 3, 3.0),
        (Annotated[float, Field(gt=0), Units("s")], 1, 1.0),
    ],
)
def test_what_fits_is_taken(annotation, value, expected):
    """JSON becomes what the annotation says, devices by name."""
    got = given(annotation, value)
    assert got == expected
    assert type(got) is type(expected)


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (int, "5", "x: must be an integer, not '5'"),
        (int, 5.5, "x: must be an integer, not 5.5"),
        (int, True, "x: must be an integer, not true"),
        (int, None, "x: must be an integer, not null"),
        (int, float("inf"), "x: must be an integer, not Infinity"),
        (float, float("nan"), "x: must be a number, not NaN"),
        (float, 10**400, f"x: must be a number, not 1{'0' * 39}…"),
        (float, False, "x: must be a number, not false"),
        (bool, 1, "x: must be true or false, not 1"),
        (str, 1, "x: must be a text, not 1"),
        (int | None, "a", "x: must be an integer, not 'a'"),
        (list[float], "a", "x: must be a list of numbers, not 'a'"),
        (list[float], {"a": 1}, 'x: must be a list of numbers, not {"a": 1}'),
        (list[list[int]], [[1], 2], "x[1]: must be a list, not 2"),
        (tuple[int, str], [1, 2], "x[1]: must be a text, not 2"),
        (float | list[float], "a", "x: must be a number or a list of numbers, not 'a'"),
        (float | list[float], [1, "a"], "x[1]: must be a number, not 'a'"),
        (list[float | str], [1, []], "x[1]: must be a number or a text, not []"),
        (dict[str, float], {"a": "b"}, "x.a: must be a number, not 'b'"),
        (Literal["fast", "slow"], "quick", "x: must be 'fast' or 'slow', not 'quick'"),
        (Speed, "quick", "x: must be 'slow' or 'fast', not 'quick'"),
        (Region, {"low": 1}, "x.high: missing"),
        (Region, 5, "x: must be an object, not 5"),
        (Literal["only"], 5, "x: must be 'only', not 5"),
        (Hashable, [], "x: must be a text or a number, not []"),
        (Movable, 5, "x: must be the name of a movable device, not 5"),
        (Movable, "m1.nope", "x: m1 has no component 'nope'; components: readback, setpoint"),
        (bool | Sequence[Movable], ["det1"], "x[0]: det1 cannot be moved; those that can: m1, m2"),
        (bool | Sequence[Movable], "m1", "x: must be true or false or a list of movable devices, not 'm1'"),
        (Focusable, "m1", "x: m1 is no focusable device (no focus); those that can: none"),
        (SynAxis, "det1", "x: det1 is no SynAxis; those that can: m1, m2"),
        (Annotated[float, Field(gt=0)], -1, "x: must be greater than 0, not -1"),
        (Annotated[float, Field(gt=0)], "a", "x: must be a number, not 'a'"),
    ],
)
def test_what_does_not_fit_is_refused(annotation, value, expected):
    """One message, in which the place, the value and what would be right are named."""
    (message,) = errors(annotation, value)
    assert message.startswith(expected)


def test_each_bad_item_of_a_list_is_reported():
    """Not the first mistake alone."""
    assert errors(list[float], ["a", 1, None]) == [
        "x[0]: must be a number, not 'a'",
        "x[2]: must be a number, not null",
    ]


@pytest.mark.parametrize("annotation", [Callable[[], int], Callable[..., Any] | None, np.ndarray])
def test_what_cannot_be_given_makes_the_plan_impossible(annotation):
    """A required parameter of which nothing can be written in JSON is found when the catalogue is made."""
    with pytest.raises(CatalogueError, match="its parameter 'x' cannot be given"):
        entry_of(annotation)


def test_what_cannot_be_given_is_not_offered_where_it_has_a_default():
    """The plan then uses its default."""
    assert entry_of(Callable[[], int] | None, default=None).parameters == ()


def test_unannotated_parameter_takes_anything():
    """No annotation, no demands: a name stays a text."""

    def plan(x, md=None):
        yield x

    entry = Catalogue([plan], REGISTRY)["plan"]
    assert next(entry.bind({"x": ["m1", {"a": 1}]}).make()) == ["m1", {"a": 1}]


def test_unannotated_md_is_an_object():
    """Everybody calls metadata md."""

    def plan(md=None):
        yield md

    with pytest.raises(InvalidParameters, match=r"md: must be an object, not \[1\]"):
        Catalogue([plan], REGISTRY)["plan"].bind({"md": [1]})


def test_constraint_is_in_the_schema():
    """What pydantic is told about a number, a client reads in the schema."""
    schema = entry_of(Annotated[float, Field(gt=0, description="how wide")]).schema
    assert schema["properties"]["x"] == {"type": "number", "exclusiveMinimum": 0, "description": "how wide"}


def test_definitions_of_models_are_at_the_top_of_the_schema():
    """References of JSON schema start at the root."""
    schema = entry_of(list[Region]).schema
    assert schema["properties"]["x"]["items"] == {"$ref": "#/$defs/Region"}
    assert list(schema["$defs"]) == ["Region"]


def test_default_that_is_no_json_is_not_in_the_schema():
    """NaN and objects have no JSON."""
    assert "default" not in entry_of(float, default=float("nan")).schema["properties"]["x"]


def test_checking_a_device_reads_none_of_its_properties():
    """A property of a device may read a PV: whether a device fits is told from its methods."""
    from reioc.devices import Registry

    class Slow:
        name = "slow"
        parent = None

        @property
        def hints(self):
            raise AssertionError("read")

        def read(self): ...
        def describe(self): ...

    class HintedReadable(Readable, Protocol):
        @property
        def hints(self) -> Any: ...

    def plan(x: Any):
        yield x

    plan.__annotations__ = {"x": HintedReadable}
    slow = Slow()
    assert next(Catalogue([plan], Registry([slow]))["plan"].bind({"x": "slow"}).make()) is slow
