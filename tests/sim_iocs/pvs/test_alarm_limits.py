"""Alarm limits."""

import pytest
from caproto import AlarmSeverity, AlarmStatus

from reioc.sim_iocs.pvs.alarm_limits import Limit, alarm_of

LIMITS = (
    Limit(AlarmStatus.HIHI, 40.0, AlarmSeverity.MAJOR_ALARM, upwards=True),
    Limit(AlarmStatus.LOLO, 10.0, AlarmSeverity.MAJOR_ALARM, upwards=False),
    Limit(AlarmStatus.HIGH, 30.0, AlarmSeverity.MINOR_ALARM, upwards=True),
    Limit(AlarmStatus.LOW, 20.0, AlarmSeverity.NO_ALARM, upwards=False),
)


@pytest.mark.parametrize(
    ("value", "status"),
    [(25.0, "NO_ALARM"), (30.0, "HIGH"), (39.9, "HIGH"), (40.0, "HIHI"), (20.0, "NO_ALARM"), (10.0, "LOLO")],
)
def test_a_value_at_a_limit_is_in_alarm(value: float, status: str) -> None:
    """The limit belongs to the alarm; the worst that is reached counts; one without severity does not."""
    assert alarm_of(value, LIMITS)[0].name == status


@pytest.mark.parametrize(
    ("value", "last", "status"), [(29.5, "HIGH", "HIGH"), (28.9, "HIGH", "NO_ALARM"), (29.5, "NO_ALARM", "NO_ALARM")]
)
def test_an_alarm_stays_within_the_hysteresis(value: float, last: str, status: str) -> None:
    """It goes away when the value is back by more than HYST, and does not come earlier for that."""
    assert alarm_of(value, LIMITS, hysteresis=1.0, last=AlarmStatus[last])[0].name == status
