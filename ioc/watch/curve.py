"""A curve as text: two by four dots in each character.

Rules of this file:
1. Pure: numbers in, lines out. What is no number is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

__all__ = ["curve"]

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of a braille character, by row and column of its dots."""
_BLANK = 0x2800
_HUGE = 1e300
"""What is as large is no number either: the distance of two such is none."""
_LEFT = 9
"""Columns for the labels of y."""


def curve(x: Sequence[float], y: Sequence[float], width: int, height: int) -> list[tuple[str, str]]:
    """Points joined by straight lines, in `height` lines of `width` columns: of each what is left of the curve, and the
    curve itself; the extent of x and y is at the axes.

    Empty if there is no room, or no point whose x and y are numbers.
    """
    points = [(float(a), float(b)) for a, b in zip(x, y, strict=False) if abs(a) < _HUGE and abs(b) < _HUGE]
    columns, rows = width - _LEFT - 1, height - 2
    if not points or columns < 8 or rows < 2:
        return []
    (x_low, x_high), (y_low, y_high) = (_extent([point[axis] for point in points]) for axis in (0, 1))
    dots = [
        (
            round((a - x_low) / (x_high - x_low) * (2 * columns - 1)),
            round((y_high - b) / (y_high - y_low) * (4 * rows - 1)),
        )
        for a, b in points
    ]
    canvas = [[0] * columns for _ in range(rows)]
    for across, down in _joined(dots):
        canvas[down // 4][across // 2] |= _DOTS[down % 4][across % 2]
    labels = {0: _number(y_high), rows - 1: _number(y_low)}
    lines = [
        (f"{labels.get(number, ''):>{_LEFT}}│", "".join(chr(_BLANK + bits) for bits in cells))
        for number, cells in enumerate(canvas)
    ]
    first, last = _number(x_low), _number(x_high)
    axis = f"{first}{last:>{columns - len(first)}}" if len(first) + len(last) < columns else first
    return [*lines, (f"{'':{_LEFT}}└{'─' * columns}", ""), (f"{'':{_LEFT}} {axis}", "")]


def _extent(values: list[float]) -> tuple[float, float]:
    """From the smallest to the largest, and a little where they are the same."""
    low, high = min(values), max(values)
    if high > low:
        return low, high
    margin = abs(low) * 0.05 or 1.0
    return low - margin, low + margin


def _joined(dots: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The dots, and those on the straight lines between them."""
    yield dots[0]
    for (across, down), (next_across, next_down) in pairwise(dots):
        steps = max(abs(next_across - across), abs(next_down - down), 1)
        for step in range(1, steps + 1):
            yield (
                across + round((next_across - across) * step / steps),
                down + round((next_down - down) * step / steps),
            )


def _number(value: float) -> str:
    return f"{value:.4g}"
