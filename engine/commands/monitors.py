"""Commands that have events made when a signal changes."""

from __future__ import annotations

from ..awaited import settled
from ..context import Context
from ..messages import Msg

__all__ = ["monitor", "unmonitor"]


async def monitor(ctx: Context, msg: Msg) -> None:
    """Emit an event whenever a signal changes: `Msg("monitor", signal, name=…, **subscription)`.

    Until `unmonitor` or the end of the run, and not while the plan is paused or suspended. Keywords other than `name`
    go to the signal's `subscribe()`.
    """
    await settled(ctx.run(msg).monitor(msg))
    ctx.mark_if_resumable()


async def unmonitor(ctx: Context, msg: Msg) -> None:
    """End that: `Msg("unmonitor", signal)`."""
    await settled(ctx.run(msg).unmonitor(msg))
    ctx.mark_if_resumable()
