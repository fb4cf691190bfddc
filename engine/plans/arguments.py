"""Checks of what plans are called with, before anything moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .devices import label

__all__ = ["check_detectors", "grouped", "refuse_twice", "whole_number"]


def check_detectors(plan: str, detectors: Any) -> None:
    """Raises TypeError, with what would be right, unless `detectors` is a list or tuple of devices."""
    if not isinstance(detectors, Sequence) or isinstance(detectors, str):
        raise TypeError(f"{plan}: detectors must be a list of devices, such as [det], not {label(detectors)}")
    for index, detector in enumerate(detectors):
        if not hasattr(detector, "name"):
            raise TypeError(f"{plan}: detectors[{index}] is no device but {detector!r} ({type(detector).__name__})")


def whole_number(what: str, value: Any, *, at_least: int = 1) -> int:
    """`value` as an int; 3.0 is 3. Raises TypeError or ValueError that say `what` it is for."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{what} must be a whole number, not {value!r}") from None
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
