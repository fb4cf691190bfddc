"""PVs of the ring."""

import asyncio

import pytest

from reioc.sim_iocs.pvs.puts import RefusedError

from ..fakes import FakeClock
from .conftest import SmallBeamline as Beamline


def test_dump_is_true_when_its_put_completes(clock: FakeClock, beamline: Beamline) -> None:
    """After the put there is no beam in the PVs, without any time having passed."""
    clock.run(beamline.ring.dump.write(1))

    assert (beamline.ring.current.value, beamline.ring.mode.value, clock.time) == (0.0, "no beam", 0.0)


def test_restore_completes_with_full_beam(clock: FakeClock, beamline: Beamline) -> None:
    """The put takes as long as the injection, and shows the mode it ends in."""

    async def work() -> None:
        await beamline.ring.dump.write(1)
        await beamline.ring.restore.write(1)

    clock.run(work())

    assert (beamline.ring.current.value, beamline.ring.mode.value, clock.time) == (500.0, "top-up", 1.0)


def test_a_dump_fails_the_restore_under_way(clock: FakeClock, beamline: Beamline) -> None:
    """Whoever waits for the beam is told that it will not come."""

    async def work() -> None:
        await beamline.ring.dump.write(1)
        restoring = asyncio.create_task(beamline.ring.restore.write(1))
        await clock.until(0.5)
        await beamline.ring.dump.write(1)
        await restoring

    with pytest.raises(RefusedError, match="T:Ring:Restore: the beam was dumped"):
        clock.run(work())


def test_the_current_is_followed(clock: FakeClock, beamline: Beamline) -> None:
    """`run` publishes the current ten times a second, and the mode when it changes."""

    async def work() -> list[float]:
        following = asyncio.create_task(beamline.ring.run())
        await beamline.ring.mode.write("decay")
        values = []
        for moment in (100.05, 200.05):
            await clock.until(moment)
            values.append(beamline.ring.current.value)
        following.cancel()
        return values

    assert clock.run(work()) == pytest.approx([486.3, 473.0], abs=0.1)
    assert beamline.ring.mode.value == "decay"


def test_top_up_completes_when_the_ring_is_full(clock: FakeClock, beamline: Beamline) -> None:
    """After a decay the put takes as long as the refill, and never ends with the mode "injection"."""

    async def work() -> None:
        await beamline.ring.mode.write("decay")
        await clock.until(100.0)
        await beamline.ring.mode.write("top-up")

    clock.run(work())

    assert beamline.ring.mode.value == "top-up"
    assert beamline.ring.current.value == pytest.approx(500.0)
    assert clock.time == pytest.approx(100.027, abs=1e-3)


def test_a_dump_fails_the_top_up_under_way(clock: FakeClock, beamline: Beamline) -> None:
    """Whoever waits for the refill is told what the ring does instead."""

    async def work() -> None:
        await beamline.ring.mode.write("decay")
        await clock.until(1000.0)
        filling = asyncio.create_task(beamline.ring.mode.write("top-up"))
        await clock.until(1000.1)
        await beamline.ring.dump.write(1)
        await filling

    with pytest.raises(RefusedError, match="T:Ring:Mode: it is 'no beam' by now, not 'top-up'"):
        clock.run(work())


@pytest.mark.parametrize("value", ["no beam", "injection"])
def test_a_mode_that_is_a_state_cannot_be_chosen(clock: FakeClock, beamline: Beamline, value: str) -> None:
    """The refusal names the PVs to use."""
    with pytest.raises(RefusedError, match="use Dump or Restore"):
        clock.run(beamline.ring.mode.write(value))


def test_a_mode_needs_beam(clock: FakeClock, beamline: Beamline) -> None:
    """Without beam neither top-up nor decay would be true."""

    async def work() -> None:
        await beamline.ring.dump.write(1)
        await beamline.ring.mode.write("decay")

    with pytest.raises(RefusedError, match="'no beam'; there must be stored beam first"):
        clock.run(work())


def test_a_loss_is_a_part_of_the_current(clock: FakeClock, beamline: Beamline) -> None:
    """The put completes with the current lowered; without beam it is refused."""

    async def work() -> float:
        await beamline.ring.mode.write("decay")
        await beamline.ring.loss.write(30.0)
        left = beamline.ring.current.value
        await beamline.ring.dump.write(1)
        with pytest.raises(RefusedError, match="T:Ring:Loss: there is no beam to lose"):
            await beamline.ring.loss.write(30.0)
        return left

    assert clock.run(work()) == pytest.approx(350.0)


def test_lifetime_is_in_hours(clock: FakeClock, beamline: Beamline) -> None:
    """With 0.01 h, after 36 s 1/e of the current is left."""

    async def work() -> None:
        await beamline.ring.mode.write("decay")
        await beamline.ring.lifetime.write(0.01)
        await clock.sleep(36.0)

    clock.run(work())

    assert beamline.ring._ring.current == pytest.approx(500.0 / 2.71828, rel=1e-3)


def test_an_outage_is_announced_and_passes(clock: FakeClock, beamline: Beamline) -> None:
    """Notice, dump, time without beam, injection; the put completes with full beam."""
    ring = beamline.ring

    async def work() -> list[tuple[float, str]]:
        following = asyncio.create_task(ring.run())
        await ring.notice.write(5.0)
        await ring.length.write(20.0)
        outage = asyncio.create_task(ring.outage.write(1))
        seen = []
        for moment in (2.05, 5.15, 25.15):
            await clock.until(moment)
            seen.append((round(ring.dump_in.value, 1), ring.mode.value))
        await outage
        following.cancel()
        return seen

    assert clock.run(work()) == [(3.0, "top-up"), (0.0, "no beam"), (0.0, "injection")]
    assert (ring.current.value, ring.outage.value, clock.time) == (500.0, "Done", pytest.approx(26.0))


def test_an_outage_can_be_taken_back(clock: FakeClock, beamline: Beamline) -> None:
    """0 before the dump leaves the beam where it is; the put of 1 is told."""
    ring = beamline.ring

    async def work() -> None:
        outage = asyncio.create_task(ring.outage.write(1))
        await clock.until(5.0)
        with pytest.raises(RefusedError, match="one is under way"):
            await ring.outage.write(1)
        await ring.outage.write(0)
        await outage

    with pytest.raises(RefusedError, match="T:Ring:Outage: it was ended before its time"):
        clock.run(work())
    assert (ring.mode.value, clock.time) == ("top-up", 5.0)
