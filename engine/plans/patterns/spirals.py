"""Spirals in a plane of two motors.

Lengths are in the unit of the motors, which is the same for both; angles are in radians. `x_range` and `y_range` are
full widths, with the centre in their middle. Each returns the points in the order in which they are visited, from the
centre outwards. The numbers are bluesky's, since documents of either name these functions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from cycler import Cycler, cycler

from ..arguments import finite_number, whole_number
from .points import check_size

__all__ = ["spiral", "spiral_fermat", "spiral_square_pattern"]

GOLDEN_ANGLE = 137.508 * np.pi / 180.0
"""180° (3 − √5), by whose multiples no two directions ever coincide; with the digits that bluesky has."""


def spiral(
    x_motor: Any,
    y_motor: Any,
    x_start: float,
    y_start: float,
    x_range: float,
    y_range: float,
    dr: float,
    nth: float,
    *,
    dr_y: float | None = None,
    tilt: float | None = 0.0,
) -> Cycler:
    """Rings around (x_start, y_start), an Archimedean spiral in steps; the first ring has `nth` points.

    Point j = 0 … int(i nth) − 1 of ring i = 1, 2, … is at x = r cos θ, y = r sin θ · dr_y/dr from the centre, with

        r = i dr,  θ = 2π j / (i nth).

    Those are kept that lie in the ranges, a parallelogram that leans by `tilt`: |y| ≤ y_range/2 and
    |x + y dr/dr_y tan(tilt)| ≤ x_range/2. Raises ValueError or TypeError for what is out of range or no number, and
    ValueError when no point lies in the ranges.
    """
    half_x, half_y, aspect = _ellipse("spiral", x_range, y_range, dr, dr_y)
    lean = _lean("spiral", tilt)
    finite_number("spiral: nth", nth, above=0)
    widest = math.sqrt(half_x**2 + half_y**2) / dr
    check_size("spiral", nth * (widest + 2) ** 2 / 2)
    columns = [np.empty((2, 0))]
    for ring in range(1, int(widest) + 3):
        angles = np.arange(int(ring * nth)) * (2.0 * np.pi / (ring * nth))
        radius = ring * dr
        x, y = radius * np.cos(angles), radius * np.sin(angles) * aspect
        inside = (np.abs(x - (y / aspect) / lean) <= half_x) & (np.abs(y / aspect) <= half_y)
        columns.append(np.array([x[inside], y[inside]]))
    return _around("spiral", (x_motor, x_start), (y_motor, y_start), np.concatenate(columns, axis=1))


def spiral_fermat(
    x_motor: Any,
    y_motor: Any,
    x_start: float,
    y_start: float,
    x_range: float,
    y_range: float,
    dr: float,
    factor: float,
    *,
    dr_y: float | None = None,
    tilt: float | None = 0.0,
) -> Cycler:
    """Fermat's spiral around (x_start, y_start), which covers a disc evenly.

    Point i = 1, 2, … is at x = r cos θ, y = r sin θ · dr_y/dr from the centre, with the golden angle in

        r = √i dr / factor,  θ = i · 137.508°   (H. Vogel, Mathematical Biosciences 44 (1979) 179).

    Those are kept with |x + y dr/dr_y tan(tilt)| ≤ x_range/2 and |y| ≤ y_range/2 · dr/dr_y. So, unlike that of
    `spiral`, the height shrinks when dr_y is larger than dr, as it does in bluesky. Raises what `spiral` raises.
    """
    half_x, half_y, aspect = _ellipse("spiral_fermat", x_range, y_range, dr, dr_y)
    lean = _lean("spiral_fermat", tilt)
    finite_number("spiral_fermat: factor", factor, above=0)
    # Half as far again as the corners of the ranges: a parallelogram reaches further than they do.
    tried = (1.5 * math.sqrt(half_x**2 + half_y**2) / (dr / factor)) ** 2
    check_size("spiral_fermat", tried)
    numbers = np.arange(1, int(tried))
    radius = np.sqrt(numbers) * dr / factor
    angles = GOLDEN_ANGLE * numbers
    x, y = radius * np.cos(angles), radius * np.sin(angles) * aspect
    inside = (np.abs(x - (y / aspect) / lean) <= half_x) & (np.abs(y) <= half_y)
    return _around("spiral_fermat", (x_motor, x_start), (y_motor, y_start), np.array([x[inside], y[inside]]))


def spiral_square_pattern(
    x_motor: Any,
    y_motor: Any,
    x_center: float,
    y_center: float,
    x_range: float,
    y_range: float,
    x_num: int,
    y_num: int,
) -> Cycler:
    """The points of a grid of `x_num` times `y_num` around (x_center, y_center), from its middle in square rings.

    Neighbours are x_range / (x_num − 1) and y_range / (y_num − 1) apart. Each ring is walked clockwise from its right
    side, where x is largest, down, to the left, up and to the right. An axis with an even number has no point in its
    middle: rings then begin half a step to the left of it (x) or above it (y). Raises ValueError or TypeError for what
    is no number, or no whole one.
    """
    nums = [whole_number(f"spiral_square_pattern: {name}", n) for name, n in (("x_num", x_num), ("y_num", y_num))]
    for name, value in (("x_range", x_range), ("y_range", y_range)):
        finite_number(f"spiral_square_pattern: {name}", value)
    check_size("spiral_square_pattern", nums[0] * nums[1])
    x_offset, y_offset = (0.5 if nums[0] % 2 == 0 else 0), (-0.5 if nums[1] % 2 == 0 else 0)
    steps = np.array(list(_square_rings(*nums)))
    x_step, y_step = (width / max(num - 1, 1) for width, num in zip((x_range, y_range), nums, strict=True))
    x_middle = finite_number("spiral_square_pattern: x_center", x_center) - x_step * x_offset
    y_middle = finite_number("spiral_square_pattern: y_center", y_center) - y_step * y_offset
    return cycler(x_motor, x_middle + x_step * steps[:, 0]) + cycler(y_motor, y_middle + y_step * steps[:, 1])


def _square_rings(x_num: int, y_num: int) -> Iterator[tuple[int, int]]:
    """The steps from (0, 0) to each point of a grid, in square rings; of each ring only what is in the grid."""
    x_low, x_high = -((x_num - 1) // 2), x_num // 2
    y_low, y_high = -(y_num // 2), (y_num - 1) // 2
    yield 0, 0
    for ring in range(1, max(x_high, -y_low) + 1):
        if ring <= x_high:
            yield from ((ring, y) for y in range(min(ring - 1, y_high), max(-ring, y_low) - 1, -1))
        if ring <= -y_low:
            yield from ((x, -ring) for x in range(min(ring - 1, x_high), max(-ring, x_low) - 1, -1))
        if ring <= -x_low:
            yield from ((-ring, y) for y in range(max(1 - ring, y_low), min(ring, y_high) + 1))
        if ring <= y_high:
            yield from ((x, ring) for x in range(max(1 - ring, x_low), min(ring, x_high) + 1))


def _ellipse(pattern: str, x_range: float, y_range: float, dr: float, dr_y: float | None) -> tuple[float, float, float]:
    """Half the width, half the height as if dr_y were dr, and dr_y / dr."""
    for name, value in (("x_range", x_range), ("y_range", y_range), ("dr", dr)):
        finite_number(f"{pattern}: {name}", value, above=0)
    aspect = 1 if dr_y is None else finite_number(f"{pattern}: dr_y", dr_y, above=0) / dr
    return x_range / 2, y_range / (2 * aspect), aspect


def _lean(pattern: str, tilt: float | None) -> float:
    """By how much y must rise until a parallelogram has moved by 1 in x."""
    angle = finite_number(f"{pattern}: tilt", 0.0 if tilt is None else tilt)
    if abs(angle) >= math.pi / 2:
        raise ValueError(f"{pattern}: tilt must be between -π/2 and π/2, in radians, not {tilt!r}")
    return np.tan(angle + np.pi / 2.0)


def _around(pattern: str, x: tuple[Any, float], y: tuple[Any, float], points: np.ndarray) -> Cycler:
    if not points.size:
        raise ValueError(f"{pattern}: no point lies in the ranges; make dr smaller, or the ranges larger")
    centres = [finite_number(f"{pattern}: {name}", c) for name, (_, c) in (("x_start", x), ("y_start", y))]
    return cycler(x[0], centres[0] + points[0]) + cycler(y[0], centres[1] + points[1])
