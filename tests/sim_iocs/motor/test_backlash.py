"""Backlash, the encoder, and retries."""

import asyncio
from typing import Any

import pytest

from reioc.sim_iocs.motor.group import MotorGroup
from reioc.sim_iocs.motor.status import Phase
from reioc.sim_iocs.pvs.puts import RefusedError

from ..fakes import FakeClock
from .conftest import field, meanwhile, put, record, shown


def test_against_the_backlash_it_goes_past_and_comes_back(clock: FakeClock, motor: MotorGroup) -> None:
    """One motion for clients: DMOV goes and comes once, the put takes both legs, MIP tells which is under way."""

    async def work() -> tuple[list[int], list[int], list[int], float]:
        await put(motor, VAL=4.0, BDST=1.0, BVEL=0.5)
        begun = clock.time
        recorder = await record(motor, "DMOV", "MIP", "MOVN", "RBV")
        await put(motor, VAL=2.0)
        assert min(recorder.values("RBV")) == 1.0
        dmov, mip, movn = (recorder.values(name) for name in ("DMOV", "MIP", "MOVN"))
        assert recorder.events[-1] == ("DMOV", 1)
        return dmov, mip, movn, clock.time - begun

    # 3 mm at 2 mm/s, 1 mm at 0.5 mm/s
    assert clock.run(work()) == ([0, 1], [Phase.MOVE, Phase.MOVE_BACKLASH, 0], [1, 0, 1, 0], pytest.approx(3.5))
    assert shown(motor, "VAL", "RBV", "LVAL", "LDVL", "LRVL") == [2.0, 2.0, 2.0, 2.0, 20_000]


@pytest.mark.parametrize(
    ("fields", "target", "legs", "seconds"),
    [
        ({"BVEL": 2.0}, 4.0, [Phase.MOVE], 2.0),
        ({"BVEL": 0.5}, 4.0, [Phase.MOVE, Phase.MOVE_BACKLASH], 3.5),
        ({"BVEL": 0.5}, 0.5, [Phase.MOVE], 1.0),
        ({"BVEL": 0.5, "BDST": -1.0}, -4.0, [Phase.MOVE, Phase.MOVE_BACKLASH], 3.5),
        ({"BVEL": 0.5, "BDST": 0.00009}, -4.0, [Phase.MOVE], 2.0),
    ],
)
def test_the_way_with_backlash(
    clock: FakeClock, motor: MotorGroup, fields: dict[str, float], target: float, legs: list[Phase], seconds: float
) -> None:
    """One leg if nothing is gained by two; within the backlash at BVEL; else the last leg at BVEL."""

    async def work() -> list[int]:
        await put(motor, **{"BDST": 1.0, **fields})
        recorder = await record(motor, "MIP")
        await put(motor, VAL=target)
        return recorder.values("MIP")

    assert clock.run(work()) == [*legs, Phase.DONE]
    assert (clock.time, shown(motor, "RBV")) == (pytest.approx(seconds), [target])


def test_the_turn_is_within_the_soft_limits(clock: FakeClock, motor: MotorGroup) -> None:
    """A target that is allowed but whose backlash is not is refused, with the reason."""
    clock.run(put(motor, BDST=1.0))

    with pytest.raises(RefusedError, match=r"-9.5000 mm is outside -10.0000 … 10.0000 mm, by its backlash of 1.0"):
        clock.run(put(motor, VAL=-9.5))

    assert shown(motor, "LVIO", "DMOV", "RBV") == [1, 1, 0.0]


def test_a_stop_on_the_way_out_is_a_stop(clock: FakeClock, motor: MotorGroup) -> None:
    """The backlash is not taken out, and the target follows."""
    clock.run(put(motor, BDST=1.0))
    meanwhile(clock, motor.val.write(-4.0), 1.0, (field(motor, "STOP"), 1))

    assert (clock.time, shown(motor, "VAL", "RBV", "MIP")) == (1.0, [-2.0, -2.0, 0])


def test_a_new_target_before_the_backlash_is_one_motion(clock: FakeClock, motor: MotorGroup) -> None:
    """It ends at the last target, with one DMOV."""

    async def work() -> list[int]:
        await put(motor, BDST=1.0, BVEL=0.5)
        recorder = await record(motor, "DMOV")
        moving = asyncio.create_task(motor.val.write(-4.0))
        await clock.until(1.0)
        await put(motor, VAL=3.0)
        await moving
        return recorder.values("DMOV")

    assert clock.run(work()) == [0, 1]
    assert shown(motor, "VAL", "RBV", "RCNT", "MISS") == [3.0, 3.0, 0, 0]


def test_a_jog_ends_with_the_backlash(clock: FakeClock, motor: MotorGroup) -> None:
    """Released, it backs off by BDST and comes back to where it was released."""

    async def work() -> list[int]:
        await put(motor, BDST=1.0, BVEL=0.5)
        recorder = await record(motor, "MIP", "DMOV")
        jogging = asyncio.create_task(put(motor, JOGF=1))
        await clock.until(2.0)
        await put(motor, JOGF=0)
        await jogging
        assert recorder.values("DMOV") == [0, 1]
        return recorder.values("MIP")

    jog = [Phase.JOG_FORWARD, Phase.JOG_STOP, Phase.JOG_BACKLASH_1, Phase.JOG_BACKLASH_2, 0]
    assert clock.run(work()) == jog
    assert (clock.time, shown(motor, "VAL", "RBV", "JOGF")) == (pytest.approx(4.5), [2.0, 2.0, 0])


def test_with_play_the_load_stays_behind(clock: FakeClock, motor: MotorGroup) -> None:
    """The motor's steps say that it has arrived, the encoder says what the sample does."""
    motor.axis.play = 0.2

    async def work() -> list[Any]:
        await put(motor, VAL=4.0)
        up = shown(motor, "RBV", "RMP", "REP")
        await put(motor, RTRY=0, UEIP="Yes", VAL=2.0)
        return up

    assert clock.run(work()) == [4.0, 40_000, 39_000]
    assert shown(motor, "VAL", "RBV", "RRBV", "DIFF", "RDIF") == pytest.approx([2.0, 2.1, 21_000, -0.1, -1000])


def test_retries_close_the_gap(clock: FakeClock, motor: MotorGroup) -> None:
    """With the encoder as readback and RTRY, it moves on by what is missing; all of it is one motion."""
    motor.axis.play = 0.2

    async def work() -> list[int]:
        await put(motor, UEIP="Yes", RDBD=0.001)
        recorder = await record(motor, "DMOV", "RCNT", "MIP")
        await put(motor, VAL=4.0)
        assert recorder.values("RCNT") == [1]
        assert recorder.values("MIP") == [Phase.MOVE, Phase.MOVE | Phase.RETRY, 0]
        return recorder.values("DMOV")

    assert clock.run(work()) == [0, 1]
    assert shown(motor, "RBV", "RMP", "MISS") == pytest.approx([4.0, 41_000, 0])


def test_backlash_takes_the_play_out(clock: FakeClock, motor: MotorGroup) -> None:
    """A target is the same place from both sides, which it is not without."""
    motor.axis.play = 0.2

    async def work() -> list[float]:
        places = []
        for backlash in (0.0, 1.0):
            await put(motor, BDST=backlash, VAL=4.0)
            await put(motor, VAL=2.0)
            places.append(motor.axis.load)
            await put(motor, VAL=0.0)
            await put(motor, VAL=2.0)
            places.append(motor.axis.load)
        return places

    assert clock.run(work()) == pytest.approx([2.1, 1.9, 1.9, 1.9])


@pytest.mark.parametrize(("mode", "count"), [("Default", 3), ("Arithmetic", 3), ("Geometric", 3), ("In-Position", 3)])
def test_retries_that_do_not_help_are_told(clock: FakeClock, motor: MotorGroup, mode: str, count: int) -> None:
    """After RTRY retries it rests short of its target with MISS 1; VAL stays, and the put completes."""
    motor.axis.play = 0.2

    async def work() -> list[Any]:
        await put(motor, UEIP="Yes", RTRY=3, RMOD=mode, RDBD=0.001, FRAC=0.5, VAL=4.0)
        short = shown(motor, "VAL", "RCNT", "MISS", "DMOV", "MIP")
        assert 0.001 < field(motor, "DIFF").value < 3
        await put(motor, FRAC=1.0, RMOD="Default", VAL=5.0)
        return short

    assert clock.run(work()) == [4.0, count, 1, 1, 0]
    assert shown(motor, "RBV", "MISS") == [pytest.approx(5.0), 0]


def test_the_readback_can_be_another_pv(clock: FakeClock, motor: MotorGroup) -> None:
    """URIP takes RDBL times RRES; a name that is not served is refused."""
    neighbour = motor.parent.m2

    async def work() -> None:
        await neighbour.run()
        await neighbour.val.write(3.0)
        await put(motor, RDBL="T:m2.RBV CP MS", RRES=2.0, RTRY=0, NTM="NO", URIP="Yes", VAL=1.0)

    clock.run(work())
    assert shown(motor, "RBV", "DRBV", "RRBV", "DIFF") == [6.0, 6.0, 10_000, -5.0]

    with pytest.raises(RefusedError, match="RDBL 'T:m9' is the name of no number"):
        clock.run(put(motor, RDBL="T:m9"))
