"""What a judge decides, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Abort", "Decision", "Decisions", "Hold", "Release", "ReleaseAt"]


@dataclass(frozen=True, slots=True)
class Hold:
    """The engine is to be held, or goes on being held for another reason. Any countdown is void."""

    reason: str


@dataclass(frozen=True, slots=True)
class Release:
    """The engine need not be held any longer. Any countdown is void."""


@dataclass(frozen=True, slots=True)
class ReleaseAt:
    """The engine may go on at `when` if nothing happens: call `tick` then. Replaces any earlier countdown."""

    when: float


@dataclass(frozen=True, slots=True)
class Abort:
    """The plan that runs is to be aborted."""

    reason: str


Decision: TypeAlias = Hold | Release | ReleaseAt | Abort
Decisions: TypeAlias = tuple[Decision, ...]
