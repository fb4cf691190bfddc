"""What severities become."""

import pytest

from reioc.suspenders.sample import Severity, severity_of


@pytest.mark.parametrize(
    ("reported", "expected"), [(0, Severity.NO_ALARM), (2, Severity.MAJOR), (3.0, Severity.INVALID)]
)
def test_severities_are_taken_as_numbers(reported, expected):
    """EPICS' numbers mean what they mean, whatever type they come in."""
    assert expected is severity_of(reported)


def test_no_severity_is_no_alarm():
    """A soft signal reports none."""
    assert Severity.NO_ALARM is severity_of(None)


@pytest.mark.parametrize("reported", [-1, 4, "bad", object()])
def test_what_is_not_understood_is_invalid(reported):
    """ophyd-async says -1 for INVALID; anything else unknown is no reason to trust a value."""
    assert Severity.INVALID is severity_of(reported)
