"""What the source says of itself: its alarm severity, and when it last spoke."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..sample import Severity
from .condition import Reading
from .values import checked_limit, in_words

__all__ = ["AtSeverity", "OlderThan"]


@dataclass(frozen=True)
class AtSeverity:
    """Bad while the alarm severity is `at_severity` or worse; the value does not matter.

    INVALID is there only where the policy for bad PVs is `ignore`: otherwise that decides. ValueError for what is no
    severity, or NO_ALARM, which would always be bad.
    """

    at_severity: Severity | str = Severity.MAJOR
    kind: ClassVar[str] = "severity"

    def __post_init__(self) -> None:
        given = self.at_severity
        known = [severity.name for severity in Severity if severity is not Severity.NO_ALARM]
        name = given.name if isinstance(given, Severity) else str(given).upper()
        if name not in known:
            raise ValueError(f"at_severity = {given!r} is no alarm severity; there are: {', '.join(known)}")
        object.__setattr__(self, "at_severity", Severity[name])

    def is_bad(self, reading: Reading, was_bad: bool) -> bool:
        """Whether it is that bad, or worse."""
        return reading.severity >= self._limit

    def explain(self, reading: Reading) -> str:
        """The severity, and the one below which it is good again."""
        return f"has alarm severity {reading.severity.name}; good again below {self._limit.name}"

    def in_short(self, labels: tuple[str, ...] = ()) -> str:
        """The least severity that is bad."""
        worse = "" if self._limit is max(Severity) else " or worse"
        return f"alarm severity {self._limit.name}{worse}"

    def misfit(self, reading: Reading) -> str:
        """Everything has a severity."""
        return ""

    @property
    def _limit(self) -> Severity:
        return Severity(self.at_severity)


@dataclass(frozen=True)
class OlderThan:
    """Bad while its time stamp has not changed for `older_than` seconds; the value does not matter.

    ValueError for an age that is no number above 0.
    """

    older_than: float
    kind: ClassVar[str] = "stale"

    def __post_init__(self) -> None:
        older_than = checked_limit("older_than", self.older_than)
        if older_than <= 0:
            raise ValueError(f"older_than = {in_words(older_than)} is no age: it must be seconds above 0")
        object.__setattr__(self, "older_than", older_than)

    def is_bad(self, reading: Reading, was_bad: bool) -> bool:
        """Whether it is that old."""
        return reading.age >= self.older_than

    def explain(self, reading: Reading) -> str:
        """For how long there has been no news."""
        return f"has not been updated for {in_words(self.older_than)} s"

    def in_short(self, labels: tuple[str, ...] = ()) -> str:
        """From which age on."""
        return f"not updated for {in_words(self.older_than)} s"

    def misfit(self, reading: Reading) -> str:
        """Everything has an age."""
        return ""
