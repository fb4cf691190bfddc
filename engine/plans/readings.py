"""The one value in readings that a plan decides by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .arguments import finite_number

__all__ = ["check_field", "number_in"]


def check_field(plan: str, what: str, field: Any) -> None:
    """Raises TypeError unless `field`, the parameter `what`, is a name."""
    if not isinstance(field, str):
        raise TypeError(f"{plan}: {what} must be the name of a value that is read, such as 'det', not {field!r}")


def number_in(plan: str, readings: Mapping[str, Any] | None, field: str) -> float | None:
    """The value of `field`; None when nothing was replied, that is when the plan is listed instead of run.

    Raises ValueError when only other values were read, and ValueError or TypeError when it is no finite number: what
    the plan does next would be a matter of chance.
    """
    if not readings:
        return None
    if field not in readings:
        raise ValueError(f"{plan}: no {field!r} was read; there are: {', '.join(sorted(readings))}")
    return float(finite_number(f"{plan}: what is read as {field!r}", readings[field]["value"]))
