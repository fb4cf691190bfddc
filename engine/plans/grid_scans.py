"""Scans over a grid. What `plans` says of arguments holds here as well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Annotated, Any

from ..messages import MsgGenerator
from ..protocols import Movable, Readable
from . import patterns
from .annotations import Repeats
from .arguments import check_detectors, refuse_twice
from .devices import label
from .patterns import GridAxis
from .scans import grid_dimensions, relative_and_back, scan_nd
from .steps import PerStep

__all__ = ["grid_scan", "rel_grid_scan"]


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
        "plan_args": {"detectors": list(map(repr, detectors)), "args": md_args, "per_step": repr(per_step)},
        "plan_name": "grid_scan",
        "plan_pattern": patterns.outer_product.__name__,
        "plan_pattern_module": patterns.__name__,
        "plan_pattern_args": {"args": md_args},
        "motors": tuple(motor.name for motor in motors),
        "hints": {},
        **(md or {}),
    }
    start["hints"] = {"gridding": "rectilinear", **grid_dimensions(motors), **(start["hints"] or {})}
    trajectory = patterns.outer_product(_flat(axes))
    return (yield from scan_nd(detectors, trajectory, per_step=per_step, md=start))


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


def _grid_arguments(plan: str, detectors: Any, args: Sequence[Any], snake_axes: Any) -> list[GridAxis]:
    check_detectors(plan, detectors)
    axes = patterns.chunk_outer_product_args(args)
    refuse_twice(plan, [axis.motor for axis in axes])
    if snake_axes is None:
        return axes
    if patterns.has_snake_flags(args):
        raise ValueError(f"{plan}: say which axes snake either by snake_axes or by flags among the arguments, not both")
    snaking = _snaking(plan, [axis.motor for axis in axes], snake_axes)
    return [axis._replace(snake=axis.motor in snaking) for axis in axes]


def _snaking(plan: str, motors: list[Any], snake_axes: Any) -> Sequence[Any]:
    """The motors that snake. Raises ValueError for what does not say it."""
    if isinstance(snake_axes, bool):
        return motors[1:] if snake_axes else []
    if not isinstance(snake_axes, Iterable) or isinstance(snake_axes, str):
        raise ValueError(f"{plan}: snake_axes must be True, False or a list of motors, not {snake_axes!r}")
    listed = list(snake_axes)
    refuse_twice(f"{plan}: snake_axes", listed)
    for motor in listed:
        if motor not in motors[1:]:
            why = "is the slowest, which never goes back" if motor in motors else "is not scanned"
            raise ValueError(f"{plan}: {label(motor)} cannot snake, it {why}; those that can: {_names(motors[1:])}")
    return listed


def _names(motors: Sequence[Any]) -> str:
    return ", ".join(map(label, motors)) or "none"


def _for_document(index: int, axis: GridAxis) -> list[Any]:
    described = [repr(axis.motor), axis.start, axis.stop, axis.num]
    return [*described, axis.snake] if index else described


def _flat(axes: Sequence[GridAxis]) -> list[Any]:
    """The axes as plan arguments, each but the first with its flag."""
    return [value for index, axis in enumerate(axes) for value in (axis if index else axis[:4])]
