"""BoolHigh, BoolLow and Changed."""

import math

import numpy as np
import pytest

from reioc.suspenders.conditions import BoolHigh, BoolLow, Changed, Reading

SHUTTER = ("Closed", "Open")


@pytest.mark.parametrize(
    ("value", "high"),
    [(0, False), (1, True), (2, True), (-1, True), (0.1, True), (False, False), (np.bool_(True), True), (-0.0, False)],
)
@pytest.mark.parametrize("was_bad", [False, True])
def test_bools_look_at_zero(value, high, was_bad):
    """Anything but 0 is true, whatever was before."""
    assert high is BoolHigh().is_bad(Reading(value), was_bad)
    assert high is not BoolLow().is_bad(Reading(value), was_bad)


def test_bools_explain_themselves():
    """People read which state it is in and which one it should be in."""
    assert BoolHigh().explain(Reading(True)) == "is 1, high; good again at 0"
    assert BoolLow().explain(Reading(0)) == "is 0, low; good again at 1"
    assert BoolHigh().explain(Reading(math.nan)) == "is nan, which is not a number"


def test_bools_take_enums_and_say_their_labels():
    """Nobody has to know that Open is 1; a number without a label stays one."""
    assert BoolHigh().misfit(Reading(1, labels=SHUTTER)) == ""
    assert BoolHigh().explain(Reading(1, labels=SHUTTER)) == "is Open (1), high; good again at Closed (0)"
    assert BoolLow().explain(Reading(0, labels=SHUTTER)) == "is Closed (0), low; good again at Open (1)"
    assert BoolHigh().explain(Reading(5, labels=SHUTTER)) == "is 5, high; good again at Closed (0)"
    assert BoolLow().explain(Reading(0, labels=("Only",))) == "is Only (0), low; good again at 1"


@pytest.mark.parametrize(
    ("expected", "value", "labels", "is_bad"),
    [
        (5, 5.0, (), False),
        (5, 6, (), True),
        (0, 0, (), False),
        (0, 1, (), True),
        ("2-BM-A", "2-BM-A", (), False),
        ("2-BM-A", "none", (), True),
        ("Open", 1, SHUTTER, False),
        ("Open", 0, SHUTTER, True),
        (1, 1, SHUTTER, False),
        (1.0, 0, SHUTTER, True),
        ("1", "1", (), False),
        (5, math.nan, (), True),
        (5, None, (), True),
        ("Open", 7, SHUTTER, True),
    ],
)
def test_changed_compares_numbers_texts_and_labels(expected, value, labels, is_bad):
    """Numbers as numbers, texts as texts, a label with the label of the state, a number with that of the state."""
    assert is_bad is Changed(expected, allow_resume=True).is_bad(Reading(value, labels=labels), False)


def test_changed_latches():
    """Once it has been another it stays bad: what depends on it may have been set up for that."""
    assert Changed(5).is_bad(Reading(5), True)
    assert not Changed(5).is_bad(Reading(5), False)


def test_changed_may_be_allowed_to_resume():
    """Then only what it is now counts."""
    assert not Changed(5, allow_resume=True).is_bad(Reading(5), True)
    assert Changed(5, allow_resume=True).is_bad(Reading(6), False)


@pytest.mark.parametrize(
    ("value", "labels", "expected"), [(3, (), 3), ("a", (), "a"), (1, SHUTTER, "Open"), (0, (), 0)]
)
def test_what_is_expected_can_be_learned(value, labels, expected):
    """Nothing given: what is read first, of an enum its label."""
    learned = Changed(None, allow_resume=True).learned(Reading(value, labels=labels))

    assert learned == Changed(expected, allow_resume=True)
    assert not learned.is_bad(Reading(value, labels=labels), False)


def test_what_is_known_is_not_learned_again():
    """Also if it is 0 or an empty text, which bluesky takes for nothing."""
    for known in (Changed(0), Changed(""), Changed(False)):
        assert known.learned(Reading(5)) is known


def test_until_it_has_learned_anything_is_expected():
    """It cannot have changed yet."""
    assert not Changed().is_bad(Reading(5), False)


def test_changed_explains_itself():
    """What it is, what was expected, and what to do where that does not pass."""
    latching, resuming = Changed("Open"), Changed(5, allow_resume=True)
    hint = "that does not pass by itself: disable or bypass this for a moment when that is right"

    assert latching.explain(Reading(0, labels=SHUTTER)) == f"is 'Closed', not 'Open' as expected; {hint}"
    assert latching.explain(Reading(1, labels=SHUTTER)) == f"has been another than 'Open'; {hint}"
    assert resuming.explain(Reading(6)) == "is 6, not 5 as expected; good again at 5"


@pytest.mark.parametrize("expected", ["Ajar", 2, -1, 0.5])
def test_a_state_that_an_enum_does_not_have_is_a_misfit(expected):
    """A slip of the pen would hold for ever, and not say why."""
    misfit = Changed(expected).misfit(Reading(1, labels=SHUTTER))

    assert misfit == f"has no state {expected!r}; its states: Closed, Open"


@pytest.mark.parametrize("expected", [None, "Open", 0, 1.0])
def test_a_state_that_an_enum_has_fits(expected):
    """By label or by number; nothing expected yet fits all."""
    assert Changed(expected).misfit(Reading(0, labels=SHUTTER)) == ""
