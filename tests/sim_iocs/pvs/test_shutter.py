"""PVs of the shutter."""

import asyncio

import pytest

from reioc.sim_iocs.pvs.puts import RefusedError

from ..fakes import FakeClock
from .conftest import SmallBeamline as Beamline


def test_a_put_completes_when_the_shutter_is_there(clock: FakeClock, beamline: Beamline) -> None:
    """Close takes a tenth of a second, closing again none, open the same."""

    async def work() -> list[tuple[str, float]]:
        seen = []
        for order in (beamline.shutter.to_close, beamline.shutter.to_close, beamline.shutter.to_open):
            await order.write(1)
            seen.append((beamline.shutter.status.value, clock.time))
        return seen

    assert clock.run(work()) == [("Closed", 0.1), ("Closed", 0.1), ("Open", 0.2)]


def test_an_overtaken_put_fails(clock: FakeClock, beamline: Beamline) -> None:
    """Closing that somebody else turned into opening did not do what was asked."""

    async def work() -> None:
        closing = asyncio.create_task(beamline.shutter.to_close.write(1))
        await clock.until(0.05)
        await beamline.shutter.to_open.write(1)
        await closing

    with pytest.raises(RefusedError, match="sent the other way"):
        clock.run(work())
    assert beamline.shutter.status.value == "Open"


def test_without_a_permit_it_does_not_open(clock: FakeClock, beamline: Beamline) -> None:
    """A permit that is withdrawn closes it; opening is refused, and Message says why until it is opened."""
    front_end, said = beamline.front_end, []

    async def work() -> None:
        await front_end.permit.write("No permit")
        said.append((front_end.status.value, front_end.message.value))
        with pytest.raises(RefusedError, match="T:FE:Open: the front end has no permit from the ring's interlock"):
            await front_end.to_open.write(1)
        said.append((front_end.status.value, front_end.message.value))
        await front_end.permit.write("Permit")
        said.append((front_end.status.value, front_end.permit.value))
        await front_end.to_open.write(1)

    clock.run(work())

    assert said == [
        ("Closed", "the ring's interlock withdrew the permit: the front end closes"),
        ("Closed", "the front end has no permit from the ring's interlock, see T:FE:Permit"),
        ("Closed", "Permit"),
    ]
    assert (front_end.status.value, front_end.message.value) == ("Open", "")
    assert beamline.shutter.status.value == "Open"


def test_a_permit_lost_on_the_way_fails_the_opening(clock: FakeClock, beamline: Beamline) -> None:
    """Whoever waits for it to open is told that it did not."""
    shutter = beamline.shutter

    async def work() -> None:
        await shutter.to_close.write(1)
        opening = asyncio.create_task(shutter.to_open.write(1))
        await clock.until(0.15)
        await shutter.permit.write(0)
        await opening

    with pytest.raises(RefusedError, match="T:Shutter:Open: the photon shutter was sent the other way"):
        clock.run(work())
    assert shutter.status.value == "Closed"
