"""PVs of the storage ring."""

from collections.abc import Awaitable, Callable
from typing import Any

from caproto import SkipWrite
from caproto.server.server import PvpropertyDoubleRO

from ..clock import Clock
from ..physics.ring import Ring, RingMode
from .outage import Outage
from .puts import Command, DoublePut, EnumPut, RefusedError, SimulationGroup, pv

UPDATE_PERIOD = 0.1
"""Real seconds between two updates of the current."""

_HOUR = 3600.0
_SECONDS = {"units": "s", "precision": 1, "lower_ctrl_limit": 0.0, "upper_ctrl_limit": 86400.0, "record": "ao"}


class RingGroup(SimulationGroup):
    """Current and mode, lifetime, losses, dump and restore, and outages with notice.

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
    mode = pv(
        EnumPut,
        "Mode",
        "What the ring does",
        enum_strings=[mode.value for mode in RingMode],
        value=RingMode.TOP_UP.value,
        record="mbbi",
    )
    lifetime = pv(
        DoublePut,
        "Lifetime",
        "Time in which 1/e of the current is left",
        value=1.0,
        units="h",
        precision=3,
        lower_ctrl_limit=0.001,
        upper_ctrl_limit=1_000_000.0,
        record="ao",
    )
    fill_time = pv(
        DoublePut,
        "FillTime",
        "Injection from nothing to full",
        value=1.0,
        units="s",
        precision=1,
        lower_ctrl_limit=0.01,
        upper_ctrl_limit=3600.0,
        record="ao",
    )
    refill_in = pv(
        PvpropertyDoubleRO, "RefillIn", "Time to the next top-up", value=0.0, units="s", precision=1, record="ai"
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
    loss = pv(
        DoublePut,
        "Loss",
        "Lose this part of the current",
        value=0.0,
        units="%",
        precision=1,
        lower_ctrl_limit=0.0,
        upper_ctrl_limit=100.0,
        record="ao",
    )
    outage = pv(
        Command,
        "Outage",
        "Notice, dump, time without beam, restore",
        enum_strings=("Done", "Outage"),
        value="Done",
        record="bo",
    )
    notice = pv(DoublePut, "OutageNotice", "Time from notice to dump", value=10.0, **_SECONDS)
    length = pv(DoublePut, "OutageLength", "Time from dump to restore", value=10.0, **_SECONDS)
    dump_in = pv(
        PvpropertyDoubleRO,
        "DumpIn",
        "Time to the dump of the outage",
        value=0.0,
        units="s",
        precision=1,
        record="ai",
    )

    def link(self, ring: Ring, clock: Clock) -> None:
        """Show and obey this ring."""
        self._ring = ring
        self._clock = clock
        self._outage = Outage(ring, clock)
        self._orders: dict[Any, Callable[[], Awaitable[None]]] = {
            self.dump: self._lose_beam,
            self.restore: self._inject,
            self.outage: self._go_through_outage,
        }
        self._settings: dict[Any, Callable[[float], None]] = {
            self.lifetime: lambda hours: ring.change(lifetime=hours * _HOUR),
            self.fill_time: lambda seconds: ring.change(fill_time=seconds),
        }

    async def run(self) -> None:
        """Follow the current for ever."""
        while True:
            await self._publish()
            await self._clock.sleep(self._clock.simulated(UPDATE_PERIOD))

    async def group_write(self, instance: Any, value: Any) -> Any:
        """Every put to a PV of this group."""
        if instance in self._orders:
            if instance is self.outage and value == "Done":
                self._outage.cancel()
            return await instance.obey(value, self._orders[instance])
        if instance in self._settings:
            self._settings[instance](value)
        elif instance is self.loss:
            await self._lose(value)
        elif instance is self.mode:
            return await self._choose(RingMode(value))
        return value

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

    async def _lose(self, percent: float) -> None:
        if self._ring.mode is RingMode.NO_BEAM:
            raise RefusedError(f"{self.loss.pvname}: there is no beam to lose")
        self._ring.lose(percent / 100)
        await self._publish()

    async def _inject(self) -> None:
        self._ring.restore()
        await self._filled()
        if self._ring.mode is RingMode.NO_BEAM:
            raise RefusedError(f"{self.restore.pvname}: the beam was dumped during the injection")

    async def _go_through_outage(self) -> None:
        if self._outage.under_way:
            raise RefusedError(f"{self.outage.pvname}: one is under way; put 0 first to end it")
        finished = await self._outage.go_through(self.notice.value, self.length.value)
        await self._filled()
        if not finished:
            raise RefusedError(f"{self.outage.pvname}: it was ended before its time")

    async def _filled(self) -> None:
        """Come back, with the PVs true, when no injection is going on (any more)."""
        while self._ring.filled_in > 0:
            await self._clock.sleep(self._ring.filled_in)
        await self._publish()

    async def _publish(self) -> None:
        for shown, value in (
            (self.current, self._ring.current),
            (self.refill_in, self._ring.refilled_in),
            (self.dump_in, self._outage.dump_in),
        ):
            await shown.write(value, verify_value=False)
        if self.mode.value != self._ring.mode.value:
            await self.mode.publish_value(self._ring.mode.value)
