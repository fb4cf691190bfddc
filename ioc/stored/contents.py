"""What is in a run, document by document.

Rules of this file:
1. A document that is not as it should be is counted, and left out: a run is never unreadable for one.
2. Of a point that was taken again, after an interruption, the last one counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..data.hints import dimensions, is_scalar
from ..data.selection import Scene, StreamFields

__all__ = ["Contents", "Dimensions", "Row", "Stream", "dimensions_of"]

_PRIMARY = "primary"
_ASSETS = ("resource", "datum", "datum_page", "stream_resource", "stream_datum")


@dataclass(frozen=True, slots=True)
class Row:
    """One event."""

    seq_num: int
    time: float
    data: Mapping[str, Any]
    timestamps: Mapping[str, Any]


@dataclass(slots=True)
class Stream:
    """What there is of a stream: its descriptors, its fields, the numbers of its events."""

    name: str
    descriptors: list[dict[str, Any]] = field(default_factory=list)
    data_keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    seq_nums: set[int] = field(default_factory=set)

    def describe(self, descriptor: dict[str, Any]) -> None:
        """A stream is described again when a device has been configured in the middle of a run."""
        self.descriptors.append(descriptor)
        for name, data_key in dict(descriptor["data_keys"]).items():
            self.data_keys.setdefault(str(name), data_key if isinstance(data_key, dict) else {})

    @property
    def scalars(self) -> tuple[str, ...]:
        """The fields that are one number."""
        return tuple(name for name, about in self.data_keys.items() if is_scalar(about))

    @property
    def hinted(self) -> tuple[str, ...]:
        """The fields that the devices hint at, in order."""
        hints = (each.get("hints") for each in self.descriptors)
        devices = (each for hint in hints if isinstance(hint, Mapping) for each in hint.values())
        fields = (each.get("fields", ()) for each in devices if isinstance(each, Mapping))
        return tuple(dict.fromkeys(name for names in fields for name in names if name in self.data_keys))


@dataclass(frozen=True, slots=True)
class Dimensions:
    """What a plan has varied, as its RunStart hints at: outermost first, a field or more each, of one stream."""

    stream: str = _PRIMARY
    fields: tuple[tuple[str, ...], ...] = ()
    shape: tuple[int, ...] = ()
    """Points along each dimension; empty unless they are taken in order on a grid."""
    snaking: tuple[bool, ...] = ()

    @property
    def first(self) -> tuple[str, ...]:
        """The field along each dimension."""
        return tuple(names[0] for names in self.fields)


def dimensions_of(start: Mapping[str, Any]) -> Dimensions:
    """What a plan's author wrote there may be anything: what makes no sense counts as not said."""
    hints = start.get("hints")
    found = dimensions(start)
    fields, streams = [tuple(names) for names, _ in found], [stream for _, stream in found]
    if len({*streams}) > 1:  # nothing can be drawn along both
        fields, streams = fields[:1], streams[:1]
    shape, snaking = (), ()
    if isinstance(hints, Mapping) and hints.get("gridding") == "rectilinear" and len(fields) > 1:
        shape, snaking = _grid(start, len(fields))
    return Dimensions(streams[0] if streams else _PRIMARY, tuple(fields), shape, snaking)


def _grid(start: Mapping[str, Any], ndim: int) -> tuple[tuple[int, ...], tuple[bool, ...]]:
    shape, snaking = start.get("shape"), start.get("snaking")
    if not isinstance(shape, list | tuple) or len(shape) != ndim:
        return (), ()
    if not all(isinstance(each, int) and each > 0 for each in shape):
        return (), ()
    if not isinstance(snaking, list | tuple) or len(snaking) != ndim:
        snaking = [False] * ndim
    return tuple(shape), tuple(map(bool, snaking))


class Contents:
    """Takes the documents of a run, in their order, and knows what it has."""

    def __init__(self) -> None:
        self.start: dict[str, Any] = {}
        self.stop: dict[str, Any] | None = None
        self.streams: dict[str, Stream] = {}
        self.assets: list[tuple[str, dict[str, Any]]] = []
        """Documents about data that are elsewhere."""
        self.odd: list[str] = []
        """What was left out, and why."""
        self.last_seq = 0
        self._by_descriptor: dict[Any, Stream] = {}

    def take(self, seq: int, name: str, doc: dict[str, Any]) -> list[tuple[Stream, Row]]:
        """Take a document; returns the events that are in it, with their stream."""
        self.last_seq = seq
        try:
            return self._take(name, doc)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            self.odd.append(f"document {seq}, a {name}: {type(error).__name__}: {error}")
            return []

    def _take(self, name: str, doc: dict[str, Any]) -> list[tuple[Stream, Row]]:
        match name:
            case "start":
                self.start = doc
            case "stop":
                self.stop = doc
            case "descriptor":
                called = str(doc.get("name") or _PRIMARY)
                stream = self.streams.setdefault(called, Stream(called))
                stream.describe(doc)
                self._by_descriptor[doc["uid"]] = stream
            case _ if name in _ASSETS:
                self.assets.append((name, doc))
            case _:
                rows = [(self._by_descriptor[descriptor], row) for descriptor, row in _rows(name, doc)]
                for stream, row in rows:
                    stream.seq_nums.add(row.seq_num)
                return rows
        return []

    def take_all(self, documents: Iterable[tuple[int, str, dict[str, Any]]]) -> Iterator[tuple[Stream, Row]]:
        """Take documents one by one; the events that are in them."""
        for seq, name, doc in documents:
            yield from self.take(seq, name, doc)

    @property
    def dimensions(self) -> Dimensions:
        """What was varied."""
        return dimensions_of(self.start)

    @property
    def scene(self) -> Scene:
        """What can be drawn of it, by the rules of the IOC's own curves."""
        dimensions = self.dimensions
        varied = {name for names in dimensions.fields for name in names}
        fields = {
            name: StreamFields(
                name,
                stream.scalars,
                tuple(each for each in stream.hinted if each in stream.scalars and each not in varied),
            )
            for name, stream in self.streams.items()
        }
        return Scene(fields, dimensions.stream, dimensions.fields[0] if dimensions.fields else ())


def _rows(name: str, doc: dict[str, Any]) -> Iterator[tuple[Any, Row]]:
    """The events of a document, each with the uid of its descriptor."""
    match name:
        case "event":
            data, timestamps = dict(doc["data"]), dict(doc.get("timestamps") or {})
            yield doc["descriptor"], Row(int(doc["seq_num"]), float(doc["time"]), data, timestamps)
        case "event_page":
            for at, seq_num in enumerate(doc["seq_num"]):
                data, timestamps = _at(doc["data"], at), _at(doc.get("timestamps") or {}, at)
                yield doc["descriptor"], Row(int(seq_num), float(doc["time"][at]), data, timestamps)
        case "bulk_events":
            for events in doc.values():
                for event in events:
                    yield from _rows("event", event)
        case _:
            raise ValueError("there is no such document")


def _at(columns: Mapping[str, Any], at: int) -> dict[str, Any]:
    return {name: column[at] for name, column in columns.items()}
