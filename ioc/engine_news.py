"""What an engine tells, and what it means for whoever waits for something.

Rules of this file:
1. Each function that looks at an item answers something if it is what is waited for, nothing if it is not, and raises
   Failure if it will never come true.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from ..engine import Outcome, PointSkipped, RunResult, State, StateChange

__all__ = [
    "Document",
    "Failure",
    "News",
    "PauseTakenBack",
    "at_rest",
    "ended_well",
    "has_ended",
    "in_state",
    "is_result_of",
    "over",
    "over_instead_of_paused",
    "skipped",
]


@dataclass(frozen=True, slots=True)
class Document:
    """A document on its way out."""

    name: str
    doc: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class PauseTakenBack:
    """A pause after the run will not come. No state changes with that, and the engine does not tell it."""


News = StateChange | Document | PointSkipped | PauseTakenBack | RunResult


class Failure(Exception):
    """What was asked for was accepted, but did not come true; says why."""


def in_state(item: News, *states: State) -> str | None:
    """The engine has come into one of these states."""
    return f"the engine is {item.new}" if isinstance(item, StateChange) and item.new in states else None


def over(item: News, failure: str) -> None:
    """A plan that is over has failed what was asked of it."""
    if isinstance(item, RunResult):
        raise Failure(failure)


def over_instead_of_paused(item: News) -> str | None:
    """The end of a plan that was to pause after its run."""
    if isinstance(item, RunResult) and not item.pause_wished:
        raise Failure("the plan ended before the run had closed")
    return "the plan is over" if isinstance(item, RunResult) else None


def at_rest(item: News) -> str | None:
    """The plan is paused, or over."""
    return "the plan is over" if isinstance(item, RunResult) else in_state(item, State.PAUSED)


def skipped(item: News) -> str | None:
    """A point was given up."""
    if isinstance(item, PointSkipped):
        return f"the point was skipped, up to {item.ended_by}"
    if isinstance(item, RunResult):
        return "the plan is over"
    return None


def is_result_of(plan: Future[RunResult], item: News) -> bool:
    """Another plan's may still be on its way when this one is started. The engine ends a future before it tells."""
    return plan.done() and plan.exception() is None and plan.result() is item


def has_ended(plan: Future[RunResult], item: News) -> bool:
    """Whether nothing more is to be told of a plan, this having been told."""
    return is_result_of(plan, item) or (plan.done() and plan.exception() is not None)


def ended_well(result: RunResult) -> str:
    """Success, or an operator's stop."""
    if result.outcome not in (Outcome.SUCCESS, Outcome.STOP):
        raise Failure(result.reason or str(result.outcome))
    return result.reason or "the plan is over"
