"""The plans that the IOC has begun, and what was said of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from ..engine import RunResult
from .engine_news import has_ended, is_result_of

__all__ = ["BegunPlans"]


@dataclass(frozen=True, slots=True)
class _Begun:
    plan: Future[RunResult]
    about: Any
    at: float


class BegunPlans:
    """Those whose end has not been told yet."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._plans: list[_Begun] = []

    def add(self, begin: Callable[[], Future[RunResult]], about: Any) -> Future[RunResult]:
        """Begin one, and remember what is said of it."""
        at = self._clock()
        plan = begin()
        self._plans.append(_Begun(plan, about, at))
        return plan

    def ended(self, result: RunResult) -> None:
        """Everybody has been told of this."""
        self._plans = [each for each in self._plans if not has_ended(each.plan, result)]

    def about(self, result: RunResult) -> Any:
        """What was said of the plan that has ended so; None if it was begun elsewhere."""
        return next((each.about for each in self._plans if is_result_of(each.plan, result)), None)

    def about_at(self, moment: float) -> Any:
        """What was said of the plan that was in progress at that time (epoch seconds); None if it was begun elsewhere.

        For who is told of what happened in order: the first of those that are not over. What a plan from elsewhere has
        told last may still be on its way when the next one has been begun here, but is older.
        """
        return next((each.about for each in self._plans[:1] if each.at <= moment), None)
