"""The parts of the checker that compute something: conditions of rules, and the room that texts need."""

from __future__ import annotations

import math

import pytest

from .checker.expressions import Condition, NoCondition, Variable
from .checker.text_size import lines_needed

NUMBER, WHOLE, TEXT, SECOND = Variable("", 0), Variable("Int", 0), Variable("Str", 0), Variable("", 1)
VALUES = {NUMBER: 2.0, WHOLE: 2.0, TEXT: "paused", SECOND: math.nan}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("pv0 == 2", True),
        ("pvInt0 >= 3", False),
        ('pvStr0 == "paused"', True),
        ('pvStr0 != "a && b"', True),
        ("pv0 == 1 || pv0 == 2 && pv0 > 5", False),
        ("(pv0 == 2 || pv0 == 1) && pv0 < 5", True),
        ("!(pv0 == 2)", False),
        ("pv1 != pv1", True),
        ("pv0 != pv0", False),
        ("pv7 == 0", False),
        ("pv0 >= 1 && 3 > 1", True),
    ],
)
def test_conditions_hold(text: str, holds: bool) -> None:
    """&& binds more than ||; NaN differs from itself; what is not there equals nothing; macros are numbers by then."""
    assert Condition(text).holds(VALUES) is holds


@pytest.mark.parametrize(
    "text",
    [
        *("", "pv0", "pv0 = 1", "pv0 + 1 == 2", "!pv0 == 1", "(pv0 == 1", "pv0 == 1)", "pv0 == 1 and pv0 == 2"),
        *("pv0 == 'a'", "pvStr0 == 1", 'pv0 == "a"', 'pvStr0 > "a"', "pvBool0 == 1", "True"),
    ],
)
def test_what_renderers_read_differently_is_no_condition(text: str) -> None:
    """JavaScript and Python would each make something else of it, or nothing."""
    with pytest.raises(NoCondition):
        Condition(text)


def test_texts_are_wrapped_at_words() -> None:
    """As many lines as it takes; none where a single word is too wide."""
    assert lines_needed("Stop", 50, 14) == 1
    assert lines_needed("Stop after this", 50, 14) == 3
    assert lines_needed("two\nlines", 200, 14) == 2
    assert lines_needed("Acknowledgement", 50, 14) is None
