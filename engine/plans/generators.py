"""Plans as generators: making, chaining, decorating.

Plans and stubs are plain generator functions. bluesky wraps each in an object that warns, when it is collected, of a
`yield from` that was forgotten. Ours do not: the cheapest such object costs a stub of one message another 80 % (380 ns
become 660), a warning from `mv` alone would not be one to rely on, and `inspect.isgeneratorfunction` knows our plans.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from functools import wraps
from types import GeneratorType
from typing import Any, ParamSpec

from ..messages import Msg, MsgGenerator, is_message
from ..plan_stack import as_generator

__all__ = ["ensure_generator", "make_decorator", "pchain", "short_uid", "single_gen", "unique_group"]

P = ParamSpec("P")
_numbers = itertools.count(1)


def unique_group(purpose: str) -> str:
    """A name for a group of statuses that no other group of this process has: `set#17`."""
    return f"{purpose}#{next(_numbers)}"


def short_uid(label: str | None = None, truncate: int = 6) -> str:
    """A name that is unlikely to be another's: the label, if there is one, and `truncate` characters of a new uid."""
    uid = str(uuid.uuid4())[:truncate]
    return f"{label}-{uid}" if label else uid


def single_gen(msg: Msg) -> MsgGenerator:
    """A plan of one message; returns its reply."""
    return (yield msg)


def ensure_generator(plan: Any) -> MsgGenerator:
    """A generator of the plan's messages, whether it is one, is iterable, or is a single message.

    Raises TypeError for anything else.
    """
    if type(plan) is GeneratorType:  # nearly always, and each point of a scan asks several times
        return plan
    # A message is a plan that returns its reply; everything else is as the engine takes it.
    return single_gen(plan) if is_message(plan) else as_generator(plan)


def pchain(*args: Any) -> MsgGenerator:
    """The plans one after the other; returns a tuple of what they return. An early end closes those not yet begun."""
    plans = list(map(ensure_generator, args))
    results = []
    try:
        for plan in plans:
            result = yield from plan
            results.append(result)
    finally:
        for plan in plans:
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
