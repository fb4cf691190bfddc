"""The frame of plans that move one motor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..messages import MsgGenerator
from ..protocols import NamedMovable
from .arguments import check_detectors, check_motor, finite_number
from .hints import grid_dimensions, with_hints
from .preprocessors.wrappers import run_wrapper, stage_wrapper

__all__ = ["check_line", "run_with_one_motor"]


def check_line(plan: str, detectors: Any, motor: Any, start: Any, stop: Any) -> None:
    """Raises TypeError or ValueError for detectors that are none, what cannot be moved, ends that are no numbers."""
    check_detectors(plan, detectors)
    check_motor(plan, motor)
    finite_number(f"{plan}: start", start)
    finite_number(f"{plan}: stop", stop)


def run_with_one_motor(
    plan: MsgGenerator,
    detectors: Sequence[Any],
    motor: NamedMovable,
    start: dict[str, Any],
    md: dict[str, Any] | None,
) -> MsgGenerator:
    """The plan in a run, with detectors and motor staged; `start` is what else the start document says."""
    document = {
        "detectors": [detector.name for detector in detectors],
        "motors": [motor.name],
        **start,
        **(md or {}),
    }
    run = run_wrapper(plan, md=with_hints(document, grid_dimensions([motor])))
    return (yield from stage_wrapper(run, [*detectors, motor]))
