"""Several verdicts become one."""

import pytest

from reioc.suspenders.together import all_of, any_of
from reioc.suspenders.watched import Cause, Trouble

LOW = Trouble(Cause.VALUE, "A is low")
OPEN = Trouble(Cause.VALUE, "B is open")
GONE = Trouble(Cause.DISCONNECTED, "B is disconnected")
STALE = Trouble(Cause.STALE, "B is stale")
WAITING = Trouble(Cause.WAITING, "B is not connected yet")


@pytest.mark.parametrize(
    ("troubles", "any_bad", "all_bad"),
    [
        ((None,), False, False),
        ((LOW,), True, True),
        ((None, None), False, False),
        ((LOW, None), True, False),
        ((None, GONE), True, False),
        ((LOW, OPEN), True, True),
        ((LOW, GONE), True, True),
        ((LOW, WAITING), True, True),
        ((WAITING, WAITING), True, True),
    ],
)
def test_any_and_all(troubles, any_bad, all_bad):
    """Any: as soon as one is bad. All: only if every one is, where one that is not known counts as bad."""
    assert (any_of(troubles) is not None) is any_bad
    assert (all_of(troubles) is not None) is all_bad


@pytest.mark.parametrize("together", [any_of, all_of])
def test_the_texts_of_those_that_are_bad_make_one(together):
    """In their order."""
    assert together([LOW, OPEN]).text == "A is low and B is open"


def test_the_good_ones_are_not_in_the_text():
    """What people read is what is wrong."""
    assert any_of([None, OPEN]).text == "B is open"


def test_the_cause_tells_which_and_why_but_not_how_much():
    """Another text for the same is the same cause; another source, or another reason of it, is another."""
    lower = Trouble(Cause.VALUE, "A is lower")

    assert any_of([LOW, None]).cause == any_of([lower, None]).cause
    assert any_of([LOW, None]).cause != any_of([None, OPEN]).cause
    assert any_of([None, GONE]).cause != any_of([None, OPEN]).cause
    assert any_of([LOW, None]).cause != any_of([LOW, OPEN]).cause


@pytest.mark.parametrize(
    ("troubles", "is_waiting", "by_bad_pv", "by_value"),
    [
        ([LOW, None], False, False, True),
        ([None, GONE], False, True, False),
        ([None, STALE], False, True, False),
        ([LOW, GONE], False, True, True),
        ([None, WAITING], True, False, False),
        ([WAITING, WAITING], True, False, False),
        ([LOW, WAITING], False, False, True),
        ([GONE, WAITING], False, True, False),
    ],
)
def test_what_is_part_of_it(troubles, is_waiting, by_bad_pv, by_value):
    """It is only waiting if nothing else is wrong; bad PVs and values count as soon as there is one."""
    verdict = any_of(troubles)

    assert (verdict.is_waiting, verdict.by_bad_pv, verdict.by_value) == (is_waiting, by_bad_pv, by_value)
