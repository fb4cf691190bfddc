"""The busy record."""

import asyncio
from typing import Any

import pytest

from reioc.sim_iocs.records.busy import BusyGroup

from ..fakes import FakeClock


@pytest.fixture
def busy(clock: FakeClock) -> BusyGroup:
    group = BusyGroup("T:busy1")
    group.link(clock, "Somebody works")
    return group


def test_every_1_waits_for_the_0(clock: FakeClock, busy: BusyGroup) -> None:
    """Two puts of 1 complete together when somebody puts 0; the 0 completes at once."""
    seen = []

    async def work() -> None:
        waiting = [asyncio.create_task(busy.val.write(1)) for _ in range(2)]
        await clock.sleep(5.0)
        seen.append((busy.val.value, [each.done() for each in waiting]))
        await busy.val.write(0)
        seen.append((busy.val.value, clock.time))
        await asyncio.gather(*waiting)

    clock.run(work())

    assert seen == [("Busy", [False, False]), ("Done", 5.0)]


def test_high_ends_it_by_itself(clock: FakeClock, busy: BusyGroup) -> None:
    """With HIGH above 0 the record goes back after so many seconds."""
    fields: Any = busy.val.field_inst

    async def work() -> None:
        await fields.seconds_to_hold_high.write(2.5)
        await busy.val.write("Busy")

    clock.run(work())

    assert (busy.val.value, clock.time, fields.record_type.value) == ("Done", 2.5, "busy")
