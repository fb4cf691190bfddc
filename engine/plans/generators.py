"""Plans as generators: making, chaining, decorating."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from ..messages import Msg, MsgGenerator, is_message
from ..plan_stack import as_generator

__all__ = ["ensure_generator", "make_decorator", "pchain", "single_gen", "unique_group"]

P = ParamSpec("P")
_numbers = itertools.count(1)


def unique_group(purpose: str) -> str:
    """A name for a group of statuses that no other group of this process has: `set#17`."""
    return f"{purpose}#{next(_numbers)}"


def single_gen(msg: Msg) -> MsgGenerator:
    """A plan of one message; returns its reply."""
    return (yield msg)


def ensure_generator(plan: Any) -> MsgGenerator:
    """A generator of the plan's messages, whether it is one, is iterable, or is a single message.

    Raises TypeError for anything else.
    """
    # A message is a plan that returns its reply; everything else is as the engine takes it.
    return single_gen(plan) if is_message(plan) else as_generator(plan)


def pchain(*plans: Any) -> MsgGenerator:
    """The plans one after the other; returns a tuple of what they return. An early end closes those not yet begun."""
    results = []
    try:
        for plan in plans:
            result = yield from plan
            results.append(result)
    finally:
        for plan in plans:
            if hasattr(plan, "close"):
                plan.close()
    return tuple(results)


def make_decorator(
    wrapper: Callable[..., MsgGenerator],
) -> Callable[..., Callable[[Callable[P, Any]], Callable[P, MsgGenerator]]]:
    """From `wrapper(plan, *args, **kwargs)` a decorator of plan functions, `@decorator(*args, **kwargs)`."""

    @wraps(wrapper)
    def configure(*args: Any, **kwargs: Any) -> Callable[[Callable[P, Any]], Callable[P, MsgGenerator]]:
        def decorate(plan_function: Callable[P, Any]) -> Callable[P, MsgGenerator]:
            @wraps(plan_function)
            def wrapped(*plan_args: P.args, **plan_kwargs: P.kwargs) -> MsgGenerator:
                return (yield from wrapper(plan_function(*plan_args, **plan_kwargs), *args, **kwargs))

            return wrapped

        return decorate

    return configure
