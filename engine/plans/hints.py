"""What start documents say of axes, for those who plot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .devices import get_hinted_fields

__all__ = ["derive_default_hints", "grid_dimensions", "with_hints"]


def derive_default_hints(motors: Sequence[Any]) -> dict[str, Any]:
    """The hint that all motors are one dimension, by the fields that they hint at; empty when there is no field."""
    fields = [field for motor in motors for field in get_hinted_fields(motor)]
    return {"dimensions": [(fields, "primary")]} if fields else {}


def grid_dimensions(motors: Sequence[Any]) -> dict[str, Any]:
    """The hint that each motor is a dimension of its own; none unless all of them hint at their fields."""
    fields = [(getattr(motor, "hints", None) or {}).get("fields") for motor in motors]
    return {} if None in fields else {"dimensions": [(names, "primary") for names in fields]}


def with_hints(start: dict[str, Any], hints: dict[str, Any]) -> dict[str, Any]:
    """A start document with these hints, but for those that it has already, which outrank them."""
    return {**start, "hints": {**hints, **(start.get("hints") or {})}}
