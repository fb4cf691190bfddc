"""Trajectories: which motor is where at which point. Pure functions.

Start documents name these functions and their arguments, so that an analysis can compute the trajectory again; motors
may then be anything hashable, such as names. A trajectory is a `Cycler`: motor → positions.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from cycler import Cycler, cycler

from .arguments import whole_number
from .devices import is_movable, label

__all__ = [
    "GridAxis",
    "chunk_outer_product_args",
    "has_snake_flags",
    "inner_list_product",
    "inner_product",
    "outer_product",
]


class GridAxis(NamedTuple):
    """One axis of a grid: `num` points from `start` to `stop`, to and fro when it snakes."""

    motor: Any
    start: float
    stop: float
    num: int
    snake: bool = False


def inner_product(num: int, args: Sequence[Any]) -> Cycler:
    """All motors together in `num` equal steps; `args` is motor, start, stop of each.

    Raises ValueError for an incomplete group and TypeError for a start or stop that is no number.
    """
    num = whole_number("inner_product: num", num)
    axes = _by("inner_product", args, "motor, start, stop")
    return reduce(operator.add, (cycler(motor, _spaced(motor, first, last, num)) for motor, first, last in axes))


def inner_list_product(args: Sequence[Any]) -> Cycler:
    """All motors together along their lists, which have the same length; `args` is motor, positions of each.

    Raises ValueError for an incomplete group, for lists of different lengths and for several that are empty.
    """
    axes = [(motor, list(points)) for motor, points in _by("inner_list_product", args, "motor, positions")]
    if len(axes) > 1 and not axes[0][1]:
        raise ValueError("inner_list_product of several motors needs at least one point")
    return reduce(operator.add, (cycler(motor, positions) for motor, positions in axes))


def outer_product(args: Sequence[Any]) -> Cycler:
    """A grid, the first motor the slowest; `args` as `chunk_outer_product_args` takes them, which raises the errors."""
    axes = chunk_outer_product_args(args)
    orders = _snaked([axis.num for axis in axes], [axis.snake for axis in axes])
    columns = (
        cycler(motor, _spaced(motor, start, stop, num)[order])
        for (motor, start, stop, num, _), order in zip(axes, orders, strict=True)
    )
    return reduce(operator.add, columns)


def chunk_outer_product_args(args: Sequence[Any]) -> list[GridAxis]:
    """The axes of a grid from `motor, start, stop, num` of each; or, after the first, all with a `snake` flag as well.

    Raises ValueError when an axis has too few or too many values, or only some of them have a flag, or
    when the first argument is no motor.
    """
    axes = [GridAxis(*values) for values in _split_at_motors(args)]
    return [axis._replace(num=whole_number(f"num of {label(axis.motor)}", axis.num)) for axis in axes]


def has_snake_flags(args: Sequence[Any]) -> bool:
    """Whether the axes of a grid say themselves which of them snake."""
    return any(len(values) == 5 for values in _split_at_motors(args))


def _split_at_motors(args: Sequence[Any]) -> list[list[Any]]:
    wanted = "A grid takes motor, start, stop, num once per axis"
    if not args:
        raise ValueError(f"{wanted}; there is none")
    if not is_movable(args[0]):
        raise ValueError(f"{wanted}; the first argument is no motor but {args[0]!r}")
    axes: list[list[Any]] = []
    for arg in args:
        if is_movable(arg):
            axes.append([])
        axes[-1].append(arg)
    allowed = (4, 5) if len({len(values) for values in axes[1:]}) == 1 else (4,)
    for index, values in enumerate(axes):
        if len(values) not in (allowed if index else (4,)):
            given = ", ".join(map(repr, values[1:])) or "nothing"
            raise ValueError(f"{wanted}, after the first also snake, for all or none; {label(values[0])} has {given}")
    return axes


def _snaked(lengths: list[int], snakes: list[bool]) -> Iterator[np.ndarray]:
    """For each axis of a grid the indices of its points at each point of the grid; the last axis is the fastest."""
    points = np.arange(np.prod(lengths))
    inner = len(points)
    for length, snake in zip(lengths, snakes, strict=True):
        inner //= length
        travelled = points // inner
        order = travelled % length
        if snake:
            way_back = travelled // length % 2 == 1
            order = np.where(way_back, length - 1 - order, order)
        yield order


def _spaced(motor: Any, start: Any, stop: Any, num: int) -> np.ndarray:
    try:
        return np.linspace(start, stop, num=num)
    except TypeError:
        raise TypeError(f"Start and stop of {label(motor)} must be numbers, not {start!r} and {stop!r}") from None


def _by(pattern: str, args: Sequence[Any], names: str) -> list[tuple[Any, ...]]:
    size = len(names.split(","))
    if not args or len(args) % size:
        raise ValueError(
            f"{pattern} takes ({names}) once per motor; {len(args)} arguments are not a multiple of {size}"
        )
    return [tuple(args[begin : begin + size]) for begin in range(0, len(args), size)]
