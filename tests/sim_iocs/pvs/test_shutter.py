"""PVs of the shutter."""

import asyncio

import pytest

from reioc.sim_iocs.beamline import Beamline
from reioc.sim_iocs.pvs.puts import RefusedError

from ..fakes import FakeClock


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
