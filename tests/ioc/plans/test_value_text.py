"""Values of parameters as somebody types them."""

import enum
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge
from hypothesis import given, settings
from hypothesis import strategies as st

from reioc.engine.plans import CATALOGUE, Repeats
from reioc.engine.protocols import Movable, Readable
from reioc.ioc.plans.catalogue import NOT_GIVEN, Catalogue, Entry, InvalidParameters

from ..beamline_devices import make_registry

REGISTRY = make_registry()
OURS = Catalogue(CATALOGUE, REGISTRY)


class Speed(enum.Enum):
    SLOW = "slow"
    FAST = "fast"


def entry_of(annotation: Any) -> Entry:
    def plan(x):
        yield x

    plan.__annotations__ = {"x": annotation}
    return Catalogue([plan], REGISTRY)["plan"]


def typed(annotation: Any, text: str) -> Any:
    return entry_of(annotation).value_from_text("x", text)


def error(read: Callable[[], Any]) -> str:
    with pytest.raises(InvalidParameters) as caught:
        read()
    return str(caught.value)


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (int, "5", 5),
        (int, " +5 ", 5),
        (float, "1e3", 1000.0),
        (float, ".5", 0.5),
        (float, "5.", 5.0),
        (float, "007", 7),
        (bool, "true", True),
        (bool, "Yes", True),
        (bool, "off", False),
        (str, "5", "5"),
        (str, "yes", "yes"),
        (str, "red hot", "red hot"),
        (str, '"5"', "5"),
        (str, 'a "b"', 'a "b"'),
        (str | None, "null", None),
        (int | None, "null", None),
        (Literal["slow", "fast"], "fast", "fast"),
        (Literal[1, 2], "2", 2),
        (Speed, "slow", "slow"),
        (Movable, "m1", "m1"),
        (Movable, '"m1"', "m1"),
        (list[Readable], "det1", ["det1"]),
        (list[Readable], "det1, m1", ["det1", "m1"]),
        (list[Readable], "det1 m1", ["det1", "m1"]),
        (list[Readable], "det1,", ["det1"]),
        (list[Readable], "[det1, m1]", ["det1", "m1"]),
        (list[Readable], '["det1", "m1"]', ["det1", "m1"]),
        (list[Readable], '"det1", "m1"', ["det1", "m1"]),
        (list[Readable], "[]", []),
        (list[float], "1 2.5 -3", [1, 2.5, -3]),
        (list[bool], "yes, no", [True, False]),
        (list[str], "1, 2", ["1", "2"]),
        (list[str], "red hot, blue", ["red hot", "blue"]),
        (list[list[float]], "[1, 2], [3]", [[1, 2], [3]]),
        (list[Movable | float], "m1 5", ["m1", 5]),
        (float | list[float], "1", 1),
        (float | list[float], "1, 2", [1, 2]),
        (bool | list[Movable], "no", False),
        (bool | list[Movable], "m1", ["m1"]),
        (dict[str, float], '{"a": 1}', {"a": 1}),
        (Any, "5", 5),
        (Any, "a text, with a comma", "a text, with a comma"),
    ],
)
def test_what_is_typed_is_understood(annotation, text, value):
    """As a JSON value that the parameter takes, without the quotes and brackets of JSON."""
    found = typed(annotation, text)
    assert (found, type(found)) == (value, type(found))
    assert entry_of(annotation).bind({"x": found})


@pytest.mark.parametrize("text", ["", "  ", "\n"])
@pytest.mark.parametrize("annotation", [int, str, list[float], int | None])
def test_nothing_typed_leaves_the_default(annotation, text):
    """An empty field of a screen is no value."""
    assert typed(annotation, text) is NOT_GIVEN


@pytest.mark.parametrize("annotation", [int, str, list[float], bool])
def test_null_leaves_the_default_where_it_is_no_value(annotation):
    """Somebody who types it means nothing."""
    assert typed(annotation, "null") is NOT_GIVEN


@pytest.mark.parametrize(
    ("plan", "name", "text", "value"),
    [
        ("scan", "args", "m1 -1 1", ["m1", -1, 1]),
        ("scan", "args", "m1, -1, 1", ["m1", -1, 1]),
        ("scan", "args", "m1 -1 1, m2 0 2", ["m1", -1, 1, "m2", 0, 2]),
        ("scan", "args", '["m1", -1, 1]', ["m1", -1, 1]),
        ("scan", "args", "[m1 -1 1]", ["m1", -1, 1]),
        ("list_scan", "args", "m1 [0, 1, 5] m2 [1 2 3]", ["m1", [0, 1, 5], "m2", [1, 2, 3]]),
    ],
)
def test_repeated_arguments_are_understood(plan, name, text, value):
    """With spaces or commas, or as JSON."""
    assert OURS[plan].value_from_text(name, text) == value


def test_null_for_repeated_arguments_leaves_them_out():
    """They are then told to be missing."""
    assert OURS["scan"].value_from_text("args", "null") is NOT_GIVEN


def test_repeated_arguments_are_understood_by_their_turn():
    """A number where a text is wanted is a text."""

    def mark(*args: Annotated[Any, Repeats(motor=Movable, position=float, label=str)]):
        yield args

    assert Catalogue([mark], REGISTRY)["mark"].value_from_text("args", "m1 5 7") == ["m1", 5, "7"]


@pytest.mark.parametrize(
    ("annotation", "text", "message"),
    [
        (int, "five", "x: must be an integer, not 'five'"),
        (int, "5.5", "x: must be an integer, not 5.5"),
        (float, "1e999", "x: must be a number, not '1e999'"),
        (float, "NaN", "x: must be a number, not 'NaN'"),
        (bool, "maybe", "x: must be true or false, not 'maybe'"),
        (Speed, "fats", "x: must be 'slow' or 'fast', not 'fats'"),
        (Movable, "det1", "x: det1 cannot be moved; those that can: m1, m2"),
        (list[Readable], "det1, det9", "x[1]: no device 'det9' (did you mean 'det1'?)"),
        (list[Readable], "det1 det9", "x[1]: no device 'det9' (did you mean 'det1'?)"),
        (list[float], "1,,2", "x[1]: must be a number, not ''"),
        (list[Readable], '["det1"', "x: not valid JSON at line 1, column 8: "),
        (dict[str, float], '{"a":', "x: not valid JSON at line 1, column 6: "),
        (dict[str, float], "{'a': 1}", "x: not valid JSON at line 1, column 2: "),
        (Annotated[float, Ge(0)], "-1", "x: must be greater than or equal to 0, not -1"),
        (list[Annotated[float, Ge(0)]], "1 -1", "x[1]: must be greater than or equal to 0, not -1"),
        (str, "x" * 10_001, "x: too long: 10,001 characters, 10,000 are taken"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_place(annotation, text, message):
    """The nearest reading is what is complained of."""
    assert error(lambda: typed(annotation, text)).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("m1 -1", "args: motor, start, stop are repeated: 2 values are left over"),
        ("m1 a 1", "args[1]: start must be a number, not 'a'"),
        ("det1 0 1", "args[0]: det1 cannot be moved; those that can: m1, m2"),
    ],
)
def test_repeated_arguments_are_refused_by_their_turn(text, message):
    """As those in JSON are."""
    assert error(lambda: OURS["scan"].value_from_text("args", text)) == message


def test_unknown_parameter_is_named():
    """In both directions."""
    message = "flyerz: no such parameter (did you mean 'flyers'?); there are: flyers, md"
    assert error(lambda: OURS["fly"].value_from_text("flyerz", "flyer")) == message
    assert error(lambda: OURS["fly"].text_of("flyerz", ["flyer"])) == message


@pytest.mark.parametrize(
    ("annotation", "value", "text"),
    [
        (int, 5, "5"),
        (bool, True, "true"),
        (int | None, None, "null"),
        (str, "5", "5"),
        (str, "", '""'),
        (str, "null", '"null"'),
        (str, " a", '" a"'),
        (str | int, "5", '"5"'),
        (Movable, "m1", "m1"),
        (list[Readable], ["det1", "m1"], "det1, m1"),
        (list[Readable], [], "[]"),
        (list[str], ["red hot"], '["red hot"]'),
        (list[str], ["a, b", "c"], '["a, b", "c"]'),
        (list[float], [1, 2.5], "1, 2.5"),
        (list[list[float]], [[1, 2], [3]], "[1, 2], [3]"),
        (dict[str, float], {"a": 1}, '{"a": 1}'),
        (float, "no number", '"no number"'),
    ],
)
def test_value_is_written_as_one_would_type_it(annotation, value, text):
    """JSON where nothing shorter means the same, or where it is no value at all."""
    assert entry_of(annotation).text_of("x", value) == text


def test_repeated_arguments_are_written_in_a_row():
    """As in a call of the plan."""
    assert OURS["scan"].text_of("args", ["m1", -1, 1]) == "m1, -1, 1"


VALUES = {
    str: st.text(),
    int | str: st.integers() | st.text(),
    list[str]: st.lists(st.text()),
    list[int | str | None]: st.lists(st.integers() | st.text() | st.none()),
    float | list[float]: st.floats(allow_nan=False, allow_infinity=False) | st.lists(st.integers(-9, 9)),
    Any: st.recursive(st.none() | st.booleans() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)),
}
ENTRIES = {annotation: entry_of(annotation) for annotation in VALUES}


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(list(VALUES)).flatmap(lambda a: st.tuples(st.just(a), VALUES[a])))
def test_what_was_written_is_read_as_the_same(case):
    """Whatever the value."""
    annotation, value = case
    entry = ENTRIES[annotation]
    assert entry.value_from_text("x", entry.text_of("x", value)) == value


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([("scan", "args"), ("count", "delay"), ("grid_scan", "snake_axes"), ("scan", "md")]), st.text())
def test_any_text_is_read_or_refused_with_reasons(parameter, text):
    """Whatever comes by a PV, nothing but InvalidParameters is raised."""
    plan, name = parameter
    try:
        value = OURS[plan].value_from_text(name, text)
    except InvalidParameters as wrong:
        reasons = [problem.message for problem in wrong.errors]
    else:
        reasons = ["nothing" if value is NOT_GIVEN else OURS[plan].text_of(name, value)]
    assert reasons
    assert all(reasons)
