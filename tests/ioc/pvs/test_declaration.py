"""What can be said of a PV, and what alarm follows from it."""

from __future__ import annotations

import pytest
from caproto import AlarmStatus

from reioc.ioc.pvs.declaration import INVALID, MAJOR, MINOR, NO_ALARM, Declaration, Kind, Limit


def declare(**said):
    about = {"name": "Flow", "description": "Cooling water", "kind": Kind.DISPLAY, "record": "ai", "element": "DOUBLE"}
    return Declaration(**(about | said))


LIMITS = {"lolo": Limit(1.0, MAJOR), "low": Limit(2.0, MINOR), "high": Limit(8.0, MINOR), "hihi": Limit(9.0, INVALID)}


@pytest.mark.parametrize(
    ("value", "status", "severity"),
    [
        (0.5, AlarmStatus.LOLO, MAJOR),
        (1.0, AlarmStatus.LOLO, MAJOR),
        (1.5, AlarmStatus.LOW, MINOR),
        (2.0, AlarmStatus.LOW, MINOR),
        (5.0, AlarmStatus.NO_ALARM, NO_ALARM),
        (8.0, AlarmStatus.HIGH, MINOR),
        (9.0, AlarmStatus.HIHI, INVALID),
        (float("inf"), AlarmStatus.HIHI, INVALID),
        (float("nan"), AlarmStatus.NO_ALARM, NO_ALARM),
    ],
)
def test_limits_give_status_and_severity(value, status, severity):
    """A value at a limit is an alarm, and the outer limit counts."""
    rule = declare(**LIMITS).rule()

    assert rule(value) == (status, severity)


def test_one_limit_is_enough():
    """Limits that are not declared give no alarm."""
    rule = declare(high=Limit(0.0, MINOR)).rule()

    assert rule(0.0) == (AlarmStatus.HIGH, MINOR)
    assert rule(-1e9) == (AlarmStatus.NO_ALARM, NO_ALARM)


def test_states_give_severities_by_label_and_by_index():
    """A state without a severity is no alarm; the status of the others is STATE."""
    rule = declare(record="mbbi", element="ENUM", labels=("off", "on", "broken"), severities={"broken": MAJOR}).rule()

    assert [rule(value) for value in ("broken", 2)] == [(AlarmStatus.STATE, MAJOR)] * 2
    assert [rule(value) for value in ("off", "on", 0, 1)] == [(AlarmStatus.NO_ALARM, NO_ALARM)] * 4


def test_nothing_declared_is_no_rule():
    """Without limits and severities the alarm does not follow from the value."""
    assert declare().rule() is None


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"labels": tuple("abcdefghijklmnopq")}, "Flow: up to 16 labels of up to 25 characters"),
        ({"labels": ("x" * 26,)}, "Flow: up to 16 labels of up to 25 characters"),
        ({"labels": ("a", "b"), "severities": {"c": MAJOR}}, "Flow: severities of c, but its labels are: a, b"),
        ({"severities": {"c": MAJOR}}, "its labels are: none"),
        ({"low": Limit(3.0, MINOR), "high": Limit(2.0, MINOR)}, r"Flow: lolo ≤ low ≤ high ≤ hihi, not \[3.0, 2.0\]"),
        ({"shown": (1.0, 1.0)}, r"Flow: the lower limit comes first, and is lower: \(1.0, 1.0\)"),
        ({"allowed": (2.0, 1.0)}, r"Flow: the lower limit comes first, and is lower: \(2.0, 1.0\)"),
    ],
)
def test_what_epics_could_not_show_is_refused(said, wrong):
    """The error names the PV, and what would be right."""
    with pytest.raises(ValueError, match=wrong):
        declare(**said)
