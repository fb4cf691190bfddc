"""Scans over decades. What `scans` says of arguments holds here as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ..messages import MsgGenerator
from ..protocols import NamedMovable, Readable
from .arguments import whole_number
from .one_motor import check_line, run_with_one_motor
from .patterns.points import check_size
from .steps import PerStep, as_1d_step, predeclare
from .trajectories import described, relative_and_back

__all__ = ["log_scan", "rel_log_scan", "relative_log_scan"]


def log_scan(
    detectors: Sequence[Readable],
    motor: NamedMovable,
    start: Annotated[float, "exponent of 10: the first position is 10 to the power of it"],
    stop: Annotated[float, "exponent of 10: the last position is 10 to the power of it"],
    num: int,
    *,
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """Move a motor from 10**start to 10**stop by a constant factor, and read at each of `num` points.

    `per_step(detectors, motor, step)` is what is done at each point, see `one_1d_step`.
    """
    num, points = _checked("log_scan", detectors, motor, start, stop, num)
    step_plan = as_1d_step(per_step)

    def steps() -> MsgGenerator:
        if per_step is None:
            yield from predeclare(motor, *detectors)
        for point in points:
            yield from step_plan(detectors, motor, point)

    ends = {"start": start, "stop": stop, "num": num}
    document = {
        "num_points": num,
        "num_intervals": num - 1,
        "plan_args": {**described(detectors, per_step), "motor": repr(motor), **ends},
        "plan_name": "log_scan",
        "plan_pattern": np.logspace.__name__,
        "plan_pattern_module": "numpy",
        "plan_pattern_args": ends,
    }
    return (yield from run_with_one_motor(steps(), detectors, motor, document, md))


def rel_log_scan(
    detectors: Sequence[Readable],
    motor: NamedMovable,
    start: Annotated[float, "exponent of 10: the motor first moves by 10 to the power of it"],
    stop: Annotated[float, "exponent of 10: the motor last moves by 10 to the power of it"],
    num: int,
    *,
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """As `log_scan`, with positions relative to where the motor is, to which it is moved back at the end."""
    _checked("rel_log_scan", detectors, motor, start, stop, num)
    md = {"plan_name": "rel_log_scan", **(md or {})}
    plan = log_scan(detectors, motor, start, stop, num, per_step=per_step, md=md)
    return (yield from relative_and_back(plan, [motor]))


relative_log_scan = rel_log_scan  # bluesky's older name


def _checked(plan: str, detectors: Any, motor: Any, start: Any, stop: Any, num: Any) -> tuple[int, np.ndarray]:
    """How many points, and the points."""
    check_line(plan, detectors, motor, start, stop)
    num = whole_number(f"{plan}: num", num)
    check_size(plan, num)
    with np.errstate(over="ignore"):
        points = np.logspace(start, stop, num=num)
    if not np.isfinite(points).all():
        raise ValueError(f"{plan}: start and stop are exponents of 10, 10**{max(start, stop)} is no position")
    return num, points
