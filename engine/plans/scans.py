"""Counts and scans along a line: each makes one run and returns its uid.

`detectors` is a list or tuple of readable devices; `md` goes into the start document and outranks what the plan writes
there. What is wrong with the arguments is raised before anything is staged or moved, ValueError or TypeError, and says
which one it is and what would be right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import chain
from typing import Annotated, Any

from cycler import Cycler

from ..messages import MsgGenerator
from ..protocols import Movable, Readable
from . import patterns
from .annotations import Repeats, Units
from .arguments import check_detectors, grouped, whole_number
from .devices import axes_of, get_hinted_fields, label, merge_cycler
from .preprocessors.relative import relative_set_wrapper, reset_positions_wrapper
from .preprocessors.wrappers import run_wrapper, stage_wrapper
from .steps import PerShot, PerStep, as_nd_step
from .stubs.reading import check_repetitions, one_shot, repeat

__all__ = ["count", "list_scan", "rel_list_scan", "rel_scan", "scan", "scan_nd"]


def count(
    detectors: Sequence[Readable],
    num: int | None = 1,
    delay: Annotated[float | Sequence[float], Units("s")] = 0.0,
    *,
    per_shot: PerShot | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """Read the detectors `num` times, or until stopped when None, with `delay` seconds from one to the next.

    `delay` may be a list of at least `num - 1` delays. `per_shot(detectors)` is what is done each time.
    """
    check_detectors("count", detectors)
    num = check_repetitions("count", num, delay)
    start = {
        "detectors": [detector.name for detector in detectors],
        "num_points": num,
        "num_intervals": None if num is None else num - 1,
        "plan_args": {"detectors": list(map(repr, detectors)), "num": num, "delay": delay},
        "plan_name": "count",
        "hints": {},
        **(md or {}),
    }
    start["hints"] = {"dimensions": [(("time",), "primary")], **(start["hints"] or {})}
    shots = repeat(partial(per_shot or one_shot, detectors), num=num, delay=delay)
    return (yield from stage_wrapper(run_wrapper(shots, md=start), detectors))


def scan(
    detectors: Sequence[Readable],
    *args: Annotated[Any, Repeats(motor=Movable, start=float, stop=float)],
    num: int | None = None,
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """Move all motors together in `num` equal steps from their start to their stop, and read at each.

    `num` may also be the last positional argument. `per_step(detectors, step, pos_cache)` is what is done at each
    point, see `one_nd_step`.
    """
    check_detectors("scan", detectors)
    num, axes = _scan_arguments("scan", args, num)
    motors = [motor for motor, _, _ in axes]
    md_args = list(chain.from_iterable((repr(motor), start, stop) for motor, start, stop in axes))
    start = {
        "plan_args": {**_common_arguments(detectors, per_step), "num": num, "args": md_args},
        "plan_name": "scan",
        **_pattern(patterns.inner_product, num=num, args=md_args),
        "motors": tuple(motor.name for motor in motors),
        **(md or {}),
        "hints": _line_hints(motors, md),
    }
    trajectory = patterns.inner_product(num, list(chain.from_iterable(axes)))
    return (yield from scan_nd(detectors, trajectory, per_step=per_step, md=start))


def rel_scan(
    detectors: Sequence[Readable],
    *args: Annotated[Any, Repeats(motor=Movable, start=float, stop=float)],
    num: int | None = None,
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """As `scan`, with start and stop relative to where each motor is, to which it is moved back at the end."""
    check_detectors("rel_scan", detectors)
    num, axes = _scan_arguments("rel_scan", args, num)
    md = {"plan_name": "rel_scan", **(md or {})}
    plan = scan(detectors, *chain.from_iterable(axes), num=num, per_step=per_step, md=md)
    return (yield from relative_and_back(plan, [motor for motor, _, _ in axes]))


def list_scan(
    detectors: Sequence[Readable],
    *args: Annotated[Any, Repeats(motor=Movable, points=list[float])],
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """Move all motors together along their lists of points, which have the same length, and read at each point."""
    check_detectors("list_scan", detectors)
    axes = _list_arguments("list_scan", args)
    motors = [motor for motor, _ in axes]
    num = len(axes[0][1])
    md_args = list(chain.from_iterable((repr(motor), points) for motor, points in axes))
    start = {
        "detectors": [detector.name for detector in detectors],
        "motors": [motor.name for motor in motors],
        "num_points": num,
        "num_intervals": max(num - 1, 0),
        "plan_args": {**_common_arguments(detectors, per_step), "args": md_args},
        "plan_name": "list_scan",
        **_pattern(patterns.inner_list_product, args=md_args),
        **(md or {}),
        "hints": _line_hints(motors, md),
    }
    trajectory = patterns.inner_list_product(list(chain.from_iterable(axes)))
    return (yield from scan_nd(detectors, trajectory, per_step=per_step, md=start))


def rel_list_scan(
    detectors: Sequence[Readable],
    *args: Annotated[Any, Repeats(motor=Movable, points=list[float])],
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """As `list_scan`, with points relative to where each motor is, to which it is moved back at the end."""
    check_detectors("rel_list_scan", detectors)
    axes = _list_arguments("rel_list_scan", args)
    md = {"plan_name": "rel_list_scan", **(md or {})}
    plan = list_scan(detectors, *chain.from_iterable(axes), per_step=per_step, md=md)
    return (yield from relative_and_back(plan, [motor for motor, _ in axes]))


def scan_nd(
    detectors: Sequence[Readable],
    cycler: Cycler,
    *,
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """Move along any trajectory, and read at each of its points; see `patterns` for the usual ones."""
    check_detectors("scan_nd", detectors)
    motors = axes_of(cycler)
    start = {
        "detectors": [detector.name for detector in detectors],
        "motors": [motor.name for motor in motors],
        "num_points": len(cycler),
        "num_intervals": len(cycler) - 1,
        "plan_args": {**_common_arguments(detectors, per_step), "cycler": repr(cycler)},
        "plan_name": "scan_nd",
        "hints": {},
        **(md or {}),
    }
    start["hints"] = {**grid_dimensions(motors), **(start["hints"] or {})}
    step_plan = as_nd_step(per_step, cycler)
    trajectory = merge_cycler(cycler)
    steps = _steps(detectors, trajectory, step_plan)
    return (yield from stage_wrapper(run_wrapper(steps, md=start), [*detectors, *axes_of(trajectory)]))


def _steps(detectors: Sequence[Any], trajectory: Cycler, per_step: PerStep) -> MsgGenerator:
    positions: dict[Any, Any] = defaultdict(lambda: None)  # where each motor was sent last
    for step in trajectory:
        yield from per_step(detectors, step, positions)


def relative_and_back(plan: MsgGenerator, motors: Sequence[Any]) -> MsgGenerator:
    """The plan relative to where the motors are, to which they are moved back at the end."""
    return (yield from reset_positions_wrapper(relative_set_wrapper(plan, motors), motors))


def grid_dimensions(motors: Sequence[Any]) -> dict[str, Any]:
    """The hint that each motor is a dimension of its own; none unless all of them hint at their fields."""
    fields = [(getattr(motor, "hints", None) or {}).get("fields") for motor in motors]
    return {} if None in fields else {"dimensions": [(names, "primary") for names in fields]}


def _line_hints(motors: Sequence[Any], md: dict[str, Any] | None) -> dict[str, Any]:
    """The hint that all motors are one dimension, and what the user hints at."""
    fields = [field for motor in motors for field in get_hinted_fields(motor)]
    return {**({"dimensions": [(fields, "primary")]} if fields else {}), **((md or {}).get("hints") or {})}


def _common_arguments(detectors: Sequence[Any], per_step: PerStep | None) -> dict[str, Any]:
    return {"detectors": list(map(repr, detectors)), "per_step": repr(per_step)}


def _pattern(pattern: Any, **arguments: Any) -> dict[str, Any]:
    """How a start document says which function gave the trajectory."""
    return {
        "plan_pattern": pattern.__name__,
        "plan_pattern_module": patterns.__name__,
        "plan_pattern_args": arguments,
    }


def _scan_arguments(plan: str, args: tuple[Any, ...], num: Any) -> tuple[int, list[tuple[Any, ...]]]:
    if num is None:
        if len(args) % 3 != 1:
            raise ValueError(
                f"{plan}: say how many points, as num=11 or as the last argument after (motor, start, stop)…"
            )
        *args, num = args  # type: ignore[assignment]
    return whole_number(f"{plan}: num", num), grouped(plan, args, ("motor", "start", "stop"))


def _list_arguments(plan: str, args: tuple[Any, ...]) -> list[tuple[Any, Any]]:
    pairs = grouped(plan, args, ("motor", "points"))
    axes = [(motor, _listed(plan, motor, points)) for motor, points in pairs]
    if len({len(points) for _, points in axes}) > 1:
        given = ", ".join(f"{label(motor)} {len(points)}" for motor, points in axes)
        raise ValueError(f"{plan}: all motors need the same number of points, not {given}")
    return axes


def _listed(plan: str, motor: Any, points: Any) -> Any:
    if isinstance(points, str) or not isinstance(points, Iterable):
        raise TypeError(f"{plan}: the points of {label(motor)} must be a list, such as [0, 0.5, 1], not {points!r}")
    return points if hasattr(points, "__len__") else list(points)
