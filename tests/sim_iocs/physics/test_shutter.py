"""The shutter."""

import pytest

from reioc.sim_iocs.physics.shutter import Shutter

from ..fakes import FakeClock


def test_it_is_open_at_the_start() -> None:
    """A new shutter lets the light through."""
    shutter = Shutter(FakeClock().now)

    assert (shutter.transmission, shutter.heads_open) == (1.0, True)


def test_it_takes_its_time() -> None:
    """Half way it passes half; a repeated order changes nothing; it turns round where it is."""
    clock = FakeClock()
    shutter = Shutter(clock.now)
    shutter.send(to_open=False)
    clock.time = 0.05
    shutter.send(to_open=False)
    assert (shutter.transmission, shutter.remaining) == pytest.approx((0.5, 0.05))

    shutter.send(to_open=True)
    assert (shutter.transmission, shutter.remaining) == pytest.approx((0.5, 0.05))

    clock.time = 0.1
    assert shutter.transmission == 1.0


def test_without_its_permit_it_closes() -> None:
    """A permit that is withdrawn closes it, one that comes back opens nothing."""
    clock = FakeClock()
    shutter = Shutter(clock.now)
    shutter.permit(given=False)
    clock.time = 0.1
    assert (shutter.transmission, shutter.permitted) == (0.0, False)

    shutter.permit(given=True)
    clock.time = 1.0
    assert (shutter.transmission, shutter.permitted) == (0.0, True)
