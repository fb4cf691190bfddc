"""Readings that are no measurements are refused."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from ophyd import Component, Device, Kind, Signal

from reioc.devices.parts.checked_reading import ChecksReadings
from reioc.devices.trouble import DeviceTrouble, MoveStopped, ReadingInvalid, is_valid

from ...system.c_ioc import CIoc
from ...system.support import run_python
from ..ca import no_repeater


class Reading(Signal):
    """Something that is measured, with a severity."""

    alarm_severity = 0
    alarm_status = 0
    pvname = "SIM:part"


class Part(Device):
    value = Component(Reading, value=1.0)
    gain = Component(Reading, value=1.0, kind=Kind.config)


class Whole(ChecksReadings):
    part = Component(Part)


def test_what_is_a_measurement_is_read() -> None:
    """Alarms below INVALID, and NaN in an array, are measurements."""
    device = Whole(name="whole")
    device.part.value.alarm_severity = 2
    device.part.value.put([1.0, math.nan])

    assert list(device.read()) == ["whole_part_value"]


def test_a_reading_that_is_invalid_is_refused() -> None:
    """Also one of a part; the PV is named, and why its IOC says so."""
    device = Whole(name="whole")
    device.part.value.alarm_severity, device.part.value.alarm_status = 3, 9

    with pytest.raises(ReadingInvalid) as refused:
        device.read()

    assert refused.value.pv == "SIM:part"
    assert str(refused.value) == "SIM:part: severity INVALID (COMM): 1.0 is no measurement"


def test_nan_is_refused() -> None:
    """Whatever its severity."""
    device = Whole(name="whole")
    device.part.value.put(math.nan)

    with pytest.raises(ReadingInvalid, match=r"^SIM:part: is NaN$"):
        device.read()


@pytest.mark.parametrize("value", [math.nan, 1.0])
def test_nan_is_over_when_it_is_a_number(value: float) -> None:
    """By what its monitor has brought last."""
    signal = Reading(name="reading", value=value)
    signal._monitors = {"SIM:part": object()}

    assert is_valid(signal)() is (value == 1.0)


def test_settings_are_not_looked_at() -> None:
    """They are no readings of a point."""
    device = Whole(name="whole")
    device.part.gain.alarm_severity = 3

    assert list(device.read()) == ["whole_part_value"]


def test_invalid_readings_may_be_kept() -> None:
    """By the device's configuration; a policy that does not exist is refused."""
    device = Whole(name="whole", invalid="keep")
    device.part.value.alarm_severity = 3

    assert list(device.read()) == ["whole_part_value"]
    with pytest.raises(ValueError, match="whole: invalid must be 'refuse' or 'keep', not 'ignore'"):
        Whole(name="whole", invalid="ignore")  # pyright: ignore[reportArgumentType]


def fails() -> bool:
    raise RuntimeError("destroyed")


@pytest.mark.parametrize(
    ("trouble", "over"),
    [
        (DeviceTrouble("SIM:m1", "is odd"), True),
        (MoveStopped("SIM:m1", "stopped from a screen"), False),
        (MoveStopped("SIM:m1", "stopped", over=lambda: True), True),
        (DeviceTrouble("SIM:m1", "is odd", over=fails), False),
    ],
)
def test_a_trouble_says_whether_it_is_over(trouble, over) -> None:
    """As it was told; else at once, unless somebody meant it. What cannot be told is not over."""
    assert trouble.is_over() is over


DATABASE = 'record(ai, "C:value") { field(VAL, "1") field(PINI, "YES") field(HIHI, "10") field(HHSV, "INVALID") }'
SCRIPT = """
import json, time
from ophyd import Component, EpicsSignalRO  # before pyepics: ophyd chooses the libca
from epics import caput
from reioc.devices.parts.checked_reading import ChecksReadings
from reioc.devices.trouble import ReadingInvalid

class Detector(ChecksReadings):
    asked = Component(EpicsSignalRO, "value", auto_monitor=False)
    heard = Component(EpicsSignalRO, "value", auto_monitor=True)

det = Detector("C:", name="det")
det.wait_for_connection(timeout=20)
det.heard.get()

def outcome(value):
    caput("C:value", value, wait=True)
    while det.heard.get() != value or det.heard.alarm_severity != (3 if value > 10 else 0):
        time.sleep(0.01)
    try:
        return [reading["value"] for reading in det.read().values()]
    except ReadingInvalid as error:
        global trouble
        trouble = error
        return f"{error}, over: {error.is_over()}"

print(json.dumps([outcome(2), outcome(20), det.heard.alarm_severity == 3, outcome(3), trouble.is_over()]))
"""


def test_severities_of_pvs_come_with_their_values(tmp_path) -> None:
    """Of PVs that are asked, and of those that are monitored; it is over when they are valid again."""
    ioc = CIoc(tmp_path, DATABASE)
    with no_repeater(), ioc.running():
        told: list[Any] = json.loads(run_python(SCRIPT, ioc.address))

    refused = "C:value: severity INVALID (HIHI): 20.0 is no measurement, over: True"
    assert told == [[2, 2], refused, True, [3, 3], True]
