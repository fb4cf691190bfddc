"""A motor record without socket and beamline, in fake time."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from caproto.server import PVGroup, SubGroup

from reioc.sim_iocs.motor.group import MotorGroup
from reioc.sim_iocs.physics.axis import Axis

from ..fakes import FakeClock, Recorder


class TwoMotors(PVGroup):
    """T:m1, and T:m2 for what m1 may need a neighbour for."""

    m1 = SubGroup(MotorGroup, prefix="m1")
    m2 = SubGroup(MotorGroup, prefix="m2")


@pytest.fixture
def motor(clock: FakeClock) -> MotorGroup:
    """T:m1, published, at 2 mm/s without ramp."""
    group = TwoMotors("T:")
    for each in (group.m1, group.m2):
        each.link(Axis(clock.now), clock, "Test motor")

    async def prepare() -> None:
        await group.m1.run()
        for name in ("ACCL", "BACC", "JAR"):
            await field(group.m1, name).write(0.0)

    clock.run(prepare())
    return group.m1


def field(motor: MotorGroup, name: str) -> Any:
    """A field by its EPICS name."""
    return motor.val.get_field(name)


def shown(motor: MotorGroup, *names: str) -> list[Any]:
    """The values of some fields."""
    return [field(motor, name).value for name in names]


async def put(motor: MotorGroup, **values: Any) -> None:
    """Write some fields, one after the other."""
    for name, value in values.items():
        await field(motor, name).write(value)


async def record(motor: MotorGroup, *names: str) -> Recorder:
    """A recorder of what these fields publish from now on."""
    recorder = Recorder()
    await recorder.watch(**{name: field(motor, name) for name in names})
    return recorder


def meanwhile(clock: FakeClock, motion: Coroutine[Any, Any, None], at: float, *puts: tuple[Any, Any]) -> None:
    """Run `motion` to its end, with puts at a moment in the middle."""

    async def work() -> None:
        moving = asyncio.create_task(motion)
        await clock.until(at)
        for pv, value in puts:
            await pv.write(value)
        await moving

    clock.run(work())
