"""Positioners: the slit, and the monochromator with its two motors."""

import asyncio

import pytest

from reioc.sim_iocs.model import build_model
from reioc.sim_iocs.pvs.mono import MonoGroup
from reioc.sim_iocs.pvs.puts import RefusedError
from reioc.sim_iocs.pvs.slit import SlitGroup

from ..fakes import FakeClock, Recorder


@pytest.fixture
def slit(clock: FakeClock) -> SlitGroup:
    group = SlitGroup("T:slit:")
    group.link(build_model(clock).slit, clock)
    return group


@pytest.fixture
def mono(clock: FakeClock) -> MonoGroup:
    group = MonoGroup("T:Mono:")
    group.link(build_model(clock).mono, clock)
    return group


def test_a_put_completes_when_it_is_there(clock: FakeClock, slit: SlitGroup) -> None:
    """Done is 0 before the first readback and 1 after the last, and the put completes after that."""
    recorder = Recorder()

    async def work() -> None:
        await recorder.watch(done=slit.done, readback=slit.readback)
        following = asyncio.create_task(slit.run())
        await slit.setpoint.write(2.0)
        following.cancel()

    clock.run(work())

    assert (slit.readback.value, slit.done.value, clock.time) == (2.0, "Done", pytest.approx(1.1))
    assert recorder.values("done") == ["Moving", "Done"]
    assert [recorder.events[0], *recorder.events[-2:]] == [("done", "Moving"), ("readback", 2.0), ("done", "Done")]
    assert len(recorder.values("readback")) > 10


def test_stop_ends_the_put_where_it_is(clock: FakeClock, slit: SlitGroup) -> None:
    """The put fails, Stop completes at rest, and the setpoint says where that is."""

    async def work() -> None:
        moving = asyncio.create_task(slit.setpoint.write(5.0))
        await clock.until(1.0)
        await slit.stop.write(1)
        assert (slit.done.value, slit.setpoint.value) == ("Done", slit.readback.value)
        await moving

    with pytest.raises(RefusedError, match=r"T:slit:Setpoint: it is at 1\.\d+, not at 5"):
        clock.run(work())
    assert 1.0 < slit.readback.value < 2.0


def test_a_put_that_is_overtaken_fails(clock: FakeClock, slit: SlitGroup) -> None:
    """It turns round at once; the first put is told, the second succeeds."""

    async def work() -> None:
        first = asyncio.create_task(slit.setpoint.write(5.0))
        await clock.until(1.0)
        await slit.setpoint.write(0.0)
        assert (slit.readback.value, slit.setpoint.value) == (0.0, 0.0)
        await first

    with pytest.raises(RefusedError, match="it was stopped, or sent elsewhere"):
        clock.run(work())


def test_energy_moves_both_motors(clock: FakeClock, mono: MonoGroup) -> None:
    """The put completes when the slower of the two is there; both records show the motion."""
    recorder = Recorder()

    async def work() -> None:
        await recorder.watch(bragg=mono.bragg.record.done_moving_to_value, gap=mono.gap.record.done_moving_to_value)
        await mono.setpoint.write(9.0)

    clock.run(work())

    assert mono.readback.value == pytest.approx(9.0, abs=1e-5)
    assert mono.done.value == "Done"
    assert (recorder.values("bragg"), recorder.values("gap")) == ([0, 1], [0, 1])
    assert mono.bragg.record.user_readback_value.value == pytest.approx(12.6897, abs=1e-4)
    assert mono.gap.record.user_readback_value.value == pytest.approx(11.956, abs=1e-3)


def test_a_motor_moved_alone_changes_the_energy(clock: FakeClock, mono: MonoGroup) -> None:
    """EnergyRBV and Done follow the motors, whoever moves them; the energy asked for stays."""

    async def work() -> list[str]:
        following = asyncio.create_task(mono.run())
        moving = asyncio.create_task(mono.bragg.move(13.0))
        await clock.until(0.3)
        seen = [mono.done.value]
        await moving
        await clock.sleep(0.1)
        following.cancel()
        return [*seen, mono.done.value]

    assert clock.run(work()) == ["Moving", "Done"]
    assert mono.readback.value == pytest.approx(8.789, abs=0.001)
    assert mono.setpoint.value == pytest.approx(8.0)


def test_neither_motor_moves_when_one_cannot(clock: FakeClock, mono: MonoGroup) -> None:
    """A soft limit of the gap, or its SPMG, keeps the crystal where it is, and the refusal names the motor."""

    async def work(energy: float) -> None:
        await mono.setpoint.write(energy)

    mono.gap.axis.set_limits(10.0, 12.0)
    with pytest.raises(RefusedError, match=r"T:Mono:gap: 13.* is outside 10.* 12"):
        clock.run(work(12.0))

    assert (mono.setpoint.value, mono.done.value) == (8.0, "Done")
    assert mono.bragg.axis.position == pytest.approx(14.3077, abs=1e-4)


def test_nothing_moves_for_a_motor_that_cannot_come_back(clock: FakeClock, mono: MonoGroup) -> None:
    """The gap's way past its target for backlash is out of its limits, or it has no power: the crystal stays."""

    async def work() -> None:
        await mono.gap.record.bl_distance.write(5.0)
        with pytest.raises(RefusedError, match=r"T:Mono:gap: 10\.9.* is outside 10.*, by its backlash of 5"):
            await mono.setpoint.write(7.5)
        await mono.gap.record.enable_control.write("Disable")
        with pytest.raises(RefusedError, match="T:Mono:gap does not move: it has no power"):
            await mono.setpoint.write(9.0)

    clock.run(work())

    assert mono.bragg.axis.position == pytest.approx(14.3077, abs=1e-4)
    assert (mono.setpoint.value, mono.done.value) == (8.0, "Done")


def test_an_energy_without_its_gap_is_not_there(clock: FakeClock, mono: MonoGroup) -> None:
    """The gap is stopped alone: the crystal has the energy, there is no light, and the put fails."""

    async def work() -> None:
        moving = asyncio.create_task(mono.setpoint.write(10.0))
        await clock.until(0.2)
        await mono.gap.halt()
        await moving

    with pytest.raises(RefusedError, match=r"T:Mono:Energy: T:Mono:gap is at 11\.\d+, not at 12\.\d+"):
        clock.run(work())
    assert (mono.readback.value, mono.done.value) == (pytest.approx(10.0), "Done")


def test_stop_stops_both_motors(clock: FakeClock, mono: MonoGroup) -> None:
    """After Stop both rest, and the energy put has failed."""

    async def work() -> None:
        moving = asyncio.create_task(mono.setpoint.write(12.0))
        await clock.until(1.0)
        await mono.stop.write(1)
        assert (mono.bragg.axis.moving, mono.gap.axis.moving) == (False, False)
        await moving

    with pytest.raises(RefusedError, match=r"it is at [89]\.\d+, not at 12"):
        clock.run(work())
    assert mono.done.value == "Done"
