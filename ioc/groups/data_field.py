"""A field of the open run: what is measured now."""

from __future__ import annotations

from caproto.server import PVGroup

from ..data.field_readings import FieldReading
from ..pvs import post, string_display

__all__ = ["FIELDS", "DataFieldGroup"]

FIELDS = 16
"""Of how many fields there are PVs."""


class DataFieldGroup(PVGroup):
    """Empty where the run has not so many fields."""

    name_ = string_display("Name", "Name of the field; empty: none")
    value_ = string_display("Value", "Its latest value")
    units = string_display("Units", "Its units")

    async def publish(self, reading: FieldReading | None, at: float | None = None) -> None:
        """Show a field as it was `at` that time (epoch seconds)."""
        name, value, units = (reading.name, reading.value, reading.units) if reading is not None else ("", "", "")
        await post(self.name_, name, at=at)
        await post(self.units, units, at=at)
        await post(self.value_, value, at=at)
