import asyncio
from typing import Any

import pytest
from caproto import AlarmSeverity, AlarmStatus, ChannelType
from caproto.server import PVGroup, pvproperty

from reioc.sim_iocs.faults import FaultError
from reioc.sim_iocs.faults.lies import alarm_of, stand_in, wrong_value


class Every(PVGroup):
    """A PV of every kind."""

    number = pvproperty(value=1.5, name="number", units="mm", precision=3, upper_ctrl_limit=9.0, record="ai")
    whole = pvproperty(value=7, name="whole")
    choice = pvproperty(value="On", name="choice", enum_strings=("Off", "On"), dtype=ChannelType.ENUM)
    text = pvproperty(value="a", name="text", dtype=ChannelType.STRING)
    long_text = pvproperty(value="a", name="long", dtype=ChannelType.CHAR, max_length=50)
    wave = pvproperty(value=[1.0, 2.0, 3.0], name="wave", max_length=5)


@pytest.fixture
def every() -> Any:
    return Every("E:")


@pytest.mark.parametrize(
    ("pv", "text", "value"),
    [
        ("number", "2.5", 2.5),
        ("number", "inf", float("inf")),
        ("whole", "-3", -3),
        ("choice", "Off", "Off"),
        ("choice", "0", "Off"),
        ("text", "b", "b"),
        ("long_text", "a longer text", "a longer text"),
        ("wave", "4 5", [4.0, 5.0]),
        ("wave", "9", [9.0, 9.0, 9.0]),
    ],
)
def test_a_wrong_value_is_one_that_the_pv_could_have(every: Any, pv: str, text: str, value: Any) -> None:
    """The text becomes what the PV itself would hold; a number for an array is as many as there are now."""
    assert wrong_value(getattr(every, pv), text) == value


@pytest.mark.parametrize(
    ("pv", "text", "reason"),
    [
        ("number", "x", "must be a number, not 'x'"),
        ("whole", "nan", "must be a whole number from -2147483648 to 2147483647, not 'nan'"),
        ("whole", "1.5", "must be a whole number"),
        ("choice", "2", "must be one of Off, On, or their index, not '2'"),
        ("text", "x" * 40, "up to 39 characters"),
        ("long_text", "x" * 51, "up to 50 characters"),
        ("wave", "1 2 3 4 5 6", "1 to 5 elements"),
        ("wave", "", "1 to 5 elements"),
    ],
)
def test_what_the_pv_could_not_have_is_refused(every: Any, pv: str, text: str, reason: str) -> None:
    """A text that means no value of that PV is refused, and what would be right is said."""
    with pytest.raises(FaultError, match=reason):
        wrong_value(getattr(every, pv), text)


def test_severities_have_a_status() -> None:
    """A severity comes with the status that is given, or a usual one; unknown ones are refused."""
    assert alarm_of("MAJOR HIHI") == (AlarmStatus.HIHI, AlarmSeverity.MAJOR_ALARM)
    assert alarm_of("invalid") == (AlarmStatus.COMM, AlarmSeverity.INVALID_ALARM)
    with pytest.raises(FaultError, match="'BAD' is no severity; there are NO_ALARM, MINOR, MAJOR, INVALID"):
        alarm_of("BAD")
    with pytest.raises(FaultError, match="'HIGHER' is no alarm status"):
        alarm_of("MINOR HIGHER")


def test_a_stand_in_differs_in_what_is_wrong_alone(every: Any) -> None:
    """Value and alarm are the wrong ones, units, limits and record type the PV's; the PV itself is untouched."""
    told = stand_in(every.number, 2.5, (AlarmStatus.HIHI, AlarmSeverity.MAJOR_ALARM))

    metadata, values = asyncio.run(told.read(ChannelType.CTRL_DOUBLE))
    kind, _ = asyncio.run(told.read(ChannelType.CLASS_NAME))

    assert (list(values), metadata.severity, metadata.status) == ([2.5], 2, 3)
    assert (metadata.units, metadata.precision, metadata.upper_ctrl_limit, kind.value) == (b"mm", 3, 9.0, b"ai")
    assert (every.number.value, every.number.alarm.severity) == (1.5, AlarmSeverity.NO_ALARM)


def test_a_stand_in_says_what_is_true_where_nothing_is_wrong(every: Any) -> None:
    """With another severity alone, the value is the PV's, of every kind of PV."""
    for pv in every.pvdb.values():
        assert stand_in(pv, None, alarm_of("MINOR")).value == pv.value
