"""One button that stops all motors."""

import asyncio

from caproto.server import PVGroup, SubGroup

from reioc.sim_iocs.motor.all_stop import AllStop
from reioc.sim_iocs.motor.group import MotorGroup

from ..fakes import FakeClock
from .conftest import shown


def test_it_stops_all_motors_at_once(clock: FakeClock, motor: MotorGroup) -> None:
    """The put completes when all of them rest, and the button is out again."""

    class Panel(PVGroup):
        all_stop = SubGroup(AllStop, prefix="allstop")

    panel, other = Panel("T:"), motor.parent.m2
    panel.all_stop.link([motor, other])

    async def work() -> None:
        await other.run()
        moves = [asyncio.create_task(each.val.write(8.0)) for each in (motor, other)]
        await clock.until(1.0)
        await panel.all_stop.stop.write("Stop")
        await asyncio.gather(*moves)

    clock.run(work())

    assert list(panel.pvdb) == ["T:allstop"]
    assert (clock.time, panel.all_stop.stop.value) == (1.0, "Done")
    assert shown(motor, "VAL", "RBV", "DMOV") == [2.0, 2.0, 1]
    assert 0 < other.record.user_readback_value.value < 2.0
