"""How long plans take, learned from those that were run.

Rules of this file:
1. Only what has ended well is learned from. The last few runs count, and of them the median: one run that hung over
   lunch changes nothing.
2. What was run with the same detectors counts; if there is none, any run of the plan.
"""

from __future__ import annotations

import inspect
import math
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from .entry import BoundPlan

__all__ = ["Estimate", "Pace", "detectors_of"]

KEPT = 20
"""Runs that are kept of each plan and its detectors."""
MOST_KINDS = 500
"""Plans with their detectors; those that were run last are kept."""

Detectors = frozenset[str]
Run = tuple[int, float]
"""Points and seconds."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long a plan takes, and by how many runs that is known."""

    seconds: float
    runs: int
    plan: str

    @property
    def text(self) -> str:
        """Where it comes from, for people."""
        return f"learned from {self.runs} run{'s' if self.runs > 1 else ''} of {self.plan}"


class Pace:
    """Seconds per point and beside the points, by plan and detectors. For any thread."""

    def __init__(self, entries: Iterable[Mapping[str, Any]] = ()) -> None:
        """`entries` of the history, the oldest first."""
        self._lock = threading.Lock()
        self._runs: OrderedDict[tuple[str, Detectors], deque[Run]] = OrderedDict()
        for entry in entries:
            self.learn(entry)

    def learn(self, entry: Mapping[str, Any]) -> None:
        """Take in an entry of the history: plan, params, exit_status, points, seconds.

        One that lacks some of them is passed over.
        """
        plan, points, seconds = entry.get("plan"), _number(entry.get("points")), _number(entry.get("seconds"))
        if entry.get("exit_status") != "success" or not plan or seconds is None or seconds < 0:
            return
        params = entry.get("params")
        key = (str(plan), _detectors(params.get("detectors")) if isinstance(params, Mapping) else frozenset())
        with self._lock:
            runs = self._runs.setdefault(key, deque(maxlen=KEPT))
            runs.append((int(points or 0), seconds))
            self._runs.move_to_end(key)
            if len(self._runs) > MOST_KINDS:
                self._runs.popitem(last=False)

    def estimate(self, plan: str, detectors: Detectors, points: int | None) -> Estimate | None:
        """How long a plan with these detectors takes for so many points; None if it was never run."""
        with self._lock:
            runs = list(self._runs.get((plan, detectors), ()))
            if not runs:
                runs = [run for (name, _), others in self._runs.items() if name == plan for run in others][-KEPT:]
        if not runs:
            return None
        return Estimate(_seconds(runs, points), len(runs), plan)


def detectors_of(plan: BoundPlan) -> Detectors:
    """Names of the detectors that a plan is given."""
    try:
        given = inspect.signature(plan.function).bind(*plan.args, **plan.kwargs).arguments
    except (TypeError, ValueError):
        given = plan.kwargs
    return _detectors(given.get("detectors"))


def _detectors(given: Any) -> Detectors:
    if not isinstance(given, list | tuple | set | frozenset):
        return frozenset()
    return frozenset(str(getattr(each, "name", each)) for each in given)


def _seconds(runs: Sequence[Run], points: int | None) -> float:
    """A line through the runs, by medians (Theil and Sen's): seconds = beside the points + per point · points."""
    if points is None or not any(done for done, _ in runs):
        return median(seconds for _, seconds in runs)
    slopes = [
        (seconds - others) / (done - other)
        for index, (done, seconds) in enumerate(runs)
        for other, others in runs[:index]
        if done != other
    ]
    if not slopes:  # all of them had as many points: what is beside the points cannot be told
        return points * median(seconds / max(done, 1) for done, seconds in runs)
    per_point = max(median(slopes), 0.0)
    beside = max(median(seconds - per_point * done for done, seconds in runs), 0.0)
    return beside + per_point * points


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number else None
