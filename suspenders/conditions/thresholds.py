"""Below, or above, a limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .condition import Reading
from .values import checked_limit, in_words, no_number, not_for_numbers, number_of

__all__ = ["Ceil", "Floor"]


class _Threshold:
    """What the two have in common: a limit that trips and one from which on it is good again, on the same side."""

    kind: ClassVar[str]
    _side: ClassVar[str]
    """On which side of the limits it is bad."""
    _names: ClassVar[tuple[str, str]]
    """Of the attribute with the limit that trips, and of the other one."""

    def __post_init__(self) -> None:
        trip_name, resume_name = self._names
        trip, given = checked_limit(trip_name, getattr(self, trip_name)), getattr(self, resume_name)
        resume = trip if given is None else checked_limit(resume_name, given)
        if self._is_wrong(resume, trip):
            raise ValueError(
                f"{resume_name} = {in_words(resume)} is {self._side} {trip_name} = {in_words(trip)}: good again must "
                f"not be {self._side} the limit that trips"
            )
        object.__setattr__(self, trip_name, trip)
        object.__setattr__(self, resume_name, None if resume == trip else resume)

    def is_bad(self, reading: Reading, was_bad: bool) -> bool:
        """Whether the value is on the wrong side of the limit that counts now."""
        number = None if self.misfit(reading) else number_of(reading.value)
        trip, resume = self._limits
        return number is None or self._is_wrong(number, resume if was_bad else trip)

    def explain(self, reading: Reading) -> str:
        """On which side of which limit it is, and which one makes it good again."""
        if misfit := self.misfit(reading):
            return misfit
        number, (trip, resume) = number_of(reading.value), self._limits
        if number is None:
            return no_number(reading.value)
        if self._is_wrong(number, trip):
            return f"is {in_words(number, trip)}, {self._side} {in_words(trip)}; good again at {in_words(resume)}"
        return f"is {in_words(number, resume)}, not back at {in_words(resume)} yet"

    def in_short(self, labels: tuple[str, ...] = ()) -> str:
        """Both limits, if they differ."""
        trip, resume = self._limits
        text = f"{self._side} {in_words(trip)}"
        return text if trip == resume else f"{text}, good again at {in_words(resume)}"

    def misfit(self, reading: Reading) -> str:
        """Enums, texts and arrays are on no side of a number."""
        return not_for_numbers(reading, self.kind)

    @property
    def _limits(self) -> tuple[float, float]:
        trip, resume = (getattr(self, name) for name in self._names)
        return trip, trip if resume is None else resume

    def _is_wrong(self, number: float, limit: float) -> bool:
        return number < limit if self._side == "below" else number > limit


@dataclass(frozen=True)
class Floor(_Threshold):
    """Bad below `low`; once bad, good again only at `resume_low` or more (`low` when not given).

    ValueError for limits that are no finite numbers, or `resume_low` below `low`.
    """

    low: float
    resume_low: float | None = None
    kind: ClassVar[str] = "floor"
    _side: ClassVar[str] = "below"
    _names: ClassVar[tuple[str, str]] = ("low", "resume_low")


@dataclass(frozen=True)
class Ceil(_Threshold):
    """Bad above `high`; once bad, good again only at `resume_high` or less (`high` when not given).

    ValueError for limits that are no finite numbers, or `resume_high` above `high`.
    """

    high: float
    resume_high: float | None = None
    kind: ClassVar[str] = "ceil"
    _side: ClassVar[str] = "above"
    _names: ClassVar[tuple[str, str]] = ("high", "resume_high")
