"""Commands that speak to the engine itself."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from ..context import Context
from ..errors import IllegalMessageSequence
from ..interruptions import Ask, Request
from ..messages import Msg
from . import forms

__all__ = [
    "checkpoint",
    "clear_checkpoint",
    "do_nothing",
    "joined",
    "null",
    "pause",
    "rest",
    "rewindable",
    "settle",
    "sleep",
    "subscribe",
    "unsubscribe",
    "until_holds_change",
    "wake",
]


def null(ctx: Context, msg: Msg) -> None:
    """Nothing: `Msg("null")`."""


def do_nothing(ctx: Context, msg: Msg) -> None:
    """Take a message as fulfilled."""


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
    ctx.groups.point += 1
    if ctx.wishes.at_checkpoint() or not ctx.holdable:
        ctx.holdable = True
        ctx.inbox.nudge()


def clear_checkpoint(ctx: Context, msg: Msg) -> None:
    """From here on the plan cannot be taken up again: `Msg("clear_checkpoint")`."""
    ctx.checkpoint.clear()
    ctx.groups.point += 1


def rewindable(ctx: Context, msg: Msg) -> bool:
    """Whether messages are repeated after an interruption: `Msg("rewindable", None, True, False or None to ask)`."""
    (wanted,) = msg.args
    if wanted is not None:
        ctx.set_rewindable(wanted)
    return ctx.checkpoint.rewindable


def pause(ctx: Context, msg: Msg) -> None:
    """Pause, now or at the next checkpoint: `Msg("pause", None, defer=False)`."""
    defer = forms.pause(*msg.args, **msg.kwargs)
    ctx.inbox.post(Request(Ask.DEFERRED_PAUSE if defer else Ask.PAUSE, "the plan asked for it"))


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
    known, in_force = msg.args

    def have_changed() -> bool:
        holds = in_force()
        return not holds or not known.issuperset(hold.owner for hold in holds)

    return ctx.pulse.until(have_changed)


def joined(ctx: Context, msg: Msg) -> Coroutine[Any, Any, None]:
    """Part of a suspension: somebody else holds the plan as well."""
    (reason,) = msg.args
    ctx.held_time.joined(reason)
    ctx.record_interruption(reason)
    return ctx.stop_no_longer_spared()


def settle(ctx: Context, msg: Msg) -> None:
    """Part of a suspension: one of its plans is done, and is not repeated when another one is interrupted."""
    ctx.mark()


def rest(ctx: Context, msg: Msg) -> Coroutine[Any, Any, None]:
    """Part of a suspension: put everything to rest again."""
    return ctx.rest_again()


def wake(ctx: Context, msg: Msg) -> Coroutine[Any, Any, None] | None:
    """Part of a suspension: tell the devices that the plan is about to go on.

    What is before is not repeated after a pause: it is for devices that rest.
    """
    ctx.mark()
    return None if ctx.wake_at_once() else ctx.wake()
