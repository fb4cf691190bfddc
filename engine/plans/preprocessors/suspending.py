"""Plans around plans: suspenders that are there as long as the plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...messages import MsgGenerator
from ..generators import ensure_generator, make_decorator
from ..requirements import check_supports
from ..stubs.session import install_suspender, remove_suspender
from .contingency import finalize_wrapper

__all__ = ["suspend_decorator", "suspend_wrapper"]


def suspend_wrapper(plan: Any, suspenders: Any) -> MsgGenerator:
    """The plan with a suspender, or several, installed; they are removed at its end, however it ends but for a halt.

    Raises TypeError, before anything is sent, for what is no suspender.
    """
    plan = ensure_generator(plan)
    wanted = list(suspenders) if _are_several(suspenders) else [suspenders]
    for suspender in wanted:
        check_supports("suspend_wrapper", "suspend", suspender, "install", "remove")

    def suspended() -> MsgGenerator:
        for suspender in wanted:
            yield from install_suspender(suspender)
        return (yield from plan)

    def remove_all() -> MsgGenerator:
        for suspender in wanted:
            yield from remove_suspender(suspender)

    return (yield from finalize_wrapper(suspended(), remove_all))


def _are_several(suspenders: Any) -> bool:
    return isinstance(suspenders, Iterable) and not isinstance(suspenders, str)


suspend_decorator = make_decorator(suspend_wrapper)
