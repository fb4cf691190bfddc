"""The devices as a table in one text."""

from __future__ import annotations

import asyncio

from reioc.ioc.desk import Desk
from reioc.ioc.groups.devices import DevicesGroup, DevicesStatus


async def _unused(*_):
    raise AssertionError("nobody presses anything here")


def table(**of) -> list[str]:
    """The lines of Dev:Table for these devices: state, or state and what is wrong."""
    states = {name: said[0] for name, said in of.items()}
    notes = {name: " ".join(said[1:]) for name, said in of.items()}
    group = DevicesGroup("T:Dev:", retry=_unused, desk=Desk("T:", _unused))
    asyncio.run(group.publish(DevicesStatus(states=states, notes=notes)))
    return str(group.table.value).split("\n")


def test_each_device_has_a_line_with_its_state_and_what_is_wrong():
    """In columns, in the order of the configuration; a text of several lines stays in its own."""
    lines = table(m1=["connected"], detector=["missing", "not connected: D:CNT,\nD:S1"], z=["trouble", "does not move"])

    assert lines == [
        "m1        connected",
        "detector  missing    not connected: D:CNT, D:S1",
        "z         trouble    does not move",
    ]


def test_without_devices_it_is_empty():
    """And not a line of blanks."""
    assert table() == [""]


def test_those_for_which_there_is_no_room_are_counted():
    """The last line says how many more there are."""
    lines = table(**{f"device{number:04}": ["connected"] for number in range(500)})

    assert lines[-1] == f"and {500 - len(lines) + 1} more"
    assert sum(len(line) + 1 for line in lines) - 1 <= 7999
