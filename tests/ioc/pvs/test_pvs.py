"""How displays are written."""

from __future__ import annotations

import asyncio
import math

import numpy as np
import pytest
from caproto import AlarmSeverity, AlarmStatus, ChannelType
from caproto.server import PVGroup

from reioc.ioc.pvs import (
    DONE,
    MAJOR,
    MINOR,
    MONITOR,
    NO_ALARM,
    Kind,
    bool_display,
    bool_setting,
    enum_display,
    float_display,
    post,
    string_display,
    strings_display,
    text_display,
    wave_display,
)

EARLIER, LATER = 1.7e9, 1.8e9


class Group(PVGroup):
    """One display of each kind."""

    number = float_display("Number", "A number", units="mm", precision=2)
    flag = bool_display("Flag", "A flag")
    choice = enum_display("Choice", "A choice", ["red", "green"])
    short = string_display("Short", "A short text")
    shorts = strings_display("Shorts", "Short texts", 3)
    text = text_display("Text", "A long text", length=10)
    wave = wave_display("Wave", "Numbers", 3)
    limited = float_display("Limited", "A limited number", high=(2.0, MINOR))
    judged = bool_display("Judged", "A flag with a severity", severities={"No": MAJOR})
    press = bool_setting("Press", "A command", (DONE, "Press"))
    switch = bool_setting("Switch", "A switch")


@pytest.fixture
def group():
    return Group("T:")


def show(pv, value, **options):
    asyncio.run(post(pv, value, **options))
    return pv.value


def test_alarm_of_one_pv_is_its_own(group):
    """A MAJOR on one display leaves the others of the group alone."""
    show(group.number, 1.0, severity=AlarmSeverity.MAJOR_ALARM)

    assert group.number.alarm.severity == AlarmSeverity.MAJOR_ALARM
    assert group.flag.alarm.severity == AlarmSeverity.NO_ALARM


def test_unchanged_value_is_not_written_again(group):
    """The time stamp of a value that stays is that of its change."""
    show(group.number, 1.0, at=EARLIER)
    show(group.number, 1.0, at=LATER)

    assert group.number.timestamp == pytest.approx(EARLIER)


def test_nan_counts_as_unchanged(group):
    """NaN is not equal to itself, but it is no news either."""
    show(group.number, math.nan, at=EARLIER)
    show(group.number, math.nan, at=LATER)

    assert group.number.timestamp == pytest.approx(EARLIER)


def test_severity_alone_is_a_change(group):
    """A severity that changes is written, though the value stays."""
    show(group.number, 0.0, severity=AlarmSeverity.MINOR_ALARM, at=LATER)

    assert group.number.timestamp == pytest.approx(LATER)


def test_truth_and_indices_become_labels(group):
    """A bool or a number shows as the label it stands for."""
    assert show(group.flag, True) == "Yes"
    assert show(group.choice, 1) == "green"


def test_long_texts_are_cut_between_characters(group):
    """A text is cut so that it fits with its end mark, and no character is halved."""
    assert show(group.text, "ä" * 9) == "ä" * 4
    assert show(group.short, "x" * 60) == "x" * 39


def test_too_many_strings_are_cut(group):
    """A list shows as many texts as the PV holds; an empty one shows one empty text."""
    assert show(group.shorts, ["a", "b", "c", "d"]) == ["a", "b", "c"]
    assert show(group.shorts, []) == [""]


def test_unchanged_array_is_not_written_again(group):
    """Arrays are compared by their elements."""
    show(group.wave, np.array([1.0, 2.0, 3.0]), at=EARLIER)
    show(group.wave, np.array([1.0, 2.0, 3.0]), at=LATER)

    assert group.wave.timestamp == pytest.approx(EARLIER)


def test_declared_alarm_is_written_with_the_value(group):
    """Whoever posts a value need not know what it means."""
    show(group.limited, 3.0)
    assert (group.limited.alarm.severity, group.limited.alarm.status) == (MINOR, AlarmStatus.HIGH)
    show(group.limited, 1.0)
    assert (group.limited.alarm.severity, group.limited.alarm.status) == (NO_ALARM, AlarmStatus.NO_ALARM)


def test_declared_severities_cannot_be_given(group):
    """A severity has one place."""
    with pytest.raises(ValueError, match="T:Limited: its severities are declared"):
        show(group.limited, 1.0, severity=MAJOR)


def test_initial_value_has_its_alarm():
    """A PV that nobody has written yet is judged, too."""
    assert Group("T:").judged.alarm.severity == MAJOR


def test_a_switch_that_reads_done_is_a_command(group):
    """Commands are not worth archiving, other switches are."""
    press, switch = group.press.declared, group.switch.declared

    assert (press.kind, press.archive) == (Kind.COMMAND, None)
    assert (switch.kind, switch.archive) == (Kind.SETTING, MONITOR)


def test_a_short_text_is_told_in_utf8(group):
    """What users type, such as a sample's name, can be read in any script, as long texts can."""
    show(group.short, "試料 α")
    show(group.shorts, ["é", "試料"])

    async def read(pv):
        return (await pv.auth_read("host", "user", ChannelType.STRING))[1]

    assert asyncio.run(read(group.short)) == ["試料 α".encode()]
    assert asyncio.run(read(group.shorts)) == ["é".encode(), "試料".encode()]
