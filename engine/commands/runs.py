"""Commands that make documents."""

from __future__ import annotations

from inspect import isawaitable
from typing import Any

from ..context import Context
from ..errors import IllegalMessageSequence
from ..messages import Msg
from ..runs import RunBundler

__all__ = ["close_run", "create", "drop", "open_run", "save"]


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


async def _open_later(ctx: Context, msg: Msg, scan_id: Any) -> str:
    return _open(ctx, msg, await scan_id)


def _open(ctx: Context, msg: Msg, scan_id: int) -> str:
    ctx.env.md["scan_id"] = scan_id
    metadata = ctx.env.start_metadata(ctx.plan, ctx.metadata, dict(msg.kwargs))
    emit = ctx.env.dispatcher.process
    run = RunBundler(metadata, emit, record_interruptions=ctx.env.record_interruptions)
    try:
        return run.open_run()
    finally:
        if run.run_is_open:  # also where a subscriber refused its RunStart: others have seen it
            ctx.runs[msg.run] = run
            ctx.uids.append(run.uid)


def close_run(ctx: Context, msg: Msg) -> str:
    """Close a run: `Msg("close_run", exit_status=None, reason=None)`. The reply is its uid.

    What the message leaves open is filled in with how and why the plan is ending.
    """
    run = ctx.run(msg)
    exit_status, reason = msg.kwargs.get("exit_status"), msg.kwargs.get("reason")
    if ctx.ending is not None and reason in (None, "", str(ctx.ending)):
        # A clean-up that takes our request for a failure (bluesky's own does) passes its text on as the reason.
        exit_status, reason = ctx.ending.exit_status, str(ctx.ending)
    try:
        return run.close_run(exit_status or "success", reason or "")
    finally:
        if not run.run_is_open:
            del ctx.runs[msg.run]
            ctx.mark_if_resumable()  # its events cannot be taken again


def create(ctx: Context, msg: Msg) -> None:
    """Open a bundle: `Msg("create", name="primary")`."""
    name = msg.kwargs.get("name") or (msg.args[0] if msg.args else None)
    if name is None:
        raise ValueError("'create' needs the name of a stream: Msg('create', name='primary')")
    ctx.run(msg).create(name)


def save(ctx: Context, msg: Msg) -> None:
    """Close the bundle and emit its event: `Msg("save")`."""
    ctx.run(msg).save()


def drop(ctx: Context, msg: Msg) -> None:
    """Close the bundle without an event: `Msg("drop")`."""
    ctx.run(msg).drop()
