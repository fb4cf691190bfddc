"""A row of a screen's table of metadata."""

from __future__ import annotations

from caproto.server import PVGroup

from ..pvs import post, string_display

__all__ = ["ROWS", "MetadataRowGroup"]

ROWS = 12
"""How many there are."""


class MetadataRowGroup(PVGroup):
    """Where there is a key, its PV can be found as this row's Value, too."""

    key = string_display("Key", "The key in this row; empty: none")

    async def begin(self, key: str) -> None:
        """Show which key it is; the keys are those of the configuration, and stay."""
        await post(self.key, key)
