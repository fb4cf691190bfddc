"""PVs of the storage ring."""

from typing import Any

from caproto import SkipWrite
from caproto.server.server import PvpropertyDoubleRO

from ..clock import Clock
from ..physics.ring import Ring, RingMode
from .puts import Command, EnumPut, RefusedError, SimulationGroup, pv

UPDATE_PERIOD = 0.1
"""Real seconds between two updates of the current."""


class RingGroup(SimulationGroup):
    """Current and mode, dump and restore.

    No beam is a valid reading, not a fault: the current's severity stays NO_ALARM.
    """

    current = pv(
        PvpropertyDoubleRO,
        "Current",
        "Stored current",
        value=0.0,
        units="mA",
        precision=2,
        upper_disp_limit=500.0,
        record="ai",
    )
    dump = pv(Command, "Dump", "Lose the beam at once", enum_strings=("Done", "Dump"), value="Done", record="bo")
    restore = pv(
        Command,
        "Restore",
        "Inject up to the full current",
        enum_strings=("Done", "Restore"),
        value="Done",
        record="bo",
    )
    mode = pv(
        EnumPut,
        "Mode",
        "What the ring does",
        enum_strings=[mode.value for mode in RingMode],
        value=RingMode.TOP_UP.value,
        record="mbbi",
    )

    def link(self, ring: Ring, clock: Clock) -> None:
        """Show and obey this ring."""
        self._ring = ring
        self._clock = clock

    async def run(self) -> None:
        """Follow the current for ever."""
        while True:
            await self._publish()
            await self._clock.sleep(self._clock.simulated(UPDATE_PERIOD))

    async def group_write(self, instance: Any, value: Any) -> Any:
        """Every put to a PV of this group."""
        if instance is self.dump:
            return await self.dump.obey(value, self._lose_beam)
        if instance is self.restore:
            return await self.restore.obey(value, self._inject)
        return await self._choose(RingMode(value))

    async def _choose(self, wanted: RingMode) -> type[SkipWrite]:
        if wanted not in (RingMode.TOP_UP, RingMode.DECAY):
            raise RefusedError(f"{self.mode.pvname}: '{wanted.value}' cannot be chosen; use Dump or Restore")
        if self._ring.mode not in (RingMode.TOP_UP, RingMode.DECAY):
            raise RefusedError(f"{self.mode.pvname}: it is '{self._ring.mode.value}'; there must be stored beam first")
        self._ring.top_up(wanted is RingMode.TOP_UP)
        await self._filled()
        if self._ring.mode is not wanted:
            raise RefusedError(f"{self.mode.pvname}: it is '{self._ring.mode.value}' by now, not '{wanted.value}'")
        return SkipWrite

    async def _lose_beam(self) -> None:
        self._ring.dump()
        await self._publish()

    async def _inject(self) -> None:
        self._ring.restore()
        await self._filled()
        if self._ring.mode is RingMode.NO_BEAM:
            raise RefusedError(f"{self.restore.pvname}: the beam was dumped during the injection")

    async def _filled(self) -> None:
        """Come back, with the PVs true, when no injection is going on (any more)."""
        while self._ring.filled_in > 0:
            await self._clock.sleep(self._ring.filled_in)
        await self._publish()

    async def _publish(self) -> None:
        await self.current.write(self._ring.current, verify_value=False)
        if self.mode.value != self._ring.mode.value:
            await self.mode.publish_value(self._ring.mode.value)
