"""Counters and their presets."""

import math

import pytest

from reioc.sim_iocs.physics.scaler import Scaler


class Clock:
    """It is now what a test says."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def scaler(clock: Clock, rate: float = 1000.0, seed: int = 0) -> Scaler:
    return Scaler(clock, {"a": lambda: rate, "b": lambda: 0.0}, frequency=1e6, seed=seed)


def test_the_clock_ends_it_to_the_pulse() -> None:
    """However late somebody looks, it has counted for its preset and no longer."""
    clock = Clock()
    count = scaler(clock).count([500_000, None, None])
    clock.now += 0.3
    count.sample()
    assert (count.over, count.remaining) == (False, pytest.approx(0.2))

    clock.now += 5
    count.sample()

    assert (count.over, count.remaining, count.elapsed) == (True, 0.0, pytest.approx(0.5))
    assert count.counts.tolist() == [500_000, 500, 0]


def test_any_preset_ends_it() -> None:
    """The first that is met counts."""
    clock = Clock()
    count = scaler(clock).count([1e9, 100, 5])
    clock.now += 3
    count.sample()

    assert count.elapsed == pytest.approx(0.1)
    assert count.counts.tolist() == [100_000, 100, 0]


def test_without_a_preset_it_goes_on_until_it_is_stopped() -> None:
    """The rest is infinite, and `stop` counts up to now."""
    clock = Clock()
    count = scaler(clock).count([None, None, 7])
    assert count.remaining == math.inf

    clock.now += 2
    count.stop()
    clock.now += 2
    count.sample()

    assert count.counts.tolist() == [2_000_000, 2000, 0]


def test_noise_scatters_all_but_the_clock() -> None:
    """Pulses come at random, as the seed says; the clock's do not."""

    def counted(seed: int) -> list[float]:
        clock = Clock()
        made = scaler(clock, 10_000, seed)
        made.noise = True
        count = made.count([None] * 3)
        clock.now += 1
        count.stop()
        return count.counts.tolist()

    one, same, other = counted(1), counted(1), counted(2)
    assert one == same != other
    assert (one[0], one[2]) == (1_000_000, 0)
    assert 0 < abs(one[1] - 10_000) < 500
