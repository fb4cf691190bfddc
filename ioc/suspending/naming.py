"""What a suspender is called in PV names."""

from __future__ import annotations

import re
from collections.abc import Collection

__all__ = ["free_name"]

_LONGEST = 12
_OTHER = re.compile(r"[^A-Za-z0-9_-]+")


def free_name(name: str, taken: Collection[str]) -> str:
    """A name that can be part of a PV name and that nobody has: the suspender's own, or the next best.

    Suspenders that were made in Python are called what their signals are called, whatever that is.
    """
    base = _OTHER.sub("_", name).strip("_") or "suspender"
    free, number = base[:_LONGEST], 1
    while free in taken:
        number += 1
        free = f"{base[: _LONGEST - len(str(number))]}{number}"
    return free
