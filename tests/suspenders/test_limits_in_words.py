"""What people are told of a suspender's limits."""

from __future__ import annotations

import pytest

from reioc.suspenders import (
    AtSeverity,
    BoolHigh,
    BoolLow,
    Ceil,
    Changed,
    Floor,
    InsideBand,
    ManualSource,
    OlderThan,
    OutsideBand,
    SuspendAllOf,
    SuspendAnyOf,
    SuspendCeil,
    SuspenderBase,
    SuspendFloor,
)
from reioc.suspenders.conditions import in_short

SHUTTER = ("Closed", "Open")


@pytest.mark.parametrize(
    ("condition", "labels", "text"),
    [
        (Floor(100), (), "below 100"),
        (Floor(100, 200.5), (), "below 100, good again at 200.5"),
        (Ceil(5, 4), (), "above 5, good again at 4"),
        (OutsideBand(1, 5), (), "outside 1 to 5"),
        (OutsideBand(1, 5, 2, 4), (), "outside 1 to 5, good again within 2 to 4"),
        (InsideBand(1, 5, 0, 6), (), "inside 1 to 5, good again outside 0 to 6"),
        (BoolHigh(), (), "not 0"),
        (BoolHigh(), SHUTTER, "Open"),
        (BoolHigh(), ("OK", "Warm", "Hot"), "not OK"),
        (BoolLow(), (), "0"),
        (BoolLow(), SHUTTER, "Closed"),
        (Changed(None), (), "another than at first"),
        (Changed("Open", allow_resume=True), SHUTTER, "not Open"),
        (Changed(1, allow_resume=True), SHUTTER, "not Open"),
        (Changed(5.0), (), "not 5; does not pass by itself"),
        (AtSeverity("MAJOR"), (), "alarm severity MAJOR or worse"),
        (AtSeverity("INVALID"), (), "alarm severity INVALID"),
        (OlderThan(5), (), "not updated for 5 s"),
    ],
)
def test_a_condition_says_when_it_is_bad_and_when_good_again(condition, labels, text):
    """In a few words; states by their labels, where there are any."""
    assert in_short(condition, labels) == text


def test_a_condition_of_a_beamlines_own_need_not_say_it():
    """Its kind is all that is known."""

    class Own:
        kind = "own"

    assert in_short(Own()) == "own"


def test_a_suspender_says_what_counts_now():
    """With the states of what it watches, and the limits that it has been given."""
    suspender = SuspendFloor(ManualSource(), 100)
    suspender.configure(low=50)
    assert suspender.limits_in_words == "below 50"


def test_one_that_is_written_in_python_says_that_only_its_code_knows():
    """As bluesky's own are made."""

    class Odd(SuspenderBase):
        def _should_suspend(self, value):
            return value % 2

        def _should_resume(self, value):
            return not value % 2

    assert Odd(ManualSource()).limits_in_words == "as its own code says"


@pytest.mark.parametrize(("together", "word"), [(SuspendAnyOf, "or"), (SuspendAllOf, "and")])
def test_of_several_sources_each_is_named(together, word):
    """And whether one is enough."""
    parts = SuspendFloor(ManualSource("RING"), 100), SuspendCeil(ManualSource("TEMP"), 50)

    assert together(*parts).limits_in_words == f"RING below 100 {word} TEMP above 50"
