"""Conditions of a beamline's own, as bluesky's suspenders have them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from .condition import Reading

__all__ = ["Predicates"]


@dataclass(frozen=True)
class Predicates:
    """A condition made of two functions of the value."""

    should_suspend: Callable[[Any], Any]
    should_resume: Callable[[Any], Any]
    kind: ClassVar[str] = "custom"

    def is_bad(self, reading: Reading, was_bad: bool) -> bool:
        """Whether it should suspend or, once it has, should not resume yet."""
        value = reading.value
        return bool(self.should_suspend(value)) or (was_bad and not self.should_resume(value))

    def explain(self, reading: Reading) -> str:
        """The value; the functions do not tell more."""
        return f"is {reading.value!r}, which suspends"

    def in_short(self, labels: tuple[str, ...] = ()) -> str:
        """Only the functions know."""
        return "as its own code says"

    def misfit(self, reading: Reading) -> str:
        """The functions may take anything."""
        return ""
