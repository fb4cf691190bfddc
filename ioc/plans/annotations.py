"""Annotations of a plan's parameters, evaluated where it was written."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from functools import partial
from typing import Any, get_type_hints

__all__ = ["hints_of"]


def hints_of(plan: Callable[..., Any]) -> dict[str, Any]:
    """Types by parameter, with what is in their `Annotated`.

    What a plan returns is none of our business: its name is often imported for type checkers alone. Raises whatever
    the evaluation of an annotation raises.
    """
    while isinstance(plan, partial):
        plan = plan.func
    if not inspect.isroutine(plan):
        plan = type(plan).__call__
    function: Any = plan.__func__ if isinstance(plan, types.MethodType) else plan
    asked = types.SimpleNamespace(__annotations__=_without_return(function))
    return get_type_hints(asked, _globals(function), include_extras=True)


def _without_return(function: Any) -> dict[str, Any]:
    return {name: hint for name, hint in getattr(function, "__annotations__", {}).items() if name != "return"}


def _globals(function: Any) -> dict[str, Any]:
    """Where a decorated function was written: that is where its annotations mean something."""
    return getattr(inspect.unwrap(function), "__globals__", {})
