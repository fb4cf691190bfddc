"""The part of a suspender that people operate: what it shows, and what can be changed.

Rules of this file
- A change is checked as a whole before any of it is made, is judged at once, and is told to the audit observers: who
  made it, from what to what.
- Observers are called in the order in which things happened, in whatever thread made them happen; not for each value.
"""

from __future__ import annotations

import logging
import math
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, TypeAlias

from .changes import Change
from .conditions import Condition, with_limits
from .decisions import Decisions
from .judge import Judge
from .settings import Rules
from .status import SuspenderStatus, limits_in_words, status_of

__all__ = ["Operated"]

log = logging.getLogger("reioc.suspenders")

Observer: TypeAlias = Callable[[SuspenderStatus], None]
AuditObserver: TypeAlias = Callable[[Change], None]

_RULES = tuple(field.name for field in fields(Rules))
_LONGEST_BYPASS = 366 * 86400.0


class Operated(ABC):
    """A suspender as its operators see it."""

    def __init__(self, name: str, judge: Judge, clock: Callable[[], float], wall_clock: Callable[[], float]) -> None:
        self._name = name
        self._judge = judge
        self._clock, self._wall_clock = clock, wall_clock
        self._lock = threading.RLock()  # a condition is asked under it, and may look at its suspender
        self._since: float | None = None
        self._bypass_by = ""
        self._scope: Any = None
        self._observers: list[Observer] = []
        self._auditors: list[AuditObserver] = []

    @abstractmethod
    def _post(self, decisions: Decisions, changes: tuple[Change, ...] = ()) -> None:
        """Under the lock: queue what was decided, and what has changed."""

    @abstractmethod
    def _flush(self) -> None:
        """Not under the lock: carry it out."""

    # What is so

    @property
    def name(self) -> str:
        """What people know it by."""
        return self._name

    @property
    def tripped(self) -> bool:
        """Whether it is bad, the settle time included; unless its action is `warn` it holds the engine then."""
        with self._lock:
            return self._judge.tripped

    @property
    def status(self) -> SuspenderStatus:
        """All there is to know of it now."""
        with self._lock:
            return status_of(
                self._judge,
                self._name,
                since=self._since,
                bypass_by=self._bypass_by,
                scope=self._scope,
                now=self._clock(),
            )

    @property
    def limits_in_words(self) -> str:
        """For people: when it trips, and is good again: "below 100, good again at 200"."""
        with self._lock:
            return limits_in_words(self._judge)

    def observe(self, callback: Observer) -> None:
        """Call `callback(status)` when more than a value has changed, from whatever thread; it should be quick."""
        with self._lock:
            self._observers = [*self._observers, callback]

    def unobserve(self, callback: Observer) -> None:
        """Call it no more."""
        with self._lock:
            self._observers = [each for each in self._observers if each != callback]

    def observe_changes(self, callback: AuditObserver) -> None:
        """Call `callback(change)` for each setting that somebody changes, from whatever thread."""
        with self._lock:
            self._auditors = [*self._auditors, callback]

    def unobserve_changes(self, callback: AuditObserver) -> None:
        """Call it no more."""
        with self._lock:
            self._auditors = [each for each in self._auditors if each != callback]

    # What can be changed

    @property
    def enabled(self) -> bool:
        """Whether it may hold the engine. Disabling lets go at once; enabling while bad holds at once."""
        with self._lock:
            return self._judge.rules.enabled

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        self.configure(enabled=bool(enabled))

    def configure(self, *, by: str = "", bypass: float | None = None, **settings: Any) -> None:
        """Change settings by their names; what was read last is judged anew.

        Its limits (`low`, `high`, `resume_low`, `resume_high`, `expected`, `allow_resume`, `at_severity`,
        `older_than`), as far as its kind has them, and `delay` (s), `on_bad_pv`, `max_age` (s, None for any), `action`,
        `enabled`, `scope`; `bypass` as the method. `by` is who does it. ValueError for a name that this kind does not
        have or a value that does not fit; then nothing has changed.
        """
        if bypass is not None:
            _check_bypass(bypass)
        with self._lock:
            conditions, rules, scope = self._with(settings)
            changes = self._changes(conditions, rules, scope, by)
            is_about_other, self._scope = scope != self._scope, scope
            now = self._clock()
            if bypass:  # before the rest, which may not trip any more then
                self._bypass(bypass, now, by)
            # What the engine knows of a hold is what it was about.
            self._post(self._judge.configure(conditions, rules, now, hold_anew=is_about_other), changes)
            if bypass == 0:  # after the rest, which may have made it good
                self._bypass(bypass, now, by)
        self._flush()

    def bypass(self, seconds: float, *, by: str = "") -> None:
        """Hold nothing for so many seconds; 0 ends that. ValueError for what is no such time."""
        _check_bypass(seconds)
        self.configure(by=by, bypass=seconds)

    def _bypass(self, seconds: float, now: float, by: str) -> None:
        old = max(0.0, (self._judge.bypassed_until or now) - now)
        self._bypass_by = (by or "Python") if seconds else ""
        decisions = self._judge.bypass(now + seconds if seconds else None, now)
        self._post(decisions, self._change("bypass", round(old, 1), float(seconds), by))

    def mute(self, muted: bool) -> None:
        """What the engine's master switch does: muted it holds nothing, whatever its own settings are."""
        with self._lock:
            self._post(self._judge.mute(muted, self._clock()))
        self._flush()

    def _with(self, settings: dict[str, Any]) -> tuple[list[Condition], Rules, Any]:
        settings = dict(settings)
        scope = settings.pop("scope", self._scope)
        rules = replace(self._judge.rules, **{name: settings.pop(name) for name in _RULES if name in settings})
        conditions = [watched.condition for watched in self._judge.watched]
        if settings and len(conditions) > 1:
            raise ValueError(f"{self._name} watches several PVs and has no {', '.join(settings)} of its own")
        return [with_limits(each, settings) if settings else each for each in conditions], rules, scope

    def _changes(self, conditions: list[Condition], rules: Rules, scope: Any, by: str) -> tuple[Change, ...]:
        pairs = [(self._judge.rules, rules, _RULES)]
        pairs += [
            (watched.condition, new, tuple(field.name for field in fields(new)))  # type: ignore[arg-type]
            for watched, new in zip(self._judge.watched, conditions, strict=True)
            if new != watched.condition
        ]
        changes = [
            change
            for old, new, names in pairs
            for name in names
            for change in self._change(name, getattr(old, name), getattr(new, name), by)
        ]
        return (*changes, *self._change("scope", self._scope, scope, by))

    def _change(self, setting: str, old: Any, new: Any, by: str) -> tuple[Change, ...]:
        if old == new:
            return ()
        return (Change(self._name, setting, old, new, by, self._wall_clock()),)

    def _tell(self) -> None:
        if not self._observers:
            return
        status = self.status
        for observer in self._observers:
            self._safely(observer, status)

    def _tell_change(self, change: Change) -> None:
        log.info("%s by %s", change, change.by or "Python")
        for auditor in self._auditors:
            self._safely(auditor, change)

    def _safely(self, observer: Callable[[Any], None], news: Any) -> None:
        try:
            observer(news)
        except Exception:
            log.exception("an observer of suspender %s failed", self._name)


def _check_bypass(seconds: Any) -> None:
    if not (isinstance(seconds, int | float) and math.isfinite(seconds) and 0 <= seconds <= _LONGEST_BYPASS):
        raise ValueError(f"bypass = {seconds!r} is no time: it must be seconds, from 0 to those of a year")
