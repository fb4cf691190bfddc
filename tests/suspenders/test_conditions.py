"""Floor, BoolHigh, BoolLow, Predicates."""

import math

import numpy as np
import pytest

from reioc.suspenders.conditions import BoolHigh, BoolLow, Floor, Predicates, limits_of, with_limits


@pytest.mark.parametrize(
    ("value", "currently_bad", "expected"),
    [
        (99.9, False, True),
        (100, False, False),
        (150, False, False),
        (150, True, True),
        (199.9, True, True),
        (200, True, False),
        (math.inf, True, False),
        (-math.inf, False, True),
    ],
)
def test_floor_has_hysteresis(value, currently_bad, expected):
    """Bad below `low`; once bad, good only from `resume_low` on."""
    assert expected is Floor(100, 200).is_bad(value, currently_bad)


def test_floor_resumes_at_its_limit_by_default():
    """Without `resume_low` there is one limit, as with bluesky's SuspendFloor."""
    floor = Floor(100)

    assert floor.resume_low == 100
    assert not floor.is_bad(100, True)


@pytest.mark.parametrize("value", [math.nan, np.nan, "150", None, [150], np.array([150.0, 150.0]), 150j, 10**400])
def test_what_is_no_number_is_bad_for_a_floor(value):
    """A reading that is none counts as bad, whatever it is, and never raises."""
    floor = Floor(100, 200)

    assert floor.is_bad(value, False)
    assert "which is not a number" in floor.explain(value)


@pytest.mark.parametrize("value", [150, 150.0, True, np.float64(150), np.int32(150), np.array(150.0), np.array([150])])
def test_numbers_of_any_make_are_judged(value):
    """Python's, numpy's, scalar or an array of one."""
    assert not Floor(1).is_bad(value, False)


def test_floor_explains_itself():
    """People read what is wrong and when it is good again."""
    floor = Floor(100, 200)

    assert floor.explain(0.0) == "is 0, below 100; good again at 200"
    assert floor.explain(99.9999999) == "is 99.9999999, below 100; good again at 200"
    assert floor.explain(150) == "is 150, not back at 200 yet"
    assert floor.explain(math.nan) == "is nan, which is not a number"


@pytest.mark.parametrize("low", [math.nan, math.inf, -math.inf, "100", None])
def test_a_limit_must_be_a_finite_number(low):
    """Limits that would never trip, or always, are refused by name."""
    with pytest.raises(ValueError, match=r"low = .* is no limit: it must be a finite number"):
        Floor(low)


def test_the_resume_limit_must_be_on_the_right_side():
    """Good again below the limit that trips makes no sense."""
    with pytest.raises(ValueError, match="resume_low = 50 is below low = 100"):
        Floor(100, 50)


@pytest.mark.parametrize(
    ("value", "high", "low"), [(0, False, True), (1, True, False), (2, True, False), (False, False, True)]
)
@pytest.mark.parametrize("currently_bad", [False, True])
def test_bools_look_at_zero(value, high, low, currently_bad):
    """Anything but 0 is true, whatever was before."""
    assert high is BoolHigh().is_bad(value, currently_bad)
    assert low is BoolLow().is_bad(value, currently_bad)


@pytest.mark.parametrize("condition", [BoolHigh(), BoolLow()])
@pytest.mark.parametrize("value", ["Open", None, math.nan])
def test_what_is_no_number_is_bad_for_bools(condition, value):
    """Neither a text nor NaN says true or false: both kinds trip."""
    assert condition.is_bad(value, False)
    assert "which is not a number" in condition.explain(value)


def test_bools_explain_themselves():
    """People read which state it is in and which one it should be in."""
    assert BoolHigh().explain(True) == "is 1, high; good again at 0"
    assert BoolLow().explain(0) == "is 0, low; good again at 1"


def test_long_values_are_shortened():
    """A reason stays a line."""
    assert len(Floor(1).explain("x" * 10_000)) < 80


def test_predicates_are_bluesky_s_two_functions():
    """Suspends when the one says so, and then until the other one does."""
    between = Predicates(lambda value: value < 1, lambda value: value > 2)

    assert between.is_bad(0, False)
    assert not between.is_bad(1.5, False)
    assert between.is_bad(1.5, True)
    assert not between.is_bad(3, True)
    assert between.explain(0) == "is 0, which suspends"


def test_limits_can_be_changed_by_name():
    """A changed condition is a new one; what was not named stays."""
    floor = Floor(100, 200)

    assert Floor(150, 200) == with_limits(floor, {"low": 150})
    assert limits_of(floor) == {"low": 100, "high": None, "resume_low": 200, "resume_high": None}


def test_a_limit_that_the_kind_does_not_have_is_refused():
    """The message names it and says what there is."""
    with pytest.raises(ValueError, match="kind 'floor' has no high; it has low, resume_low"):
        with_limits(Floor(1), {"high": 3})
    with pytest.raises(ValueError, match="kind 'bool_high' has no low; it has no limits"):
        with_limits(BoolHigh(), {"low": 3})


def test_changed_limits_are_validated():
    """A limit on the wrong side is refused by a change as by the constructor."""
    with pytest.raises(ValueError, match="resume_low = 200 is below low = 300"):
        with_limits(Floor(100, 200), {"low": 300})
