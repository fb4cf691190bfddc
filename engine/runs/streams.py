"""The streams of one run, and the one way out for its documents."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from .answers import refuse_late_answer
from .assets import Assets
from .descriptions import describe, reconfigured
from .stream import Stream

__all__ = ["Emit", "Streams"]

log = logging.getLogger("reioc.engine")

Emit = Callable[[str, dict[str, Any]], None]


class Streams(dict[str, Stream]):
    """The streams by name; one that is asked for is there. Documents leave through `emit`, all of them.

    Where there are monitors, what has arrived from them is emitted before: what happened first comes first.
    """

    def __init__(self, run_uid: str, emit: Emit) -> None:
        super().__init__()
        self.run_uid = run_uid
        self.assets = Assets(run_uid)
        self.emit: Emit = emit
        self.send: Emit = emit
        """As `emit`, for those who need not, or must not, let others go first."""
        self.is_emitting = False
        """Whether a document is just being handed to the subscribers, where there are monitors."""
        self._others_first: Callable[[], object] = _nobody
        self._raw = emit

    def __missing__(self, name: str) -> Stream:
        stream = self[name] = Stream(self.run_uid, name)
        return stream

    @property
    def num_events(self) -> dict[str, int]:
        """Events so far, by stream."""
        return {name: stream.num_events for name, stream in self.items() if stream.is_declared}

    def is_declared(self, name: str) -> bool:
        """Whether there is a descriptor of this stream."""
        return name in self and self[name].is_declared

    def declare(self, stream: Stream, devices: Iterable[Any]) -> None:
        """Emit the descriptor of a stream for these devices, all of which have been described."""
        self._others_first()  # before it is made: their events belong to the descriptor that is there
        self.send("descriptor", stream.declare(devices))

    async def describe(self, stream: Stream, device: Any) -> None:
        """Ask a device what it is, once per stream."""
        if device not in stream.descriptions:
            stream.descriptions[device] = await describe(device)

    async def reconfigure(self, device: Any) -> None:
        """A device has been configured: its streams have new descriptors."""
        holding = [stream for stream in self.values() if device in stream.descriptions]
        described = await reconfigured(device, [stream.descriptions[device] for stream in holding]) if holding else []
        refuse_late_answer()
        for stream, description in zip(holding, described, strict=True):
            stream.descriptions[device] = description
            if device in stream.members:
                self.declare(stream, stream.devices)

    def forget_undeclared(self, stream: Stream) -> None:
        """A stream that came to nothing is described anew when it is next asked for."""
        if not stream.is_declared:
            self.pop(stream.name, None)

    def let_first(self, others_first: Callable[[], object]) -> None:
        """From now on call this before a document is emitted, and tell in `is_emitting` whether one is."""
        self._others_first, self.emit, self.send = others_first, self._emit_after_others, self._send_telling

    def close(self) -> None:
        """The run is over: what a device that was given up still says comes too late."""
        self._others_first, self.emit, self.send = _nobody, _too_late, _too_late

    def _emit_after_others(self, name: str, doc: dict[str, Any]) -> None:
        self._others_first()
        self.send(name, doc)

    def _send_telling(self, name: str, doc: dict[str, Any]) -> None:
        self.is_emitting = True
        try:
            self._raw(name, doc)
        finally:
            self.is_emitting = False


def _nobody() -> None:
    """Where there are no monitors."""


def _too_late(name: str, doc: dict[str, Any]) -> None:
    log.error("a %s came after the RunStop and is not emitted: %s", name, doc)
