"""The busy record: a put of 1 completes when somebody puts 0."""

import asyncio
from typing import Any

from caproto import SkipWrite

from ..clock import Clock
from ..pvs.puts import EnumPut, SimulationGroup, pv

DONE, BUSY = "Done", "Busy"


class BusyValue(EnumPut):
    """VAL. It has the fields of `bo`, from which the real record was made."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reported_record_type = "busy"
        fields: Any = self.field_inst
        fields.record_type._data["value"] = "busy"  # noqa: SLF001  # as caproto sets it


class BusyGroup(SimulationGroup):
    """One busy record: `SubGroup(BusyGroup, prefix="busy1")`, then `link`.

    As with the real record every put of 1 waits for the 0, and with HIGH above 0 it comes by itself after so many s.
    """

    val = pv(BusyValue, "", "Busy", enum_strings=(DONE, BUSY), value=DONE, record="bo")

    def link(self, clock: Clock, description: str) -> None:
        """Take `HIGH` from this clock; the description becomes DESC."""
        self.val.__doc__ = description
        self._clock = clock
        self._done = asyncio.Event()
        self._timers: set[asyncio.Task[None]] = set()

    async def group_write(self, instance: Any, value: str) -> type[SkipWrite]:
        """A put to VAL."""
        if value == DONE:
            await self._finish()
            return SkipWrite
        await self.val.publish_value(BUSY)
        self._end_by_itself()
        await self._done.wait()
        return SkipWrite

    async def _finish(self) -> None:
        await self.val.publish_value(DONE)
        told, self._done = self._done, asyncio.Event()
        told.set()

    def _end_by_itself(self) -> None:
        fields: Any = self.val.field_inst
        seconds = fields.seconds_to_hold_high.value
        if seconds > 0:
            timer = asyncio.create_task(self._end_in(seconds))
            self._timers.add(timer)
            timer.add_done_callback(self._timers.discard)

    async def _end_in(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        await self._finish()
