"""AtSeverity and OlderThan."""

import math

import pytest

from reioc.suspenders import Severity
from reioc.suspenders.conditions import AtSeverity, OlderThan, Reading


@pytest.mark.parametrize("limit", [Severity.MINOR, Severity.MAJOR, Severity.INVALID])
@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("was_bad", [False, True])
def test_bad_from_its_severity_on(limit, severity, was_bad):
    """That one, or worse; the value and what was before do not matter."""
    assert AtSeverity(limit).is_bad(Reading(math.nan, severity), was_bad) is (severity >= limit)


def test_severity_explains_itself():
    """The one it has, and the one below which it is good."""
    reading = Reading(1, Severity.INVALID)

    assert AtSeverity("minor").explain(reading) == "has alarm severity INVALID; good again below MINOR"


@pytest.mark.parametrize("given", ["MAJOR", "major", Severity.MAJOR])
def test_severities_by_name(given):
    """A word of the configuration or EPICS' number; MAJOR unless given."""
    assert AtSeverity() == AtSeverity(given)
    assert AtSeverity(given).at_severity is Severity.MAJOR


@pytest.mark.parametrize("given", ["NO_ALARM", Severity.NO_ALARM, "BAD", 2, None, ""])
def test_other_severities_are_refused(given):
    """NO_ALARM would always be bad; the message says which ones there are."""
    with pytest.raises(ValueError, match=r"at_severity = .* is no alarm severity; there are: MINOR, MAJOR, INVALID"):
        AtSeverity(given)


@pytest.mark.parametrize(("age", "expected"), [(0, False), (4.999, False), (5, True), (1e9, True)])
@pytest.mark.parametrize("was_bad", [False, True])
def test_bad_from_its_age_on(age, expected, was_bad):
    """That old or older; the value and what was before do not matter."""
    assert OlderThan(5).is_bad(Reading("text", age=age), was_bad) is expected


def test_age_explains_itself():
    """For how long at least."""
    assert OlderThan(2.5).explain(Reading(1, age=3)) == "has not been updated for 2.5 s"


@pytest.mark.parametrize(
    ("age", "message"),
    [(0, "= 0 is no age: it must be seconds above 0"), (-1, "= -1 is no age"), (math.inf, "= inf is no limit")],
)
def test_an_age_must_be_a_time(age, message):
    """Otherwise it would always be bad, or never."""
    with pytest.raises(ValueError, match=f"older_than {message}"):
        OlderThan(age)
