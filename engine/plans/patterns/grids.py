"""Every position of one motor with every position of the others: outer products."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from functools import reduce
from math import prod
from typing import Any, NamedTuple

import numpy as np
from cycler import Cycler, cycler

from ..arguments import refuse_twice, whole_number
from ..devices import is_movable, label
from .points import by_motor, check_size, spaced

__all__ = [
    "GridAxis",
    "OuterProductArgsPattern",
    "chunk_outer_product_args",
    "classify_outer_product_args_pattern",
    "has_snake_flags",
    "outer_list_product",
    "outer_product",
    "snaking",
]


class GridAxis(NamedTuple):
    """One axis of a grid: `num` points from `start` to `stop`, to and fro when it snakes."""

    motor: Any
    start: float
    stop: float
    num: int
    snake: bool = False


class OuterProductArgsPattern(Enum):
    """The two ways to write the axes of a grid: 1 without, 2 with a snake flag after each axis but the first."""

    PATTERN_1 = 1
    PATTERN_2 = 2


def outer_product(args: Sequence[Any]) -> Cycler:
    """A grid, the first motor the slowest; `args` as `chunk_outer_product_args` takes them, which raises the errors.

    Each axis has `num` evenly spaced points, as `inner_product` has; the grid has as many as their product.
    """
    axes = chunk_outer_product_args(args)
    check_size("outer_product", prod(axis.num for axis in axes))
    columns = [spaced(axis.motor, axis.start, axis.stop, axis.num) for axis in axes]
    orders = _orders([axis.num for axis in axes], [axis.snake for axis in axes])
    placed = zip(axes, columns, orders, strict=True)
    return reduce(operator.add, (cycler(axis.motor, column[order]) for axis, column, order in placed))


def outer_list_product(args: Sequence[Any], snake_axes: bool | Iterable[Any]) -> Cycler:
    """A grid of lists of positions; `args` is motor, positions of each, the first motor the slowest.

    `snake_axes` is what `snaking` takes. Raises ValueError for an incomplete group, an empty list, or a wrong
    `snake_axes`.
    """
    axes = [(motor, list(points)) for motor, points in by_motor("outer_list_product", args, "motor", "positions")]
    snakes = snaking("outer_list_product", [motor for motor, _ in axes], snake_axes)
    for motor, points in axes:
        if not points:
            raise ValueError(f"outer_list_product needs at least one position of {label(motor)}")
    lengths = [len(points) for _, points in axes]
    check_size("outer_list_product", prod(lengths))
    orders = _orders(lengths, [motor in snakes for motor, _ in axes])
    placed = zip(axes, orders, strict=True)
    return reduce(operator.add, (cycler(motor, [points[i] for i in order]) for (motor, points), order in placed))


def snaking(pattern: str, motors: Sequence[Any], snake_axes: Any) -> list[Any]:
    """The motors that go to and fro: all but the first (True), none (False, None), or those listed.

    Raises ValueError, which names `pattern`, for what does not say it: the slowest motor never goes back.
    """
    if snake_axes is None or isinstance(snake_axes, bool | np.bool_):
        return list(motors[1:]) if snake_axes else []
    if not isinstance(snake_axes, Iterable) or isinstance(snake_axes, str):
        raise ValueError(f"{pattern}: snake_axes must be True, False or a list of motors, not {snake_axes!r}")
    listed = list(snake_axes)
    refuse_twice(f"{pattern}: snake_axes", listed)
    for motor in listed:
        if motor not in motors[1:]:
            why = "is the slowest, which never goes back" if motor in motors else "is not scanned"
            those = ", ".join(map(label, motors[1:])) or "none"
            raise ValueError(f"{pattern}: {label(motor)} cannot snake, it {why}; those that can: {those}")
    return listed


def chunk_outer_product_args(args: Iterable[Any], pattern: OuterProductArgsPattern | None = None) -> list[GridAxis]:
    """The axes of a grid from `motor, start, stop, num` of each; or, after the first, all with a `snake` flag as well.

    Motors are devices, or all of them names. Raises ValueError when an axis has too few or too many values, when only
    some of them have a flag, when the first argument is no motor, or when they are not of the `pattern` that is given.
    """
    split = _split_at_motors(list(args))
    if pattern is not None and not _is_written_as(pattern, split):
        raise ValueError(f"The axes of this grid are written as {_pattern_of(split)}, not as {pattern!r}")
    axes = [GridAxis(*values) for values in split]
    return [axis._replace(num=whole_number(f"num of {label(axis.motor)}", axis.num)) for axis in axes]


def classify_outer_product_args_pattern(args: Iterable[Any]) -> OuterProductArgsPattern:
    """Whether the axes of a grid have snake flags. Raises ValueError as `chunk_outer_product_args` does."""
    return _pattern_of(_split_at_motors(list(args)))


def has_snake_flags(args: Iterable[Any]) -> bool:
    """Whether the axes of a grid say themselves which of them snake."""
    return classify_outer_product_args_pattern(args) is OuterProductArgsPattern.PATTERN_2


def _pattern_of(axes: Sequence[Sequence[Any]]) -> OuterProductArgsPattern:
    flags = any(len(values) == 5 for values in axes)
    return OuterProductArgsPattern.PATTERN_2 if flags else OuterProductArgsPattern.PATTERN_1


def _is_written_as(pattern: Any, axes: Sequence[Sequence[Any]]) -> bool:
    """One axis looks the same in both patterns: the first has no flag."""
    return isinstance(pattern, OuterProductArgsPattern) and (len(axes) == 1 or pattern is _pattern_of(axes))


def _split_at_motors(args: Sequence[Any]) -> list[list[Any]]:
    wanted = "A grid takes motor, start, stop, num once per axis"
    if not args:
        raise ValueError(f"{wanted}; there is none")
    is_motor = _motor_test(args[0])
    if not is_motor(args[0]):
        raise ValueError(f"{wanted}; the first argument is no motor but {args[0]!r}")
    axes: list[list[Any]] = []
    for arg in args:
        if is_motor(arg):
            axes.append([])
        axes[-1].append(arg)
    allowed = (4, 5) if len({len(values) for values in axes[1:]}) == 1 else (4,)
    for index, values in enumerate(axes):
        if len(values) not in (allowed if index else (4,)):
            given = ", ".join(map(repr, values[1:])) or "nothing"
            raise ValueError(f"{wanted}, after the first also snake, for all or none; {label(values[0])} has {given}")
    return axes


def _motor_test(first: Any) -> Callable[[Any], bool]:
    """How to tell motors among the arguments: where the first is a name, as in a start document, all are names."""
    return (lambda arg: isinstance(arg, str)) if isinstance(first, str) else is_movable


def _orders(lengths: Sequence[int], snakes: Sequence[bool]) -> Iterator[np.ndarray]:
    """For each axis of a grid the indices of its points at each point of the grid; the last axis is the fastest."""
    points = np.arange(prod(lengths))
    inner = len(points)
    for length, snake in zip(lengths, snakes, strict=True):
        inner //= length
        travelled = points // inner
        order = travelled % length
        if snake:
            way_back = travelled // length % 2 == 1
            order = np.where(way_back, length - 1 - order, order)
        yield order
