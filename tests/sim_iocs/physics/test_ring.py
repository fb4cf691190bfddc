"""The storage ring."""

import math

import pytest

from reioc.sim_iocs.physics.ring import Ring, RingMode, RingSettings

from ..fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def ring(clock: FakeClock) -> Ring:
    """500 mA, a lifetime of 1000 s, filled in 1 s."""
    return Ring(clock.now, RingSettings(lifetime=1000.0))


def test_it_starts_full_and_topped_up(ring: Ring) -> None:
    """A new ring has its full current."""
    assert (ring.current, ring.mode) == (500.0, RingMode.TOP_UP)


def test_top_up_keeps_the_current_within_a_hundredth(clock: FakeClock, ring: Ring) -> None:
    """Over an hour the current goes down to 99 % again and again, and never below."""
    currents = []
    for clock.time in range(3600):
        currents.append(ring.current)

    assert 495.0 <= min(currents) < 495.5
    assert 499.5 < max(currents) <= 500.0


def test_without_top_up_it_decays(clock: FakeClock, ring: Ring) -> None:
    """After a lifetime 1/e is left."""
    ring.top_up(False)
    clock.time = 1000.0

    assert ring.mode is RingMode.DECAY
    assert ring.current == pytest.approx(500.0 / math.e)


def test_a_dump_is_at_once_and_lasts(clock: FakeClock, ring: Ring) -> None:
    """After a dump there is no beam, however long one waits."""
    ring.dump()
    assert (ring.current, ring.mode) == (0.0, RingMode.NO_BEAM)

    clock.time = 1e6
    assert (ring.current, ring.mode) == (0.0, RingMode.NO_BEAM)


def test_restore_ramps_up_to_full(clock: FakeClock, ring: Ring) -> None:
    """The injection takes a second, then top-up goes on."""
    ring.dump()
    ring.restore()
    clock.time = 0.5
    assert (ring.current, ring.mode, ring.filled_in) == (250.0, RingMode.INJECTION, 0.5)

    clock.time = 1.0
    assert (ring.current, ring.mode, ring.filled_in) == (500.0, RingMode.TOP_UP, 0.0)


def test_a_dump_during_the_injection_ends_it(clock: FakeClock, ring: Ring) -> None:
    """Nothing is injected after a dump."""
    ring.dump()
    ring.restore()
    clock.time = 0.5
    ring.dump()
    clock.time = 1.0

    assert (ring.current, ring.mode) == (0.0, RingMode.NO_BEAM)


def test_decay_goes_on_after_a_restore(clock: FakeClock, ring: Ring) -> None:
    """A dump and a restore do not change whether the ring is topped up."""
    ring.top_up(False)
    ring.dump()
    ring.restore()
    clock.time = 1001.0

    assert ring.mode is RingMode.DECAY
    assert ring.current == pytest.approx(500.0 / math.e)


def test_back_to_top_up_fills_what_was_lost(clock: FakeClock, ring: Ring) -> None:
    """Switching top-up on injects what has decayed, continuously."""
    ring.top_up(False)
    clock.time = 1000.0
    ring.top_up(True)
    assert (ring.mode, ring.current) == (RingMode.INJECTION, pytest.approx(500.0 / math.e))

    clock.time = 1001.0
    assert ring.mode is RingMode.TOP_UP
    assert ring.current == pytest.approx(500.0, rel=1e-3)
