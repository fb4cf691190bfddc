"""Event pages: made of what a flyer has collected."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..attention import is_left_behind
from ..errors import DocumentInvalid
from ..telling import name_of
from .answers import for_each
from .stream import Stream
from .streams import Streams

__all__ = ["collect_events", "collect_pages"]

Targets = Stream | Mapping[frozenset[str], Stream]


@dataclass(slots=True)
class _Columns:
    """Events that become one page."""

    times: list[float] = field(default_factory=list)
    parts: dict[str, dict[str, list[Any]]] = field(default_factory=dict)

    def add(self, event: dict[str, Any]) -> None:
        row = {part: event.get(part, {}) for part in ("data", "timestamps", "filled")}
        if not self.times:
            self.parts = {part: {key: [] for key in values} for part, values in row.items()}
        for part, values in row.items():
            if values.keys() != self.parts[part].keys():
                raise DocumentInvalid(f"its {part} has not the keys {sorted(self.parts[part])} that the others have")
        for part, values in row.items():
            for key, value in values.items():
                self.parts[part][key].append(value)
        self.times.append(time.time())


async def collect_events(device: Any, targets: Targets, streams: Streams, payload: list[Any] | None) -> None:
    """Emit the events of a flyer's `collect()`, one page for each stream, also if it fails on the way."""
    pages: dict[Stream, _Columns] = {}

    def take(event: dict[str, Any]) -> None:
        stream = _stream_for(device, "collect", targets, event)
        try:
            pages.setdefault(stream, _Columns()).add(event)
        except (DocumentInvalid, AttributeError) as error:
            raise DocumentInvalid(f"{name_of(device)}.collect() yields {event!r}: {error}") from error
        if payload is not None:
            payload.append(event)

    try:
        waiting = for_each(f"{name_of(device)}.collect()", device.collect(), take)
        if waiting is not None:
            await waiting
    finally:
        for stream, columns in pages.items():
            if columns.times and not is_left_behind():
                _emit_page(device, "collect", streams, stream, {**columns.parts, "times": columns.times})


async def collect_pages(device: Any, targets: Targets, streams: Streams, payload: list[Any] | None) -> None:
    """Emit the pages of a flyer's `collect_pages()`."""

    def take(page: dict[str, Any]) -> None:
        stream = _stream_for(device, "collect_pages", targets, page)
        parts = {part: page.get(part, {}) for part in ("data", "timestamps", "filled")}
        _emit_page(device, "collect_pages", streams, stream, parts)
        if payload is not None:
            payload.append(page)

    waiting = for_each(f"{name_of(device)}.collect_pages()", device.collect_pages(), take)
    if waiting is not None:
        await waiting


def _emit_page(device: Any, method: str, streams: Streams, stream: Stream, content: dict[str, Any]) -> None:
    try:
        page = stream.page(**content)
    except DocumentInvalid as error:
        raise DocumentInvalid(f"{name_of(device)}.{method}(): {error}") from error
    streams.emit("event_page", page)


def _stream_for(device: Any, method: str, targets: Targets, given: Any) -> Stream:
    is_partial = isinstance(given, dict) and all(isinstance(given.get(part), dict) for part in ("data", "timestamps"))
    if not is_partial:
        raise DocumentInvalid(f"{name_of(device)}.{method}() must yield dicts with data and timestamps, not {given!r}")
    if isinstance(targets, Stream):
        return targets
    stream = targets.get(frozenset(given["data"]))
    if stream is None:
        known = "; ".join(f"{stream.name!r}: {sorted(keys)}" for keys, stream in targets.items()) or "none"
        raise DocumentInvalid(
            f"{name_of(device)}.{method}() yields the keys {sorted(given['data'])}, which none of its streams has: "
            f"{known}"
        )
    return stream
