"""STOP and SPMG."""

import asyncio
from typing import Any

import pytest

from reioc.sim_iocs.motor.group import MotorGroup
from reioc.sim_iocs.motor.status import Phase

from ..fakes import FakeClock
from .conftest import field, meanwhile, shown


def test_stop_ends_the_motion_where_it_is(clock: FakeClock, motor: MotorGroup) -> None:
    """VAL follows RBV, STOP reads 0 again, and the put that moved completes."""
    meanwhile(clock, motor.val.write(8.0), 1.0, (field(motor, "STOP"), 1))

    assert clock.time == 1.0
    assert shown(motor, "VAL", "RBV", "DVAL", "DMOV", "MOVN", "STOP") == [2.0, 2.0, 2.0, 1, 0, 0]


def test_stop_at_rest_does_nothing(clock: FakeClock, motor: MotorGroup) -> None:
    """There is nothing to stop."""
    clock.run(field(motor, "STOP").write(1))

    assert shown(motor, "VAL", "DMOV", "STOP") == [0.0, 1, 0]


def test_a_paused_motion_is_not_over(clock: FakeClock, motor: MotorGroup) -> None:
    """Pause stands still with DMOV 0; Go goes on to the target that was kept, and both puts complete there."""
    spmg = field(motor, "SPMG")

    async def work() -> list[Any]:
        moving = asyncio.create_task(motor.val.write(8.0))
        await clock.until(1.0)
        await spmg.write("Pause")
        await clock.until(5.0)
        paused = shown(motor, "VAL", "RBV", "MOVN", "DMOV", "MIP")
        await spmg.write("Go")
        assert moving.done()
        return paused

    assert clock.run(work()) == [8.0, 2.0, 0, 0, Phase.RETRY]
    assert shown(motor, "VAL", "RBV", "DMOV", "SPMG") == [8.0, 8.0, 1, "Go"]
    assert clock.time == 8.0


@pytest.mark.parametrize("spmg", ["Pause", "Stop"])
def test_a_target_put_while_it_may_not_move_waits(clock: FakeClock, motor: MotorGroup, spmg: str) -> None:
    """VAL and DMOV 0 tell that something is to be done; Go does it."""

    async def work() -> list[Any]:
        await field(motor, "SPMG").write(spmg)
        putting = asyncio.create_task(motor.val.write(4.0))
        await clock.until(3.0)
        waiting = shown(motor, "VAL", "RBV", "MOVN", "DMOV")
        await field(motor, "SPMG").write("Go")
        assert putting.done()
        return waiting

    assert clock.run(work()) == [4.0, 0.0, 0, 0]
    assert (clock.time, shown(motor, "VAL", "RBV", "DMOV")) == (5.0, [4.0, 4.0, 1])


@pytest.mark.parametrize(("name", "value"), [("STOP", 1), ("SPMG", "Stop")])
def test_a_paused_motion_can_be_stopped(clock: FakeClock, motor: MotorGroup, name: str, value: object) -> None:
    """The target is dropped, and the put completes."""
    meanwhile(clock, motor.val.write(8.0), 1.0, (field(motor, "SPMG"), "Pause"), (field(motor, name), value))

    assert (clock.time, shown(motor, "VAL", "RBV", "DMOV", "MIP")) == (1.0, [2.0, 2.0, 1, 0])


def test_move_makes_one_motion_and_pauses(clock: FakeClock, motor: MotorGroup) -> None:
    """SPMG Move is Pause when the motor has arrived; the next target waits for the next Move."""

    async def work() -> None:
        await field(motor, "SPMG").write("Move")
        await motor.val.write(2.0)
        assert shown(motor, "RBV", "SPMG") == [2.0, "Pause"]
        putting = asyncio.create_task(motor.val.write(4.0))
        await clock.until(5.0)
        assert shown(motor, "RBV", "DMOV") == [2.0, 0]
        await field(motor, "SPMG").write("Move")
        await putting

    clock.run(work())

    assert (clock.time, shown(motor, "RBV", "SPMG", "LSPG")) == (6.0, [4.0, "Pause", "Pause"])


def test_spmg_stop_drops_the_target(clock: FakeClock, motor: MotorGroup) -> None:
    """Unlike after Pause, Go does not move it."""
    spmg = field(motor, "SPMG")
    meanwhile(clock, motor.val.write(8.0), 1.0, (spmg, "Stop"), (spmg, "Go"))

    assert shown(motor, "VAL", "RBV", "DMOV") == [2.0, 2.0, 1]
