"""Commands that speak to the engine itself."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Hashable
from typing import Any

from ..context import Context
from ..errors import IllegalMessageSequence, WaitForTimeoutError
from ..interruptions import Ask, Request
from ..messages import Msg

__all__ = [
    "checkpoint",
    "clear_checkpoint",
    "null",
    "pause",
    "rest",
    "rewindable",
    "settle",
    "sleep",
    "subscribe",
    "unsubscribe",
    "until_holds_change",
    "wait",
    "wait_for",
    "wake",
]


def null(ctx: Context, msg: Msg) -> None:
    """Nothing: `Msg("null")`."""


def sleep(ctx: Context, msg: Msg) -> Coroutine[Any, Any, None]:
    """Let time pass: `Msg("sleep", None, seconds)`."""
    (seconds,) = msg.args
    return asyncio.sleep(seconds)


def checkpoint(ctx: Context, msg: Msg) -> None:
    """Here the plan may be taken up again after an interruption: `Msg("checkpoint")`."""
    for run in ctx.runs.values():
        if run.bundling:
            raise IllegalMessageSequence(
                "'checkpoint' between 'create' and 'save': half an event cannot be taken up again"
            )
    ctx.mark()
    if ctx.wishes.at_checkpoint() or not ctx.holdable:
        ctx.holdable = True
        ctx.inbox.nudge()


def clear_checkpoint(ctx: Context, msg: Msg) -> None:
    """From here on the plan cannot be taken up again: `Msg("clear_checkpoint")`."""
    ctx.checkpoint.clear()


def rewindable(ctx: Context, msg: Msg) -> bool:
    """Whether messages are repeated after an interruption: `Msg("rewindable", None, True, False or None to ask)`."""
    (wanted,) = msg.args
    if wanted is not None and bool(wanted) != ctx.checkpoint.rewindable:
        ctx.checkpoint.rewindable = wanted
        for run in ctx.runs.values():
            run.mark()
    return ctx.checkpoint.rewindable


def pause(ctx: Context, msg: Msg) -> None:
    """Pause, now or at the next checkpoint: `Msg("pause", None, defer=False)`."""
    defer = msg.args[0] if msg.args else msg.kwargs.get("defer", False)
    ctx.inbox.post(Request(Ask.DEFERRED_PAUSE if defer else Ask.PAUSE, "the plan asked for it"))


def wait(ctx: Context, msg: Msg) -> Any:
    """Wait for what was started with a group.

    `Msg("wait", None, group=…, timeout=None, error_on_timeout=True, watch=())`; a failure in one of the groups in
    `watch` ends the wait as well. The reply is whether everything is done.
    """
    group = msg.args[0] if msg.args else msg.kwargs.get("group")
    ctx.groups.raise_first([group, *msg.kwargs.get("watch", ())])
    if not ctx.groups.pending(group):
        ctx.groups.close(group)
        return True
    return _wait(ctx, msg, group)


async def _wait(ctx: Context, msg: Msg, group: Hashable) -> bool:
    hook = ctx.env.waiting_hook or _no_hook
    hook({started.status for started in ctx.groups.members([group])})
    watched = [group, *msg.kwargs.get("watch", ())]

    def is_over() -> bool:
        ctx.groups.raise_first(watched)
        return not ctx.groups.pending(group)

    try:
        async with asyncio.timeout(msg.kwargs.get("timeout")):
            await ctx.pulse.until(is_over)
    except TimeoutError:
        if not msg.kwargs.get("error_on_timeout", True):
            return False
        names = ", ".join(ctx.groups.names_pending(group))
        raise WaitForTimeoutError(f"not done within {msg.kwargs['timeout']} s: {names}") from None
    finally:
        hook(None)
    ctx.groups.close(group)
    return True


def _no_hook(statuses: Any) -> None:
    """Where nobody wants to know what is waited for."""


async def wait_for(ctx: Context, msg: Msg) -> list[Any]:
    """Wait for awaitables: `Msg("wait_for", None, [factory, …], timeout=…)`. The reply is their finished futures.

    Each factory is called for an awaitable; it may be called again, if the wait is interrupted.
    """
    (factories,) = msg.args
    futures = [asyncio.ensure_future(factory()) for factory in factories]
    try:
        _, pending = await asyncio.wait(futures, **msg.kwargs) if futures else ((), ())
    except asyncio.CancelledError:
        for future in futures:
            future.cancel()
        raise
    if pending:
        raise WaitForTimeoutError(f"not done within {msg.kwargs.get('timeout')} s: {len(pending)} awaitables")
    return futures


def subscribe(ctx: Context, msg: Msg) -> int:
    """Subscribe until the end of the plan: `Msg("subscribe", None, function, name)`. The reply is a token."""
    token = ctx.env.dispatcher.subscribe(*msg.args, **msg.kwargs)
    ctx.tokens.add(token)
    ctx.mark_if_resumable()
    return token


def unsubscribe(ctx: Context, msg: Msg) -> None:
    """Unsubscribe: `Msg("unsubscribe", token=…)`."""
    token = msg.kwargs["token"] if "token" in msg.kwargs else msg.args[0]
    ctx.env.dispatcher.unsubscribe(token)
    ctx.tokens.discard(token)
    ctx.mark_if_resumable()


def until_holds_change(ctx: Context, msg: Msg) -> Coroutine[Any, Any, None]:
    """Part of a suspension: wait until somebody else than these holds, or nobody any more."""
    (known,) = msg.args
    return ctx.pulse.until(lambda: not ctx.holds or not known.issuperset(hold.owner for hold in ctx.holds))


def settle(ctx: Context, msg: Msg) -> None:
    """Part of a suspension: one of its plans is done, and is not repeated when another one is interrupted."""
    ctx.mark()


def rest(ctx: Context, msg: Msg) -> Coroutine[Any, Any, None]:
    """Part of a suspension: put everything to rest again."""
    return ctx.rest()


def wake(ctx: Context, msg: Msg) -> Coroutine[Any, Any, None]:
    """Part of a suspension: tell the devices that the plan is about to go on."""
    return ctx.wake()
