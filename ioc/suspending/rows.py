"""Which suspender is in which row of a screen.

Rules of this file:
1. A suspender keeps its row until it is removed: what an operator is about to press must not become another's.
2. One that comes takes the lowest free row. When all are taken it has none, and takes the next one that is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..groups.suspender import SuspenderGroup
from ..groups.suspender_row import SuspenderRowGroup
from ..pvs.aliases import aliased

__all__ = ["Rows"]


class Rows:
    """The rows, and the groups of the suspenders that are in them."""

    def __init__(self, rows: Sequence[SuspenderRowGroup]) -> None:
        self._taken: dict[SuspenderRowGroup, SuspenderGroup | None] = dict.fromkeys(rows)
        self._without: dict[SuspenderGroup, None] = {}
        """Those for which there is no room, in the order in which they have come."""
        self._left: dict[SuspenderRowGroup, None] = {}
        """What these show is not so any more."""

    def join(self, group: SuspenderGroup) -> dict[str, Any]:
        """A suspender has come. Returns its PVs by the names of its row; nothing if it gets none."""
        row = next((row for row, taken in self._taken.items() if taken is None), None)
        if row is None:
            self._without[group] = None
            return {}
        return self._seat(group, row)

    def leave(self, group: SuspenderGroup) -> tuple[dict[str, Any], dict[str, Any]]:
        """A suspender has gone. Returns its aliases, which go, and those of one that takes its row, which come."""
        row, group.row = group.row, None
        if row is None:
            del self._without[group]
            return {}, {}
        self._taken[row] = None
        self._left[row] = None
        if self._without:
            waiting = next(iter(self._without))
            del self._without[waiting]
            return _aliases(group, row), self._seat(waiting, row)
        return _aliases(group, row), {}

    def _seat(self, group: SuspenderGroup, row: SuspenderRowGroup) -> dict[str, Any]:
        group.row = row
        self._taken[row] = group
        return _aliases(group, row)

    async def publish(self) -> None:
        """Show who has gone, or has taken the place; all else of a suspender is written with its own PVs."""
        while self._left:
            row, _ = self._left.popitem()
            group = self._taken[row]
            await row.publish(*((group.known_as, group.suspender.status) if group is not None else ("", None)))


def _aliases(group: SuspenderGroup, row: SuspenderRowGroup) -> dict[str, Any]:
    return aliased(group.pvdb.values(), group.prefix, row.prefix)
