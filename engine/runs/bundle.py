"""An open bundle: the readings between `create` and `save`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..errors import IllegalMessageSequence
from ..telling import name_of
from .stream import Stream

__all__ = ["Bundle"]


@dataclass(slots=True)
class Bundle:
    """The readings of one event, by device."""

    stream: Stream
    readings: dict[Any, dict[str, Any]] = field(default_factory=dict)
    stale: bool = False
    """Left behind by a rewind or an ending: another one may be begun in its place, or the plan drops it."""

    def add(self, device: Any, reading: dict[str, Any]) -> None:
        """One more reading. Raises if the device has been read already, or has a key of another one's."""
        if device in self.readings:
            raise IllegalMessageSequence(
                f"{name_of(device)} has already been read into this bundle of stream {self.stream.name!r}: a device "
                f"is read once per event"
            )
        if device not in self.stream.members:
            self.stream.refuse_collision(device, self.readings)
        self.readings[device] = reading

    def copy(self) -> Bundle:
        """The same readings, to come back to."""
        return Bundle(self.stream, dict(self.readings), self.stale)

    def left_behind(self) -> Bundle:
        """What remains of it after a rewind to before its `create`."""
        return Bundle(self.stream, stale=True)
