"""True, false, or not what it should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from .condition import Reading
from .values import in_words, no_number, number_of

__all__ = ["BoolHigh", "BoolLow", "Changed"]

_BOTH = 2
"""Labels of an enum that is either one or the other."""


@dataclass(frozen=True)
class BoolHigh:
    """Bad while true (any number but 0)."""

    kind: ClassVar[str] = "bool_high"

    def is_bad(self, reading: Reading, was_bad: bool) -> bool:
        """Whether the value is anything but 0."""
        return number_of(reading.value) != 0

    def explain(self, reading: Reading) -> str:
        """That it is high."""
        return _explain_bool(reading, "high", 0)

    def in_short(self, labels: tuple[str, ...] = ()) -> str:
        """The state, as the PV calls it; of more than two, the one that is good."""
        return labels[1] if len(labels) == _BOTH else f"not {labels[0] if labels else 0}"

    def misfit(self, reading: Reading) -> str:
        """Texts and arrays are neither true nor false."""
        return _not_for_bools(reading, self.kind)


@dataclass(frozen=True)
class BoolLow:
    """Bad while false (0)."""

    kind: ClassVar[str] = "bool_low"

    def is_bad(self, reading: Reading, was_bad: bool) -> bool:
        """Whether the value is 0."""
        number = number_of(reading.value)
        return number is None or number == 0

    def explain(self, reading: Reading) -> str:
        """That it is low."""
        return _explain_bool(reading, "low", 1)

    def in_short(self, labels: tuple[str, ...] = ()) -> str:
        """The state, as the PV calls it."""
        return labels[0] if labels else "0"

    def misfit(self, reading: Reading) -> str:
        """Texts and arrays are neither true nor false."""
        return _not_for_bools(reading, self.kind)


@dataclass(frozen=True)
class Changed:
    """Bad while it is not `expected`, a number, a text, or the label of an enum's state.

    Without `allow_resume` it stays bad once it has been: what depends on it may have been set up for another value.
    An `expected` of None is what is read first (`learned`).
    """

    expected: Any = None
    allow_resume: bool = False
    kind: ClassVar[str] = "changed"

    @property
    def latches(self) -> bool:
        """Whether it stays bad once it has been."""
        return not self.allow_resume

    def learned(self, reading: Reading) -> Changed:
        """The condition that expects this, if it did not know yet what to expect."""
        return self if self.expected is not None else Changed(_shown(reading), self.allow_resume)

    def is_bad(self, reading: Reading, was_bad: bool) -> bool:
        """Whether it differs, or has, where that may not be undone."""
        return (was_bad and not self.allow_resume) or not self._is_expected(reading)

    def _is_expected(self, reading: Reading) -> bool:
        if self.expected is None:
            return True
        wanted, found = number_of(self.expected), number_of(reading.value)
        if wanted is not None and found is not None:
            return wanted == found
        return str(_shown(reading)) == str(self.expected)

    def explain(self, reading: Reading) -> str:
        """What it is, and what was expected."""
        shown, expected = _shown(reading), in_words(self.expected)
        text = f"has been another than {expected}" if self._is_expected(reading) else f"is {in_words(shown)}"
        if self.allow_resume:
            return f"{text}, not {expected} as expected; good again at {expected}"
        hint = "that does not pass by itself: disable or bypass this for a moment when that is right"
        return f"{text}; {hint}" if self._is_expected(reading) else f"{text}, not {expected} as expected; {hint}"

    def in_short(self, labels: tuple[str, ...] = ()) -> str:
        """What is expected, and whether it is good again then."""
        if self.expected is None:
            return "another than at first"
        expected = _shown(Reading(self.expected, labels=labels))
        text = f"not {expected if isinstance(expected, str) else in_words(expected)}"
        return text if self.allow_resume else f"{text}; does not pass by itself"

    def misfit(self, reading: Reading) -> str:
        """An enum must have the state that is expected."""
        expected, labels = self.expected, reading.labels
        if not labels or expected is None or str(expected) in labels:
            return ""
        number = number_of(expected)
        if number is not None and number in range(len(labels)):
            return ""
        return f"has no state {expected!r}; its states: {', '.join(labels)}"


def _shown(reading: Reading) -> Any:
    """The value, or the label of an enum's state."""
    number = number_of(reading.value)
    if reading.labels and number is not None and number in range(len(reading.labels)):
        return reading.labels[int(number)]
    return reading.value


def _explain_bool(reading: Reading, state: str, good: int) -> str:
    number = number_of(reading.value)
    if number is None:
        return no_number(reading.value)
    labels = reading.labels
    shown = f"{labels[int(number)]} ({int(number)})" if number in range(len(labels)) else in_words(number)
    again = f"{labels[good]} ({good})" if good < len(labels) else str(good)
    return f"is {shown}, {state}; good again at {again}"


def _not_for_bools(reading: Reading, kind: str) -> str:
    size = getattr(reading.value, "size", 1)
    if isinstance(reading.value, str | bytes) or size != 1:
        what = f"an array of {size} elements" if size != 1 else "a text"
        return f"is {what}, and {kind!r} needs a number or an enum"
    return ""
