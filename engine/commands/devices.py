"""Commands that speak to devices.

Rules of these files: a command is a function of the plan's context and the message. It returns the reply, or, where it
has to wait, a coroutine of it; it never touches the loop. What it raises is raised in the plan.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from inspect import isawaitable
from typing import Any

from ..attention import is_left_behind, side_by_side
from ..awaited import AwaitedStatus, Fulfilled, settled
from ..context import Context
from ..errors import UnsupportedDevice
from ..messages import Msg
from ..telling import name_of
from . import forms

__all__ = ["locate", "prepare", "read", "set_", "skip", "stage", "start", "stop", "trigger", "unstage"]


def set_(ctx: Context, msg: Msg) -> Any:
    """Send a device somewhere: `Msg("set", device, value, group=…)`. The reply is its status."""
    return _move(ctx, msg, ctx.method(msg, "set"))


def trigger(ctx: Context, msg: Msg) -> Any:
    """Have a device acquire: `Msg("trigger", device, group=…)`. The reply is its status."""
    return start(ctx, msg, ctx.method(msg, "trigger"))


def prepare(ctx: Context, msg: Msg) -> Any:
    """Make a device ready for what comes: `Msg("prepare", device, value, group=…)`. The reply is its status.

    A motor goes to the beginning of its flight by that: it counts as moved.
    """
    return _move(ctx, msg, ctx.method(msg, "prepare"))


def _move(ctx: Context, msg: Msg, method: Callable[..., Any]) -> Any:
    ctx.touched.moves(msg.obj)  # before it is tried: a device that fails half-way may move
    status = start(ctx, msg, method)
    ctx.touched.moves(msg.obj, status)
    return status


def skip(ctx: Context, msg: Msg) -> Any:
    """Answer a `set`, `prepare` or `trigger` without doing it, but for a motion from before the point that is skipped.

    That was stopped by an interruption, and is to go on: it is not the point's.
    """
    return _move(ctx, msg, ctx.method(msg, msg.command)) if ctx.groups.is_earlier(msg) else Fulfilled()


def start(ctx: Context, msg: Msg, method: Callable[..., Any]) -> Any:
    """Call a device's method with the arguments of the message, and have its end waited for with the message's group.

    The method returns a status, or an awaitable, which becomes one. Raises UnsupportedDevice for anything else.
    """
    kwargs = dict(msg.kwargs)
    group = kwargs.pop("group", None)
    status = method(*msg.args, **kwargs)
    if not hasattr(status, "add_callback"):
        if not isawaitable(status):
            raise UnsupportedDevice(
                f"{msg.command!r} needs a status that tells its end; {name_of(msg.obj)}.{msg.command}() "
                f"returned {status!r}"
            )
        status = AwaitedStatus(status)
    ctx.groups.add(group, status, msg)
    return status


def read(ctx: Context, msg: Msg) -> Any:
    """Read a device, into the open bundle if there is one: `Msg("read", device)`. The reply is its reading."""
    reading = ctx.method(msg, "read")(*msg.args, **msg.kwargs)
    if type(reading) is not dict and isawaitable(reading):  # asked in this order, since it is nearly always a dict
        return _read_later(ctx, msg, reading)
    return _bundled(ctx, msg, reading)


async def _read_later(ctx: Context, msg: Msg, reading: Any) -> Any:
    reading = await reading
    if is_left_behind():  # it is read anew, perhaps into another bundle
        raise asyncio.CancelledError
    return await settled(_bundled(ctx, msg, reading))


def _bundled(ctx: Context, msg: Msg, reading: Any) -> Any:
    if not isinstance(reading, dict):
        if not isinstance(reading, Mapping):
            raise TypeError(f"{name_of(msg.obj)}.read() must return a dict of readings, not {reading!r}")
        reading = dict(reading)
    run = ctx.runs.get(msg.run)
    return reading if run is None else run.read(msg, reading)


async def locate(ctx: Context, msg: Msg) -> Any:
    """Ask devices where they were sent and where they are: `Msg("locate", device, …, squeeze=True)`.

    Several are asked at the same time. The reply is a location, or a list of them in the order of the devices.
    """
    devices, squeeze = forms.locate(*msg.args, **msg.kwargs)
    methods = [ctx.method(msg._replace(obj=device), "locate") for device in (msg.obj, *devices)]
    if len(methods) == 1:
        location = await settled(methods[0]())
        return location if squeeze else [location]
    return await side_by_side(_located(method) for method in methods)


async def _located(method: Callable[[], Any]) -> Any:
    return await settled(method())


def stage(ctx: Context, msg: Msg) -> Any:
    """Make a device ready: `Msg("stage", device, group=…)`. The reply is what was staged, or a status."""
    if not _is_stageable(msg.obj):
        return []
    ctx.touched.staged[msg.obj] = None  # before it is tried: a device that fails half-way needs its unstage
    return _staged(ctx, msg, msg.obj.stage())


def unstage(ctx: Context, msg: Msg) -> Any:
    """Put a device back: `Msg("unstage", device, group=…)`. The reply is what was unstaged, or a status."""
    ctx.groups.point += 1
    if not _is_stageable(msg.obj):
        return []
    answer = msg.obj.unstage()
    if isawaitable(answer) and not hasattr(answer, "add_callback"):
        return _unstage_later(ctx, msg, answer)
    ctx.touched.staged.pop(msg.obj, None)
    return _staged(ctx, msg, answer)


async def _unstage_later(ctx: Context, msg: Msg, unstaging: Awaitable[Any]) -> Any:
    answer = await unstaging
    ctx.touched.staged.pop(msg.obj, None)  # not before it is: one that is cut short is tried again at the end
    return await settled(_staged(ctx, msg, answer))


def _is_stageable(device: Any) -> bool:
    return hasattr(device, "stage") and hasattr(device, "unstage")


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
