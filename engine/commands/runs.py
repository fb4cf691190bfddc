"""Commands that make documents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from inspect import isawaitable
from typing import Any

from ..awaited import settled
from ..context import Context
from ..errors import IllegalMessageSequence
from ..messages import Msg
from ..runs import RunBundler
from ..telling import name_of

__all__ = ["close_run", "configure", "create", "declare_stream", "drop", "open_run", "save"]


def open_run(ctx: Context, msg: Msg) -> Any:
    """Open a run: `Msg("open_run", run=key, **metadata)`. The reply is its uid."""
    if msg.run in ctx.runs:
        key = "a run" if msg.run is None else f"the run {msg.run!r}"
        raise IllegalMessageSequence(
            f"'open_run' while {key} is open: close it first, or give this one a key of its own"
        )
    scan_id = ctx.env.scan_id_source(ctx.env.md)
    if isawaitable(scan_id):
        return _open_later(ctx, msg, scan_id)
    return _open(ctx, msg, scan_id)


async def _open_later(ctx: Context, msg: Msg, scan_id: Any) -> Any:
    return await settled(_open(ctx, msg, await scan_id))


def _open(ctx: Context, msg: Msg, scan_id: int) -> Any:
    ctx.env.md["scan_id"] = scan_id
    run = ctx.env.run_bundler(
        ctx.env.start_metadata(ctx.plan, ctx.metadata, dict(msg.kwargs)),
        ctx.env.dispatcher.process if ctx.env.recording.recorder is None else ctx.env.recording.emit,
        record_interruptions=ctx.env.record_interruptions,
        strict_pre_declare=ctx.env.strict_pre_declare,
        on_failure=ctx.monitor_failed,
        problems=ctx.problems,
    )
    try:
        opening = run.open_run(msg)
    finally:
        _note_if_open(ctx, msg, run)  # also where a subscriber refused its RunStart: others have seen it
    return _noted(opening, partial(_note_if_open, ctx, msg, run)) if isawaitable(opening) else opening


def _note_if_open(ctx: Context, msg: Msg, run: RunBundler) -> None:
    if run.run_is_open and msg.run not in ctx.runs:
        ctx.opened(msg.run, run)


def close_run(ctx: Context, msg: Msg) -> Any:
    """Close a run: `Msg("close_run", exit_status=None, reason=None)`. The reply is its uid.

    What the message leaves open is filled in with how and why the plan is ending. Where there is a recorder, the reply
    comes when the RunStop is durable and has been handed out.
    """
    run = ctx.run(msg)
    exit_status, reason = msg.kwargs.get("exit_status"), msg.kwargs.get("reason")
    if ctx.ending is not None and reason in (None, "", str(ctx.ending)):
        # A clean-up that takes our request for a failure (bluesky's own does) passes its text on as the reason.
        exit_status, reason = ctx.ending.exit_status, str(ctx.ending)
    try:
        how = {"exit_status": exit_status, "reason": reason, **ctx.own_words(msg.run)}
        closing = run.close_run(Msg("close_run", run=msg.run, **how))
    finally:
        _forget_if_closed(ctx, msg, run)
    if isawaitable(closing):
        return _told_later(ctx, run, _noted(closing, partial(_forget_if_closed, ctx, msg, run)))
    told = ctx.env.recording.waiting(run.uid, closing)
    return closing if told is None else told


async def _told_later(ctx: Context, run: RunBundler, closing: Awaitable[Any]) -> Any:
    answer = await closing
    told = ctx.env.recording.waiting(run.uid, answer)
    return answer if told is None else await told


def _forget_if_closed(ctx: Context, msg: Msg, run: RunBundler) -> None:
    if not run.run_is_open and ctx.runs.get(msg.run) is run:
        del ctx.runs[msg.run]
        ctx.groups.point += 1
        ctx.mark_if_resumable()  # its events cannot be taken again


def declare_stream(ctx: Context, msg: Msg) -> Any:
    """Emit the descriptor of a stream before its first event: `Msg("declare_stream", None, device, …, name=…)`.

    With `collect=True` the devices are flyers, which are collected into it. The reply is the descriptor, a function
    that composes an event, and the devices.
    """
    return ctx.run(msg).declare_stream(msg)


def create(ctx: Context, msg: Msg) -> Any:
    """Open a bundle: `Msg("create", name="primary")`."""
    return ctx.run(msg).create(msg)


def save(ctx: Context, msg: Msg) -> Any:
    """Close the bundle and emit its event: `Msg("save")`."""
    return ctx.run(msg).save(msg)


def drop(ctx: Context, msg: Msg) -> Any:
    """Close the bundle without an event: `Msg("drop")`."""
    return ctx.run(msg).drop(msg)


def configure(ctx: Context, msg: Msg) -> Any:
    """Configure a device: `Msg("configure", device, …)`. The reply is what it answers: its old and new configuration.

    Each open run gets new descriptors of the streams that the device belongs to.
    """
    run = ctx.runs.get(msg.run)
    if run is not None and run.bundling:
        raise IllegalMessageSequence(
            f"'configure' of {name_of(msg.obj)} between 'create' and 'save': half an event has the old configuration"
        )
    answer = ctx.method(msg, "configure")(*msg.args, **msg.kwargs)
    return _configured(ctx, msg, answer)


async def _configured(ctx: Context, msg: Msg, answer: Any) -> tuple[Any, Any]:
    answer = await settled(answer)
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise TypeError(f"{name_of(msg.obj)}.configure() must return its old and its new configuration, not {answer!r}")
    for run in list(ctx.runs.values()):
        await settled(run.configure(msg))
    ctx.mark_if_resumable()  # what was read before was read with the old configuration
    old, new = answer
    return old, new


async def _noted(waiting: Awaitable[Any], note: Callable[[], None]) -> Any:
    try:
        return await waiting
    finally:
        note()
