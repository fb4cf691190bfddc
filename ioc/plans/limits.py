"""Where a plan would move devices, against their limits.

Rules of this file:
1. A device's limits decide, and its own `check_value`, as it does when the device is set. One that has to be awaited is
   not asked: it reads PVs.
2. What cannot be told now is no mistake: a wrong refusal is worse than a missed one, since the device refuses as well.
   So of what `check_value` raises only a LimitError counts: anything else may be about how things are now, and the plan
   may change that first.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from numbers import Real
from typing import Any

from ...engine.telling import name_of

__all__ = ["Range", "Refused", "Targets", "number"]

MOST_CHECKED = 10_000
"""How many different places of a device are checked, beside the outermost ones."""

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Range:
    """How far a device would be moved, lowest and highest; None where its places are no numbers."""

    device: str
    moves: int
    low: float | None
    high: float | None
    limits: Span | None
    text: str
    """For people."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A place to which a device cannot be moved, and why, for people."""

    value: Any
    why: str


@dataclass(slots=True)
class Targets:
    """Where one device was sent: different places in order; of those in `guessed` nobody can be sure."""

    device: Any
    moves: int = 0
    values: dict[Any, Any] = field(default_factory=dict)
    guessed: dict[Any, Any] = field(default_factory=dict)

    def add(self, value: Any, *, is_certain: bool) -> None:
        """Another move."""
        self.moves += 1
        value = float(value) if type(value) is not float and isinstance(value, float) else value
        try:
            (self.values if is_certain else self.guessed)[value] = value
        except TypeError:  # a dict of axes
            (self.values if is_certain else self.guessed)[repr(value)] = value

    def range(self) -> Range:
        """How far it went."""
        places = [*self.values.values(), *self.guessed.values()]
        name, limits = name_of(self.device), _limits_of(self.device)
        if not all(map(_is_number, places)):
            ends = " to ".join(dict.fromkeys(map(str, (places[0], places[-1]))))
            return Range(name, self.moves, None, None, limits, f"{name}: {ends}")
        low, high = min(places), max(places)
        ends = (high, low) if (places[0], places[-1]) == (high, low) else (low, high)
        text = f"{name}: {' to '.join(dict.fromkeys(map(number, ends)))}"
        if limits is not None:
            text += f" (limits {number(limits[0])} to {number(limits[1])})"
        return Range(name, self.moves, float(low), float(high), limits, text)

    def refused(self, *, outermost: bool = False) -> Refused | None:
        """A place to which the device would not go: one of the outermost, else, unless told otherwise, the first.

        Raises LookupError, which says why, where that cannot be told.
        """
        others = () if outermost else islice(self.values.values(), MOST_CHECKED)
        for value in chain(self._outermost(), others):
            why = _why_not(self.device, value)
            if why:
                return Refused(value, why)
        return None

    def _outermost(self) -> Iterator[Any]:
        places = self.values.values()
        if places and all(map(_is_number, places)):
            yield from (min(places), max(places))


def _why_not(device: Any, value: Any) -> str:
    limits = _limits_of(device)
    check = getattr(device, "check_value", None)
    if limits is not None and _is_number(value) and not limits[0] <= value <= limits[1]:
        span = f"{number(limits[0])} to {number(limits[1])}"
        return f"{name_of(device)} to {number(value)} is beyond its limits {span}"
    if check is None:
        return ""
    if inspect.iscoroutinefunction(check):
        raise LookupError("it checks them when it is moved")
    if isinstance(value, Mapping) or _is_coupled(device):
        raise LookupError("they depend on where its other axes are by then")
    try:
        check(value)
    except Exception as error:
        if any(kind.__name__ == "LimitError" for kind in type(error).__mro__):
            return f"{name_of(device)} cannot be moved to {number(value)}: {error}"
        lost = getattr(device, "connected", True) is False
        raise LookupError("it is not connected" if lost else f"{type(error).__name__}: {error}") from error
    return ""


def _is_coupled(device: Any) -> bool:
    """An axis of one of ophyd's pseudo positioners, which asks where the others are now."""
    return hasattr(getattr(device, "parent", None), "RealPosition")


def _limits_of(device: Any) -> Span | None:
    """The limits that a device remembers; None where it has none, or does not know them."""
    try:
        low, high = device.limits
        return (float(low), float(high)) if low < high else None
    except Exception:  # it has none, they are no pair of numbers, or it is not connected
        return None


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def number(value: Any) -> str:
    """A number in as many digits as people want to see; anything else as it is."""
    return f"{float(value):.6g}" if _is_number(value) else str(value)
