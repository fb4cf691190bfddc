"""Commands that speak to flyers: devices that take their data by themselves.

Rules of this file:
1. A flight goes on while the plan rests, and is not repeated: many flyers refuse a second take-off in flight, and each
   gives its data once. So what a flyer is told makes a checkpoint.
2. Except for a flyer that the plan has moved (`set`, `prepare`): that is stopped when the plan rests, so its flight is
   repeated from the checkpoint, and with it what came of it.
3. In a point that is skipped no flight begins: it would from wherever the flyer is. What the plan then says to a flyer
   that has stayed on the ground, also in later points, is answered and not done. One that is in the air is flown to
   its end.
"""

from __future__ import annotations

from typing import Any

from ..awaited import Fulfilled, settled
from ..context import Context
from ..messages import Msg
from ..runs import RunBundler
from . import devices

__all__ = ["collect", "complete", "kickoff", "stay_on_ground"]


def kickoff(ctx: Context, msg: Msg) -> Any:
    """Send a flyer off: `Msg("kickoff", flyer, group=…)`. The reply is its status: done when it is under way.

    It takes data for the open run. What is not collected by the plan is collected at its end.
    """
    run = ctx.run(msg)
    method = ctx.method(msg, "kickoff")
    ctx.method(msg, "complete")  # before it is under way: it could not be brought to its end
    ctx.touched.grounded.pop(msg.obj, None)
    ctx.touched.flights[msg.obj] = None  # before it is tried: one that fails half-way may be in the air
    status = devices.start(ctx, msg, method)
    run.kickoff(msg)
    if msg.obj not in ctx.touched.moved:
        ctx.mark_if_resumable()
    return status


def stay_on_ground(ctx: Context, msg: Msg) -> Fulfilled:
    """Answer a `kickoff` without doing it."""
    ctx.touched.grounded[msg.obj] = None
    return Fulfilled()


def complete(ctx: Context, msg: Msg) -> Any:
    """Have a flyer finish: `Msg("complete", flyer, group=…)`. The reply is its status: done when it has."""
    if msg.obj in ctx.touched.grounded:
        return Fulfilled()
    status = devices.start(ctx, msg, ctx.method(msg, "complete"))
    if msg.obj in ctx.touched.flights:
        ctx.touched.flights[msg.obj] = status
    run = ctx.runs.get(msg.run)
    if run is not None:
        run.complete(msg)
    _mark_unless_flown_again(ctx, msg)
    return status


async def collect(ctx: Context, msg: Msg) -> Any:
    """Emit what flyers have so far: `Msg("collect", flyer, …, name=…, return_payload=True)`.

    Several are collected together, into a stream that was declared for all of them. The reply is a list of their events
    or pages, or None with `return_payload=False`.
    """
    run = ctx.run(msg)
    if not ctx.touched.grounded.keys().isdisjoint((msg.obj, *msg.args)):
        return [] if msg.kwargs.get("return_payload", True) else None
    try:
        return await settled(run.collect(msg))
    finally:
        for device in (msg.obj, *msg.args):
            if ctx.touched.is_in_flight(device):
                run.complete(msg._replace(obj=device))
        _mark_unless_flown_again(ctx, msg)


def _mark_unless_flown_again(ctx: Context, msg: Msg) -> None:
    if not all(_is_flown_again(ctx, ctx.runs.get(msg.run), device) for device in (msg.obj, *msg.args)):
        ctx.mark_if_resumable()


def _is_flown_again(ctx: Context, run: RunBundler | None, device: Any) -> bool:
    """Whether an interruption has the flight repeated that this device belongs to."""
    kickoffs = run.kickoffs if run is not None else {}
    own = kickoffs.get(device)
    return any(ctx.checkpoint.holds(kickoff) for kickoff in ([own] if own is not None else kickoffs.values()))
