"""What plans do at each point, and how it may be given."""

from __future__ import annotations

import inspect
import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from cycler import Cycler

from ..messages import MsgGenerator
from .devices import axes_of, label
from .stubs.messages import declare_stream
from .stubs.reading import one_1d_step, one_nd_step

__all__ = ["PerShot", "PerStep", "PerStep1D", "PerStepND", "as_1d_step", "as_nd_step", "predeclare"]

PerShot: TypeAlias = Callable[..., MsgGenerator]
"""One reading of a count: `per_shot(detectors)`."""

PerStep1D: TypeAlias = Callable[..., MsgGenerator]
"""One step of a scan of one motor: `per_step(detectors, motor, step)`."""

PerStepND: TypeAlias = Callable[..., MsgGenerator]
"""One step of a scan: `per_step(detectors, step, pos_cache)`, with `step` and `pos_cache` motor → position."""

PerStep: TypeAlias = PerStep1D | PerStepND
"""One step of a scan, in either form; which of them it is is told from the names of its parameters."""

_ND = ("detectors", "step", "pos_cache")
_1D = ("detectors", "motor", "step")


def predeclare(*devices: Any) -> MsgGenerator:
    """Declare the stream "primary" of these devices ahead, where the environment asks for it by BLUESKY_PREDECLARE."""
    if os.environ.get("BLUESKY_PREDECLARE"):
        yield from declare_stream(*devices, name="primary")


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
        raise TypeError(f"per_step must take ({', '.join(_ND)}) or ({', '.join(_1D)}), not {_plain(signature)}")
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


def _plain(signature: inspect.Signature) -> str:
    """Without annotations: `(detectors, *, speed=1)`."""
    parameters = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    return str(inspect.Signature(parameters))


def _for_one_motor(per_step: PerStep, motor: Any) -> PerStep:
    def nd_step(detectors: Sequence[Any], step: Mapping[Any, Any], pos_cache: dict[Any, Any]) -> MsgGenerator:
        (position,) = step.values()
        return (yield from per_step(detectors, motor, position))

    return nd_step


def as_1d_step(per_step: PerStep | None) -> PerStep1D:
    """`per_step` as a function of (detectors, motor, step); if its parameters have other names, in this order.

    Raises TypeError when it cannot be called with three arguments.
    """
    if per_step is None:
        return one_1d_step
    signature = inspect.signature(per_step)
    if _begins_with(_ND, signature):
        return _for_many_motors(per_step)
    try:
        signature.bind(*_1D)
    except TypeError:
        raise TypeError(f"per_step must take ({', '.join(_1D)}), not {_plain(signature)}") from None
    return per_step


def _for_many_motors(per_step: PerStepND) -> PerStep1D:
    positions: dict[Any, Any] = defaultdict(lambda: None)  # where the motor was sent last

    def one_step(detectors: Sequence[Any], motor: Any, step: Any) -> MsgGenerator:
        return (yield from per_step(detectors, {motor: step}, positions))

    return one_step
