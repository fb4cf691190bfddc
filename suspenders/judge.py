"""Whether one suspender holds the engine: pure.

Rules of this file
- No I/O, no clock, no lock. `now` (s, monotonic) comes in; decisions go out as data, to be carried out in their order.
- The level decides: every call asks "is it bad now?", so that nothing is lost that happened while disabled or in
  between.
- What ends a plan holds as well: otherwise the next plan would run unguarded. A trip ends one plan, however often what
  is watched turns worse before it is over. A source that has not been heard of yet only holds.
- Waiting for the first value is no trip, and no settle time follows it.
- A hold's reason changes when its cause does, not with each value: a hold is a message to the engine, and a bad value
  may well change thousands of times a second. `reason` is always of now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .conditions import Condition
from .decisions import Decisions, End, Hold, LookAgainAt, Release, Warn
from .sample import Sample
from .settings import Rules
from .together import Together, Verdict, any_of
from .watched import Watched
from .words import Action, OnBadPV

__all__ = ["Judge"]

_SETTLING = ("settling",)


class Judge:
    """Follows one source, or several, and says when the engine must be held.

    `together` says how the verdicts on several make one; `message` is added to the reasons.
    """

    def __init__(
        self, watched: Sequence[Watched], rules: Rules | None = None, *, together: Together = any_of, message: str = ""
    ) -> None:
        self.watched = tuple(watched)
        self.together = together
        self._message = message
        self._rules = rules or Rules()
        self._muted = False
        self._bypassed_until: float | None = None
        self._active = False
        self._trips = 0
        self._lost = 0.0
        self._forget()

    def _forget(self) -> None:
        for watched in self.watched:
            watched.forget()
        self._verdict: Verdict | None = None
        self._cause: tuple[Any, ...] | None = None  # why it is tripped; None while it is not
        self._since: float | None = None
        self._held_since: float | None = None
        self._ended = False  # whether this trip has ended a plan
        self._uncounted = False  # whether this trip is none yet: nothing has been heard of what is watched
        self._good_since: float | None = None
        self._due: float | None = None
        self._look: float | None = None

    # What happens

    def begin(self, now: float) -> Decisions:
        """The level counts from now on; what was seen before is part of it."""
        self._active = True
        return self._reconsider(now)

    def end(self, now: float) -> Decisions:
        """The sources are not followed any more: let go, and forget all but the counters."""
        self._active = False
        decisions = self._let_go(now)
        self._forget()
        return decisions

    def see(self, sample: Sample, now: float, *, age: float = 0.0, index: int = 0) -> Decisions:
        """A source reports; `age` (s) is that of its time stamp."""
        self.watched[index].see(sample, now, age)
        return self._reconsider(now)

    def tick(self, now: float, when: float) -> Decisions:
        """The time of the `LookAgainAt(when)` has come, or it may have."""
        if when == self._look:  # one that an earlier one has overtaken asks for no other: they would be more and more
            self._look = None
        return self._reconsider(now)

    def configure(
        self, conditions: Sequence[Condition], rules: Rules, now: float, *, hold_anew: bool = False
    ) -> Decisions:
        """Other conditions, one for each source, or other rules; what was seen last is judged again by them.

        Disabling lets go at once; enabling while a source is bad holds at once. It is a trip that ends a plan, not a
        change of settings. `hold_anew`: what goes along with a hold has changed, so ask for it again.
        """
        self._rules = rules
        self._ended = self._ended or (self._cause is not None and not self._uncounted)
        for watched, condition in zip(self.watched, conditions, strict=True):
            watched.condition = condition
        held_for = self._verdict
        decisions = self._reconsider(now)
        if self._held_since is None or any(isinstance(each, Hold) for each in decisions):
            return decisions
        # The old reason names the old limits.
        return (Hold(self.reason), *decisions) if hold_anew or self._verdict != held_for else decisions

    def mute(self, muted: bool, now: float) -> Decisions:
        """Muted it holds nothing, until it is not: the master switch, which leaves each one's own as it is."""
        self._muted = muted
        return self._reconsider(now)

    def bypass(self, until: float | None, now: float) -> Decisions:
        """It holds nothing until then (s, monotonic); None ends that at once."""
        self._bypassed_until = until
        return self._reconsider(now)

    # What is so

    @property
    def rules(self) -> Rules:
        """Its settings."""
        return self._rules

    @property
    def muted(self) -> bool:
        """Whether the master switch is off."""
        return self._muted

    @property
    def bypassed_until(self) -> float | None:
        """Until when it holds nothing (s, monotonic); None if it is not bypassed."""
        return self._bypassed_until

    @property
    def tripped(self) -> bool:
        """Whether it is bad, the settle time included; unless its action is `warn` it holds the engine then."""
        return self._cause is not None

    @property
    def since(self) -> float | None:
        """When the trip began (s, monotonic)."""
        return self._since

    @property
    def countdown_until(self) -> float | None:
        """When the engine may go on (s, monotonic); None unless settling."""
        return self._due

    @property
    def trips(self) -> int:
        """How often it has tripped."""
        return self._trips

    def time_lost(self, now: float) -> float:
        """For how many seconds it has held the engine, in all."""
        return self._lost + (0.0 if self._held_since is None else now - self._held_since)

    @property
    def reason(self) -> str:
        """Why it is tripped, as of now; empty while it is not."""
        if self._cause is None:
            return ""
        text = self._verdict.text if self._verdict else self._good_again()
        return f"{text} ({self._message})" if self._message else text

    @property
    def state(self) -> tuple[Any, ...]:
        """What people want to hear of when it changes; values alone do not change it."""
        connected = tuple(
            (each.sample.connected, each.sample.severity) if each.sample else None for each in self.watched
        )
        return self._cause, self._due, self._trips, self._rules, self._muted, self._bypassed_until, connected

    def _good_again(self) -> str:
        names = ", ".join(watched.name for watched in self.watched)
        are = "is" if len(self.watched) == 1 else "are"
        return f"{names} {are} good again; goes on after {self._rules.delay:g} s"

    # What follows from it

    def _reconsider(self, now: float) -> Decisions:
        self._verdict = self._assess(now)
        if self._bypassed_until is not None and now >= self._bypassed_until:
            self._bypassed_until = None
        decisions = self._decide(now)
        return (*decisions, *self._next_look(now))

    def _assess(self, now: float) -> Verdict | None:
        return self.together([watched.assess(self._rules, now) for watched in self.watched])

    def _decide(self, now: float) -> Decisions:
        if not self._active or not self._rules.enabled or self._muted or self._bypassed_until is not None:
            for watched in self.watched:
                watched.unlatch()
            return self._let_go(now)
        if self._verdict is not None:
            return self._trip(self._verdict, now)
        if self._cause is None:
            return ()
        return self._let_go(now) if self._uncounted else self._settle(now)

    def _trip(self, verdict: Verdict, now: float) -> Decisions:
        before, self._cause = self._cause, verdict.cause
        self._good_since = self._due = None
        is_new = verdict.cause != before
        if before is None:
            self._since, self._uncounted = now, True
        if self._uncounted and not verdict.is_waiting:
            self._trips, self._uncounted = self._trips + 1, False
        return (*self._end_plan(verdict), *self._hold_or_warn(verdict, now, is_new))

    def _end_plan(self, verdict: Verdict) -> Decisions:
        how = self._ending(verdict)
        if how is None or self._ended:
            return ()
        self._ended = True
        return (End(how, self.reason),)

    def _ending(self, verdict: Verdict) -> Action | None:
        if verdict.by_bad_pv and self._rules.on_bad_pv is OnBadPV.ABORT:
            return Action.ABORT
        if verdict.by_value and self._rules.action in (Action.STOP, Action.ABORT):
            return self._rules.action
        return None

    def _hold_or_warn(self, verdict: Verdict, now: float, is_new: bool) -> Decisions:
        if self._rules.action is Action.WARN and self._ending(verdict) is None:
            released = self._end_hold(now)
            return (*released, Warn(self.reason)) if is_new and not verdict.is_waiting else released
        if self._held_since is not None and not is_new:
            return ()
        self._held_since = now if self._held_since is None else self._held_since
        return (Hold(self.reason),)

    def _settle(self, now: float) -> Decisions:
        if self._good_since is None:
            self._good_since = now
        due = self._good_since + self._rules.delay
        if now >= due:
            return self._let_go(now)
        if due == self._due:
            return ()
        self._cause, self._due = _SETTLING, due
        return (Hold(self.reason),) if self._held_since is not None else ()

    def _let_go(self, now: float) -> Decisions:
        decisions = self._end_hold(now)
        self._cause = self._since = self._good_since = self._due = None
        self._ended = self._uncounted = False
        return decisions

    def _end_hold(self, now: float) -> Decisions:
        if self._held_since is None:
            return ()
        self._lost, self._held_since = self.time_lost(now), None
        return (Release(),)

    def _next_look(self, now: float) -> Decisions:
        """When to look again, if time alone may change something. One look is enough: it leads to the next one."""
        if not self._active:
            return ()
        looks = [self._due, self._bypassed_until]
        looks += [watched.next_look(self._rules, now) for watched in self.watched]
        due = min((look for look in looks if look is not None), default=None)
        if due is None or (self._look is not None and self._look <= due):
            return ()
        self._look = due
        return (LookAgainAt(due),)
