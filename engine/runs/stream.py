"""A stream: its devices' descriptions, its descriptor, its sequence numbers.

Rules of this file:
1. What a device says of itself is asked once per stream, when it is first read into it.
2. The descriptor is made at the first event; from then on the same devices belong to each event.
3. `mark` remembers the sequence number, `rewind` comes back to it: an event that is taken again gets its number again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import DocumentInvalid, IllegalMessageSequence
from ..touched import settled
from ..wait_groups import name_of
from . import documents

__all__ = ["Description", "Stream", "describe"]


@dataclass(frozen=True, slots=True)
class Description:
    """What a device says of itself: its data keys, its configuration, its hints."""

    data_keys: dict[str, Any]
    configuration: dict[str, Any]
    hints: dict[str, Any] | None


async def describe(device: Any) -> Description:
    """Ask a device what it is. Its methods may be coroutines."""
    data_keys = await settled(device.describe())
    config_keys: dict[str, Any] = {}
    config: dict[str, Any] = {}
    if hasattr(device, "read_configuration") and hasattr(device, "describe_configuration"):
        config_keys = await settled(device.describe_configuration())
        config = await settled(device.read_configuration())
    configuration = {
        "data": {key: reading["value"] for key, reading in config.items()},
        "timestamps": {key: reading["timestamp"] for key, reading in config.items()},
        "data_keys": config_keys,
    }
    return Description(dict(data_keys), configuration, getattr(device, "hints", None))


class Stream:
    """One stream of a run."""

    def __init__(self, run_uid: str, name: str) -> None:
        self.name = name
        self.descriptions: dict[Any, Description] = {}
        self.seq_num = 1
        self.descriptor_uid = ""
        self._run_uid = run_uid
        self._marked = 1
        self._devices: frozenset[Any] = frozenset()
        self._keys: frozenset[str] = frozenset()
        self._external: tuple[str, ...] = ()

    @property
    def is_declared(self) -> bool:
        """Whether the descriptor has been made."""
        return bool(self.descriptor_uid)

    def declare(self, devices: Iterable[Any]) -> documents.Document:
        """The descriptor for these devices, all of which have been described."""
        devices = list(devices)
        data_keys = {
            key: {**data_key, "object_name": device.name}
            for device in devices
            for key, data_key in self.descriptions[device].data_keys.items()
        }
        described = {device.name: self.descriptions[device] for device in devices}
        self._devices = frozenset(devices)
        return self.declare_keys(
            data_keys,
            configuration={name: description.configuration for name, description in described.items()},
            hints={name: description.hints for name, description in described.items() if description.hints is not None},
            object_keys={name: list(description.data_keys) for name, description in described.items()},
        )

    def declare_keys(self, data_keys: dict[str, Any], **content: Any) -> documents.Document:
        """The descriptor of a stream whose events have these keys, whoever they come from."""
        doc = documents.descriptor(self._run_uid, self.name, data_keys=data_keys, **content)
        self.descriptor_uid = doc["uid"]
        external = {key: data_key["external"] for key, data_key in data_keys.items() if "external" in data_key}
        self._keys = frozenset(key for key in data_keys if external.get(key) != "STREAM:")
        self._external = tuple(key for key, where in external.items() if where != "STREAM:")
        return doc

    def event(self, devices: Iterable[Any], readings: Iterable[dict[str, Any]]) -> documents.Document:
        """The next event. Raises when its devices or keys are not those of the descriptor."""
        if self._devices != frozenset(devices):
            expected, got = _names(self._devices), _names(devices)
            raise IllegalMessageSequence(
                f"stream {self.name!r} is declared with {expected}, but this event reads {got}"
            )
        data: dict[str, Any] = {}
        timestamps: dict[str, Any] = {}
        for reading in readings:
            for key, entry in reading.items():
                data[key] = entry["value"]
                timestamps[key] = entry["timestamp"]
        if data.keys() != self._keys:
            raise DocumentInvalid(
                f"stream {self.name!r}: the readings have the keys {sorted(data)}, the descriptor {sorted(self._keys)}"
            )
        filled = dict.fromkeys(self._external, False)
        doc = documents.event(self.descriptor_uid, self.seq_num, data, timestamps, filled)
        self.seq_num += 1
        return doc

    def mark(self) -> None:
        """A checkpoint is here."""
        self._marked = self.seq_num

    def rewind(self) -> None:
        """Back to the checkpoint."""
        self.seq_num = self._marked


def _names(devices: Iterable[Any]) -> str:
    return ", ".join(sorted(name_of(device) for device in devices)) or "no device"
