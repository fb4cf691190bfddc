"""What patterns are made of: evenly spaced points, groups of arguments, limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..devices import label

__all__ = ["MOST_POINTS", "by_motor", "check_size", "spaced"]

MOST_POINTS = 10_000_000
"""More than that is a slip of the pen (a step of 1e-6 for 1e-3), which would fill the memory before it would fail."""


def check_size(pattern: str, points: float) -> None:
    """Raises ValueError when a trajectory would have more than `MOST_POINTS` points."""
    if points > MOST_POINTS:
        raise ValueError(f"{pattern}: that makes about {points:.3g} points, at most {MOST_POINTS:,} are allowed")


def spaced(motor: Any, start: Any, stop: Any, num: int) -> np.ndarray:
    """`num` points from `start` to `stop`, both included; vectors give a point per row.

    Raises TypeError for what is no number, ValueError for what is not finite.
    """
    try:
        finite = np.all(np.isfinite(start)) and np.all(np.isfinite(stop))
    except TypeError:
        raise TypeError(f"Start and stop of {label(motor)} must be numbers, not {start!r} and {stop!r}") from None
    if not finite:
        raise ValueError(f"Start and stop of {label(motor)} must be finite, not {start!r} and {stop!r}")
    return np.linspace(start, stop, num=num)


def by_motor(pattern: str, args: Sequence[Any], *names: str) -> list[tuple[Any, ...]]:
    """`args` in groups of `names`. Raises ValueError when there are none or the last is incomplete."""
    size = len(names)
    if not args or len(args) % size:
        wanted = f"{pattern} takes ({', '.join(names)}) once per motor"
        raise ValueError(f"{wanted}; {len(args)} arguments are not a multiple of {size}")
    return [tuple(args[begin : begin + size]) for begin in range(0, len(args), size)]
