"""PVs of the temperature controller."""

import asyncio
from typing import Any

import pytest
from caproto import AlarmSeverity

from reioc.sim_iocs.physics.temperature import Temperature
from reioc.sim_iocs.pvs.temperature import TemperatureGroup

from ..fakes import FakeClock


@pytest.fixture
def temp(clock: FakeClock) -> TemperatureGroup:
    """At 300 K, without noise."""
    stage = Temperature(clock.now)
    stage.noise = 0.0
    group = TemperatureGroup("T:Temp")
    group.link(stage, clock)
    return group


def test_a_setpoint_completes_at_once_and_is_ramped_to(clock: FakeClock, temp: TemperatureGroup) -> None:
    """Moving and AtSetpoint tell when it is there: not before the ramp is over and the lag has passed."""

    async def work() -> list[tuple[str, str]]:
        following = asyncio.create_task(temp.run())
        await temp.setpoint.write(310.0)
        seen = [(temp.moving.value, temp.at_setpoint.value)]
        for moment in (9.95, 10.25, 25.0):
            await clock.until(moment)
            seen.append((temp.moving.value, temp.at_setpoint.value))
        following.cancel()
        return seen

    ramping, behind, there = ("Ramping", "No"), ("Holding", "No"), ("Holding", "Yes")
    assert clock.run(work()) == [ramping, ramping, behind, there]
    assert temp.reading.value == pytest.approx(310.0, abs=0.01)


def test_stop_holds_where_it_is(clock: FakeClock, temp: TemperatureGroup) -> None:
    """After Stop the setpoint is the temperature."""

    async def work() -> None:
        await temp.setpoint.write(360.0)
        await clock.until(10.0)
        await temp.stop.write(1)

    clock.run(work())

    assert temp.setpoint.value == pytest.approx(temp.reading.value)
    assert (305 < temp.setpoint.value < 310, temp.at_setpoint.value, temp.stop.value) == (True, "Yes", "Done")


def test_alarm_limits_are_those_of_a_record(clock: FakeClock, temp: TemperatureGroup) -> None:
    """HIGH and HIHI make MINOR and MAJOR, and can be changed by their fields; all fields agree."""
    fields: Any = temp.reading.field_inst

    async def severities() -> list[AlarmSeverity]:
        await temp.ramp.write(0.0)
        seen = []
        for setpoint in (430.0, 460.0, 300.0):
            await temp.setpoint.write(setpoint)
            await clock.sleep(60.0)
            await temp.noise.write(0.0)
            seen.append(temp.reading.severity)
        await fields.high_alarm_limit.write(250.0)
        await fields.high_severity.write("INVALID")
        await temp.noise.write(0.0)
        return [*seen, temp.reading.severity]

    assert [severity.name for severity in clock.run(severities())] == [
        "MINOR_ALARM",
        "MAJOR_ALARM",
        "NO_ALARM",
        "INVALID_ALARM",
    ]
    assert fields.current_alarm_severity.value == "INVALID"
    assert temp.setpoint.severity == AlarmSeverity.NO_ALARM
