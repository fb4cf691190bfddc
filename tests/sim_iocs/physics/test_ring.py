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


def test_a_loss_lowers_the_current(clock: FakeClock, ring: Ring) -> None:
    """Without top-up a loss of a fifth leaves four fifths, which decay as before."""
    ring.top_up(False)
    ring.lose(0.2)
    assert (ring.current, ring.mode) == (pytest.approx(400.0), RingMode.DECAY)

    clock.time = 1000.0
    assert ring.current == pytest.approx(400.0 / math.e)


def test_top_up_refills_a_loss(clock: FakeClock, ring: Ring) -> None:
    """With top-up the injection begins at once and takes as long as what is missing."""
    ring.lose(0.5)
    assert (ring.current, ring.mode, ring.filled_in) == (250.0, RingMode.INJECTION, 0.5)

    clock.time = 0.5
    assert (ring.current, ring.mode) == (500.0, RingMode.TOP_UP)


@pytest.mark.parametrize("top_up", [True, False])
def test_another_lifetime_does_not_make_the_current_jump(clock: FakeClock, ring: Ring, top_up: bool) -> None:
    """From the change on it decays with the new lifetime; top-up fills what is missing first."""
    ring.top_up(top_up)
    clock.time = 5.0
    before = ring.current
    ring.change(lifetime=100.0)

    assert ring.current == pytest.approx(before)
    clock.time = 6.0
    assert ring.current == pytest.approx(before / math.exp(0.01) if not top_up else 500.0, rel=0.01)


def test_injection_can_be_made_slow(clock: FakeClock, ring: Ring) -> None:
    """A change of the fill time in the middle of an injection makes the rest of it take so long."""
    ring.dump()
    ring.restore()
    clock.time = 0.5
    ring.change(fill_time=10.0)

    assert (ring.current, ring.filled_in, ring.mode) == (250.0, pytest.approx(5.0), RingMode.INJECTION)


def test_the_next_refill_is_known(clock: FakeClock, ring: Ring) -> None:
    """Top-up refills at 99 % of full; without it, or without beam, there is no next refill."""
    wait = ring.refilled_in
    assert wait == pytest.approx(-1000.0 * math.log(0.99))

    clock.time = wait - 1e-6
    assert ring.current == pytest.approx(495.0)
    clock.time = wait + 1e-6
    assert ring.current == pytest.approx(500.0)

    ring.top_up(False)
    assert ring.refilled_in == 0.0
    ring.dump()
    assert ring.refilled_in == 0.0
