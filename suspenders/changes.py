"""Who changed what of a suspender."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from .conditions.values import in_words

__all__ = ["Change", "in_text"]


@dataclass(frozen=True, slots=True)
class Change:
    """One setting, from what to what, by whom ("user@host"; "" is Python), when (s since 1970)."""

    suspender: str
    setting: str
    old: Any
    new: Any
    by: str
    time: float

    def __str__(self) -> str:
        return f"{self.suspender} {self.setting}: {in_text(self.old)} -> {in_text(self.new)}"


def in_text(value: Any) -> str:
    """A setting's value for people: "100", "yes", "none"."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case Enum():
            return str(value.name if isinstance(value, int) else value.value)
        case float():
            return in_words(value)
        case _:
            return str(value)
