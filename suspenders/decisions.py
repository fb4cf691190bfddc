"""What a judge decides, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from .words import Action

__all__ = ["Decision", "Decisions", "End", "Hold", "LookAgainAt", "Release", "Warn"]


@dataclass(frozen=True, slots=True)
class Hold:
    """The engine is to be held, or goes on being held for another reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Release:
    """The engine need not be held any longer."""


@dataclass(frozen=True, slots=True)
class End:
    """The plan that runs is to be ended: by `stop` or by `abort`."""

    action: Action
    reason: str


@dataclass(frozen=True, slots=True)
class Warn:
    """People are to be told; nothing is held."""

    reason: str


@dataclass(frozen=True, slots=True)
class LookAgainAt:
    """Time alone may change something at `when` (s, monotonic): call `tick` then. Others still count."""

    when: float


Decision: TypeAlias = Hold | Release | End | Warn | LookAgainAt
Decisions: TypeAlias = tuple[Decision, ...]
