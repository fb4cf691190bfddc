"""Scans over a grid. What `scans` says of arguments holds here as well."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Annotated, Any

from ..messages import MsgGenerator
from ..protocols import Movable, Readable
from . import patterns
from .annotations import Repeats
from .arguments import check_detectors, check_motor, listed_points, refuse_twice
from .devices import label
from .hints import grid_dimensions, with_hints
from .patterns import GridAxis
from .steps import PerStep
from .trajectories import described, pattern_of, relative_and_back, scan_nd

__all__ = [
    "grid_scan",
    "list_grid_scan",
    "outer_product_scan",
    "rel_grid_scan",
    "rel_list_grid_scan",
    "relative_outer_product_scan",
]


def grid_scan(
    detectors: Sequence[Readable],
    *args: Annotated[Any, Repeats(motor=Movable, start=float, stop=float, num=int)],
    snake_axes: bool | Sequence[Movable] | None = None,
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """Move over a grid of `num` points of each motor, the first motor the slowest, and read at each point.

    `snake_axes` says which motors go to and fro instead of flying back: all but the first (True), none (False), or
    those listed. bluesky's older form, a snake flag after each `num` but the first, is taken as well, without it.
    """
    axes = _grid_arguments("grid_scan", detectors, args, snake_axes)
    md_args = list(chain.from_iterable(_for_document(index, axis) for index, axis in enumerate(axes)))
    motors = [axis.motor for axis in axes]
    start = {
        "shape": tuple(axis.num for axis in axes),
        "extents": tuple([axis.start, axis.stop] for axis in axes),
        "snaking": tuple(axis.snake for axis in axes),
        "plan_args": {**described(detectors, per_step), "args": md_args},
        "plan_name": "grid_scan",
        **pattern_of(patterns.outer_product, args=md_args),
        "motors": tuple(motor.name for motor in motors),
        **(md or {}),
    }
    trajectory = patterns.outer_product(_flat(axes))
    md = with_hints(start, {"gridding": "rectilinear", **grid_dimensions(motors)})
    return (yield from scan_nd(detectors, trajectory, per_step=per_step, md=md))


def rel_grid_scan(
    detectors: Sequence[Readable],
    *args: Annotated[Any, Repeats(motor=Movable, start=float, stop=float, num=int)],
    snake_axes: bool | Sequence[Movable] | None = None,
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """As `grid_scan`, with start and stop relative to where each motor is, to which it is moved back at the end."""
    axes = _grid_arguments("rel_grid_scan", detectors, args, snake_axes)
    md = {"plan_name": "rel_grid_scan", **(md or {})}
    plan = grid_scan(detectors, *_flat(axes), per_step=per_step, md=md)
    return (yield from relative_and_back(plan, [axis.motor for axis in axes]))


def list_grid_scan(
    detectors: Sequence[Readable],
    *args: Annotated[Any, Repeats(motor=Movable, points=list[float])],
    snake_axes: bool | Sequence[Movable] = False,
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """Move over the grid of each motor's list of points, the first motor the slowest, and read at each point.

    `snake_axes` is what it is in `grid_scan`.
    """
    axes = _list_arguments("list_grid_scan", detectors, args, snake_axes)
    md_args = list(chain.from_iterable((repr(motor), points) for motor, points in axes))
    start = {
        "shape": tuple(len(points) for _, points in axes),
        "extents": tuple([min(points), max(points)] for _, points in axes),
        "snake_axes": repr(snake_axes),
        "plan_args": {**described(detectors, per_step), "args": md_args},
        "plan_name": "list_grid_scan",
        **pattern_of(patterns.outer_list_product, args=md_args, snake_axes=repr(snake_axes)),
        "motors": tuple(motor.name for motor, _ in axes),
        **(md or {}),
    }
    trajectory = patterns.outer_list_product(list(chain.from_iterable(axes)), snake_axes)
    return (yield from scan_nd(detectors, trajectory, per_step=per_step, md=start))


def rel_list_grid_scan(
    detectors: Sequence[Readable],
    *args: Annotated[Any, Repeats(motor=Movable, points=list[float])],
    snake_axes: bool | Sequence[Movable] = False,
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """As `list_grid_scan`, with points relative to where each motor is, to which it is moved back at the end."""
    axes = _list_arguments("rel_list_grid_scan", detectors, args, snake_axes)
    md = {"plan_name": "rel_list_grid_scan", **(md or {})}
    plan = list_grid_scan(detectors, *chain.from_iterable(axes), snake_axes=snake_axes, per_step=per_step, md=md)
    return (yield from relative_and_back(plan, [motor for motor, _ in axes]))


outer_product_scan = grid_scan  # bluesky's older names
relative_outer_product_scan = rel_grid_scan


def _grid_arguments(plan: str, detectors: Any, args: Sequence[Any], snake_axes: Any) -> list[GridAxis]:
    check_detectors(plan, detectors)
    axes = patterns.chunk_outer_product_args(args)
    motors = [axis.motor for axis in axes]
    for motor in motors:
        check_motor(plan, motor, "each motor")
    refuse_twice(plan, motors)
    if snake_axes is None:
        return axes
    if patterns.has_snake_flags(args):
        raise ValueError(f"{plan}: say which axes snake either by snake_axes or by flags among the arguments, not both")
    snaking = patterns.snaking(plan, motors, snake_axes)
    return [axis._replace(snake=axis.motor in snaking) for axis in axes]


def _list_arguments(plan: str, detectors: Any, args: Sequence[Any], snake_axes: Any) -> list[tuple[Any, Any]]:
    check_detectors(plan, detectors)
    axes = listed_points(plan, args)
    for motor, points in axes:
        if not len(points):
            raise ValueError(f"{plan}: there must be at least one point of {label(motor)}")
    patterns.snaking(plan, [motor for motor, _ in axes], snake_axes)
    return axes


def _for_document(index: int, axis: GridAxis) -> list[Any]:
    described_axis = [repr(axis.motor), axis.start, axis.stop, axis.num]
    return [*described_axis, axis.snake] if index else described_axis


def _flat(axes: Sequence[GridAxis]) -> list[Any]:
    """The axes as plan arguments, each but the first with its flag."""
    return [value for index, axis in enumerate(axes) for value in (axis if index else axis[:4])]
