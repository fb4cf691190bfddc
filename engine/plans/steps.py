"""What scans do at each point, and how it may be given."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from cycler import Cycler

from ..messages import MsgGenerator
from .devices import axes_of, label
from .stubs.reading import one_nd_step

__all__ = ["PerShot", "PerStep", "as_nd_step"]

PerShot: TypeAlias = Callable[..., MsgGenerator]
"""One reading of a count: `per_shot(detectors)`."""

PerStep: TypeAlias = Callable[..., MsgGenerator]
"""One step of a scan: `per_step(detectors, step, pos_cache)`, or `(detectors, motor, step)` with one motor only."""

_ND = ("detectors", "step", "pos_cache")
_1D = ("detectors", "motor", "step")


def as_nd_step(per_step: PerStep | None, trajectory: Cycler) -> PerStep:
    """`per_step` as a function of (detectors, step, pos_cache), which it is told from by its parameters' names.

    Raises TypeError when it has other parameters, or is for one motor and the trajectory has several.
    """
    if per_step is None:
        return one_nd_step
    signature = inspect.signature(per_step)
    if _begins_with(_ND, signature):
        return per_step
    if not _begins_with(_1D, signature):
        given = ", ".join(signature.parameters)
        raise TypeError(f"per_step must take ({', '.join(_ND)}) or ({', '.join(_1D)}), not ({given})")
    motors = axes_of(trajectory)
    if len(motors) != 1:
        names = ", ".join(map(label, motors))
        raise TypeError(f"per_step({', '.join(_1D)}) is for one motor, there are {len(motors)}: {names}")
    return _for_one_motor(per_step, motors[0])


def _begins_with(names: Sequence[str], signature: inspect.Signature) -> bool:
    """Whether these are the first parameters, and no other one is required."""
    parameters = list(signature.parameters.values())
    optional = (
        p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) or p.default is not p.empty for p in parameters[len(names) :]
    )
    return [p.name for p in parameters[: len(names)]] == list(names) and all(optional)


def _for_one_motor(per_step: PerStep, motor: Any) -> PerStep:
    def nd_step(detectors: Sequence[Any], step: Mapping[Any, Any], pos_cache: dict[Any, Any]) -> MsgGenerator:
        (position,) = step.values()
        return (yield from per_step(detectors, motor, position))

    return nd_step
