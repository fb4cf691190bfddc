"""Settings that every suspender has."""

import inspect

import pytest

from reioc.suspenders import Action, OnBadPV, SuspenderBase
from reioc.suspenders.settings import Rules, Settings


@pytest.mark.parametrize("delay", [-1, float("nan"), float("inf"), "1", None])
def test_a_settle_time_must_be_a_length_of_time(delay):
    """Refused by name, with what it can be."""
    with pytest.raises(ValueError, match=r"delay = .* is no settle time: it must be a number of seconds, 0 or more"):
        Rules(delay=delay)


@pytest.mark.parametrize("max_age", [-1, float("nan"), float("inf"), "1"])
def test_an_age_must_be_a_length_of_time(max_age):
    """Refused by name, with what it can be."""
    with pytest.raises(ValueError, match=r"max_age = .* is no age: it must be a number of seconds, 0 or more"):
        Rules(max_age=max_age)


def test_an_age_of_0_is_none():
    """There is no PV without a value, so that is what a PV says for "any age"."""
    assert Rules(max_age=0).max_age is None
    assert Rules(max_age=None).max_age is None
    assert Rules(max_age=5).max_age == 5.0


def test_words_are_refused_that_are_none():
    """The message says which ones there are."""
    with pytest.raises(ValueError, match="on_bad_pv = 'panic' is no policy; there are: suspend, ignore, abort"):
        Rules(on_bad_pv="panic")
    with pytest.raises(ValueError, match="action = 'panic' is no action; there are: suspend, stop, abort, warn"):
        Rules(action="panic")


def test_words_become_what_they_mean():
    """Strings will do; so does anything true for `enabled`."""
    rules = Rules(1, "abort", "warn", 2, 0)

    assert (rules.delay, rules.on_bad_pv, rules.action, rules.max_age) == (1.0, OnBadPV.ABORT, Action.WARN, 2.0)
    assert rules.enabled is False


def test_the_keywords_of_every_suspender_are_those_of_the_base():
    """An editor shows them for each kind: none may be missing, and none be there that nobody takes."""
    base = set(inspect.signature(SuspenderBase).parameters)

    assert base - {"signal", "condition", "members", "together"} == set(Settings.__annotations__)
