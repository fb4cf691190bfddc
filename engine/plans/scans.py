"""Counts and scans along a line: each makes one run and returns its uid.

`detectors` is a list or tuple of readable devices; `md` goes into the start document and outranks what the plan writes
there. What is wrong with the arguments is raised before anything is staged or moved, ValueError or TypeError, and says
which one it is and what would be right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import chain
from typing import Annotated, Any

from ..messages import MsgGenerator
from ..protocols import Movable, Readable
from . import patterns
from .annotations import Repeats, Units
from .arguments import check_detectors, finite_number, grouped, listed_points, whole_number
from .devices import label
from .hints import derive_default_hints, with_hints
from .preprocessors.wrappers import run_wrapper, stage_wrapper
from .steps import PerShot, PerStep, predeclare
from .stubs.reading import one_shot
from .stubs.repeating import check_repetitions, repeat
from .trajectories import described, pattern_of, relative_and_back, scan_nd

__all__ = ["count", "list_scan", "rel_list_scan", "rel_scan", "relative_list_scan", "relative_scan", "scan"]


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
    _check_delays(delay)
    start = {
        "detectors": [detector.name for detector in detectors],
        "num_points": num,
        "num_intervals": None if num is None else num - 1,
        "plan_args": {"detectors": list(map(repr, detectors)), "num": num, "delay": delay},
        "plan_name": "count",
        **(md or {}),
    }

    def shots() -> MsgGenerator:
        if per_shot is None:
            yield from predeclare(*detectors)
        return (yield from repeat(partial(per_shot or one_shot, detectors), num=num, delay=delay))

    run = run_wrapper(shots(), md=with_hints(start, {"dimensions": [(("time",), "primary")]}))
    return (yield from stage_wrapper(run, detectors))


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
        "plan_args": {**described(detectors, per_step), "num": num, "args": md_args},
        "plan_name": "scan",
        **pattern_of(patterns.inner_product, num=num, args=md_args),
        "motors": tuple(motor.name for motor in motors),
        **(md or {}),
    }
    trajectory = patterns.inner_product(num, list(chain.from_iterable(axes)))
    md = with_hints(start, derive_default_hints(motors))
    return (yield from scan_nd(detectors, trajectory, per_step=per_step, md=md))


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
        "plan_args": {**described(detectors, per_step), "args": md_args},
        "plan_name": "list_scan",
        **pattern_of(patterns.inner_list_product, args=md_args),
        **(md or {}),
    }
    trajectory = patterns.inner_list_product(list(chain.from_iterable(axes)))
    md = with_hints(start, derive_default_hints(motors))
    return (yield from scan_nd(detectors, trajectory, per_step=per_step, md=md))


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


relative_scan = rel_scan  # bluesky's older names
relative_list_scan = rel_list_scan


def _check_delays(delay: Any) -> None:
    """Iterators are not looked into: that would use them up."""
    delays = delay if isinstance(delay, Sequence) else [] if isinstance(delay, Iterable) else [delay]
    for seconds in delays:
        if seconds is not None:
            finite_number("count: delay in seconds", seconds)


def _scan_arguments(plan: str, args: tuple[Any, ...], num: Any) -> tuple[int, list[tuple[Any, ...]]]:
    if num is None:
        if len(args) % 3 != 1:
            raise ValueError(
                f"{plan}: say how many points, as num=11 or as the last argument after (motor, start, stop)…"
            )
        *args, num = args  # type: ignore[assignment]
    return whole_number(f"{plan}: num", num), grouped(plan, args, ("motor", "start", "stop"))


def _list_arguments(plan: str, args: tuple[Any, ...]) -> list[tuple[Any, Any]]:
    axes = listed_points(plan, args)
    if len({len(points) for _, points in axes}) > 1:
        given = ", ".join(f"{label(motor)} {len(points)}" for motor, points in axes)
        raise ValueError(f"{plan}: all motors need the same number of points, not {given}")
    return axes
