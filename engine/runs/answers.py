"""What devices answer, now or later.

Rule of this file: a command that was given up may still get its answer. It has been executed anew meanwhile, or its run
is over, so the answer is nobody's any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from inspect import isawaitable
from typing import Any

from ..attention import is_left_behind

__all__ = ["for_each", "refuse_late_answer"]


def refuse_late_answer() -> None:
    """Raise CancelledError if the command that has waited here was given up."""
    if is_left_behind():
        raise asyncio.CancelledError


def for_each(what: str, answer: Any, take: Callable[[Any], object]) -> Coroutine[Any, Any, None] | None:
    """Call `take` with each item of an iterable, an asynchronous iterable, or an awaitable of one of them.

    Returns None when that is done, or a coroutine where it has to wait. `what` names the answer in the TypeError that
    is raised if it is none of these.
    """
    if isawaitable(answer) or hasattr(answer, "__aiter__"):
        return _for_each_later(what, answer, take)
    if not isinstance(answer, Iterable):
        raise TypeError(f"{what} must return an iterator, not {answer!r}")
    for item in answer:
        take(item)
    return None


async def _for_each_later(what: str, answer: Any, take: Callable[[Any], object]) -> None:
    if isawaitable(answer):
        answer = await answer
        refuse_late_answer()
    if not hasattr(answer, "__aiter__"):
        for_each(what, answer, take)
        return
    try:
        async for item in answer:
            refuse_late_answer()
            take(item)
    finally:
        if hasattr(answer, "aclose"):  # a generator that is left half-way would be closed whenever it is collected
            await answer.aclose()
