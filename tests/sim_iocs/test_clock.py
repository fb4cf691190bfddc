"""Simulated time."""

import asyncio

import pytest

from reioc.sim_iocs.clock import Nap, ScaledClock

from .fakes import FakeClock


def test_time_passes_faster() -> None:
    """Three real seconds at speed 10 are thirty."""
    clock = ScaledClock(10.0, monotonic=lambda: 3.0)

    assert (clock.now(), clock.simulated(3.0)) == (30.0, 30.0)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_a_senseless_speed_is_refused(speed: float) -> None:
    """Time can neither stand still nor go back."""
    with pytest.raises(ValueError, match="must be above 0"):
        ScaledClock(speed)


def test_a_nap_can_be_cut_short() -> None:
    """`wake` ends a nap at once; a wake before a nap does not end the next one."""
    clock = FakeClock()
    nap = Nap(clock)

    async def work() -> list[float]:
        nap.wake()
        sleeper = asyncio.create_task(nap.take(10.0))
        await clock.sleep(1.0)
        nap.wake()
        await sleeper
        woken = clock.time
        await nap.take(2.0)
        return [woken, clock.time]

    assert clock.run(work()) == [1.0, 3.0]
