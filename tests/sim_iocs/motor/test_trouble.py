"""Limit switches, power, stalls, lost contact: what the record says and does."""

import asyncio
from typing import Any

import pytest
from caproto import AlarmSeverity, AlarmStatus

from reioc.sim_iocs.motor.group import MotorGroup
from reioc.sim_iocs.motor.status import Status
from reioc.sim_iocs.pvs.puts import RefusedError

from ..fakes import FakeClock
from .conftest import field, put, record, shown


def status(motor: MotorGroup) -> Status:
    return Status(field(motor, "MSTA").value)


def alarm(motor: MotorGroup) -> tuple[AlarmStatus, AlarmSeverity]:
    return motor.val.alarm.status, motor.val.alarm.severity


def test_a_forced_switch_stops_the_motion(clock: FakeClock, motor: MotorGroup) -> None:
    """At once; the target follows, HLS, MSTA and the severity of HLSV tell why, before DMOV is 1."""

    async def work() -> list[Any]:
        recorder = await record(motor, "DMOV", "HLS", "RBV")
        moving = asyncio.create_task(motor.val.write(8.0))
        await clock.until(1.0)
        motor.axis.force_switch(high=True)
        await moving
        return list(dict.fromkeys(recorder.events))[-3:]

    assert clock.run(work()) == [("HLS", 1), ("RBV", 2.0), ("DMOV", 1)]
    assert (clock.time, shown(motor, "VAL", "RBV", "HLS", "LLS", "RHLS")) == (1.0, [2.0, 2.0, 1, 0, 1])
    assert Status.PLUS_SWITCH in status(motor)
    assert alarm(motor) == (AlarmStatus.HIGH, AlarmSeverity.MAJOR_ALARM)


def test_off_a_switch_it_goes_only_backwards(clock: FakeClock, motor: MotorGroup) -> None:
    """Towards the switch nothing moves; away from it, it moves; released, the alarm is gone."""

    async def work() -> list[float]:
        motor.axis.force_switch(high=True)
        await put(motor, VAL=1.0)
        towards = motor.axis.dial
        await put(motor, VAL=-1.0)
        away = motor.axis.dial
        assert alarm(motor)[1] == AlarmSeverity.MAJOR_ALARM
        motor.axis.force_switch()
        await clock.sleep(1.0)
        return [towards, away]

    assert clock.run(work()) == [0.0, -1.0]
    assert (alarm(motor)[1], shown(motor, "HLS", "RBV")) == (AlarmSeverity.NO_ALARM, [0, -1.0])


def test_hlsv_is_the_severity_at_a_limit(clock: FakeClock, motor: MotorGroup) -> None:
    """NO_ALARM is none; a target beyond a limit that was drawn in is at the limit, too."""

    async def work() -> list[AlarmSeverity]:
        await put(motor, HLSV="MINOR", VAL=-8.0, LLM=-5.0)
        await motor.refresh()
        seen = [motor.val.alarm.severity]
        await put(motor, HLSV="NO_ALARM")
        await motor.refresh()
        return [*seen, motor.val.alarm.severity]

    assert clock.run(work()) == [AlarmSeverity.MINOR_ALARM, AlarmSeverity.NO_ALARM]


def test_the_switches_are_named_by_the_user_and_raw(clock: FakeClock, motor: MotorGroup) -> None:
    """DIR swaps HLS and LLS; a negative step swaps the raw ones, the direction bit and TDIR as well."""

    async def work() -> None:
        await put(motor, DIR="Neg", MRES=-0.0001, DLLM=-50.0, VAL=20.0)

    clock.run(work())

    assert shown(motor, "RBV", "DRBV", "HLS", "LLS", "RHLS", "RLLS", "TDIR") == [12.0, -12.0, 1, 0, 1, 0, 1]
    assert {Status.PLUS_SWITCH, Status.DIRECTION} <= set(status(motor))
    assert shown(motor, "RMP", "RRBV") == [120_000, 120_000]


def test_without_power_nothing_moves(clock: FakeClock, motor: MotorGroup) -> None:
    """CNEN Disable ends a motion with the problem bit and MAJOR; the target stays, as nobody reached it."""

    async def work() -> None:
        moving = asyncio.create_task(motor.val.write(8.0))
        await clock.until(1.0)
        await put(motor, CNEN="Disable")
        await moving
        assert shown(motor, "VAL", "RBV", "DMOV") == [8.0, 2.0, 1]
        assert alarm(motor) == (AlarmStatus.STATE, AlarmSeverity.MAJOR_ALARM)
        recorder = await record(motor, "DMOV")
        await put(motor, VAL=3.0)
        assert recorder.values("DMOV") == [0, 1]

    clock.run(work())

    assert shown(motor, "VAL", "RBV", "MOVN", "CNEN") == [3.0, 2.0, 0, "Disable"]
    assert Status.PROBLEM in status(motor)
    assert Status.POSITION not in status(motor)


def test_with_power_again_it_moves(clock: FakeClock, motor: MotorGroup) -> None:
    """CNEN Enable ends the trouble; the motor waits for a command."""

    async def work() -> None:
        motor.axis.power(False)
        await put(motor, VAL=3.0)
        await put(motor, CNEN="Enable")
        assert (shown(motor, "RBV"), alarm(motor)[1]) == ([0.0], AlarmSeverity.NO_ALARM)
        await put(motor, VAL=4.0)

    clock.run(work())

    assert (shown(motor, "RBV", "CNEN"), Status.PROBLEM in status(motor)) == ([4.0, "Enable"], False)


def test_a_stalled_motor_never_arrives(clock: FakeClock, motor: MotorGroup) -> None:
    """DMOV stays 0, the slip bit and MAJOR tell; released it stands on, until STOP."""

    async def work() -> list[Any]:
        moving = asyncio.create_task(motor.val.write(8.0))
        await clock.until(1.0)
        motor.axis.stall(True)
        await clock.until(10.0)
        stalled = [*shown(motor, "RBV", "DMOV", "MOVN"), Status.SLIP_STALL in status(motor), alarm(motor)[1]]
        motor.axis.stall(False)
        await clock.until(20.0)
        assert not moving.done()
        await put(motor, STOP=1)
        await moving
        return stalled

    assert clock.run(work()) == [2.0, 0, 1, True, AlarmSeverity.MAJOR_ALARM]
    assert (shown(motor, "VAL", "RBV", "DMOV"), alarm(motor)[1]) == ([2.0, 2.0, 1], AlarmSeverity.NO_ALARM)


def test_after_a_stall_it_moves_when_told_again(clock: FakeClock, motor: MotorGroup) -> None:
    """While it lasts, another command stalls as well."""

    async def work() -> None:
        motor.axis.stall(True)
        moving = asyncio.create_task(motor.val.write(8.0))
        await clock.until(1.0)
        await put(motor, STOP=1)
        await moving
        motor.axis.stall(False)
        await put(motor, VAL=3.0)

    clock.run(work())

    assert shown(motor, "RBV", "DMOV") == [3.0, 1]


def test_lost_contact_freezes_what_is_shown(clock: FakeClock, motor: MotorGroup) -> None:
    """INVALID with the comm bit; back again, the record sees what was done meanwhile."""

    async def work() -> list[Any]:
        moving = asyncio.create_task(motor.val.write(8.0))
        await clock.until(1.01)
        motor.axis.lose_contact(True)
        await clock.until(10.0)
        lost = [*shown(motor, "RBV", "DMOV"), Status.LOST in status(motor), *alarm(motor)]
        motor.axis.lose_contact(False)
        await moving
        return lost

    assert clock.run(work()) == [pytest.approx(2.0), 0, True, AlarmStatus.COMM, AlarmSeverity.INVALID_ALARM]
    assert (shown(motor, "VAL", "RBV", "DMOV"), alarm(motor)[1]) == ([8.0, 8.0, 1], AlarmSeverity.NO_ALARM)


def test_a_disabled_record_takes_no_puts(clock: FakeClock, motor: MotorGroup) -> None:
    """`_able` Disable, or DISP, refuses all of them, and the message says how to enable it."""

    async def work() -> None:
        await motor.able.write("Disable")
        for name, value in (("VELO", 1.0), ("TWF", 1), ("VAL", 1.0)):
            with pytest.raises(RefusedError, match="T:m1 is disabled; put Enable to T:m1_able"):
                await field(motor, name).write(value)
        await motor.able.write("Enable")
        await put(motor, VAL=1.0)

    clock.run(work())

    assert shown(motor, "RBV", "DISP") == [1.0, 0]


def test_home_is_known_after_homing(clock: FakeClock, motor: MotorGroup) -> None:
    """HOMF shows 1 while it looks, a second one is refused, a motion before it ends; HOMED is set in the end."""

    async def work() -> list[int]:
        assert Status.HOMED not in status(motor)
        moving = asyncio.create_task(motor.val.write(4.0))
        await clock.until(1.0)
        recorder = await record(motor, "HOMF", "DMOV")
        homing = asyncio.create_task(put(motor, HOMF=1))
        await clock.until(2.0)
        with pytest.raises(RefusedError, match="looks for its home already"):
            await put(motor, HOMR=1)
        await asyncio.gather(moving, homing)
        assert recorder.values("DMOV") == [1]
        return recorder.values("HOMF")

    assert clock.run(work()) == [1, 0]
    assert shown(motor, "VAL", "RBV", "ATHM") == [0.0, 0.0, 1]
    assert {Status.HOMED, Status.HOME_SWITCH} <= set(status(motor))


def test_a_jog_ends_before_the_soft_limit(clock: FakeClock, motor: MotorGroup) -> None:
    """One second of JVEL before it, with LVIO; from there no jog begins towards it, but one away from it."""

    async def work() -> list[Any]:
        await put(motor, JOGF=1)
        end = shown(motor, "RBV", "VAL", "LVIO", "JOGF")
        with pytest.raises(RefusedError, match=r"does not jog: at 9\.5000"):
            await put(motor, VAL=9.5, JOGF=1)
        jogging = asyncio.create_task(put(motor, JOGR=1))
        await clock.sleep(1.0)
        await put(motor, JVEL=2.0)
        await clock.sleep(1.0)
        await put(motor, JOGR=0)
        await jogging
        return end

    assert clock.run(work()) == [9.0, 9.0, 1, 0]
    assert shown(motor, "RBV", "LVIO") == [6.5, 0]
