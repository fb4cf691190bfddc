"""Parameters as people write and read them."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reioc.ioc.plans.catalogue import InvalidParameters, parse
from reioc.ioc.plans.parameters_text import call_text


def test_object_becomes_parameters():
    """A JSON object is taken as it is."""
    assert parse('{"detectors": ["det1"], "args": ["m1", -1, 1.5]}') == {"detectors": ["det1"], "args": ["m1", -1, 1.5]}


@pytest.mark.parametrize("text", ["", "  \n", "{}"])
def test_nothing_means_no_parameters(text):
    """A plan without parameters needs no braces."""
    assert parse(text) == {}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('{\n "num": 5,\n}', "not valid JSON at line 3, column 1: "),
        ("num=5", "not valid JSON at line 1, column 1: "),
        ("[1]", "this is a list; "),
        ('"det1"', "this is a text; "),
        ("5", "this is a number; "),
        ("true", "this is true or false; "),
        ("null", "this is null; "),
        ('{"num": 5, "num": 6}', "'num' is given twice; "),
        ('{"md": {"a": 1, "a": 2}}', "'a' is given twice; "),
        ('{"num": NaN}', "NaN is no number in JSON; "),
        ('{"num": -Infinity}', "-Infinity is no number in JSON; "),
        ('{"num": 1e999}', "1e999 is too large for a number; "),
        ('{"num": ' + "9" * 5000 + "}", "a number of 5000 digits is too large; "),
        ('{"num": ' + "[" * 900 + "]" * 900 + "}", "nested too deeply (more than 50 levels); "),
        ("[" * 100_000, "nested too deeply (more than 50 levels); "),
    ],
)
def test_bad_text_says_what_is_wrong_and_what_is_wanted(text, error):
    """Where it is wrong, and that an object by parameter name is wanted."""
    with pytest.raises(InvalidParameters) as caught:
        parse(text)
    assert str(caught.value).startswith(error)
    assert "a JSON object by parameter name is wanted" in str(caught.value)


@settings(deadline=None)
@given(st.text())
def test_any_text_gives_parameters_or_a_reason(text):
    """Whatever comes by a PV, nothing but InvalidParameters is raised."""
    with suppress(InvalidParameters):
        assert isinstance(parse(text), dict)


def test_call_shows_values_shortly():
    """Numbers without noise, texts in quotes, null and true as in JSON."""
    values = {"a": 1.0, "b": 0.1 + 0.2, "c": "x", "d": None, "e": True, "f": {"k": [1]}}
    assert call_text("plan", values) == "plan(a=1, b=0.3, c='x', d=null, e=true, f={k: [1]})"


def test_long_list_is_shortened():
    """A list of a thousand positions does not fill the line."""
    assert call_text("plan", {"points": list(range(1000))}) == "plan(points=[0, 1, 2, 3, 4, 5, … 994 more])"
