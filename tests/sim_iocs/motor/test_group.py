"""The motor record."""

import asyncio

import pytest
from caproto import AlarmSeverity

from reioc.sim_iocs.motor.group import MotorGroup
from reioc.sim_iocs.motor.status import Status
from reioc.sim_iocs.pvs.puts import RefusedError

from ..fakes import FakeClock, Recorder
from .conftest import field, meanwhile, shown


def test_it_starts_with_the_limits_of_its_axis(motor: MotorGroup) -> None:
    """HLM, LLM, and VAL's control limits agree."""
    assert shown(motor, "LLM", "HLM", "DLLM", "DHLM") == [-10.0, 10.0, -10.0, 10.0]
    assert (motor.val.lower_ctrl_limit, motor.val.upper_ctrl_limit) == (-10.0, 10.0)
    assert shown(motor, "EGU", "PREC", "VELO", "DMOV", "LVIO", "SPMG") == ["mm", 4, 2.0, 1, 0, "Go"]


def test_a_motion_is_published_in_order(clock: FakeClock, motor: MotorGroup) -> None:
    """DMOV 0, VAL, readbacks 20 times a second, MOVN 0, DMOV 1 last; the put takes as long as the motion."""
    recorder = Recorder()

    async def work() -> None:
        await recorder.watch(
            VAL=motor.val, **{name: field(motor, name) for name in ("DMOV", "MOVN", "RBV", "DRBV", "RRBV")}
        )
        await motor.val.write(1.0)

    clock.run(work())

    assert clock.time == pytest.approx(0.5)
    assert recorder.events[:3] == [("DMOV", 0), ("VAL", 1.0), ("MOVN", 1)]
    assert recorder.events[-4:] == [("DRBV", 1.0), ("RBV", 1.0), ("MOVN", 0), ("DMOV", 1)]
    assert recorder.values("RBV")[:9] == pytest.approx([n / 10 for n in range(1, 10)])
    assert recorder.values("RRBV")[-1] == 10_000


def test_a_move_to_where_it_is_pulses_dmov(clock: FakeClock, motor: MotorGroup) -> None:
    """Clients that wait for DMOV to go and come back are served."""
    recorder = Recorder()

    async def work() -> None:
        await recorder.watch(DMOV=field(motor, "DMOV"))
        await motor.val.write(0.0)

    clock.run(work())

    assert recorder.values("DMOV") == [0, 1]


@pytest.mark.parametrize("target", [10.001, -10.001, float("nan"), float("inf")])
def test_a_target_beyond_the_limits_is_refused(clock: FakeClock, motor: MotorGroup, target: float) -> None:
    """Nothing moves, nothing is in alarm."""
    with pytest.raises(RefusedError):
        clock.run(motor.val.write(target))

    assert shown(motor, "VAL", "RBV", "DMOV") == [0.0, 0.0, 1]
    assert motor.val.alarm.severity == AlarmSeverity.NO_ALARM


def test_the_refusal_of_a_target_names_the_limits(clock: FakeClock, motor: MotorGroup) -> None:
    """The message has motor, target and limits; LVIO is 1 until the next move."""
    with pytest.raises(RefusedError, match=r"T:m1: 11.0000 mm is outside -10.0000 … 10.0000 mm"):
        clock.run(motor.val.write(11.0))
    assert shown(motor, "LVIO") == [1]

    clock.run(motor.val.write(1.0))
    assert shown(motor, "LVIO") == [0]


def test_a_new_target_in_mid_move_is_one_motion(clock: FakeClock, motor: MotorGroup) -> None:
    """DMOV stays 0 in between, and both puts complete at the end."""
    recorder, ends = Recorder(), []

    async def put(target: float) -> None:
        await motor.val.write(target)
        ends.append(clock.time)

    async def work() -> None:
        await recorder.watch(DMOV=field(motor, "DMOV"))
        first = asyncio.create_task(put(8.0))
        await clock.until(1.0)
        await put(0.0)
        await first

    clock.run(work())

    assert recorder.values("DMOV") == [0, 1]
    assert (ends, shown(motor, "VAL", "RBV")) == ([pytest.approx(2.0)] * 2, [0.0, 0.0])


def test_a_target_put_as_the_motion_ends_is_not_lost(clock: FakeClock, motor: MotorGroup) -> None:
    """Whichever comes first, the motor ends at the last target."""

    async def work() -> None:
        puts = [asyncio.create_task(motor.val.write(2.0))]
        await clock.until(1.0)
        puts += [asyncio.create_task(motor.val.write(3.0))]
        await asyncio.gather(*puts)

    clock.run(work())

    assert shown(motor, "VAL", "RBV", "DMOV") == [3.0, 3.0, 1]


def test_tweaks_and_relative_moves(clock: FakeClock, motor: MotorGroup) -> None:
    """TWF and TWR move by TWV, RLV by what is put; all read 0 afterwards."""

    async def work() -> list[float]:
        seen = []
        for name, value in (("TWV", 0.5), ("TWF", 1), ("TWF", 1), ("TWR", 1), ("RLV", -2.0), ("DVAL", 3.0)):
            await field(motor, name).write(value)
            seen.append(motor.record.user_readback_value.value)
        return seen

    assert clock.run(work()) == [0.0, 0.5, 1.0, 0.5, -1.5, 3.0]
    assert shown(motor, "TWF", "TWR", "RLV", "VAL") == [0, 0, 0.0, 3.0]


def test_jogging_lasts_until_zero_is_put(clock: FakeClock, motor: MotorGroup) -> None:
    """JOGR moves down at JVEL; VAL follows in the end."""
    meanwhile(clock, field(motor, "JOGR").write(1), 3.0, (field(motor, "JOGR"), 0))

    assert shown(motor, "RBV", "VAL", "JOGR", "DMOV", "TDIR") == [-3.0, -3.0, 0, 1, 0]


def test_homing_goes_to_the_mark(clock: FakeClock, motor: MotorGroup) -> None:
    """HOMF ends at dial 0 with ATHM 1."""

    async def work() -> None:
        await motor.val.write(4.0)
        away = shown(motor, "ATHM")
        await field(motor, "HOMF").write(1)
        assert away == [0]

    clock.run(work())

    assert shown(motor, "RBV", "VAL", "ATHM", "HOMF") == [0.0, 0.0, 1, 0]


def test_a_limit_switch_is_shown(clock: FakeClock, motor: MotorGroup) -> None:
    """A motion that ends at the switch shows it in HLS and MSTA, and VAL follows."""

    async def work() -> None:
        await field(motor, "HLM").write(50.0)
        await motor.val.write(20.0)

    clock.run(work())

    assert shown(motor, "RBV", "VAL", "HLS", "LLS") == [12.0, 12.0, 1, 0]
    resting = Status.DONE | Status.POSITION | Status.ENCODER | Status.CAN_BE_POWERED
    assert shown(motor, "MSTA") == [resting | Status.DIRECTION | Status.PLUS_SWITCH]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HLM", -11.0),
        ("LLM", 11.0),
        ("VELO", 0.0),
        ("VELO", -1.0),
        ("VELO", 101.0),
        ("JVEL", 0.0),
        ("HVEL", -1.0),
        ("ACCL", -0.1),
        ("DLY", -1.0),
        ("SPMG", 4),
        ("TWV", float("nan")),
        ("RLV", 11.0),
        ("DVAL", -10.5),
    ],
)
def test_senseless_settings_are_refused(clock: FakeClock, motor: MotorGroup, name: str, value: object) -> None:
    """They stay as they were, without alarm."""
    before = shown(motor, name)

    with pytest.raises(RefusedError):
        clock.run(field(motor, name).write(value))

    assert shown(motor, name, "RBV", "DMOV") == [*before, 0.0, 1]
    assert field(motor, name).alarm.severity == AlarmSeverity.NO_ALARM


def test_dly_holds_dmov_back(clock: FakeClock, motor: MotorGroup) -> None:
    """The motion is over a settling time after the motor has arrived."""

    async def work() -> None:
        await field(motor, "DLY").write(0.25)
        await motor.val.write(1.0)

    clock.run(work())

    assert clock.time == 0.75


def test_the_fields_share_the_alarm_of_the_record(motor: MotorGroup) -> None:
    """A severity raised on the record is that of RBV, too."""
    assert field(motor, "RBV").alarm is motor.val.alarm
