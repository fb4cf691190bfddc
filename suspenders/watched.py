"""What one source has to say, and what is wrong with it: pure.

Rules of this file
- What is not known is bad: never connected, disconnected, INVALID and stale, unless the policy says `ignore`. Under
  `ignore` a disconnected source keeps the verdict of its last value, and an INVALID value is judged like any other.
- Age is counted from when the time stamp last changed, by our own clock: a server whose clock is wrong is not stale.
  Only of the first report there is nothing else to go by than its time stamp.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from .conditions import Condition, Reading
from .conditions.values import in_words
from .sample import Sample, Severity
from .settings import Rules
from .words import OnBadPV

__all__ = ["Cause", "Trouble", "Watched", "misfit_of"]


class Cause(Enum):
    """Why a source counts as bad."""

    WAITING = "waiting"
    DISCONNECTED = "disconnected"
    INVALID = "invalid"
    STALE = "stale"
    VALUE = "value"

    @property
    def is_bad_pv(self) -> bool:
        """Whether the PV is bad, and not its value."""
        return self in (Cause.DISCONNECTED, Cause.INVALID, Cause.STALE)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a source; `text` begins with its name."""

    cause: Cause
    text: str


def misfit_of(condition: Condition, sample: Sample) -> str:
    """For people: why what a source sends can never be judged by this condition; empty if it can."""
    return sample.problem or condition.misfit(Reading(sample.value, sample.severity, labels=sample.labels))


class Watched:
    """A source by name, the condition that its readings are judged by, and what it last said."""

    def __init__(self, name: str, condition: Condition) -> None:
        self.name = name
        self._condition = condition
        self.forget()

    def forget(self) -> None:
        """Nothing is known of the source."""
        self.sample: Sample | None = None
        self.value: Any = None
        """The last value; it survives a disconnection."""
        self.trouble: Trouble | None = None
        """What is wrong now, as of the last `assess`; None if nothing is."""
        self._heard = False
        self._value_bad = False  # the hysteresis' memory
        self._by_value: Trouble | None = None  # the verdict of the last value that was judged
        self._judged: Sample | None = None
        self._changed_at: float | None = None  # when its time stamp last changed

    @property
    def condition(self) -> Condition:
        """What makes a reading bad. Setting it has the last reading judged anew by the next `assess`."""
        return self._condition

    @condition.setter
    def condition(self, condition: Condition) -> None:
        if condition != self._condition:
            self._condition, self._judged = condition, None
            self._value_bad = self._value_bad and condition.kind != "changed"  # it expects something else now

    def unlatch(self) -> None:
        """What stays bad once it has been is judged anew: somebody has seen to it."""
        if getattr(self._condition, "latches", False):
            self._judged, self._value_bad = None, False

    def see(self, sample: Sample, now: float, age: float) -> None:
        """The source reports; `age` (s) is that of its time stamp."""
        before, self.sample = self.sample, sample
        if not sample.connected:
            return
        self.value = sample.value
        if not self._heard or before is None:
            self._changed_at = now - max(0.0, age)
        elif self._stamp != sample.timestamp:
            self._changed_at = now
        self._heard, self._stamp = True, sample.timestamp

    def assess(self, rules: Rules, now: float) -> Trouble | None:
        """Say, and remember, what is wrong now."""
        found = self._find_trouble(rules, now)
        self.trouble = None if found is None else Trouble(found.cause, f"{self.name} {found.text}")
        return self.trouble

    def next_look(self, rules: Rules, now: float) -> float | None:
        """When time alone will make it stale; None if it will not, or is."""
        if self.sample is None or not self.sample.connected or self._changed_at is None:
            return None
        limits = [getattr(self._condition, "older_than", None), self._max_age(rules)]
        dues = [self._changed_at + limit for limit in limits if limit is not None]
        return min((due for due in dues if due > now), default=None)

    def _max_age(self, rules: Rules) -> float | None:
        return None if rules.on_bad_pv is OnBadPV.IGNORE else rules.max_age

    def _age(self, now: float) -> float:
        if self._changed_at is None:
            return 0.0
        age, limit = now - self._changed_at, getattr(self._condition, "older_than", None)
        # As `next_look` has it: the difference might round to the other side of the limit, and nobody would look again.
        return age if limit is None or now < self._changed_at + limit else max(age, limit)

    def _find_trouble(self, rules: Rules, now: float) -> Trouble | None:
        ignore = rules.on_bad_pv is OnBadPV.IGNORE
        sample, max_age = self.sample, self._max_age(rules)
        if sample is None or not self._heard:
            return None if ignore else Trouble(Cause.WAITING, "is not connected yet")
        if not sample.connected:
            return self._by_value if ignore else Trouble(Cause.DISCONNECTED, "is disconnected")
        if sample.severity is Severity.INVALID and not ignore:
            return Trouble(Cause.INVALID, "has alarm severity INVALID")
        # Compared as `next_look` has it: the difference might round to the other side of the limit.
        if max_age is not None and self._changed_at is not None and now >= self._changed_at + max_age:
            return Trouble(Cause.STALE, f"is stale: not updated for {in_words(max_age)} s")
        if sample is not self._judged or hasattr(self._condition, "older_than"):
            self._judged, self._by_value = sample, self._judge(sample, now)
        return self._by_value

    def _judge(self, sample: Sample, now: float) -> Trouble | None:
        reading = Reading(sample.value, sample.severity, self._age(now), sample.labels)
        try:
            if sample.problem:
                raise ValueError(sample.problem)
            self._learn(reading)
            misfit = self._condition.misfit(reading)
            self._value_bad = bool(misfit or self._condition.is_bad(reading, self._value_bad))
            return Trouble(Cause.VALUE, misfit or self._condition.explain(reading)) if self._value_bad else None
        except Exception as error:  # whatever a beamline's own condition raises, it must not let a plan run
            self._value_bad = True
            return Trouble(Cause.VALUE, f"cannot be judged: {type(error).__name__}: {error}")

    def _learn(self, reading: Reading) -> None:
        learned = getattr(self._condition, "learned", None)
        if learned is not None:
            self._condition = learned(reading)
