"""Outside, or inside, a band. Its edges are outside, as with bluesky."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from .condition import Reading
from .values import checked_limit, in_words, no_number, not_for_numbers, number_of

__all__ = ["InsideBand", "OutsideBand"]


@dataclass(frozen=True)
class _Band(ABC):
    """Four limits: the band's edges, and those for going on again (`low` and `high` when not given)."""

    low: float
    high: float
    resume_low: float | None = None
    resume_high: float | None = None
    kind: ClassVar[str]

    def __post_init__(self) -> None:
        low, high = checked_limit("low", self.low), checked_limit("high", self.high)
        if not low < high:
            raise ValueError(f"low = {in_words(low)} is not below high = {in_words(high)}: that is no band")
        resume_low = low if self.resume_low is None else checked_limit("resume_low", self.resume_low)
        resume_high = high if self.resume_high is None else checked_limit("resume_high", self.resume_high)
        self._check_resume(low, high, resume_low, resume_high)
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "high", high)
        object.__setattr__(self, "resume_low", None if resume_low == low else resume_low)
        object.__setattr__(self, "resume_high", None if resume_high == high else resume_high)

    @abstractmethod
    def _check_resume(self, low: float, high: float, resume_low: float, resume_high: float) -> None: ...

    def misfit(self, reading: Reading) -> str:
        """Enums, texts and arrays are neither inside nor outside of a band."""
        return not_for_numbers(reading, self.kind)

    def _number(self, reading: Reading) -> float | None:
        return None if self.misfit(reading) else number_of(reading.value)

    def _band(self, *, resuming: bool) -> tuple[float, float]:
        if not resuming:
            return self.low, self.high
        low, high = self.resume_low, self.resume_high
        return self.low if low is None else low, self.high if high is None else high

    def _explain(self, reading: Reading, where: str, back: str) -> str:
        """`where` is the wrong place in words, `back` the way into the right one."""
        if misfit := self.misfit(reading):
            return misfit
        number = number_of(reading.value)
        if number is None:
            return no_number(reading.value)
        edges, again = _in_words(self._band(resuming=False)), _in_words(self._band(resuming=True))
        shown = in_words(number, *self._band(resuming=False), *self._band(resuming=True))
        if self._is_wrong(number, self._band(resuming=False)):
            return f"is {shown}, {where} {edges}; good again {back} {again}"
        return f"is {shown}, not {back} {again} yet"

    def _in_short(self, where: str, back: str) -> str:
        edges, again = self._band(resuming=False), self._band(resuming=True)
        text = f"{where} {_in_words(edges)}"
        return text if edges == again else f"{text}, good again {back} {_in_words(again)}"

    @abstractmethod
    def _is_wrong(self, number: float, band: tuple[float, float]) -> bool: ...

    def is_bad(self, reading: Reading, was_bad: bool) -> bool:
        """Whether the value is on the wrong side of the limits that count now."""
        number = self._number(reading)
        return number is None or self._is_wrong(number, self._band(resuming=was_bad))


@dataclass(frozen=True)
class OutsideBand(_Band):
    """Bad unless between `low` and `high`; once bad, good again only between `resume_low` and `resume_high`.

    ValueError for limits that are no finite numbers, `low` not below `high`, or a band for going on again that is empty
    or reaches beyond the other.
    """

    kind: ClassVar[str] = "outside_band"

    def _check_resume(self, low: float, high: float, resume_low: float, resume_high: float) -> None:
        if not low <= resume_low < resume_high <= high:
            raise ValueError(
                f"resume_low = {in_words(resume_low)} and resume_high = {in_words(resume_high)} must be a band within "
                f"low = {in_words(low)} and high = {in_words(high)}: good again must not be where it trips"
            )

    def _is_wrong(self, number: float, band: tuple[float, float]) -> bool:
        return not band[0] < number < band[1]

    def explain(self, reading: Reading) -> str:
        """Which band it is outside of, and which one makes it good again."""
        return self._explain(reading, "outside", "within")

    def in_short(self, labels: tuple[str, ...] = ()) -> str:
        """Both bands, if they differ."""
        return self._in_short("outside", "within")


@dataclass(frozen=True)
class InsideBand(_Band):
    """Bad between `low` and `high`; once bad, good again only outside of `resume_low` and `resume_high`.

    ValueError for limits that are no finite numbers, `low` not below `high`, or limits for going on again that lie
    within the band.
    """

    kind: ClassVar[str] = "inside_band"

    def _check_resume(self, low: float, high: float, resume_low: float, resume_high: float) -> None:
        if resume_low > low or resume_high < high:
            raise ValueError(
                f"resume_low = {in_words(resume_low)} and resume_high = {in_words(resume_high)} must not be within "
                f"low = {in_words(low)} and high = {in_words(high)}: good again must not be where it trips"
            )

    def _is_wrong(self, number: float, band: tuple[float, float]) -> bool:
        return band[0] < number < band[1]

    def explain(self, reading: Reading) -> str:
        """Which band it is inside of, and which one it must leave."""
        return self._explain(reading, "inside", "outside")

    def in_short(self, labels: tuple[str, ...] = ()) -> str:
        """Both bands, if they differ."""
        return self._in_short("inside", "outside")


def _in_words(band: tuple[float, float]) -> str:
    return "{} to {}".format(*map(in_words, band))
