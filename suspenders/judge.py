"""Whether one suspender holds the engine: pure.

Rules of this file
- No I/O, no clock, no lock. `now` (s, monotonic) comes in; decisions go out as data, to be carried out in their order.
- The level decides: every call asks "is it bad now?", so that nothing is lost that happened while disabled or in
  between.
- What is not known is bad: never connected, disconnected and INVALID, unless the policy says `ignore`. Under `ignore` a
  disconnected source keeps the verdict of its last value, and an INVALID value is judged like any other.
- `abort` ends the plan when the source turns bad, and holds as well: otherwise the next plan would run unguarded. A
  source that has not been heard of yet only holds.
- Waiting for the first value is no trip, and no settle time follows it.
- A hold's reason changes when its cause does, not with each value: a hold is a message to the engine, and a bad value
  may well change thousands of times a second. `reason` is always of now.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from .conditions import Condition
from .decisions import Abort, Decisions, Hold, Release, ReleaseAt
from .sample import Sample, Severity
from .settings import checked_delay, checked_policy
from .spec import OnBadPV

__all__ = ["Judge"]


class _Cause(Enum):
    WAITING = "waiting"
    DISCONNECTED = "disconnected"
    INVALID = "invalid"
    VALUE = "value"
    SETTLING = "settling"


_BAD_PV = (_Cause.DISCONNECTED, _Cause.INVALID)


@dataclass(frozen=True, slots=True)
class _Trouble:
    cause: _Cause
    text: str


class Judge:
    """Follows one source and says when the engine must be held.

    `name` is what is watched, for the reasons; `message` is added to them. `delay` (s): how long the source must have
    been good before the engine goes on. ValueError for a delay that is negative or not finite, or an unknown policy.
    """

    def __init__(
        self,
        name: str,
        condition: Condition,
        *,
        delay: float = 0.0,
        on_bad_pv: OnBadPV | str = OnBadPV.SUSPEND,
        enabled: bool = True,
        message: str = "",
    ) -> None:
        self._name = name
        self._message = message
        self._condition = condition
        self._delay = checked_delay(delay)
        self._on_bad_pv = checked_policy(on_bad_pv)
        self._enabled = enabled
        self._active = False
        self._trips = 0
        self._lost = 0.0
        self._forget()

    def _forget(self) -> None:
        self._sample: Sample | None = None
        self._value: Any = None
        self._heard = False
        self._value_bad = False  # the hysteresis' memory
        self._by_value: _Trouble | None = None  # the verdict of the last value that was judged
        self._trouble: _Trouble | None = None
        self._cause: _Cause | None = None  # why it holds; None while it does not
        self._since: float | None = None
        self._good_since: float | None = None
        self._due: float | None = None

    # What happens

    def begin(self, now: float) -> Decisions:
        """The level counts from now on; what was seen before is part of it."""
        self._active = True
        self._assess()
        return self._follow(now)

    def end(self, now: float) -> Decisions:
        """The source is not followed any more: let go, and forget all but the counters."""
        self._active = False
        decisions = self._follow(now)
        self._forget()
        return decisions

    def see(self, sample: Sample, now: float) -> Decisions:
        """The source reports."""
        self._sample = sample
        if sample.connected:
            self._heard = True
            self._value = sample.value
        self._assess()
        return self._follow(now)

    def tick(self, now: float) -> Decisions:
        """The time of a `ReleaseAt` has come; too early a call asks to be called again."""
        decisions = self._follow(now)
        if not decisions and self._due is not None:
            return (ReleaseAt(self._due),)
        return decisions

    def enable(self, enabled: bool, now: float) -> Decisions:
        """Disabling lets go at once; enabling while the source is bad holds at once."""
        self._enabled = enabled
        return self._follow(now)

    def configure(self, condition: Condition, delay: float, on_bad_pv: OnBadPV | str, now: float) -> Decisions:
        """Other limits, settle time (s) or policy; what was seen last is judged again by them."""
        delay, policy = checked_delay(delay), checked_policy(on_bad_pv)
        self._condition, self._delay, self._on_bad_pv = condition, delay, policy
        held_for = self._trouble
        self._assess()
        decisions = self._follow(now)
        if not decisions and self._cause is _Cause.VALUE and self._trouble != held_for:
            return (Hold(self.reason),)  # the old reason names the old limits
        return decisions

    # What is so

    @property
    def condition(self) -> Condition:
        """What makes a value bad."""
        return self._condition

    @property
    def delay(self) -> float:
        """The settle time in seconds."""
        return self._delay

    @property
    def on_bad_pv(self) -> OnBadPV:
        """What a disconnected or INVALID source does."""
        return self._on_bad_pv

    @property
    def enabled(self) -> bool:
        """Whether it may hold the engine."""
        return self._enabled

    @property
    def sample(self) -> Sample | None:
        """The last report, None before the first."""
        return self._sample

    @property
    def value(self) -> Any:
        """The last value; it survives a disconnection."""
        return self._value

    @property
    def tripped(self) -> bool:
        """Whether it holds the engine, the settle time included."""
        return self._cause is not None

    @property
    def since(self) -> float | None:
        """When the hold began (s, monotonic)."""
        return self._since

    @property
    def countdown_until(self) -> float | None:
        """When the engine may go on (s, monotonic); None unless settling."""
        return self._due

    @property
    def trips(self) -> int:
        """How often it held the engine."""
        return self._trips

    def time_lost(self, now: float) -> float:
        """For how many seconds it has held the engine, in all."""
        return self._lost + (0.0 if self._since is None else now - self._since)

    @property
    def reason(self) -> str:
        """Why it holds the engine, as of now; empty while it does not."""
        if self._cause is None:
            return ""
        text = self._trouble.text if self._trouble else f"is good again; goes on after {self._delay:g} s"
        return ": ".join(part for part in (f"{self._name} {text}", self._message) if part)

    # What follows from it

    def _assess(self) -> None:
        """Sets `_trouble`: what is wrong now, None if nothing is."""
        ignore = self._on_bad_pv is OnBadPV.IGNORE
        sample = self._sample
        if sample is None or not self._heard:
            self._trouble = None if ignore else _Trouble(_Cause.WAITING, "is not connected yet")
        elif not sample.connected:
            self._trouble = self._by_value if ignore else _Trouble(_Cause.DISCONNECTED, "is disconnected")
        elif sample.severity is Severity.INVALID and not ignore:
            self._trouble = _Trouble(_Cause.INVALID, "has alarm severity INVALID")
        else:
            self._trouble = self._by_value = self._judge_value(sample.value)

    def _judge_value(self, value: Any) -> _Trouble | None:
        try:
            self._value_bad = bool(self._condition.is_bad(value, self._value_bad))
            return _Trouble(_Cause.VALUE, self._condition.explain(value)) if self._value_bad else None
        except Exception as error:  # whatever a beamline's own condition raises, it must not let a plan run
            self._value_bad = True
            return _Trouble(_Cause.VALUE, f"cannot be judged: {type(error).__name__}: {error}")

    def _follow(self, now: float) -> Decisions:
        if not (self._active and self._enabled):
            return self._let_go(now)
        if self._trouble is not None:
            return self._hold(self._trouble, now)
        if self._cause is _Cause.WAITING:
            return self._let_go(now)
        return () if self._cause is None else self._settle(now)

    def _hold(self, trouble: _Trouble, now: float) -> Decisions:
        before, self._cause = self._cause, trouble.cause
        self._good_since = self._due = None
        if trouble.cause is before:
            return ()
        if before is None:
            self._since = now
        if before in (None, _Cause.WAITING) and trouble.cause is not _Cause.WAITING:
            self._trips += 1
        hold = Hold(self.reason)
        turned_bad = trouble.cause in _BAD_PV and before not in _BAD_PV
        return (Abort(hold.reason), hold) if turned_bad and self._on_bad_pv is OnBadPV.ABORT else (hold,)

    def _settle(self, now: float) -> Decisions:
        if self._good_since is None:
            self._good_since = now
        due = self._good_since + self._delay
        if now >= due:
            return self._let_go(now)
        if due == self._due:
            return ()
        self._cause, self._due = _Cause.SETTLING, due
        return (Hold(self.reason), ReleaseAt(due))

    def _let_go(self, now: float) -> Decisions:
        if self._cause is None:
            return ()
        self._lost = self.time_lost(now)
        self._cause = self._since = self._good_since = self._due = None
        return (Release(),)
