"""PVs of the shutter."""

from typing import Any

from caproto.server.server import PvpropertyEnumRO

from ..clock import Clock
from ..physics.shutter import Shutter
from .puts import Command, RefusedError, SimulationGroup, pv


class ShutterGroup(SimulationGroup):
    """Status, open and close; a put completes when the shutter is there."""

    status = pv(
        PvpropertyEnumRO,
        "Status",
        "Where the shutter is",
        enum_strings=("Closed", "Open"),
        value="Open",
        record="bi",
    )
    to_open = pv(Command, "Open", "Open the shutter", enum_strings=("Done", "Open"), value="Done", record="bo")
    to_close = pv(Command, "Close", "Close the shutter", enum_strings=("Done", "Close"), value="Done", record="bo")

    def link(self, shutter: Shutter, clock: Clock) -> None:
        """Show and obey this shutter."""
        self._shutter = shutter
        self._clock = clock

    async def group_write(self, instance: Any, value: Any) -> Any:
        """Every put to a PV of this group."""
        return await instance.obey(value, lambda: self._send(instance, instance is self.to_open))

    async def _send(self, instance: Command, to_open: bool) -> None:
        self._shutter.send(to_open)
        while self._shutter.remaining > 0:
            await self._clock.sleep(self._shutter.remaining)
        await self.status.write("Open" if self._shutter.heads_open else "Closed", verify_value=False)
        if self._shutter.heads_open != to_open:
            raise RefusedError(f"{instance.pvname}: the shutter was sent the other way meanwhile")
