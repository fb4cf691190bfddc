"""Checks of what plans are called with, before anything moves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .devices import label
from .requirements import check_device

__all__ = [
    "check_detectors",
    "check_motor",
    "finite_number",
    "grouped",
    "listed_points",
    "refuse_twice",
    "whole_number",
]


def check_detectors(plan: str, detectors: Any) -> None:
    """Raises TypeError, with what would be right, unless `detectors` is a list or tuple of devices."""
    if not isinstance(detectors, Sequence) or isinstance(detectors, str):
        raise TypeError(f"{plan}: detectors must be a list of devices, such as [det], not {label(detectors)}")
    for index, detector in enumerate(detectors):
        check_device(f"{plan}: detectors[{index}]", detector)


def check_motor(plan: str, motor: Any, what: str = "motor") -> None:
    """Raises TypeError unless `motor`, in the parameter `what`, can be set."""
    if not callable(getattr(motor, "set", None)):
        raise TypeError(f"{plan}: {what} must be a device that can be set, not {label(motor)} ({type(motor).__name__})")


def finite_number(what: str, value: Any, *, above: float | None = None) -> Any:
    """`value` itself. Raises TypeError or ValueError that say `what` it is for, when it is not a finite number > above.

    A list or a text of digits is no number.
    """
    try:
        finite = math.isfinite(value)
    except TypeError:
        raise TypeError(f"{what} must be a number, not {value!r}") from None
    except OverflowError:  # an integer too large for a float
        finite = False
    if not finite:
        raise ValueError(f"{what} must be finite, not {value!r}")
    if above is not None and not value > above:
        raise ValueError(f"{what} must be above {above}, not {value!r}")
    return value


def whole_number(what: str, value: Any, *, at_least: int = 1) -> int:
    """`value` as an int; 3.0 is 3. Raises TypeError or ValueError that say `what` it is for."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        kind = ValueError if isinstance(value, float) else TypeError  # NaN and inf have the right type
        raise kind(f"{what} must be a whole number, not {value!r}") from None
    if number != value:
        raise ValueError(f"{what} must be a whole number (of points, not a step size), not {value!r}")
    if number < at_least:
        raise ValueError(f"{what} must be at least {at_least}, not {number}")
    return number


def grouped(plan: str, args: Sequence[Any], names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """`args` in groups of `names`, of which the first is a motor.

    Raises ValueError when there are none or the last is incomplete, or when a motor is named twice; TypeError when
    something else is where a motor should be.
    """
    wanted = f"{plan} takes ({', '.join(names)}) once per motor"
    if not args or len(args) % len(names):
        raise ValueError(f"{wanted}: the number of arguments must be a multiple of {len(names)}, not {len(args)}")
    groups = list(_groups(args, len(names)))
    for index, (motor, *_) in enumerate(groups):
        if not callable(getattr(motor, "set", None)):
            raise TypeError(f"{wanted}: argument {index * len(names) + 1} is no motor but {motor!r}")
    refuse_twice(plan, [group[0] for group in groups])
    return groups


def refuse_twice(plan: str, motors: Sequence[Any]) -> None:
    """Raises ValueError when a motor is there more than once."""
    twice = {label(motor) for motor in motors if motors.count(motor) > 1}
    if twice:
        raise ValueError(f"{plan}: each motor can be named once, {', '.join(sorted(twice))} is named more often")


def _groups(args: Sequence[Any], size: int) -> Iterator[tuple[Any, ...]]:
    for begin in range(0, len(args), size):
        yield tuple(args[begin : begin + size])


def listed_points(plan: str, args: Sequence[Any]) -> list[tuple[Any, Any]]:
    """The pairs (motor, points) among `args`; points that have no length are read into a list, once.

    Raises what `grouped` raises, TypeError for points that are no list, and ValueError for a number that is not finite.
    """
    pairs = grouped(plan, args, ("motor", "points"))
    return [(motor, _points(plan, motor, points)) for motor, points in pairs]


def _points(plan: str, motor: Any, points: Any) -> Any:
    if isinstance(points, str) or not isinstance(points, Iterable):
        raise TypeError(f"{plan}: the points of {label(motor)} must be a list, such as [0, 0.5, 1], not {points!r}")
    points = points if hasattr(points, "__len__") else list(points)
    for index, point in enumerate(points):
        if isinstance(point, float) and not math.isfinite(point):
            raise ValueError(f"{plan}: point {index} of {label(motor)} must be finite, not {point!r}")
    return points
