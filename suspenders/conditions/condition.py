"""What a condition is.

Rules of this file
- A reading that is no reading (NaN, a text where a number belongs) is bad, and `explain` says why.
- `explain` completes a sentence that starts with the name of what is watched: "is 0, below 100; good again at 200".
- `kind` and the names of the limits are those of the configuration and of the PVs.
- A limit for going on again that is not given, or equals the one that trips, moves with it when that is changed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Protocol, TypeVar

from ..sample import Severity

__all__ = ["LIMITS", "Condition", "Reading", "in_short", "limits_of", "with_limits"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What is judged: a value with its alarm severity and its age (s); `labels` are those of an enum's states."""

    value: Any
    severity: Severity = Severity.NO_ALARM
    age: float = 0.0
    labels: tuple[str, ...] = ()


class Condition(Protocol):
    """Judges one reading; immutable, so that a changed limit is a new condition that has been validated."""

    kind: ClassVar[str]

    def is_bad(self, reading: Reading, was_bad: bool) -> bool:
        """Whether it is bad, given whether the one before it was."""
        ...

    def explain(self, reading: Reading) -> str:
        """For people: what is wrong with this bad reading, and when it is good again."""
        ...

    def misfit(self, reading: Reading) -> str:
        """For people: why what is watched can never be judged by this condition; empty if it can."""
        ...


def in_short(condition: Condition, labels: tuple[str, ...] = ()) -> str:
    """For people: when it is bad, and when good again, "below 100, good again at 200".

    `labels` are those of the enum that is watched, if it is one. Of a condition that does not say it, which a
    beamline's own need not, its kind.
    """
    say = getattr(condition, "in_short", None)
    return condition.kind if say is None else say(labels)


LIMITS = ("low", "high", "resume_low", "resume_high")
_SETTABLE = (*LIMITS, "expected", "allow_resume", "at_severity", "older_than")
_AnyCondition = TypeVar("_AnyCondition", bound=Condition)


def limits_of(condition: Condition) -> dict[str, float | None]:
    """`low`, `high`, `resume_low`, `resume_high` as they count now, None for each that this kind does not have."""
    low, high = getattr(condition, "low", None), getattr(condition, "high", None)
    shown = {"low": low, "high": high, "resume_low": low, "resume_high": high}
    for name in ("resume_low", "resume_high"):
        given = getattr(condition, name, None)
        shown[name] = shown[name] if given is None else given
    return shown


def with_limits(condition: _AnyCondition, limits: dict[str, Any]) -> _AnyCondition:
    """The same condition with other limits. ValueError names a limit that this kind does not have, or that is wrong."""
    allowed = [field.name for field in fields(condition) if field.name in _SETTABLE]  # type: ignore[arg-type]
    unknown = sorted(set(limits) - set(allowed))
    if unknown:
        have = ", ".join(allowed) or "no limits"
        raise ValueError(f"a suspender of kind {condition.kind!r} has no {', '.join(unknown)}; it has {have}")
    return replace(condition, **limits)  # type: ignore[type-var]
