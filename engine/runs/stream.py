"""A stream: its devices' descriptions, its descriptor, its sequence numbers.

Rules of this file:
1. What a device says of itself is asked once per stream, when it is first read into it.
2. The descriptor is made at the first event, or in advance; from then on the same devices belong to each event.
   A new descriptor of the same stream (another configuration) has the same keys.
3. `mark` remembers the sequence number, `rewind` comes back to it: an event that is taken again gets its number again.
   What is not taken again (a monitor's events) is never rewound.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sized
from typing import Any

from ..errors import DocumentInvalid, IllegalMessageSequence
from ..telling import name_of
from . import documents
from .descriptions import Description

__all__ = ["Stream"]

Document = documents.Document


class Stream:
    """One stream of a run."""

    def __init__(self, run_uid: str, name: str) -> None:
        self.name = name
        self.descriptions: dict[Any, Description] = {}
        self.devices: tuple[Any, ...] = ()
        """Those that belong to each event, in the order of the descriptor."""
        self.members: frozenset[Any] = frozenset()
        """The same devices, to look one up."""
        self.seq_num = 1
        self.descriptor: Document = {}
        self.descriptor_uid = ""
        self.stream_keys: frozenset[str] = frozenset()
        """The keys whose data are external streams: no event has them."""
        self.event_keys: frozenset[str] = frozenset()
        self.is_rewound = True
        """Whether its events are taken again after a rewind."""
        self._run_uid = run_uid
        self._marked = 1
        self._furthest = 1
        """The highest sequence number before a rewind: what had it has been emitted."""
        self._external: tuple[str, ...] = ()

    @property
    def is_declared(self) -> bool:
        """Whether the descriptor has been made."""
        return bool(self.descriptor_uid)

    @property
    def num_events(self) -> int:
        """How many events there are; one that was taken again counts once."""
        return max(self._furthest, self.seq_num) - 1

    def declare(self, devices: Iterable[Any]) -> Document:
        """The descriptor for these devices, all of which have been described."""
        devices = tuple(devices)
        data_keys: dict[str, Any] = {}
        for number, device in enumerate(devices):
            self.refuse_collision(device, devices[:number])
            for key, data_key in self.descriptions[device].data_keys.items():
                data_keys[key] = {**data_key, "object_name": device.name}
        doc = self.declare_keys(
            data_keys,
            configuration={device.name: self.descriptions[device].configuration for device in devices},
            hints={device.name: device.hints for device in devices if getattr(device, "hints", None) is not None},
            object_keys={device.name: list(self.descriptions[device].data_keys) for device in devices},
        )
        self.devices, self.members = devices, frozenset(devices)
        return doc

    def declare_keys(self, data_keys: dict[str, Any], **content: Any) -> Document:
        """The descriptor of a stream whose events have these keys, whoever they come from."""
        known = self.descriptor.get("data_keys", data_keys).keys()
        if known != data_keys.keys():
            raise IllegalMessageSequence(
                f"stream {self.name!r} has the keys {sorted(known)} in this run, it cannot be declared again with "
                f"{sorted(data_keys)}: other keys need another stream"
            )
        doc = documents.descriptor(self._run_uid, self.name, data_keys=data_keys, **content)
        self.descriptor, self.descriptor_uid = doc, doc["uid"]
        external = {key: data_key["external"] for key, data_key in data_keys.items() if "external" in data_key}
        self.stream_keys = frozenset(key for key, where in external.items() if where == "STREAM:")
        self.event_keys = frozenset(data_keys) - self.stream_keys
        self._external = tuple(key for key in external if key in self.event_keys)
        return doc

    def refuse_collision(self, device: Any, others: Iterable[Any]) -> None:
        """Raise ValueError, with both names, if a device has a key of one of these."""
        keys = self.descriptions[device].data_keys.keys()
        for other in others:
            if common := keys & self.descriptions[other].data_keys.keys():
                raise ValueError(
                    f"{name_of(device)} and {name_of(other)} are read into one event and both have {sorted(common)}"
                )

    def event(self, readings: Mapping[Any, dict[str, Any]]) -> Document:
        """The next event, of readings by device. Raises when its devices or keys are not those of the descriptor."""
        if readings.keys() != self.members:
            raise IllegalMessageSequence(
                f"stream {self.name!r} is declared with {_names(self.members)}, but this event reads {_names(readings)}"
            )
        data: dict[str, Any] = {}
        timestamps: dict[str, Any] = {}
        try:
            for reading in readings.values():
                for key, entry in reading.items():
                    data[key] = entry["value"]
                    timestamps[key] = entry["timestamp"]
        except (KeyError, TypeError, AttributeError):
            raise DocumentInvalid(_nonsense(readings)) from None
        if data.keys() != self.event_keys and data.keys() - self.stream_keys != self.event_keys:
            raise DocumentInvalid(self._misread(readings))
        filled = dict.fromkeys(self._external, False)
        doc = documents.event(self.descriptor_uid, self.seq_num, data, timestamps, filled)
        self.seq_num += 1
        return doc

    def compose(
        self, data: dict[str, Any], timestamps: dict[str, Any], filled: dict[str, Any] | None = None
    ) -> Document:
        """The next event, of these data. Raises DocumentInvalid when its keys are not those of the descriptor."""
        self._refuse_keys("readings", data.keys() - self.stream_keys, timestamps.keys() - self.stream_keys)
        doc = documents.event(self.descriptor_uid, self.seq_num, data, timestamps, filled or {})
        self.seq_num += 1
        return doc

    def page(
        self,
        data: dict[str, Any],
        timestamps: dict[str, Any],
        filled: dict[str, Any] | None = None,
        times: list[float] | None = None,
    ) -> Document:
        """The next events as a page: columns by key, all of one length. Raises DocumentInvalid if they are not."""
        self._refuse_keys("collected events", data.keys(), timestamps.keys())
        number = _length(self.name, {**data, **{f"timestamps of {key}": each for key, each in timestamps.items()}})
        if number is None:  # events of nothing are counted by their times
            number = len(times or ())
        times = times if times is not None else [time.time()] * number
        doc = documents.event_page(self.descriptor_uid, self.seq_num, data, timestamps, filled or {}, times)
        self.seq_num += number
        return doc

    def mark(self) -> None:
        """A checkpoint is here."""
        self._marked = self.seq_num

    def rewind(self) -> None:
        """Back to the checkpoint."""
        if self.is_rewound:
            self._furthest = max(self._furthest, self.seq_num)
            self.seq_num = self._marked

    def keep(self) -> None:
        """What was to be taken again is not: the events that there are stay."""
        self.seq_num = max(self._furthest, self.seq_num)

    def _misread(self, readings: Mapping[Any, dict[str, Any]]) -> str:
        keys = {key for reading in readings.values() for key in reading} - self.stream_keys
        whose = [
            f"{name_of(device)} reads {_sorted(reading)} and describes {_sorted(self.descriptions[device].data_keys)}"
            for device, reading in readings.items()
            if reading.keys() != self.descriptions[device].data_keys.keys()
        ]
        return "; ".join(
            [
                f"stream {self.name!r}: the readings have the keys {_sorted(keys)}, the descriptor "
                f"{_sorted(self.event_keys)}",
                *whose,
            ]
        )

    def _refuse_keys(self, what: str, data: Iterable[str], timestamps: Iterable[str]) -> None:
        expected = _sorted(self.event_keys)
        for part, keys in (("keys", _sorted(data)), ("timestamps", _sorted(timestamps))):
            if keys != expected:
                raise DocumentInvalid(
                    f"stream {self.name!r}: the {what} have the {part} {keys}, the descriptor {expected}"
                )


def _sorted(keys: Iterable[Any]) -> list[Any]:
    return sorted(keys, key=str)  # a device may give keys that are no texts


def _length(stream: str, columns: Mapping[str, Any]) -> int | None:
    """What all columns are long. Raises DocumentInvalid, with the lengths, if they are not of one length."""
    lengths = {key: len(column) if isinstance(column, Sized) else None for key, column in columns.items()}
    if len(set(lengths.values())) > 1 or None in lengths.values():
        raise DocumentInvalid(f"stream {stream!r}: the columns of a page must be of one length, not {lengths}")
    return next(iter(lengths.values()), None)


def _names(devices: Iterable[Any]) -> str:
    return ", ".join(sorted(name_of(device) for device in devices)) or "no device"


def _nonsense(readings: Mapping[Any, Any]) -> str:
    for device, reading in readings.items():
        for key, entry in reading.items() if isinstance(reading, dict) else [("", reading)]:
            if not isinstance(entry, dict) or not {"value", "timestamp"} <= entry.keys():
                where = f"the reading of {name_of(device)}" + (f" for {key!r}" if key else "")
                return f"{where} is {entry!r}: it must be a dict with a value and a timestamp"
    return f"not readings: {readings!r}"
