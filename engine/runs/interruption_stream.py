"""The stream `interruptions`: when the plan was paused, suspended, resumed."""

from __future__ import annotations

import time

from .streams import Streams

__all__ = ["InterruptionStream"]

_DATA_KEY = {"dtype": "string", "shape": [], "source": "RunEngine"}


class InterruptionStream:
    """One event per interruption, where that is wanted."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._is_open = False

    def open(self) -> None:
        """Emit the descriptor. Without that nothing is recorded."""
        stream = self._streams["interruptions"]
        stream.is_rewound = False  # an interruption is not taken back by what it leads to
        self._streams.emit("descriptor", stream.declare_keys({"interruption": _DATA_KEY}))
        self._is_open = True

    def record(self, content: str) -> None:
        """Emit an event."""
        if self._is_open:
            event = self._streams["interruptions"].compose({"interruption": content}, {"interruption": time.time()})
            self._streams.emit("event", event)
