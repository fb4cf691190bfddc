"""Scans along any trajectory: what all scans of positions that are known beforehand come down to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from cycler import Cycler

from ..messages import MsgGenerator
from ..protocols import Readable
from . import patterns
from .arguments import check_detectors, check_motor
from .devices import axes_of, label, merge_cycler
from .hints import grid_dimensions, with_hints
from .preprocessors.relative import relative_set_wrapper, reset_positions_wrapper
from .preprocessors.wrappers import run_wrapper, stage_wrapper
from .steps import PerStep, as_nd_step, predeclare

__all__ = ["described", "pattern_of", "relative_and_back", "scan_nd"]


def scan_nd(
    detectors: Sequence[Readable],
    cycler: Cycler,
    *,
    per_step: PerStep | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator:
    """Move along any trajectory, and read at each of its points; see `patterns` for the usual ones.

    `cycler` is motor → positions, `per_step(detectors, step, pos_cache)` what is done at each point.
    """
    check_detectors("scan_nd", detectors)
    motors = _motors_of(cycler)
    start = {
        "detectors": [detector.name for detector in detectors],
        "motors": [motor.name for motor in motors],
        "num_points": len(cycler),
        "num_intervals": len(cycler) - 1,
        "plan_name": "scan_nd",
        **(md or {}),
    }
    if "plan_args" not in start:  # the text of a long trajectory is not made for nothing
        start["plan_args"] = {**described(detectors, per_step), "cycler": repr(cycler)}
    start = with_hints(start, grid_dimensions(motors))
    step_plan = as_nd_step(per_step, cycler)
    trajectory = merge_cycler(cycler)
    axes = axes_of(trajectory)

    def steps() -> MsgGenerator:
        if per_step is None:
            yield from predeclare(*axes, *detectors)
        positions: dict[Any, Any] = defaultdict(lambda: None)  # where each motor was sent last
        for step in trajectory:
            yield from step_plan(detectors, step, positions)

    return (yield from stage_wrapper(run_wrapper(steps(), md=start), [*detectors, *axes]))


def relative_and_back(plan: MsgGenerator, motors: Sequence[Any]) -> MsgGenerator:
    """The plan relative to where the motors are, to which they are moved back at the end."""
    return (yield from reset_positions_wrapper(relative_set_wrapper(plan, motors), motors))


def described(detectors: Sequence[Any], per_step: PerStep | None) -> dict[str, Any]:
    """The arguments that all scans have, as a start document has them."""
    return {"detectors": list(map(repr, detectors)), "per_step": repr(per_step)}


def pattern_of(pattern: Callable[..., Cycler], **arguments: Any) -> dict[str, Any]:
    """How a start document says which function gave the trajectory."""
    return {
        "plan_pattern": pattern.__name__,
        "plan_pattern_module": patterns.__name__,
        "plan_pattern_args": arguments,
    }


def _motors_of(trajectory: Any) -> list[Any]:
    if not isinstance(trajectory, Cycler):
        raise TypeError(f"scan_nd: cycler must be a Cycler, such as cycler(motor, [0, 1]), not {label(trajectory)}")
    motors = axes_of(trajectory)
    if not motors:
        raise ValueError("scan_nd: the cycler has no motor, such as cycler(motor, [0, 1]) has")
    for motor in motors:
        check_motor("scan_nd", motor, "each key of the cycler")
    return motors
