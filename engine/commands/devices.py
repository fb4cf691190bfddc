"""Commands that speak to devices.

Rules of these files: a command is a function of the plan's context and the message. It returns the reply, or, where it
has to wait, a coroutine of it; it never touches the loop. What it raises is raised in the plan.
"""

from __future__ import annotations

from collections.abc import Coroutine
from inspect import isawaitable
from typing import Any

from ..context import Context
from ..errors import UnsupportedDevice
from ..messages import Msg
from ..touched import settled
from ..wait_groups import name_of

__all__ = ["locate", "read", "set_", "stage", "stop", "trigger", "unstage"]


def set_(ctx: Context, msg: Msg) -> Any:
    """Send a device somewhere: `Msg("set", device, value, group=…)`. The reply is its status."""
    ctx.touched.moves(msg.obj)
    return _start(ctx, msg, "set")


def trigger(ctx: Context, msg: Msg) -> Any:
    """Have a device acquire: `Msg("trigger", device, group=…)`. The reply is its status."""
    return _start(ctx, msg, "trigger")


def _start(ctx: Context, msg: Msg, method: str) -> Any:
    kwargs = dict(msg.kwargs)
    group = kwargs.pop("group", None)
    status = ctx.method(msg, method)(*msg.args, **kwargs)
    if not hasattr(status, "add_callback"):
        raise UnsupportedDevice(
            f"{msg.command!r} needs a status that tells its end; {name_of(msg.obj)}.{method}() returned {status!r}"
        )
    ctx.groups.add(group, status, msg)
    return status


def read(ctx: Context, msg: Msg) -> Any:
    """Read a device, into the open bundle if there is one: `Msg("read", device)`. The reply is its reading."""
    reading = ctx.method(msg, "read")(*msg.args, **msg.kwargs)
    if isawaitable(reading):
        return _read_later(ctx, msg, reading)
    return _bundled(ctx, msg, reading)


async def _read_later(ctx: Context, msg: Msg, reading: Any) -> Any:
    return await settled(_bundled(ctx, msg, await reading))


def _bundled(ctx: Context, msg: Msg, reading: Any) -> Any:
    if not isinstance(reading, dict):
        raise TypeError(f"{name_of(msg.obj)}.read() must return a dict of readings, not {reading!r}")
    run = ctx.runs.get(msg.run)
    return reading if run is None else run.read(msg, reading)


async def locate(ctx: Context, msg: Msg) -> Any:
    """Ask devices where they were sent and where they are: `Msg("locate", device, …, squeeze=True)`."""
    devices = [msg.obj, *msg.args]
    found = [await settled(ctx.method(msg._replace(obj=device), "locate")()) for device in devices]
    return found[0] if len(found) == 1 and msg.kwargs.get("squeeze", True) else found


def stage(ctx: Context, msg: Msg) -> Any:
    """Make a device ready: `Msg("stage", device, group=…)`. The reply is what was staged, or a status."""
    if not hasattr(msg.obj, "stage"):
        return []
    ctx.touched.staged[msg.obj] = None  # before it is tried: a device that fails half-way needs its unstage
    return _staged(ctx, msg, msg.obj.stage())


def unstage(ctx: Context, msg: Msg) -> Any:
    """Put a device back: `Msg("unstage", device, group=…)`. The reply is what was unstaged, or a status."""
    if not hasattr(msg.obj, "unstage"):
        return []
    answer = msg.obj.unstage()
    ctx.touched.staged.pop(msg.obj, None)
    return _staged(ctx, msg, answer)


def _staged(ctx: Context, msg: Msg, answer: Any) -> Any:
    ctx.mark_if_resumable()
    if hasattr(answer, "add_callback"):
        ctx.groups.add(msg.kwargs.get("group"), answer, msg)
    elif isawaitable(answer):
        return settled(answer)
    return answer


def stop(ctx: Context, msg: Msg) -> Coroutine[Any, Any, Any]:
    """Stop a device: `Msg("stop", device)`."""
    return settled(ctx.method(msg, "stop")())
