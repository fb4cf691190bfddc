"""One of the plans that wait, in a row of a screen."""

from __future__ import annotations

from collections.abc import Sequence

from caproto.server import PVGroup

from ..pvs import post, string_display, text_display
from ..queue.items import QueueItem

__all__ = ["QUEUE_ROWS", "QueueRowGroup", "publish_rows"]

QUEUE_ROWS = 12
"""How many of those that wait have PVs of their own."""


class QueueRowGroup(PVGroup):
    """What waits here; empty where nothing does."""

    uid = string_display("Uid", "Its uid")
    plan = string_display("Plan", "Its plan")
    summary = text_display("Summary", "Its parameters, in short", length=200)
    by = string_display("By", "Who has added it")

    async def publish(self, item: QueueItem | None) -> None:
        """Show an item; `Uid` comes last."""
        await post(self.plan, item.plan if item else "")
        await post(self.summary, item.summary if item else "")
        await post(self.by, item.by if item else "")
        await post(self.uid, item.uid if item else "")


async def publish_rows(rows: Sequence[QueueRowGroup], items: Sequence[QueueItem]) -> None:
    """Show the first items, one a row."""
    for place, row in enumerate(rows):
        await row.publish(items[place] if place < len(items) else None)
