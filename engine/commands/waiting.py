"""Commands that wait for what was started."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from inspect import isawaitable
from typing import Any

from ..awaited import Begun
from ..context import Context
from ..errors import MalformedMessage, WaitForTimeoutError
from ..messages import Msg
from . import forms

__all__ = ["wait", "wait_for", "wait_for_nothing"]

SECOND_LOOK = 1.0
"""Seconds between two looks at statuses that do not call back."""


def wait(ctx: Context, msg: Msg) -> Any:
    """Wait for what was started with a group.

    `Msg("wait", None, group=…, timeout=None, error_on_timeout=True, watch=())`; a failure in one of the groups in
    `watch` ends the wait as well. The reply is whether everything is done. When time has run out, with an error or
    without, the group can be waited for again.
    """
    group, timeout, error_on_timeout, watch = forms.wait(*msg.args, **msg.kwargs)
    groups = ctx.groups
    watched = (group, *watch)
    groups.raise_first(watched)
    if groups.pending(group):
        return _wait(ctx, watched, timeout, error_on_timeout)
    if ctx.env.waiting_hook is not None and groups.members([group]):
        _tell_waiting(ctx, group, error_on_timeout)
        _tell_done(ctx, group)
    groups.close(group)
    return True


async def _wait(ctx: Context, watched: tuple[Hashable, ...], timeout: float | None, error_on_timeout: bool) -> bool:
    """Wait for the first of these groups; a failure in any of them ends it."""
    group, groups = watched[0], ctx.groups

    def is_over() -> bool:
        groups.raise_first(watched)
        return not groups.pending(group)

    _tell_waiting(ctx, group, error_on_timeout)
    try:
        async with asyncio.timeout(timeout):
            with _second_looks(ctx, watched):
                await ctx.pulse.until(is_over)
    except TimeoutError:
        if not error_on_timeout:
            return False  # the hook is not told: the plan comes back for the rest
        late = ", ".join(groups.names_pending(group))
        _tell_done(ctx, group)
        raise WaitForTimeoutError(f"not done within {timeout} s: {late}") from None
    except BaseException:
        _tell_done(ctx, group)
        raise
    _tell_done(ctx, group)
    groups.close(group)
    return True


@contextmanager
def _second_looks(ctx: Context, watched: tuple[Hashable, ...]) -> Iterator[None]:
    """Meanwhile look for what is over and has not called back, which nobody would hear of."""
    loop = asyncio.get_running_loop()

    def look() -> None:
        nonlocal timer
        ctx.groups.look_again(watched)
        ctx.pulse.beat()
        timer = loop.call_later(SECOND_LOOK, look)

    timer = loop.call_later(SECOND_LOOK, look)
    try:
        yield
    finally:
        timer.cancel()


def _tell_waiting(ctx: Context, group: Hashable, error_on_timeout: bool) -> None:
    """Tell the hook what is waited for; once, where a plan moves on and comes back for the rest."""
    announced = ctx.groups.announced
    if error_on_timeout or group not in announced:
        if not error_on_timeout:
            announced.add(group)
        if ctx.env.waiting_hook is not None:
            ctx.env.waiting_hook({started.status for started in ctx.groups.members([group])})


def _tell_done(ctx: Context, group: Hashable) -> None:
    ctx.groups.announced.discard(group)
    if ctx.env.waiting_hook is not None:
        ctx.env.waiting_hook(None)


async def wait_for(ctx: Context, msg: Msg) -> list[Any]:
    """Wait for awaitables: `Msg("wait_for", None, [factory, …], timeout=…)`. The reply is their finished futures.

    Each factory is called for an awaitable. What fails is told by its future, and is not raised. When time has run out,
    that ends the wait, not what is waited for. After an interruption the same awaitables are waited for; factories are
    called again when the message is repeated although it was done.
    """
    (factories,) = msg.args
    begun = ctx.groups.taken_up(msg) or [_begin(factory) for factory in factories]
    try:
        _, pending = await asyncio.wait([each.future for each in begun], **msg.kwargs) if begun else ((), ())
    except asyncio.CancelledError:
        ctx.groups.interrupted(msg, begun)
        raise
    if pending:
        late = ", ".join(each.name for each in begun if each.future in pending)
        raise WaitForTimeoutError(f"not done within {msg.kwargs.get('timeout')} s: {late}")
    return [each.future for each in begun]


def wait_for_nothing(ctx: Context, msg: Msg) -> list[Any]:
    """Answer a `wait_for` as if all of it were done: each future has the result None. What had begun is given up."""
    for each in ctx.groups.taken_up(msg):
        each.abandon()
    (factories,) = msg.args
    loop = asyncio.get_running_loop()
    futures = [loop.create_future() for _ in factories]
    for future in futures:
        future.set_result(None)
    return futures


def _begin(factory: Any) -> Begun:
    awaitable = factory()
    if not isawaitable(awaitable):
        raise MalformedMessage(f"'wait_for' takes functions that make awaitables; {factory!r} made {awaitable!r}")
    return Begun(awaitable)
