"""Texts of many lines."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["that_fit"]

_MORE = len(f"\nand {10**6} more")


def that_fit(lines: Sequence[str], room: int) -> str:
    """As many of the first as have room, in bytes, whole lines only; how many more there are is the last."""
    sizes = [len(line.encode()) + 1 for line in lines]
    if sum(sizes) - 1 <= room:
        return "\n".join(lines)
    left, shown = room - _MORE, 0
    while sizes[shown] <= left:
        left -= sizes[shown]
        shown += 1
    return "\n".join([*lines[:shown], f"and {len(lines) - shown} more"])
