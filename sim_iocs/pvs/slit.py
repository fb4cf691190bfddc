"""PVs of the slits: a positioner without a record."""

from typing import Any

from caproto.server.server import PvpropertyDoubleRO, PvpropertyEnumRO

from ..clock import Clock
from ..physics.axis import Axis
from .positioner import AxisMover, PositionerGroup
from .puts import Command, DoublePut, pv

_LENGTH: dict[str, Any] = {"value": 0.0, "units": "mm", "precision": 4}


class SlitGroup(PositionerGroup):
    """The centre of the slits, across the beam."""

    setpoint = pv(
        DoublePut,
        "Setpoint",
        "Where the slit shall be",
        **_LENGTH,
        lower_ctrl_limit=-10.0,
        upper_ctrl_limit=10.0,
        record="ao",
    )
    readback = pv(PvpropertyDoubleRO, "Readback", "Where the slit is", **_LENGTH, record="ai")
    done = pv(
        PvpropertyEnumRO,
        "Done",
        "Whether the slit is there",
        enum_strings=("Moving", "Done"),
        value="Done",
        record="bi",
    )
    stop = pv(Command, "Stop", "Stop the slit", enum_strings=("Done", "Stop"), value="Done", record="bo")

    def link(self, axis: Axis, clock: Clock) -> None:
        """Show and obey this axis."""
        self.move_with(AxisMover(axis, clock), clock)
