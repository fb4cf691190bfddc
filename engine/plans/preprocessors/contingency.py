"""Plans around plans: what is done when they fail, and in any case at the end.

Rules of this file:
1. A plan that is closed or halted (GeneratorExit) sends nothing any more, wherever it is, also in the middle of its
   clean-up; Python raises RuntimeError at whoever closes a generator that goes on.
2. What cannot be run, as plan or as clean-up, is refused before anything is sent: when a clean-up is needed, it is too
   late to find out that it is none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from ...messages import Msg, MsgGenerator
from ..generators import ensure_generator, make_decorator
from ..requirements import check_function

__all__ = ["contingency_decorator", "contingency_wrapper", "finalize_decorator", "finalize_wrapper"]


def contingency_wrapper(
    plan: Any,
    *,
    except_plan: Callable[[Exception], Any] | None = None,
    else_plan: Callable[[], Any] | None = None,
    final_plan: Callable[[], Any] | None = None,
    pause_for_debug: bool = False,
    auto_raise: bool = True,
) -> MsgGenerator:
    """`try: plan`, `except: except_plan(error)`, `else: else_plan()`, `finally: final_plan()`.

    The error is raised on after `except_plan`, unless `auto_raise` is False: then what that returns is returned. A
    plan that is closed or halted gets none of them. `pause_for_debug` pauses before `except_plan`. Raises TypeError,
    before anything is sent, for what is no plan or no function.
    """
    plan = ensure_generator(plan)
    for what, function in (("except_plan", except_plan), ("else_plan", else_plan), ("final_plan", final_plan)):
        if not (function is None or callable(function)):  # asked here: it costs less than the call
            check_function("contingency_wrapper", what, function)
    cleans_up = True
    try:
        return (yield from _attempt(plan, except_plan, else_plan, pause_for_debug, auto_raise))
    except GeneratorExit:
        cleans_up = False
        raise
    finally:
        if cleans_up and final_plan is not None:
            yield from ensure_generator(final_plan())


def _attempt(
    plan: Any,
    except_plan: Callable[[Exception], Any] | None,
    else_plan: Callable[[], Any] | None,
    pause_for_debug: bool,
    auto_raise: bool,
) -> MsgGenerator:
    try:
        result = yield from plan
    except Exception as error:
        if pause_for_debug:
            yield Msg("pause", None, defer=False)
        if except_plan is None:
            raise
        result = yield from ensure_generator(except_plan(error))
        if auto_raise:
            raise
    else:
        if else_plan is not None:
            yield from ensure_generator(else_plan())
    return result


def finalize_wrapper(plan: Any, final_plan: Any, *, pause_for_debug: bool = False) -> MsgGenerator:
    """`try: plan`, `finally: final_plan`, which is a plan or a function that makes one; returns what the plan returns.

    A plan that is closed or halted gets no final plan. `pause_for_debug` pauses between an error and the final plan.
    Raises TypeError, before anything is sent, for what is no plan.
    """
    final = final_plan if callable(final_plan) else partial(ensure_generator, ensure_generator(final_plan))

    return (yield from contingency_wrapper(plan, final_plan=final, pause_for_debug=pause_for_debug))


def finalize_decorator(
    final_plan: Callable[[], Any],
) -> Callable[[Callable[..., Any]], Callable[..., MsgGenerator]]:
    """As `finalize_wrapper`, for plan functions. Raises TypeError for a plan: it could only be run once."""
    if not callable(final_plan):
        raise TypeError(f"final_plan must be a function that makes a plan, not a {type(final_plan).__name__}")

    def decorate(plan_function: Callable[..., Any]) -> Callable[..., MsgGenerator]:
        @wraps(plan_function)
        def wrapped(*args: Any, **kwargs: Any) -> MsgGenerator:
            return (yield from finalize_wrapper(plan_function(*args, **kwargs), final_plan))

        return wrapped

    return decorate


contingency_decorator = make_decorator(contingency_wrapper)
