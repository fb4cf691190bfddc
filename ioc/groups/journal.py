"""The journal: whether everything is kept, and what was found at the start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from caproto.server import PVGroup

from ..pvs import MAJOR, MINOR, Guidance, enum_display, int_display, post, text_display

__all__ = ["JournalGroup", "JournalStatus"]

STATES = ("off", "ok", "failing")

_FAILING = Guidance(
    "The journal cannot write, and Journal:Message says why: a disk that is full, as a rule. The plan waits, nothing "
    "is lost, and it goes on by itself as soon as the journal can write again.",
    annunciating=True,
)
_RECOVERED = Guidance(
    "The engine had died in the middle of a run. What was measured until then is kept, and the run is closed as "
    "failed: decide whether to measure it again. Queue and settings are as they were. ErrorClear forgets the message.",
    latching=False,
)


@dataclass(frozen=True, slots=True)
class JournalStatus:
    """What is told of a journal; an empty `file` is none."""

    file: str = ""
    trouble: str = ""
    backlog: int = 0

    @property
    def state(self) -> str:
        """off, ok or failing."""
        return "off" if not self.file else "failing" if self.trouble else "ok"


class JournalGroup(PVGroup):
    """What is kept of documents, queue and history."""

    state = enum_display(
        "State", "Whether everything is kept", STATES, severities={"failing": MAJOR}, guidance=_FAILING
    )
    message = text_display("Message", "Why the journal cannot write")
    backlog = int_display("Backlog", "What is not yet safe on the disk")
    file = text_display("File", "Where the journal is")
    recovered = text_display("Recovered", "What was found broken off at the start", guidance=_RECOVERED)

    def __init__(self, *args: Any, found: str = "", **kwargs: Any) -> None:
        """`found`: what the start has found, for people; empty if everything was in order."""
        super().__init__(*args, **kwargs)
        self._found = found

    async def begin(self) -> None:
        """Tell what the start has found."""
        await post(self.recovered, self._found, severity=MINOR if self._found else None)

    async def forget(self) -> None:
        """It has been read."""
        await post(self.recovered, "")

    async def publish(self, status: JournalStatus) -> None:
        """How it is; `State` comes last."""
        await post(self.message, status.trouble)
        await post(self.backlog, status.backlog)
        await post(self.file, status.file)
        await post(self.state, status.state)
