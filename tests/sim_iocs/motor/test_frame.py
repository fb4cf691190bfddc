"""The user's zero, direction and limits."""

from typing import Any

import pytest

from reioc.sim_iocs.motor.group import MotorGroup
from reioc.sim_iocs.pvs.puts import RefusedError

from ..fakes import FakeClock, Recorder
from .conftest import field, meanwhile, put, record, shown


def test_set_changes_the_numbers_and_not_the_place(clock: FakeClock, motor: MotorGroup) -> None:
    """With SET, a put to VAL moves the offset and with it the limits; any value is right."""

    async def work() -> None:
        await field(motor, "SET").write("Set")
        await motor.val.write(30.0)
        await field(motor, "SET").write("Use")

    clock.run(work())

    assert shown(motor, "VAL", "RBV", "DRBV", "OFF", "LLM", "HLM") == [30.0, 30.0, 0.0, 30.0, 20.0, 40.0]
    assert motor.val.upper_ctrl_limit == 40.0


def test_a_frozen_offset_is_kept(clock: FakeClock, motor: MotorGroup) -> None:
    """With FOFF Frozen, SET redefines the dial."""

    async def work() -> None:
        await field(motor, "FOFF").write("Frozen")
        await field(motor, "SET").write("Set")
        await motor.val.write(3.0)

    clock.run(work())

    assert shown(motor, "VAL", "RBV", "DRBV", "OFF") == [3.0, 3.0, 3.0, 0.0]


def test_direction_and_offset(clock: FakeClock, motor: MotorGroup) -> None:
    """User = direction * dial + offset, in both directions."""

    async def work() -> None:
        await field(motor, "OFF").write(1.0)
        await field(motor, "DIR").write("Neg")
        await motor.val.write(3.0)

    clock.run(work())

    assert shown(motor, "RBV", "DRBV", "OFF", "DIR", "LLM", "HLM") == [3.0, -2.0, 1.0, "Neg", -9.0, 11.0]


@pytest.mark.parametrize(("name", "value"), [("OFF", 1.0), ("DIR", "Neg")])
def test_its_zero_stays_while_it_moves(clock: FakeClock, motor: MotorGroup, name: str, value: object) -> None:
    """A change of the user's zero in mid-move is refused."""
    with pytest.raises(RefusedError, match="only at rest"):
        meanwhile(clock, motor.val.write(8.0), 1.0, (field(motor, name), value))


def test_a_change_of_hlm_is_in_the_limits_of_val_first(clock: FakeClock, motor: MotorGroup) -> None:
    """Clients read VAL's limits when they see HLM change."""
    seen = []

    class Reader(Recorder):
        async def put(self, update: Any) -> None:
            seen.append(motor.val.upper_ctrl_limit)

    async def work() -> None:
        await Reader().watch(HLM=field(motor, "HLM"))
        seen.clear()
        await field(motor, "HLM").write(5.0)

    clock.run(work())

    assert set(seen) == {5.0}


def test_a_dial_position_can_be_set(clock: FakeClock, motor: MotorGroup) -> None:
    """With SET, a put to DVAL, or RVAL, renames the place on the dial; the user position stays."""

    async def work() -> None:
        await put(motor, VAL=2.0, SSET=1)
        recorder = await record(motor, "DMOV")
        await put(motor, DVAL=5.0)
        assert recorder.values("DMOV") == [0, 1]
        assert shown(motor, "SET", "VAL", "RBV", "DRBV", "OFF") == ["Set", 2.0, 2.0, 5.0, -3.0]
        await put(motor, RVAL=10_000, SUSE=1)

    clock.run(work())

    assert shown(motor, "SET", "VAL", "DVAL", "RVAL", "OFF", "HLM") == ["Use", 2.0, 1.0, 10_000, 1.0, 11.0]


def test_set_can_be_ignored(clock: FakeClock, motor: MotorGroup) -> None:
    """With IGSET a put to VAL moves, SET or not."""
    clock.run(put(motor, SET="Set", IGSET=1, VAL=2.0))

    assert shown(motor, "RBV", "DRBV", "OFF") == [2.0, 2.0, 0.0]


def test_the_offset_can_be_frozen_by_a_button(clock: FakeClock, motor: MotorGroup) -> None:
    """FOF freezes it, VOF lets it vary; both read 0."""
    clock.run(put(motor, FOF=1))
    assert shown(motor, "FOFF", "FOF") == ["Frozen", 0]

    clock.run(put(motor, VOF=1))
    assert shown(motor, "FOFF", "VOF") == ["Variable", 0]


def test_a_turned_direction_keeps_the_user_position(clock: FakeClock, motor: MotorGroup) -> None:
    """DIR changes the offset so that VAL stays; with FOFF Frozen VAL changes."""
    clock.run(put(motor, VAL=2.0, DIR="Neg"))
    assert shown(motor, "VAL", "RBV", "DRBV", "OFF") == [2.0, 2.0, 2.0, 4.0]

    clock.run(put(motor, FOFF="Frozen", DIR="Pos"))
    assert shown(motor, "VAL", "RBV", "DRBV", "OFF") == [6.0, 6.0, 2.0, 4.0]


def test_dial_limits_are_those_of_the_user(clock: FakeClock, motor: MotorGroup) -> None:
    """DHLM and DLLM move HLM and LLM, in the user's sense, and the control limits of DVAL."""
    clock.run(put(motor, DIR="Neg", OFF=1.0, DHLM=5.0, DLLM=-4.0))

    assert shown(motor, "DLLM", "DHLM", "LLM", "HLM") == [-4.0, 5.0, -4.0, 5.0]
    assert field(motor, "DVAL").upper_ctrl_limit == field(motor, "RBV").upper_ctrl_limit == 5.0


def test_limits_of_zero_are_none(clock: FakeClock, motor: MotorGroup) -> None:
    """DLLM = DHLM = 0 switches the soft limits off; the switch ends the motion."""
    clock.run(put(motor, DLLM=0.0, DHLM=0.0, VAL=11.0))

    assert shown(motor, "RBV", "HLS") == [11.0, 0]


def test_a_motor_beyond_its_limit_may_come_back(clock: FakeClock, motor: MotorGroup) -> None:
    """With the limit drawn in behind it, a target beyond that is refused farther out and taken farther in."""

    async def work() -> None:
        await put(motor, VAL=8.0, HLM=5.0)
        with pytest.raises(RefusedError):
            await put(motor, VAL=8.5)
        await put(motor, VAL=7.0)

    clock.run(work())

    assert shown(motor, "RBV", "LVIO") == [7.0, 0]
