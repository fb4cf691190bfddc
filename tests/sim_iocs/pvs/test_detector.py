"""PVs of the detector."""

import asyncio

import pytest

from reioc.sim_iocs.pvs.puts import RefusedError

from ..fakes import FakeClock, Recorder
from .conftest import SmallBeamline as Beamline


def test_a_count_takes_its_preset(clock: FakeClock, beamline: Beamline) -> None:
    """The put completes after the preset, with the counts there and Acquire 0 again, last."""
    recorder, det1 = Recorder(), beamline.det1

    async def work() -> None:
        await recorder.watch(acquire=det1.acquire, counts=det1.counts)
        await det1.preset.write(0.5)
        await det1.acquire.write(1)

    clock.run(work())

    assert (det1.elapsed.value, clock.time) == (pytest.approx(0.5), pytest.approx(0.5))
    assert det1.counts.value == pytest.approx(50_000, rel=1e-3)
    assert [name for name, _ in recorder.events] == ["acquire", "counts", "acquire"]
    assert recorder.values("acquire") == ["Acquire", "Done"]


def test_zero_ends_a_count(clock: FakeClock, beamline: Beamline) -> None:
    """Putting 0 completes the exposure at once, with the counts so far."""
    det1 = beamline.det1

    async def work() -> None:
        counting = asyncio.create_task(det1.acquire.write(1))
        await clock.until(0.025)
        await det1.acquire.write(0)
        await counting

    clock.run(work())

    assert (det1.elapsed.value, clock.time, det1.acquire.value) == (0.025, 0.025, "Done")
    assert det1.counts.value == pytest.approx(2500, rel=1e-3)


def test_it_counts_one_exposure_at_a_time(clock: FakeClock, beamline: Beamline) -> None:
    """A second start is refused, and does not disturb the first."""
    det1 = beamline.det1

    async def work() -> str:
        counting = asyncio.create_task(det1.acquire.write(1))
        await clock.until(0.05)
        with pytest.raises(RefusedError, match="T:det1:Acquire: it is counting"):
            await det1.acquire.write(1)
        shown = det1.acquire.value
        await counting
        return shown

    assert clock.run(work()) == "Acquire"
    assert det1.elapsed.value == pytest.approx(0.1)


def test_a_dump_in_the_middle_costs_counts(clock: FakeClock, beamline: Beamline) -> None:
    """The detector integrates: without beam from half-time on it has half the counts."""

    async def work() -> None:
        counting = asyncio.create_task(beamline.det1.acquire.write(1))
        await clock.until(0.05)
        await beamline.ring.dump.write(1)
        await counting

    clock.run(work())

    assert beamline.det1.counts.value == pytest.approx(5000, abs=501)


def test_noise_can_be_switched_on(clock: FakeClock, beamline: Beamline) -> None:
    """Counts under steady light are equal without noise, and scatter with it."""

    async def counts(noise: str) -> set[int]:
        await beamline.det1.noise.write(noise)
        seen = set()
        for _ in range(5):
            await beamline.ring.restore.write(1)
            await beamline.det1.acquire.write(1)
            seen.add(beamline.det1.counts.value)
        return seen

    assert len(clock.run(counts("Off"))) == 1
    assert len(clock.run(counts("On"))) > 1
