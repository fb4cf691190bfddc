"""The motor record."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from caproto import AlarmSeverity

from reioc.sim_iocs.beamline import Beamline
from reioc.sim_iocs.motor.group import MotorGroup
from reioc.sim_iocs.pvs.puts import RefusedError

from ..fakes import FakeClock, Recorder


@pytest.fixture
def motor(clock: FakeClock, beamline: Beamline) -> MotorGroup:
    """m1, published, at 2 mm/s without ramp."""

    async def prepare() -> None:
        await beamline.m1.run()
        await beamline.m1.record.seconds_to_velocity.write(0.0)

    clock.run(prepare())
    return beamline.m1


def field(motor: MotorGroup, name: str) -> Any:
    """A field by its EPICS name."""
    return motor.val.get_field(name)


def shown(motor: MotorGroup, *names: str) -> list[Any]:
    """The values of some fields."""
    return [field(motor, name).value for name in names]


def meanwhile(clock: FakeClock, motion: Coroutine[Any, Any, None], at: float, *puts: tuple[Any, Any]) -> None:
    """Run `motion` to its end, with puts at a moment in the middle."""

    async def work() -> None:
        moving = asyncio.create_task(motion)
        await clock.until(at)
        for pv, value in puts:
            await pv.write(value)
        await moving

    clock.run(work())


def test_it_starts_with_the_limits_of_its_axis(motor: MotorGroup) -> None:
    """HLM, LLM, and VAL's control limits agree."""
    assert shown(motor, "LLM", "HLM", "DLLM", "DHLM") == [-10.0, 10.0, -10.0, 10.0]
    assert (motor.val.lower_ctrl_limit, motor.val.upper_ctrl_limit) == (-10.0, 10.0)
    assert shown(motor, "EGU", "PREC", "VELO", "DMOV", "LVIO", "SPMG") == ["mm", 4, 2.0, 1, 0, "Go"]


def test_a_motion_is_published_in_order(clock: FakeClock, motor: MotorGroup) -> None:
    """VAL, DMOV 0, readbacks 20 times a second, MOVN 0, DMOV 1 last; the put takes as long as the motion."""
    recorder = Recorder()

    async def work() -> None:
        await recorder.watch(
            VAL=motor.val, **{name: field(motor, name) for name in ("DMOV", "MOVN", "RBV", "DRBV", "RRBV")}
        )
        await motor.val.write(1.0)

    clock.run(work())

    assert clock.time == pytest.approx(0.5)
    assert recorder.events[:3] == [("VAL", 1.0), ("DMOV", 0), ("MOVN", 1)]
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


def test_stop_ends_the_motion_where_it_is(clock: FakeClock, motor: MotorGroup) -> None:
    """VAL follows RBV, STOP reads 0 again, and the put that moved completes."""
    meanwhile(clock, motor.val.write(8.0), 1.0, (field(motor, "STOP"), 1))

    assert clock.time == 1.0
    assert shown(motor, "VAL", "RBV", "DVAL", "DMOV", "MOVN", "STOP") == [2.0, 2.0, 2.0, 1, 0, 0]


def test_stop_at_rest_does_nothing(clock: FakeClock, motor: MotorGroup) -> None:
    """There is nothing to stop."""
    clock.run(field(motor, "STOP").write(1))

    assert shown(motor, "VAL", "DMOV", "STOP") == [0.0, 1, 0]


def test_pause_keeps_the_target_and_go_goes_on(clock: FakeClock, motor: MotorGroup) -> None:
    """While paused it refuses targets; Go completes when it is at the one that was kept."""
    spmg = field(motor, "SPMG")

    async def work() -> list[Any]:
        moving = asyncio.create_task(motor.val.write(8.0))
        await clock.until(1.0)
        await spmg.write("Pause")
        await moving
        paused = shown(motor, "VAL", "RBV", "DMOV")
        with pytest.raises(RefusedError, match="SPMG is Pause, put Go"):
            await motor.val.write(1.0)
        await spmg.write("Go")
        return paused

    assert clock.run(work()) == [8.0, 2.0, 1]
    assert shown(motor, "VAL", "RBV", "DMOV", "SPMG") == [8.0, 8.0, 1, "Go"]


def test_spmg_stop_drops_the_target(clock: FakeClock, motor: MotorGroup) -> None:
    """Unlike after Pause, Go does not move it."""
    spmg = field(motor, "SPMG")
    meanwhile(clock, motor.val.write(8.0), 1.0, (spmg, "Stop"), (spmg, "Go"))

    assert shown(motor, "VAL", "RBV", "DMOV") == [2.0, 2.0, 1]


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

    assert shown(motor, "RBV", "VAL", "HLS", "LLS", "MSTA") == [12.0, 12.0, 1, 0, 0b111]


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
