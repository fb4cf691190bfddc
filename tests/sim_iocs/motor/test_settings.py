"""Speeds, resolution, and small commands."""

import asyncio
from typing import Any

import pytest
from caproto import AlarmSeverity

from reioc.sim_iocs.motor.group import MotorGroup
from reioc.sim_iocs.pvs.puts import RefusedError

from ..fakes import FakeClock
from .conftest import field, put, record, shown


def test_speeds_are_told_in_turns_too(clock: FakeClock, motor: MotorGroup) -> None:
    """S, SBAS, SBAK, SMAX times UREV are VELO, VBAS, BVEL, VMAX, whichever is put."""
    assert shown(motor, "UREV", "VELO", "S", "VMAX", "SMAX") == pytest.approx([0.02, 2.0, 100.0, 100.0, 5000.0])

    clock.run(put(motor, S=50.0, BVEL=0.4, SBAS=10.0))

    assert shown(motor, "VELO", "SBAK", "VBAS") == pytest.approx([1.0, 20.0, 0.2])
    assert (motor.axis.velocity, motor.axis.base) == pytest.approx((1.0, 0.2))


def test_a_new_resolution_keeps_turns_and_place(clock: FakeClock, motor: MotorGroup) -> None:
    """MRES, UREV and SREV follow each other; VELO follows S; the dial position stays."""

    async def work() -> list[Any]:
        await put(motor, VAL=2.0, MRES=0.0002)
        seen = shown(motor, "UREV", "VELO", "S", "RBV", "RRBV", "RDBD")
        await put(motor, UREV=0.02)
        seen += shown(motor, "MRES", "VELO")
        await put(motor, SREV=400)
        return [*seen, *shown(motor, "MRES", "VELO")]

    assert clock.run(work()) == pytest.approx([0.04, 4.0, 100.0, 2.0, 10_000, 0.0002, 0.0001, 2.0, 0.00005, 2.0])


def test_a_lower_vmax_takes_the_speeds_along(clock: FakeClock, motor: MotorGroup) -> None:
    """As in the real record; VMAX 0 is no bound."""
    clock.run(put(motor, VMAX=1.5))
    assert shown(motor, "VELO", "S", "BVEL", "JVEL", "HVEL") == pytest.approx([1.5, 75.0, 1.0, 1.0, 1.0])

    clock.run(put(motor, VMAX=0.0, VELO=1000.0))
    assert motor.axis.velocity == 1000.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VBAS", -1.0),
        ("VBAS", 200.0),
        ("VMAX", -1.0),
        ("S", 1e9),
        ("BVEL", 0.0),
        ("MRES", 0.0),
        ("SREV", -5),
        ("UREV", 0.0),
        ("ERES", 0.0),
        ("FRAC", 2.0),
        ("RTRY", -1),
        ("RDBD", 0.0),
        ("NTMF", 1),
        ("BACC", -1.0),
        ("JAR", -1.0),
        ("DLLM", 11.0),
        ("PCOF", 2.0),
    ],
)
def test_senseless_settings_are_refused(clock: FakeClock, motor: MotorGroup, name: str, value: float) -> None:
    """They stay as they were."""
    before = shown(motor, name, "VELO", "MRES")

    with pytest.raises(RefusedError):
        clock.run(put(motor, **{name: value}))

    assert before == shown(motor, name, "VELO", "MRES")


def test_sync_takes_the_target_to_the_motor(clock: FakeClock, motor: MotorGroup) -> None:
    """After a failed motion VAL is RBV again, without a motion."""

    async def work() -> list[Any]:
        motor.axis.power(False)
        await put(motor, VAL=3.0)
        recorder = await record(motor, "DMOV")
        await put(motor, SYNC=1)
        return recorder.events

    assert clock.run(work()) == []
    assert shown(motor, "VAL", "DVAL", "RVAL", "SYNC", "DIFF") == [0.0, 0.0, 0, 0, 0.0]
    assert motor.val.alarm.severity == AlarmSeverity.MAJOR_ALARM  # it has no power still


def test_stup_looks_at_the_motor(clock: FakeClock, motor: MotorGroup) -> None:
    """ON is BUSY while it looks, then OFF."""

    async def work() -> list[str]:
        recorder = await record(motor, "STUP")
        motor.axis.travel(1.0, velocity=1e9)
        await clock.sleep(1.0)
        await put(motor, STUP="ON")
        return recorder.values("STUP")

    assert clock.run(work()) == ["BUSY", "OFF"]
    assert shown(motor, "RBV") == [1.0]


def test_processing_moves_and_redefines_nothing(clock: FakeClock, motor: MotorGroup) -> None:
    """PROC looks at the motor: not at rest with SET, where VAL would be a new name of the place, nor on its way."""

    async def work() -> None:
        moving = asyncio.create_task(motor.val.write(4.0))
        await clock.sleep(1.0)
        await put(motor, SET="Set", PROC=1)
        await moving

    clock.run(work())

    assert (clock.time, motor.axis.position) == (pytest.approx(2.0), 4.0)
    assert shown(motor, "OFF", "PROC", "SEVR") == [0.0, 1, AlarmSeverity.NO_ALARM]


@pytest.mark.parametrize("name", ["MRES", "ERES"])
def test_more_steps_than_a_field_can_tell(clock: FakeClock, motor: MotorGroup, name: str) -> None:
    """A tiny step fills the raw fields to their end, and the motor moves all the same."""
    clock.run(put(motor, **{name: -1e-300}, UEIP="Yes", VMAX=0.0, VELO=2.0))
    clock.run(put(motor, DVAL=3.0))
    assert shown(motor, "RBV", "DMOV", "RRBV" if name == "ERES" else "RVAL") == [3.0, 1, -(2**31) + 1]


def test_a_raw_target_is_in_steps(clock: FakeClock, motor: MotorGroup) -> None:
    """RVAL times MRES is DVAL; RVEL is the speed on the way."""

    async def work() -> list[int]:
        recorder = await record(motor, "RVEL")
        await put(motor, RVAL=-15_000)
        return recorder.values("RVEL")

    assert clock.run(work()) == [20_000, 0]
    assert shown(motor, "VAL", "DVAL", "RVAL", "RBV", "RRBV") == [-1.5, -1.5, -15_000, -1.5, -15_000]


@pytest.mark.parametrize(("deadband", "target"), [(0.0, 0.00004), (0.1, 0.09)])
def test_less_than_a_step_is_no_motion(clock: FakeClock, motor: MotorGroup, deadband: float, target: float) -> None:
    """Nor is less than SPDB: DMOV goes and comes, MOVN does not; VAL is what was put."""

    async def work() -> list[tuple[str, int]]:
        await put(motor, SPDB=deadband)
        recorder = await record(motor, "DMOV", "MOVN")
        await put(motor, VAL=target)
        return recorder.events

    assert clock.run(work()) == [("DMOV", 0), ("DMOV", 1)]
    assert (clock.time, shown(motor, "VAL", "RBV")) == (0.0, [target, 0.0])


def test_a_target_ahead_is_gone_to_after_the_one_before(clock: FakeClock, motor: MotorGroup) -> None:
    """A new target in the direction of motion lets the leg end first; without NTM, so does one that lies behind."""

    async def work() -> list[float]:
        ends = []
        for ntm, second in (("YES", 6.0), ("NO", 0.0)):
            await put(motor, VAL=0.0, NTM=ntm)
            recorder = await record(motor, "RBV")
            await meet(clock, motor, 4.0, second)
            ends.append(max(recorder.values("RBV")))
        return ends

    assert clock.run(work()) == [6.0, 4.0]
    assert shown(motor, "RBV", "VAL", "MISS") == [0.0, 0.0, 0]


async def meet(clock: FakeClock, motor: MotorGroup, first: float, second: float) -> None:
    """Put a second target one second after the first."""
    moving = asyncio.create_task(motor.val.write(first))
    await clock.sleep(1.0)
    await motor.val.write(second)
    await moving


def test_fields_that_only_exist_take_texts(clock: FakeClock, motor: MotorGroup) -> None:
    """PREM, POST, INIT and OUT are there."""
    clock.run(put(motor, PREM="abc", POST="def", INIT="ghi"))

    assert [str(text) for text in shown(motor, "OUT", "EGU")] == ["simulated axis", "mm"]
    assert field(motor, "VERS").value > 7
