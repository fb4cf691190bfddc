"""All motors move together: inner products."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import reduce
from typing import Any

from cycler import Cycler, cycler

from ..arguments import whole_number
from .points import by_motor, check_size, spaced

__all__ = ["inner_list_product", "inner_product"]


def inner_product(num: int, args: Sequence[Any]) -> Cycler:
    """All motors together in `num` equal steps; `args` is motor, start, stop of each, in the motor's unit.

    Point i of n is start + i (stop − start) / (n − 1). Raises ValueError for an incomplete group or what is not finite,
    TypeError for a start or stop that is no number.
    """
    num = whole_number("inner_product: num", num)
    check_size("inner_product", num)
    axes = by_motor("inner_product", args, "motor", "start", "stop")
    return reduce(operator.add, (cycler(motor, spaced(motor, start, stop, num)) for motor, start, stop in axes))


def inner_list_product(args: Sequence[Any]) -> Cycler:
    """All motors together along their lists, which have the same length; `args` is motor, positions of each.

    Raises ValueError for an incomplete group, for lists of different lengths and for several that are empty.
    """
    axes = [(motor, list(points)) for motor, points in by_motor("inner_list_product", args, "motor", "positions")]
    if len(axes) > 1 and not axes[0][1]:
        raise ValueError("inner_list_product of several motors needs at least one point")
    return reduce(operator.add, (cycler(motor, positions) for motor, positions in axes))
