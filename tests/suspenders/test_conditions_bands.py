"""OutsideBand and InsideBand."""

import math

import pytest

from reioc.suspenders.conditions import InsideBand, OutsideBand, Reading


@pytest.mark.parametrize(
    ("value", "was_bad", "expected"),
    [
        (0, False, True),
        (math.nextafter(0, 1), False, False),
        (5, False, False),
        (math.nextafter(10, 0), False, False),
        (10, False, True),
        (-math.inf, False, True),
        (math.inf, False, True),
        (1, True, True),
        (2, True, True),
        (2.1, True, False),
        (7.9, True, False),
        (8, True, True),
        (9, True, True),
        (9, False, False),
        (1, False, False),
    ],
)
def test_outside_a_band_is_bad(value, was_bad, expected):
    """Its edges are outside; once outside, only the inner band is good."""
    assert expected is OutsideBand(0, 10, 2, 8).is_bad(Reading(value), was_bad)


@pytest.mark.parametrize(
    ("value", "was_bad", "expected"),
    [
        (0, False, False),
        (math.nextafter(0, 1), False, True),
        (5, False, True),
        (math.nextafter(10, 0), False, True),
        (10, False, False),
        (-math.inf, False, False),
        (math.inf, True, False),
        (-1, False, False),
        (-1, True, True),
        (-2, True, False),
        (11, False, False),
        (11, True, True),
        (12, True, False),
    ],
)
def test_inside_a_band_is_bad(value, was_bad, expected):
    """Its edges are outside; once inside, only outside of the wider band is good."""
    assert expected is InsideBand(0, 10, -2, 12).is_bad(Reading(value), was_bad)


@pytest.mark.parametrize("value", [-1, 0, 1, 5, 9, 10, 11])
@pytest.mark.parametrize("was_bad", [False, True])
def test_without_resume_limits_there_is_one_band(value, was_bad):
    """Each is bad where the other one is good, whatever was before."""
    inside = 0 < value < 10

    assert inside is InsideBand(0, 10).is_bad(Reading(value), was_bad)
    assert inside is not OutsideBand(0, 10).is_bad(Reading(value), was_bad)


@pytest.mark.parametrize("value", [8.5, 9.9])
def test_one_resume_limit_is_enough(value):
    """The other side then has no hysteresis."""
    low_only = OutsideBand(0, 10, resume_low=2)

    assert not low_only.is_bad(Reading(value), True)
    assert low_only.is_bad(Reading(10 - value), True)
    assert not InsideBand(0, 10, resume_high=12).is_bad(Reading(0), True)
    assert InsideBand(0, 10, resume_high=12).is_bad(Reading(11), True)


def test_bands_explain_themselves():
    """People read which band, and the way back."""
    outside, inside = OutsideBand(0, 10, 2, 8), InsideBand(0, 10, -2)

    assert outside.explain(Reading(11.5)) == "is 11.5, outside 0 to 10; good again within 2 to 8"
    assert outside.explain(Reading(9)) == "is 9, not within 2 to 8 yet"
    assert inside.explain(Reading(5)) == "is 5, inside 0 to 10; good again outside -2 to 10"
    assert inside.explain(Reading(-1)) == "is -1, not outside -2 to 10 yet"


@pytest.mark.parametrize("make", [OutsideBand, InsideBand])
def test_what_cannot_be_in_a_band_is_explained(make):
    """Neither in nor out: bad, and said why."""
    band = make(0, 10)

    assert band.explain(Reading(math.nan)) == "is nan, which is not a number"
    assert band.explain(Reading("off")) == f"is a text, and '{band.kind}' compares one number"


@pytest.mark.parametrize("make", [OutsideBand, InsideBand])
@pytest.mark.parametrize(("low", "high"), [(10, 0), (5, 5)])
def test_a_band_must_be_one(make, low, high):
    """Crossed or equal edges are refused, with both."""
    with pytest.raises(ValueError, match=f"low = {low} is not below high = {high}: that is no band"):
        make(low, high)


@pytest.mark.parametrize("resume", [(-1, None), (None, 11), (8, 2), (5, 5), (10, None), (None, 0)])
def test_the_band_to_go_on_must_be_within_the_other(resume):
    """For what trips outside: it may not be empty, nor reach beyond."""
    with pytest.raises(ValueError, match=r"resume_low = .* and resume_high = .* must be a band within low = 0 and"):
        OutsideBand(0, 10, *resume)


@pytest.mark.parametrize("resume", [(1, None), (None, 9), (3, 7), (20, 30)])
def test_the_band_to_go_on_must_not_be_within_the_other(resume):
    """For what trips inside: it must be left on the far side."""
    with pytest.raises(ValueError, match=r"resume_low = .* and resume_high = .* must not be within low = 0 and"):
        InsideBand(0, 10, *resume)
