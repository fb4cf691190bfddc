"""A scaler record that counts.

Rules of this file:
- Counting ends when a counter whose gate is Y reaches its preset. Counter 1 counts the clock: TP and PR1 are the same
  preset, in seconds and in pulses.
- A put of 1 to CNT completes when it has counted, with S1 … and T there and CNT 0 again, last. With AutoCount it counts
  by itself whenever nobody has asked it to, and CNT stays 0.
- As in any record, there is one alarm for all fields.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import numpy as np
from caproto import SkipWrite
from caproto.server.records import RecordFieldGroup

from ..clock import Clock, Nap
from ..physics.scaler import Count, Scaler
from ..pvs.puts import DoublePut, EnumPut, SimulationGroup, pv
from .table import Row, declare

SAMPLING_PERIOD = 0.01
"""Real seconds between two looks at the counters."""

CHANNELS = range(1, 33)
"""Those of the record; how many are wired is NCH."""

_SHORTEST = 0.001
"""Seconds: with a TP1 below, AutoCount counts for TP."""


def _field(name: str, value: Any, doc: str, **options: Any) -> Row:
    return Row(name, value, doc, rtyp="scaler", **options)


_SECONDS = {"units": "s", "limits": (0.0, 3600.0)}
_HERTZ = {"units": "Hz", "limits": (0.0, 60.0), "precision": 1}
_STATES = ("Idle", "Waiting", "Counting")

_FIELDS = (
    _field("CNT", "Done", "Count; 0 ends it", labels=("Done", "Count")),
    _field("CONT", "OneShot", "Whether it counts by itself", labels=("OneShot", "AutoCount")),
    _field("SS", "Idle", "What the counters do", labels=_STATES, writable=False),
    _field("US", "Idle", "What was asked for", labels=_STATES, writable=False),
    _field("T", 0.0, "Time counted", units="s", writable=False),
    _field("TP", 1.0, "Time preset", **_SECONDS),
    _field("TP1", 1.0, "Time preset of AutoCount", **_SECONDS),
    _field("DLY", 0.0, "Delay before it counts", **_SECONDS),
    _field("DLY1", 0.0, "Delay before AutoCount", **_SECONDS),
    _field("RATE", 10.0, "Updates while it counts; 0 for none", **_HERTZ),
    _field("RAT1", 10.0, "Updates while AutoCount counts", **_HERTZ),
    _field("FREQ", 1e7, "Frequency of the clock", units="Hz", precision=0, writable=False),
    _field("NCH", 0, "How many counters there are", writable=False),
    _field("CARD", 0, "Card", writable=False),
    _field("VERS", 3.19, "Version of the record", precision=2, writable=False),
    _field("EGU", "s", "Unit of VAL"),
    _field("PREC", 3, "Digits of VAL"),
)


def _channel(n: int) -> tuple[Row, ...]:
    return (
        _field(f"S{n}", 0.0, f"Counts {n}", units="counts", precision=0, writable=False),
        _field(f"NM{n}", "", f"Name {n}"),
        _field(f"PR{n}", 0.0, f"Preset {n}", units="counts", precision=0, limits=(0.0, 2.0**32 - 1)),
        _field(f"G{n}", "N", f"Whether preset {n} ends it", labels=("N", "Y")),
        _field(f"D{n}", "Dn", f"Direction {n}", labels=("Dn", "Up")),
    )


class ScalerRecord(RecordFieldGroup):
    """The fields, as attributes of their names; every decision is `ScalerGroup`'s."""

    _record_type = "scaler"
    has_val_field = True
    declare(locals(), _FIELDS)
    declare(locals(), (row for n in CHANNELS for row in _channel(n)))

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        super().__init__(prefix, **kwargs)
        for field in self.pvdb.values():
            field.alarm = self.parent.alarm

    async def group_write(self, instance: Any, value: Any) -> Any:
        """Every put to a field."""
        scaler: Any = self.parent.group  # pyright: ignore[reportAttributeAccessIssue]
        return await scaler.put_field(instance.pvspec.name, value)


class ScalerValue(DoublePut):
    """VAL: the time that was counted."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # With the record given as a class, caproto would report the class as the record's type.
        self.reported_record_type = "scaler"


class ScalerGroup(SimulationGroup):
    """One scaler: `SubGroup(ScalerGroup, prefix="scaler1")`, then `link`."""

    val = pv(ScalerValue, "", "Counters of the beam", value=0.0, record=ScalerRecord, units="s", precision=3)
    noise = pv(EnumPut, ":Noise", "Poisson noise on the counters", enum_strings=("Off", "On"), value="Off", record="bo")

    def link(self, scaler: Scaler, clock: Clock) -> None:
        """Show and obey these counters."""
        self._scaler = scaler
        self._clock = clock
        self._nap = Nap(clock)
        self._fields = cast("RecordFieldGroup", self.val.field_inst).attr_pvdb
        self._count: Count | None = None
        self._asked: asyncio.Task[None] | None = None
        self._auto: asyncio.Task[None] | None = None
        self._aborted = False

    async def run(self) -> None:
        """Publish what the counters are."""
        await self._show("NCH", len(self._scaler.names))
        await self._show("FREQ", self._scaler.frequency)
        for n, name in enumerate(self._scaler.names, 1):
            await self._show(f"NM{n}", name)
        await self._preset_time(self._value("TP"))

    async def group_write(self, instance: Any, value: Any) -> Any:
        """A put to VAL is lost with the next count; one to the noise switches it."""
        if instance is self.noise:
            self._scaler.noise = value == "On"
        return value

    async def put_field(self, name: str, value: Any) -> Any:
        """A put to a field; what it returns is stored."""
        letters = name.rstrip("0123456789")
        put = _PUTS.get(name) or _CHANNEL_PUTS.get(letters)
        if put is None:
            return value
        return await put(self, value) if name in _PUTS else await put(self, value, name.removeprefix(letters))

    async def switch(self, value: str) -> type[SkipWrite]:
        """CNT: count, or end it."""
        if value == "Count" and self._asked is None:
            self._asked = asyncio.create_task(self._count_once())
        elif value == "Done":
            self._abort()
        if self._asked is not None:
            await asyncio.wait([self._asked])
        return SkipWrite

    async def automate(self, value: str) -> type[SkipWrite]:
        """CONT."""
        await self._show("CONT", value)
        if value == "OneShot":
            await self._stop_auto()
        elif self._asked is None:
            self._start_auto()
        return SkipWrite

    async def preset_time(self, value: float) -> type[SkipWrite]:
        """TP."""
        await self._preset_time(value)
        return SkipWrite

    async def preset(self, value: float, n: str) -> type[SkipWrite]:
        """PR1 and the others."""
        if n == "1":
            await self._preset_time(value / self._scaler.frequency)
        else:
            await self._show(f"PR{n}", value)
            await self._show_gate(n, value > 0)
        return SkipWrite

    async def gate(self, value: str, n: str) -> str:
        """G1 and the others: as in the real record, a gate without a preset gets one."""
        if value == "Y" and self._value(f"PR{n}") == 0:
            await self._show(f"PR{n}", 1000.0)
        await self._show(f"D{n}", "Dn" if value == "N" else "Up")
        return value

    async def _preset_time(self, seconds: float) -> None:
        await self._show("TP", seconds)
        await self._show("PR1", float(round(seconds * self._scaler.frequency)))
        await self._show_gate("1", True)

    async def _show_gate(self, n: str, counts_to_preset: bool) -> None:
        await self._show(f"G{n}", "Y" if counts_to_preset else "N")
        await self._show(f"D{n}", "Up" if counts_to_preset else "Dn")

    def _abort(self) -> None:
        if self._asked is not None:
            self._aborted = True
            if self._count is not None:
                self._count.stop()
            self._nap.wake()

    async def _count_once(self) -> None:
        self._aborted = False
        try:
            await self._show("US", "Waiting")
            await self._show("CNT", "Count")
            await self._stop_auto()
            await self._nap.take(self._value("DLY"))
            if not self._aborted:
                await self._show("US", "Counting")
                await self._measure(self._presets(), self._value("RATE"))
                await self.val.publish_value(self._value("T"))
        finally:
            self._asked = None
            await self._show("US", "Idle")
            await self._show("CNT", "Done")
            if self._value("CONT") == "AutoCount":
                self._start_auto()

    async def _measure(self, presets: list[float | None], rate: float) -> None:
        self._count = count = self._scaler.count(presets)
        await self._show("SS", "Counting")
        period = self._clock.simulated(1 / rate) if rate > 0 else float("inf")
        shown = self._clock.now()
        try:
            while not count.over:
                await self._nap.take(min(count.remaining, self._clock.simulated(SAMPLING_PERIOD)))
                count.sample()
                if self._clock.now() - shown >= period and not count.over:
                    shown = self._clock.now()
                    await self._publish(count)
        finally:
            self._count = None
            await self._publish(count)
            await self._show("SS", "Idle")

    async def _publish(self, count: Count) -> None:
        await self._show("T", count.elapsed)
        for n, counts in enumerate(count.counts, 1):
            await self._show(f"S{n}", float(counts))

    def _presets(self) -> list[float | None]:
        wired = range(1, len(self._scaler.names) + 1)
        return [self._value(f"PR{n}") if self._value(f"G{n}") == "Y" else None for n in wired]

    def _start_auto(self) -> None:
        if self._auto is None:
            self._auto = asyncio.create_task(self._count_by_itself())

    async def _stop_auto(self) -> None:
        auto, self._auto = self._auto, None
        if auto is not None:
            auto.cancel()
            # Only when it is over is the nap free for somebody else.
            await asyncio.wait([auto])

    async def _count_by_itself(self) -> None:
        others: list[float | None] = [None] * (len(self._scaler.names) - 1)
        while True:
            # Not even with a delay of 0 does it leave no time for others.
            await self._nap.take(max(self._value("DLY1"), self._clock.simulated(SAMPLING_PERIOD)))
            seconds = self._value("TP1") if self._value("TP1") >= _SHORTEST else self._value("TP")
            await self._measure([seconds * self._scaler.frequency, *others], self._value("RAT1"))

    def _value(self, name: str) -> Any:
        value = self._fields[name].value
        # What clients put are numpy's numbers.
        return value.item() if isinstance(value, np.generic) else value

    async def _show(self, name: str, value: Any) -> None:
        field = self._fields[name]
        if field.value != value:
            await field.write(value, verify_value=False)


_PUTS: dict[str, Callable[..., Awaitable[Any]]] = {
    "CNT": ScalerGroup.switch,
    "CONT": ScalerGroup.automate,
    "TP": ScalerGroup.preset_time,
}
"""What a put to a field does, by the field's name."""

_CHANNEL_PUTS: dict[str, Callable[..., Awaitable[Any]]] = {"PR": ScalerGroup.preset, "G": ScalerGroup.gate}
"""The same for those of a counter; the counter's number is given, too."""
