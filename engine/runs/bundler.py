"""A run: from RunStart to RunStop.

Rules of this file:
1. Every document of the run leaves through `emit`, in the order in which it was made.
2. Between `create` and `save` or `drop` a bundle is open; readings belong to it. Nothing else may begin meanwhile.
3. A method that may have to wait for a device returns a coroutine; the others are plain calls.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from ..errors import IllegalMessageSequence
from ..messages import Msg
from ..wait_groups import name_of
from . import documents
from .stream import Stream, describe

__all__ = ["RunBundler"]

Emit = Callable[[str, dict[str, Any]], None]


@dataclass(slots=True)
class _Bundle:
    stream: Stream
    readings: dict[Any, dict[str, Any]] = field(default_factory=dict)
    stale: bool = False
    """Left behind by a rewind: either its `create` is repeated, or the plan is ended meanwhile and drops it."""

    def copy(self) -> _Bundle:
        return _Bundle(self.stream, dict(self.readings))


class RunBundler:
    """One open run: bundles readings into events."""

    def __init__(self, metadata: dict[str, Any], emit: Emit, *, record_interruptions: bool = False) -> None:
        self.uid = documents.new_uid()
        self.run_is_open = False
        self.record_interruptions = record_interruptions
        self._metadata = metadata
        self._emit = emit
        self._streams: dict[str, Stream] = {}
        self._bundle: _Bundle | None = None
        self._marked: _Bundle | None = None
        self._interruptions: Stream | None = None

    @property
    def bundling(self) -> bool:
        """Whether a bundle is open."""
        return self._bundle is not None and not self._bundle.stale

    @property
    def num_events(self) -> dict[str, int]:
        """Events so far, by stream."""
        return {name: stream.seq_num - 1 for name, stream in self._streams.items()}

    def open_run(self) -> str:
        """Emit the RunStart. Returns its uid."""
        doc = documents.start(self.uid, self._metadata)
        self.run_is_open = True  # before anybody sees it: a subscriber that raises must not cost the others the RunStop
        self._emit("start", doc)
        if self.record_interruptions:
            self._interruptions = self._streams["interruptions"] = Stream(self.uid, "interruptions")
            data_key = {"dtype": "string", "shape": [], "source": "RunEngine"}
            self._emit("descriptor", self._interruptions.declare_keys({"interruption": data_key}))
        return self.uid

    def close_run(self, exit_status: str, reason: str) -> str:
        """Emit the RunStop. Returns the uid of the run."""
        doc = documents.stop(self.uid, exit_status, reason, self.num_events)
        self.run_is_open = False  # before anybody sees it: a subscriber that raises must not make a second RunStop
        self._emit("stop", doc)
        return self.uid

    def create(self, name: str) -> None:
        """Open a bundle for the stream `name`."""
        if self._bundle is not None and not self._bundle.stale:
            raise IllegalMessageSequence(
                f"create {name!r}: a bundle of stream {self._bundle.stream.name!r} is open; save or drop it first"
            )
        stream = self._streams.get(name)
        if stream is None:
            stream = self._streams[name] = Stream(self.uid, name)
        self._bundle = _Bundle(stream)

    def read(self, msg: Msg, reading: dict[str, Any]) -> Any:
        """Put a device's reading in the open bundle, if there is one. Returns it, or a coroutine of it."""
        bundle, device = self._bundle, msg.obj
        if bundle is None:
            return reading
        if device not in bundle.stream.descriptions:
            return self._read_first(bundle, device, reading)
        self._add(bundle, device, reading)
        return reading

    def save(self) -> None:
        """Close the bundle and emit its event, with the descriptor before the first one."""
        bundle = self._take("save")
        if not bundle.readings:  # nothing was read: no event of nothing
            if not bundle.stream.is_declared:
                self._streams.pop(bundle.stream.name, None)
            return
        stream = bundle.stream
        if not stream.is_declared:
            self._emit("descriptor", stream.declare(bundle.readings))
        self._emit("event", stream.event(bundle.readings, bundle.readings.values()))

    def drop(self) -> None:
        """Close the bundle without an event."""
        bundle = self._take("drop")
        if not bundle.stream.is_declared:
            self._streams.pop(bundle.stream.name, None)

    def mark(self) -> None:
        """A checkpoint is here; in an open bundle, if something that cannot be repeated makes one there."""
        self._marked = self._bundle and self._bundle.copy()
        for stream in self._streams.values():
            stream.mark()

    def rewind(self) -> None:
        """Back to the checkpoint: the bundle and the sequence numbers are those of the checkpoint."""
        if self._marked is not None:
            self._bundle = self._marked.copy()
        elif self._bundle is not None:
            self._bundle = _Bundle(self._bundle.stream, stale=True)
        for stream in self._streams.values():
            if stream is not self._interruptions:
                stream.rewind()

    def record_interruption(self, content: str) -> None:
        """An event in the stream `interruptions`, where that is recorded."""
        if self._interruptions is not None:
            reading = {"interruption": {"value": content, "timestamp": time.time()}}
            self._emit("event", self._interruptions.event((), [reading]))

    def _take(self, command: str) -> _Bundle:
        bundle, self._bundle = self._bundle, None
        if bundle is None:
            raise IllegalMessageSequence(f"{command} without create: no bundle is open")
        return bundle

    def _read_first(self, bundle: _Bundle, device: Any, reading: dict[str, Any]) -> Coroutine[Any, Any, Any]:
        async def described() -> dict[str, Any]:
            bundle.stream.descriptions[device] = await describe(device)
            self._add(bundle, device, reading)
            return reading

        return described()

    def _add(self, bundle: _Bundle, device: Any, reading: dict[str, Any]) -> None:
        if device in bundle.readings:
            raise IllegalMessageSequence(f"{name_of(device)} has already been read into this bundle")
        keys = bundle.stream.descriptions[device].data_keys.keys()
        for other in bundle.readings:
            common = keys & bundle.stream.descriptions[other].data_keys.keys()
            if common:
                raise ValueError(
                    f"{name_of(device)} and {name_of(other)} are read into one event and both have {sorted(common)}"
                )
        bundle.readings[device] = reading
