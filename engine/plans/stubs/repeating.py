"""Small plans that do the same several times, or with several devices."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any

from ...messages import Msg, MsgGenerator
from ..annotations import Units
from ..arguments import whole_number
from ..generators import ensure_generator
from ..requirements import check_function, listed

__all__ = ["broadcast_msg", "caching_repeater", "repeat", "repeater"]


def repeat(
    plan: Callable[[], Any],
    num: int | None = 1,
    delay: Annotated[float | Iterable[float], Units("s")] = 0.0,
) -> MsgGenerator:
    """A checkpoint and the plan that `plan()` makes, `num` times, or for ever when None.

    `delay` seconds, or the next of several delays, pass from the beginning of each to that of the next. Raises
    ValueError when there are too few delays: at once if they can be counted, else when they run out.
    """
    check_function("repeat", "plan", plan)
    num = check_repetitions("repeat", num, delay)
    delays: Iterator[Any] = iter(delay) if isinstance(delay, Iterable) else itertools.repeat(delay)
    for done in itertools.count(1) if num is None else range(1, num + 1):
        began = time.monotonic()
        yield Msg("checkpoint")
        yield from ensure_generator(plan())
        try:
            pause = next(delays)
        except StopIteration:
            if num is None or done == num:
                return
            raise ValueError(f"repeat: {num} times need {num - 1} delays, there are only {done - 1}") from None
        remaining = 0 if pause is None else pause - (time.monotonic() - began)
        if remaining > 0:
            yield Msg("sleep", None, remaining)


def check_repetitions(plan: str, num: Any, delay: Any) -> int | None:
    """`num` as an int, or None. Raises ValueError for a bad number or too few delays, TypeError for what is neither."""
    if num is not None:
        num = whole_number(f"{plan}: num", num, at_least=0)
    if isinstance(delay, str):
        raise TypeError(f"{plan}: delay must be seconds or a list of seconds, not the text {delay!r}")
    if num is not None and hasattr(delay, "__len__") and len(delay) < num - 1:
        raise ValueError(f"{plan}: {num} times need {num - 1} delays, there are only {len(delay)}")
    return num


def repeater(n: int | None, gen_func: Callable[..., Any], *args: Any, **kwargs: Any) -> MsgGenerator:
    """The plan that `gen_func(*args, **kwargs)` makes, `n` times, or for ever when None; no checkpoints in between."""
    check_function("repeater", "gen_func", gen_func)
    for _ in _times("repeater", n):
        yield from ensure_generator(gen_func(*args, **kwargs))


def caching_repeater(n: int | None, plan: Iterable[Msg]) -> MsgGenerator:
    """The messages of a plan, `n` times, or for ever when None.

    They are gathered before the first is sent, so the plan is replied nothing: `repeater` is for plans that read.
    """
    times, messages = _times("caching_repeater", n), list(ensure_generator(plan))
    for _ in times:
        yield from ensure_generator(messages)


def broadcast_msg(command: str, objs: Iterable[Any], *args: Any, **kwargs: Any) -> MsgGenerator:
    """The same message to each device, `Msg(command, obj, *args, **kwargs)`; returns a list of the replies."""
    replies = []
    for obj in listed("broadcast_msg", "objs", objs):
        reply = yield Msg(command, obj, *args, **kwargs)
        replies.append(reply)
    return replies


def _times(plan: str, n: int | None) -> Iterable[int]:
    return itertools.count() if n is None else range(whole_number(f"{plan}: n", n, at_least=0))
