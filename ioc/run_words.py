"""What is told of a run in words: what its plan was given, how long it takes.

Rules of this file:
- No clock is read here; times are seconds since the epoch, on the clock on the wall where they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .plans.parameters_text import parameters_line
from .progress import RunStatus
from .queue.history import About
from .stored.texts import plan_arguments

__all__ = ["run_parameters", "run_times"]

_WEEK = 7
"""Days."""
_LONGEST = 1000 * 366 * 86400.0
"""Seconds after which nobody needs to know when it is over: plans that go on for ever have many points. A calendar ends
with the year 9999."""


def run_parameters(start: Mapping[str, Any], about: About | None) -> str:
    """The parameters in a line: as who has started the plan has given them, or as the RunStart says.

    The RunStart knows better where the plan has opened the run of another one, as a scan within an alignment.
    """
    told = plan_arguments(start)
    is_its_own = about is not None and start.get("plan_name", about.plan) == about.plan
    return parameters_line(about.params) if about is not None and (is_its_own or not told) else told


def run_times(status: RunStatus, elapsed: float, left: float, now: float, *, active: bool) -> str:
    """For how long it has been going on, how long it will, and when it is over; empty if there was none.

    `elapsed` and `left` are seconds, `left` is 0 when that is not known. While it is not `active`, held or paused,
    nobody knows when it is over.
    """
    if not status.open:
        return f"took {_span(elapsed)}" if status.uid else ""
    if not round(left):
        return _span(elapsed)
    if not active:
        return f"{_span(elapsed)}, about {_span(left)} left"
    told = f"{_span(elapsed)} of about {_span(elapsed + left)}"
    return f"{told}, over at {_moment(now + left, now)}" if left < _LONGEST else told


def _span(seconds: float) -> str:
    """`0:12:05`; days are hours."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _moment(seconds: float, now: float) -> str:
    """`14:32`, on another day than now `Tue 14:32`, or with its date where there is a Tuesday before."""
    moment = datetime.fromtimestamp(seconds)
    days = (moment.date() - datetime.fromtimestamp(now).date()).days
    if days < _WEEK:
        return f"{moment:%a %H:%M}" if days else f"{moment:%H:%M}"
    return f"{moment:%Y-%m-%d %H:%M}"
