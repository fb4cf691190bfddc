"""Below, or above, a limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .condition import Reading
from .values import checked_limit, in_words, no_number, not_for_numbers, number_of

__all__ = ["Ceil", "Floor"]


@dataclass(frozen=True)
class Floor:
    """Bad below `low`; once bad, good again only at `resume_low` or more (`low` when not given).

    ValueError for limits that are no finite numbers, or `resume_low` below `low`.
    """

    low: float
    resume_low: float | None = None
    kind: ClassVar[str] = "floor"

    def __post_init__(self) -> None:
        low = checked_limit("low", self.low)
        resume = low if self.resume_low is None else checked_limit("resume_low", self.resume_low)
        if resume < low:
            raise ValueError(
                f"resume_low = {in_words(resume)} is below low = {in_words(low)}: good again must not be below the "
                "limit that trips"
            )
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "resume_low", None if resume == low else resume)

    def is_bad(self, reading: Reading, was_bad: bool) -> bool:
        """Whether the value is below the limit that counts now."""
        number = None if self.misfit(reading) else number_of(reading.value)
        return number is None or number < (self._resume if was_bad else self.low)

    def explain(self, reading: Reading) -> str:
        """Which limit it is below, and which one makes it good again."""
        number = number_of(reading.value)
        if misfit := self.misfit(reading):
            return misfit
        if number is None:
            return no_number(reading.value)
        if number < self.low:
            shown = in_words(number, self.low)
            return f"is {shown}, below {in_words(self.low)}; good again at {in_words(self._resume)}"
        return f"is {in_words(number, self._resume)}, not back at {in_words(self._resume)} yet"

    def misfit(self, reading: Reading) -> str:
        """Enums, texts and arrays cannot be below a number."""
        return not_for_numbers(reading, self.kind)

    @property
    def _resume(self) -> float:
        return self.low if self.resume_low is None else self.resume_low


@dataclass(frozen=True)
class Ceil:
    """Bad above `high`; once bad, good again only at `resume_high` or less (`high` when not given).

    ValueError for limits that are no finite numbers, or `resume_high` above `high`.
    """

    high: float
    resume_high: float | None = None
    kind: ClassVar[str] = "ceil"

    def __post_init__(self) -> None:
        high = checked_limit("high", self.high)
        resume = high if self.resume_high is None else checked_limit("resume_high", self.resume_high)
        if resume > high:
            raise ValueError(
                f"resume_high = {in_words(resume)} is above high = {in_words(high)}: good again must not be above the "
                "limit that trips"
            )
        object.__setattr__(self, "high", high)
        object.__setattr__(self, "resume_high", None if resume == high else resume)

    def is_bad(self, reading: Reading, was_bad: bool) -> bool:
        """Whether the value is above the limit that counts now."""
        number = None if self.misfit(reading) else number_of(reading.value)
        return number is None or number > (self._resume if was_bad else self.high)

    def explain(self, reading: Reading) -> str:
        """Which limit it is above, and which one makes it good again."""
        number = number_of(reading.value)
        if misfit := self.misfit(reading):
            return misfit
        if number is None:
            return no_number(reading.value)
        if number > self.high:
            shown = in_words(number, self.high)
            return f"is {shown}, above {in_words(self.high)}; good again at {in_words(self._resume)}"
        return f"is {in_words(number, self._resume)}, not back at {in_words(self._resume)} yet"

    def misfit(self, reading: Reading) -> str:
        """Enums, texts and arrays cannot be above a number."""
        return not_for_numbers(reading, self.kind)

    @property
    def _resume(self) -> float:
        return self.high if self.resume_high is None else self.resume_high
