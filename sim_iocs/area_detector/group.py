"""What the camera and its plugins have in common as PVs.

Rules of this file:
- A setting's readback comes right after the setting, before the put completes: clients wait for it.
- What a put does is in `puts`, by the record's name. It returns what the readback shows, which may differ from what
  was put, or `SkipWrite` when it has published everything.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from caproto import SkipWrite

from ..pvs.puts import RefusedError, SimulationGroup
from .attributes import AttributeList
from .frame import Frame

COUNTER = 2**31
"""Counters of arrays begin again at 0 here."""


class AreaDetectorGroup(SimulationGroup):
    """Records that a table declares. They are attributes of their names; `value` and `show` take the name."""

    puts: ClassVar[Mapping[str, Callable[[Any, Any], Awaitable[Any]]]] = {}
    port: ClassVar[str] = ""

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        super().__init__(prefix, **kwargs)
        short = prefix.rstrip(":").rpartition(":")[2]
        for record in self.pvdb.values():
            record.__doc__ = f"{short} {record.__doc__}"
        self.attributes = AttributeList({}.get, prefix)
        self._last_time = 0.0

    def find_attributes(self, find: Callable[[str], Any]) -> None:
        """Take attributes from the PVs that `find` gives by their name, or None."""
        self.attributes = AttributeList(find, self.prefix)

    async def run(self) -> None:
        """Publish which one this is."""
        await self.show("PortName_RBV", self.port)

    def value(self, name: str) -> Any:
        """What a record shows."""
        value = self.attr_pvdb[name].value
        # What clients put are numpy's numbers, which overflow.
        return value.item() if isinstance(value, np.generic) else value

    async def show(self, name: str, value: Any) -> None:
        """Publish what has changed."""
        record: Any = self.attr_pvdb[name]
        if not np.array_equal(record.value, value):
            await record.write(value, verify_value=False)

    async def show_both(self, name: str, value: Any) -> None:
        """Publish a setting, and its readback if it has one."""
        for each in (name, f"{name}_RBV"):
            if each in self.attr_pvdb:
                await self.show(each, value)

    async def obey(self, name: str, value: str, action: Callable[[], Awaitable[None]]) -> type[SkipWrite]:
        """What a put to a command does: its second label is shown as long as `action` goes on, then the first."""
        record: Any = self.attr_pvdb[name]
        idle, order = record.enum_strings
        if value == order:
            await self.show_both(name, order)
            try:
                await action()
            finally:
                await self.show_both(name, idle)
        return SkipWrite

    def refuse(self, name: str, why: str) -> RefusedError:
        """The error for a put to this record."""
        return RefusedError(f"{self.attr_pvdb[name].pvname}: {why}")

    async def group_write(self, instance: Any, value: Any) -> Any:
        """Every put to a record of this group."""
        name = instance.pvspec.name
        put = self.puts.get(name)
        shown = value if put is None else await put(self, value)
        if shown is SkipWrite:
            return SkipWrite
        await instance.write(value, verify_value=False)
        if f"{name}_RBV" in self.attr_pvdb:
            await self.show(f"{name}_RBV", shown)
        return SkipWrite

    async def load_attributes(self, value: str) -> str:
        """NDAttributesFile."""
        await self.show("NDAttributesStatus", self.attributes.load(value))
        return value

    async def show_array(self, frame: Frame) -> None:
        """Publish what every group tells of the last array, its counter last."""
        whole, ns = frame.seconds
        await self.show_size(frame.data.shape, frame.data.nbytes)
        await self.show("UniqueId_RBV", frame.unique_id)
        await self.show("TimeStamp_RBV", frame.time_stamp)
        await self.show("EpicsTSSec_RBV", whole)
        await self.show("EpicsTSNsec_RBV", ns)
        await self.show("DataType_RBV", _data_type(frame))
        passed, self._last_time = frame.time_stamp - self._last_time, frame.time_stamp
        await self.show("ArrayRate_RBV", 1 / passed if passed > 0 else 0.0)
        await self.show("ArrayCounter_RBV", (self.value("ArrayCounter_RBV") + 1) % COUNTER)

    async def show_size(self, shape: tuple[int, ...], nbytes: int) -> None:
        """Publish rows and columns of the array, and its bytes."""
        rows, columns = shape
        await self.show("ArraySizeX_RBV", columns)
        await self.show("ArraySizeY_RBV", rows)
        await self.show("ArraySize0_RBV", columns)
        await self.show("ArraySize1_RBV", rows)
        await self.show("ArraySize_RBV", nbytes)


AreaDetectorGroup.puts = {"NDAttributesFile": AreaDetectorGroup.load_attributes}


def _data_type(frame: Frame) -> str:
    """As areaDetector writes it: UInt16 for uint16."""
    name = frame.data.dtype.name
    return name.replace("uint", "UInt").replace("int", "Int") if name.startswith("uint") else name.capitalize()
