"""A row of a screen's table of suspenders: which one is in it, and how that is in one word."""

from __future__ import annotations

from enum import StrEnum

from caproto.server import PVGroup

from ...suspenders import SuspenderStatus
from ..pvs import MINOR, enum_display, post, string_display

__all__ = ["ROWS", "RowState", "SuspenderRowGroup", "state_of"]

ROWS = 16
"""How many there are."""


class RowState(StrEnum):
    """How a suspender is; each is shown by a shape of its own."""

    FREE = "free"
    """There is none in this row."""
    GOOD = "good"
    TRIPPED = "tripped"
    SETTLING = "settling"
    BYPASSED = "bypassed"
    DISABLED = "disabled"
    """By itself, or all are off."""
    DISCONNECTED = "disconnected"
    """Its PV is, and that does not trip it."""


_SEVERITIES = dict.fromkeys((RowState.TRIPPED, RowState.SETTLING, RowState.BYPASSED), MINOR)


class SuspenderRowGroup(PVGroup):
    """While a suspender is in this row, its own PVs can be found by the names of the row, too."""

    name_ = string_display("Name", "The suspender in this row; empty: none")
    state_ = enum_display(
        "State",
        "How it is, in one word",
        [str(state) for state in RowState],
        severities={str(state): severity for state, severity in _SEVERITIES.items()},
        archive=None,  # what it is made of is archived under the suspender's own name
    )

    async def publish(self, name: str, status: SuspenderStatus | None) -> None:
        """Show the suspender of this name; None for a row that is free."""
        await post(self.name_, name)
        await post(self.state_, str(state_of(status) if status is not None else RowState.FREE))


def state_of(status: SuspenderStatus) -> RowState:
    """What matters most about a suspender: first whether it may hold anything, then whether it does."""
    if not status.enabled or status.muted:
        return RowState.DISABLED
    if status.bypass_left is not None:
        return RowState.BYPASSED
    if status.tripped:
        return RowState.TRIPPED if status.countdown is None else RowState.SETTLING
    return RowState.GOOD if status.connected else RowState.DISCONNECTED
