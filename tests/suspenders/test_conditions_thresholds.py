"""Floor and Ceil."""

import math

import pytest

from reioc.suspenders.conditions import Ceil, Floor, Reading


@pytest.mark.parametrize(
    ("value", "was_bad", "expected"),
    [
        (99.9, False, True),
        (100, False, False),
        (150, False, False),
        (99.9, True, True),
        (100, True, True),
        (199.9, True, True),
        (200, True, False),
        (math.inf, True, False),
        (-math.inf, False, True),
        (math.nextafter(100, 0), False, True),
        (math.nextafter(200, 0), True, True),
        (True, False, True),
    ],
)
def test_floor_has_hysteresis(value, was_bad, expected):
    """Bad below `low`; once bad, good only from `resume_low` on. Its mirror image is Ceil."""
    assert expected is Floor(100, 200).is_bad(Reading(value), was_bad)
    assert expected is Ceil(-100, -200).is_bad(Reading(-value), was_bad)


@pytest.mark.parametrize("was_bad", [False, True])
def test_without_a_resume_limit_there_is_one_limit(was_bad):
    """As with bluesky's: at the limit it is good."""
    assert not Floor(100).is_bad(Reading(100), was_bad)
    assert Floor(100).is_bad(Reading(99), was_bad)
    assert not Ceil(100).is_bad(Reading(100), was_bad)
    assert Ceil(100).is_bad(Reading(101), was_bad)


def test_floor_explains_itself():
    """People read what is wrong and when it is good again."""
    floor = Floor(100, 200)

    assert floor.explain(Reading(0.0)) == "is 0, below 100; good again at 200"
    assert floor.explain(Reading(99.9999999)) == "is 99.9999999, below 100; good again at 200"
    assert floor.explain(Reading(150)) == "is 150, not back at 200 yet"
    assert floor.explain(Reading(100)) == "is 100, not back at 200 yet"
    assert floor.explain(Reading(math.nan)) == "is nan, which is not a number"
    assert Floor(100).explain(Reading(0.0)) == "is 0, below 100; good again at 100"


def test_ceil_explains_itself():
    """People read what is wrong and when it is good again."""
    ceil = Ceil(200, 100)

    assert ceil.explain(Reading(300)) == "is 300, above 200; good again at 100"
    assert ceil.explain(Reading(150)) == "is 150, not back at 100 yet"
    assert ceil.explain(Reading(200)) == "is 200, not back at 100 yet"
    assert ceil.explain(Reading(math.nan)) == "is nan, which is not a number"
    assert Ceil(200).explain(Reading(math.inf)) == "is inf, above 200; good again at 200"


def test_a_text_is_explained_as_a_misfit():
    """What can never be judged is said instead of the limits."""
    assert Floor(1).explain(Reading("off")) == "is a text, and 'floor' compares one number"
    assert Ceil(1).explain(Reading("off")) == "is a text, and 'ceil' compares one number"


def test_the_resume_limit_must_be_on_the_right_side():
    """Good again where it trips makes no sense; at the limit itself it does."""
    with pytest.raises(ValueError, match="resume_low = 50 is below low = 100: good again must not be below the limit"):
        Floor(100, 50)
    with pytest.raises(ValueError, match="resume_high = 150 is above high = 100: good again must not be above the"):
        Ceil(100, 150)
    assert Floor(100, 100) == Floor(100)
    assert Ceil(100, 100) == Ceil(100)
