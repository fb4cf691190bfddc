"""One sink: whether it gets the documents, and how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from caproto.server import PVGroup

from ..desk import Desk
from ..pvs import (
    MAJOR,
    MINOR,
    MONITOR,
    SLOW,
    Guidance,
    bool_setting,
    enum_display,
    handled_by,
    int_display,
    post,
    text_display,
)
from ..sinks.status import SinkState, SinkStatus

__all__ = ["SinkGroup"]

_LARGEST = 2**31 - 1


class SinkGroup(PVGroup):
    """A sink that is switched off keeps its place in the journal; `switch` is told when a client switches it."""

    state = enum_display(
        "State",
        "How it is doing",
        [str(state) for state in SinkState],
        severities={str(SinkState.BEHIND): MINOR, str(SinkState.FAILING): MAJOR},
        guidance=Guidance(
            "Nothing is lost: it catches up. Message says what is wrong there.", latching=False, delay=10
        ),
    )
    behind = int_display("Behind", "Documents that it does not have yet", archive=SLOW)
    message = text_display("Message", "What is wrong, and since when")
    delivered = int_display("Delivered", "Documents it has taken since the start", archive=SLOW)
    rejected = int_display("Rejected", "Documents that it can never take", high=(1, MINOR), archive=MONITOR)
    enable = bool_setting("Enable", "It gets the documents", put=handled_by("enable_or_not"))

    def __init__(self, *args: Any, switch: Callable[[bool], None], desk: Desk, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._switch = switch
        self._desk = desk

    async def enable_or_not(self, pv: Any, value: str) -> None:
        """Disabled, it gets nothing; enabled, it catches up, and one that fails is tried again at once."""
        self._switch(value == "Yes")
        await self._desk.note(pv.pvname, f"enabled: {value}")

    async def publish(self, status: SinkStatus) -> None:
        """Everything of it; to be written about once a second."""
        await post(self.message, status.message)
        await post(self.behind, min(status.behind, _LARGEST))
        await post(self.delivered, min(status.delivered, _LARGEST))
        await post(self.rejected, min(status.rejected, _LARGEST))
        await post(self.enable, "Yes" if status.enabled else "No")
        await post(self.state, str(status.state))
