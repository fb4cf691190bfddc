"""When a value is bad: pure predicates with hysteresis.

Rules of this file
- A reading that is no reading (NaN, a text where a number belongs) is bad, and `explain` says why.
- `explain` completes a sentence that starts with the name of what is watched: "is 0, below 100; good again at 200".
- `kind` and the field names are those of the configuration and of the PVs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from numbers import Real
from typing import Any, ClassVar, Protocol, TypeVar

__all__ = ["BoolHigh", "BoolLow", "Condition", "Floor", "Predicates", "limits_of", "with_limits"]


class Condition(Protocol):
    """Judges one value; immutable, so that a changed limit is a new condition that has been validated."""

    kind: ClassVar[str]

    def is_bad(self, value: Any, currently_bad: bool) -> bool:
        """Whether `value` is bad, given whether the one before it was."""
        ...

    def explain(self, value: Any) -> str:
        """For people: what is wrong with this bad value, and when it is good again."""
        ...


@dataclass(frozen=True)
class Floor:
    """Bad below `low`; once bad, good again only at `resume_low` or more (`low` when not given).

    ValueError for limits that are no finite numbers, or `resume_low` below `low`.
    """

    low: float
    resume_low: float | None = None
    kind: ClassVar[str] = "floor"

    def __post_init__(self) -> None:
        low = _limit("low", self.low)
        resume_low = low if self.resume_low is None else _limit("resume_low", self.resume_low)
        if resume_low < low:
            raise ValueError(
                f"resume_low = {_text(resume_low)} is below low = {_text(low)}: good again must not be below the "
                "limit that trips"
            )
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "resume_low", resume_low)

    def is_bad(self, value: Any, currently_bad: bool) -> bool:
        """Whether `value` is below the limit that counts now."""
        number = _number(value)
        limit = self._resume_low if currently_bad else self.low
        return number is None or math.isnan(number) or number < limit

    def explain(self, value: Any) -> str:
        """Which limit it is below, and which one makes it good again."""
        number = _number(value)
        if number is None or math.isnan(number):
            return _no_reading(value)
        if number < self.low:
            return f"is {_text(number)}, below {_text(self.low)}; good again at {_text(self._resume_low)}"
        return f"is {_text(number)}, not back at {_text(self._resume_low)} yet"

    @property
    def _resume_low(self) -> float:
        return self.low if self.resume_low is None else self.resume_low


@dataclass(frozen=True)
class BoolHigh:
    """Bad while true (any number but 0)."""

    kind: ClassVar[str] = "bool_high"

    def is_bad(self, value: Any, currently_bad: bool) -> bool:
        """Whether `value` is anything but 0."""
        return _number(value) != 0

    def explain(self, value: Any) -> str:
        """That it is high."""
        return _explain_bool(value, "high; good again at 0")


@dataclass(frozen=True)
class BoolLow:
    """Bad while false (0)."""

    kind: ClassVar[str] = "bool_low"

    def is_bad(self, value: Any, currently_bad: bool) -> bool:
        """Whether `value` is 0."""
        number = _number(value)
        return number is None or math.isnan(number) or number == 0

    def explain(self, value: Any) -> str:
        """That it is low."""
        return _explain_bool(value, "low; good again at 1")


@dataclass(frozen=True)
class Predicates:
    """A condition made of two functions, as bluesky's suspenders have them."""

    should_suspend: Callable[[Any], Any]
    should_resume: Callable[[Any], Any]
    kind: ClassVar[str] = "custom"

    def is_bad(self, value: Any, currently_bad: bool) -> bool:
        """Whether it should suspend or, once it has, should not resume yet."""
        return bool(self.should_suspend(value)) or (currently_bad and not self.should_resume(value))

    def explain(self, value: Any) -> str:
        """The value; the functions do not tell more."""
        return f"is {value!r}, which suspends"


_LIMITS = ("low", "high", "resume_low", "resume_high")
_AnyCondition = TypeVar("_AnyCondition", bound=Condition)


def limits_of(condition: Condition) -> dict[str, float | None]:
    """`low`, `high`, `resume_low`, `resume_high`, None for each that this kind does not have."""
    return {name: getattr(condition, name, None) for name in _LIMITS}


def with_limits(condition: _AnyCondition, limits: dict[str, Any]) -> _AnyCondition:
    """The same condition with other limits. ValueError names a limit that this kind does not have, or that is wrong."""
    allowed = [field.name for field in fields(condition) if field.name in _LIMITS]  # type: ignore[arg-type]
    unknown = sorted(set(limits) - set(allowed))
    if unknown:
        have = ", ".join(allowed) or "no limits"
        raise ValueError(f"a suspender of kind {condition.kind!r} has no {', '.join(unknown)}; it has {have}")
    return replace(condition, **limits)  # type: ignore[type-var]


def _limit(name: str, value: Any) -> float:
    number = _number(value)
    if number is None or not math.isfinite(number):
        raise ValueError(f"{name} = {value!r} is no limit: it must be a finite number")
    return number


def _number(value: Any) -> float | None:
    """The number in `value`, be it Python's or numpy's, a scalar or an array of one; None if there is none."""
    if getattr(value, "size", 1) == 1 and hasattr(value, "item"):
        value = value.item()
    if not isinstance(value, Real):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _text(number: float) -> str:
    # Not "%g": 99.9999999 would read "is 100, below 100".
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _no_reading(value: Any) -> str:
    shown = repr(value)
    return f"is {shown if len(shown) <= 40 else shown[:37] + '...'}, which is not a number"


def _explain_bool(value: Any, state: str) -> str:
    number = _number(value)
    if number is None or math.isnan(number):
        return _no_reading(value)
    return f"is {_text(number)}, {state}"
