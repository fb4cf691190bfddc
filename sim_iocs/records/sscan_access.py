"""The fields of one sscan record, by their names."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from caproto.server.records import RecordFieldGroup

from ..pvs.puts import DoublePut
from .sscan_fields import DETECTORS, POSITIONERS, fields
from .sscan_links import Link, Links

_TEXT_ROOM = 39
"""Bytes of a text."""


class News:
    """Something changed that somebody may wait for."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def tell(self, *_: object) -> None:
        """Let everybody look again."""
        told, self._event = self._event, asyncio.Event()
        told.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds; it is asked at once and at all news."""
        while not condition():
            await self._event.wait()


class ScanFields(RecordFieldGroup):
    """The fields that every record has; those of sscan are in `sscan_fields`."""

    _record_type = "sscan"


class ScanValue(DoublePut):
    """VAL, which counts points, and the way to the fields."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reported_record_type = "sscan"

    def get_field(self, field: str) -> Any:
        """A field by its name. Raises KeyError for one that the record does not have."""
        if field in fields() and field not in self.fields and self.group is not None:
            self.fields[field] = channel = fields()[field].make(field, self.group)
            channel.alarm = self.alarm
        return super().get_field(field)


class ScanAccess:
    """Reads and sets fields, and follows the links among them."""

    def __init__(self, value: ScanValue, pvdb: Mapping[str, Any]) -> None:
        self._value = value
        self._links = Links(pvdb)
        self.news = News()

    def value(self, field: str) -> Any:
        """A field's value."""
        return self._value.get_field(field).value

    def keep(self, field: str, value: np.ndarray) -> None:
        """Have an array for those who read it; its monitors hear nothing."""
        self._value.get_field(field).keep(value)

    async def show(self, field: str, value: Any) -> None:
        """Set a field, and tell its monitors if it changes."""
        channel = self._value.get_field(field)
        if isinstance(value, str):
            value = value[:_TEXT_ROOM]
        if isinstance(value, str | int | float) and channel.value == value:
            return
        await channel.write(value, verify_value=False)

    async def alert(self, text: str) -> None:
        """Tell the operator what is wrong: ALRT and SMSG."""
        await self.show("ALRT", 1)
        await self.show("SMSG", text)

    def link(self, field: str) -> Link | None:
        """The PV that a field (P1PV, T2PV …) names, None when it is blank. Raises LinkError when it cannot be used."""
        name = self.value(field).strip()
        if not name or (field[0] == "R" and name.upper() == "TIME"):
            return None
        return self._links.find(name, writable=field[0] in "PTBA")

    def named(self, letter: str) -> list[str]:
        """The numbers of the positioners (P), readbacks (R), triggers (T) or detectors (D) that have a name."""
        numbers = DETECTORS if letter == "D" else POSITIONERS
        made = self._value.fields
        return [each for each in numbers if f"{letter}{each}PV" in made and self.value(f"{letter}{each}PV").strip()]
