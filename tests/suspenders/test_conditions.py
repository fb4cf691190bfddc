"""What all conditions have in common: limits by name, and values of every kind."""

import math

import numpy as np
import pytest

from reioc.suspenders import Severity
from reioc.suspenders.conditions import (
    AtSeverity,
    BoolHigh,
    BoolLow,
    Ceil,
    Changed,
    Floor,
    InsideBand,
    OlderThan,
    OutsideBand,
    Predicates,
    Reading,
    limits_of,
    with_limits,
)
from reioc.suspenders.conditions.values import checked_limit, in_words, number_of

NUMERIC = [Floor(100, 200), Ceil(200, 100), OutsideBand(100, 200), InsideBand(-10, 10)]
BOOLS = [BoolHigh(), BoolLow()]
EVERY = [*NUMERIC, *BOOLS, Changed(5), AtSeverity(), OlderThan(5), Predicates(bool, bool)]


def kinds(conditions):
    return pytest.mark.parametrize("condition", conditions, ids=lambda condition: condition.kind)


@kinds(EVERY)
def test_a_condition_is_immutable(condition):
    """A changed limit is a new condition, which has been validated."""
    with pytest.raises(AttributeError):
        condition.low = 3


@kinds([*NUMERIC, *BOOLS])
@pytest.mark.parametrize("value", [math.nan, np.nan, None, [150], np.array([[math.nan]]), 150j, 10**400])
def test_what_is_no_number_is_bad(condition, value):
    """A reading that is none counts as bad, whatever it is and was, says so, and never raises."""
    reading = Reading(value)

    assert condition.is_bad(reading, False)
    assert condition.is_bad(reading, True)
    assert "which is not a number" in condition.explain(reading)
    assert condition.misfit(reading) == ""


@kinds([*NUMERIC, *BOOLS])
@pytest.mark.parametrize(
    ("value", "what"),
    [("150", "a text"), (b"1", "a text"), (np.array([1.0, 1.0]), "2 elements"), (np.array([]), "0 elements")],
)
def test_texts_and_arrays_fit_no_condition_for_numbers(condition, value, what):
    """They will never be judged: that is said, with the kind, and they are bad."""
    reading = Reading(value)

    assert what in condition.misfit(reading)
    assert repr(condition.kind) in condition.misfit(reading)
    assert condition.is_bad(reading, False)


@kinds(NUMERIC)
def test_enums_fit_no_condition_for_numbers(condition):
    """State 1 is not below 2: the message has the states, and what to take instead."""
    reading = Reading(150, labels=("Closed", "Open"))

    assert "is an enum (Closed, Open)" in condition.misfit(reading)
    assert "take bool_high, bool_low or changed" in condition.misfit(reading)
    assert condition.explain(reading) == condition.misfit(reading)
    assert condition.is_bad(reading, False)


@kinds([Changed(5), AtSeverity(), OlderThan(5), Predicates(bool, bool)])
@pytest.mark.parametrize("value", ["text", np.array([1, 2]), None, 5])
def test_the_other_conditions_take_anything(condition, value):
    """What they look at has everything."""
    assert condition.misfit(Reading(value)) == ""


@pytest.mark.parametrize("value", [150, 150.0, np.float64(150), np.int32(150), np.array(150.0), np.array([150])])
def test_numbers_of_any_make_are_numbers(value):
    """Python's, numpy's, scalar or an array of one."""
    assert number_of(value) == 150.0
    assert not Floor(100).is_bad(Reading(value), False)


@pytest.mark.parametrize("name", ["low", "high"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "100", None, [1]])
def test_a_limit_is_a_finite_number(name, value):
    """Limits that would never trip, or always, are refused by name."""
    with pytest.raises(ValueError, match=rf"{name} = .* is no limit: it must be a finite number"):
        checked_limit(name, value)


@pytest.mark.parametrize(
    "make",
    [
        Floor,
        lambda bad: Floor(1, bad),
        Ceil,
        lambda bad: Ceil(1, bad),
        lambda bad: OutsideBand(bad, 1),
        lambda bad: OutsideBand(0, bad),
        lambda bad: OutsideBand(0, 1, bad),
        lambda bad: InsideBand(0, 1, None, bad),
    ],
)
def test_every_limit_is_checked(make):
    """No condition takes a limit unseen."""
    with pytest.raises(ValueError, match="= nan is no limit"):
        make(math.nan)


@pytest.mark.parametrize(
    "make",
    [
        Floor,
        Ceil,
        OlderThan,
        lambda limit: Floor(1, limit),
        lambda limit: Ceil(9, limit),
        lambda limit: OutsideBand(limit, 9),
        lambda limit: OutsideBand(1, limit),
        lambda limit: OutsideBand(1, 9, limit),
        lambda limit: InsideBand(6, 9, limit),
        lambda limit: InsideBand(1, 4, 0, limit),
    ],
)
def test_limits_are_kept_as_plain_numbers(make):
    """Whatever they were given as: a configuration's, a PV's, numpy's."""
    assert repr(make(np.array([5]))) == repr(make(5)) == repr(make(5.0))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (100.0, "100"),
        (99.9999999, "99.9999999"),
        (-0.5, "-0.5"),
        (1e300, "1e+300"),
        (math.inf, "inf"),
        (np.float32(0.5), "0.5"),
        ("x", "'x'"),
        (None, "None"),
    ],
)
def test_values_in_words(value, text):
    """Short, and never rounded to the other side of a limit."""
    assert in_words(value) == text


@pytest.mark.parametrize(
    ("value", "limits", "text"),
    [
        (0.1 + 0.2, (), "0.30000000000000004"),
        (0.1 + 0.2, (1,), "0.3"),
        (0.1 + 0.2, (0.3,), "0.30000000000000004"),
        (99.9999999, (200,), "100"),
        (99.9999999, (100,), "99.9999999"),
        (99.9999999, (200, 100), "99.9999999"),
        (100.0000001, (100,), "100.0000001"),
        (123.456789, (100,), "123.457"),
        (-1 / 3, (0,), "-0.333333"),
        (1e-7, (0,), "1e-07"),
    ],
)
def test_values_next_to_limits_in_words(value, limits, text):
    """As short as can be on the same side of each of them."""
    assert in_words(value, *limits) == text


def test_long_values_are_shortened():
    """A reason stays a line."""
    assert len(in_words("x" * 10_000)) == 40
    assert in_words("x" * 38) == repr("x" * 38)
    assert in_words("x" * 39) == "'" + "x" * 36 + "..."


@pytest.mark.parametrize(
    ("condition", "low", "high", "resume_low", "resume_high"),
    [
        (Floor(100), 100, None, 100, None),
        (Floor(100, 200), 100, None, 200, None),
        (Ceil(200), None, 200, None, 200),
        (Ceil(200, 100), None, 200, None, 100),
        (OutsideBand(1, 4), 1, 4, 1, 4),
        (OutsideBand(1, 4, 2), 1, 4, 2, 4),
        (InsideBand(1, 4, None, 5), 1, 4, 1, 5),
        (BoolHigh(), None, None, None, None),
        (Changed(5), None, None, None, None),
    ],
)
def test_limits_are_shown_as_they_count(condition, low, high, resume_low, resume_high):
    """The same four names for all kinds; None for those that a kind does not have."""
    expected = {"low": low, "high": high, "resume_low": resume_low, "resume_high": resume_high}

    assert expected == limits_of(condition)


def test_limits_are_changed_by_name():
    """A changed condition is a new one; what was not named stays."""
    assert Floor(150, 200) == with_limits(Floor(100, 200), {"low": 150})
    assert InsideBand(1, 9, 0, 9) == with_limits(InsideBand(1, 4, 0), {"high": 9})
    assert Changed("b", True) == with_limits(Changed("a"), {"expected": "b", "allow_resume": True})
    assert AtSeverity("MINOR") == with_limits(AtSeverity(), {"at_severity": Severity.MINOR})
    assert OlderThan(9) == with_limits(OlderThan(5), {"older_than": 9})


@pytest.mark.parametrize(
    ("condition", "change", "resume"),
    [
        (Floor(100), {"low": 150}, {"resume_low": 150}),
        (Floor(100, 100), {"low": 150}, {"resume_low": 150}),
        (Floor(100, 200), {"low": 150}, {"resume_low": 200}),
        (Floor(100, 200), {"low": 150, "resume_low": None}, {"resume_low": 150}),
        (Ceil(100, 100), {"high": 50}, {"resume_high": 50}),
        (OutsideBand(1, 4, 1, 3), {"low": 0, "high": 5}, {"resume_low": 0, "resume_high": 3}),
        (InsideBand(1, 4, 0, 4), {"low": 2, "high": 3}, {"resume_low": 0, "resume_high": 3}),
    ],
)
def test_a_resume_limit_that_equals_the_trip_limit_moves_with_it(condition, change, resume):
    """Whether it was not given or given as the same; one of its own stays where it is."""
    limits = limits_of(with_limits(condition, change))

    assert resume == {name: limits[name] for name in resume}


@pytest.mark.parametrize(
    ("condition", "change", "message"),
    [
        (Floor(1), {"high": 3}, "kind 'floor' has no high; it has low, resume_low$"),
        (Ceil(1), {"low": 3, "expected": 1}, "kind 'ceil' has no expected, low; it has high, resume_high$"),
        (BoolHigh(), {"low": 3}, "kind 'bool_high' has no low; it has no limits$"),
        (Changed(1), {"low": 3}, "kind 'changed' has no low; it has expected, allow_resume$"),
        (AtSeverity(), {"low": 3}, "kind 'severity' has no low; it has at_severity$"),
        (OlderThan(1), {"low": 3}, "kind 'stale' has no low; it has older_than$"),
        (Predicates(bool, bool), {"should_suspend": int}, "kind 'custom' has no should_suspend; it has no limits$"),
    ],
)
def test_a_limit_that_the_kind_does_not_have_is_refused(condition, change, message):
    """The message names it and says what there is."""
    with pytest.raises(ValueError, match=message):
        with_limits(condition, change)


@pytest.mark.parametrize(
    ("condition", "change", "message"),
    [
        (Floor(100, 200), {"low": 300}, "resume_low = 200 is below low = 300"),
        (Ceil(200, 100), {"high": 50}, "resume_high = 100 is above high = 50"),
        (OutsideBand(1, 4), {"low": 5}, "low = 5 is not below high = 4"),
        (AtSeverity(), {"at_severity": "BAD"}, "'BAD' is no alarm severity"),
        (OlderThan(5), {"older_than": 0}, "older_than = 0 is no age"),
    ],
)
def test_changed_limits_are_validated(condition, change, message):
    """A limit that is wrong is refused by a change as by the constructor."""
    with pytest.raises(ValueError, match=message):
        with_limits(condition, change)


def test_predicates_are_bluesky_s_two_functions():
    """Suspends when the one says so, and then until the other one does."""
    between = Predicates(lambda value: value < 1, lambda value: value > 2)

    assert between.is_bad(Reading(0), False)
    assert not between.is_bad(Reading(1.5), False)
    assert between.is_bad(Reading(1.5), True)
    assert not between.is_bad(Reading(3), True)
    assert between.explain(Reading(0)) == "is 0, which suspends"


def test_predicates_that_contradict_each_other_suspend():
    """To suspend comes first, as with bluesky."""
    assert Predicates(lambda _: True, lambda _: True).is_bad(Reading(0), True)


def test_predicates_may_answer_as_they_like():
    """What counts is whether it is true."""
    assert Predicates(len, len).is_bad(Reading("x"), False) is True
    assert Predicates(len, lambda _: None).is_bad(Reading(""), True) is True
