"""What a sink is: something outside that is given every document.

Rules of this file:
1. A sink is called by one thread, its worker's. It may be slow, fail or hang there: nobody else waits for it.
2. Nothing is kept for a sink: what it has not taken is read again from the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

__all__ = ["Numbered", "Replay", "Sink", "Unacceptable"]

Numbered = tuple[int, str, dict[str, Any]]
"""A document as the journal has it: its number, its name ("start", "event", …) and the document."""

Replay = Callable[[str], Iterable[Numbered]]
"""Gives every durable document of the run of this uid, from its start on; none when there is no such run."""


class Unacceptable(Exception):
    """A sink can never take a document, however often it is tried.

    Raised by `Sink.put`; the worker sets the document aside, counts it, and puts the others of the batch again.
    It is no trouble of the sink's: a connection that is lost raises anything else.
    """

    def __init__(self, seq: int, why: str) -> None:
        self.seq = seq
        self.why = why
        super().__init__(f"document {seq} cannot be taken: {why}")


class Sink(Protocol):
    """Takes documents to a place outside: files, a server, a message bus."""

    name: str

    def open(self) -> None:
        """Connect. Raises what is wrong, and leaves nothing open then; it is tried again. After it, only `close`
        comes before another `open`.
        """
        ...

    def put(self, documents: Sequence[Numbered]) -> None:
        """Take documents: at least one, at most 500, in the order of their numbers. Done when they are safe there.

        Raises Unacceptable for a document that can never be taken, and anything else for trouble that may pass:
        the same documents come again later, without `open`. After a restart documents may come again that were taken
        before, and a run may begin in its middle: what a sink then needs of its beginning it gets from a `Replay`.
        """
        ...

    def close(self) -> None:
        """Disconnect. It may be opened again later."""
        ...
