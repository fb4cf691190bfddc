"""The smallest plans: one message each, to a device or into a run.

Each returns what the engine replied. `group` is any hashable; statuses of a group are waited for together.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Annotated, Any

from ...messages import Msg, MsgGenerator
from ...protocols import Configurable, Locatable, Preparable, Readable, Stoppable, Triggerable
from ..annotations import Units
from ..devices import separate_devices
from ..requirements import check_devices

__all__ = [
    "checkpoint",
    "clear_checkpoint",
    "close_run",
    "configure",
    "create",
    "declare_stream",
    "drop",
    "locate",
    "monitor",
    "null",
    "open_run",
    "prepare",
    "read",
    "save",
    "sleep",
    "stop",
    "trigger",
    "unmonitor",
    "wait",
]


def open_run(md: dict[str, Any] | None = None) -> MsgGenerator:
    """Begin a run with `md` in its start document; returns the run's uid. Raises TypeError if that is no dict."""
    if md is not None and not isinstance(md, Mapping):
        raise TypeError(f"open_run: md must be a dict of metadata, not {md!r}")
    return (yield Msg("open_run", **(md or {})))


def close_run(exit_status: str | None = None, reason: str | None = None) -> MsgGenerator:
    """End the run with exit status "success", "abort" or "fail" (None: the engine knows); returns the run's uid."""
    return (yield Msg("close_run", exit_status=exit_status, reason=reason))


def declare_stream(*objs: Readable, name: str, collect: bool = False) -> MsgGenerator:
    """Say which devices the events of the stream `name` will have, before the first; `collect` for those of flyers.

    Returns the stream's descriptor and what composes its events. Parts of other devices in the list are left out.
    """
    check_devices("declare_stream", objs)
    return (yield Msg("declare_stream", None, *separate_devices(objs), name=name, collect=collect))


def create(name: str = "primary") -> MsgGenerator:
    """Begin an event of the stream `name`: it takes all readings until `save` or `drop`."""
    return (yield Msg("create", name=name))


def save() -> MsgGenerator:
    """Emit the event that `create` began."""
    return (yield Msg("save"))


def drop() -> MsgGenerator:
    """Forget the event that `create` began."""
    return (yield Msg("drop"))


def read(obj: Readable) -> MsgGenerator:
    """Read a device into the event, if one was begun; returns the reading."""
    return (yield Msg("read", obj))


def locate(*objs: Locatable, squeeze: bool = True) -> MsgGenerator:
    """Where devices were sent and where they are: a list, or with `squeeze` the only one's location itself."""
    return (yield Msg("locate", *objs, squeeze=squeeze))


def monitor(obj: Readable, *, name: str | None = None, **kwargs: Any) -> MsgGenerator:
    """From now on an event in the stream `name` whenever the device has news; `kwargs` go to its `subscribe`."""
    return (yield Msg("monitor", obj, name=name, **kwargs))


def unmonitor(obj: Readable) -> MsgGenerator:
    """Undo `monitor`."""
    return (yield Msg("unmonitor", obj))


def configure(obj: Configurable, *args: Any, **kwargs: Any) -> MsgGenerator:
    """Change how a device is set up, `obj.configure(*args, **kwargs)`; returns what was before and what is now."""
    return (yield Msg("configure", obj, *args, **kwargs))


def prepare(
    obj: Preparable, *args: Any, group: Hashable | None = None, wait: bool = False, **kwargs: Any
) -> MsgGenerator:
    """Make a device ready for `trigger` or `kickoff`, `obj.prepare(*args, **kwargs)`.

    Returns its status, which with `wait` is done.
    """
    status = yield Msg("prepare", obj, *args, group=group, **kwargs)
    if wait:
        yield from _wait(group)
    return status


def trigger(obj: Triggerable, *, group: Hashable | None = None, wait: bool = False) -> MsgGenerator:
    """Have a device acquire; returns its status, which with `wait` is done."""
    status = yield Msg("trigger", obj, group=group)
    if wait:
        yield Msg("wait", None, group=group)
    return status


def stop(obj: Stoppable) -> MsgGenerator:
    """Stop a device on its way."""
    return (yield Msg("stop", obj))


def wait(
    group: Hashable | None = None,
    *,
    timeout: Annotated[float | None, Units("s")] = None,
    error_on_timeout: bool = True,
    watch: Sequence[Hashable] = (),
) -> MsgGenerator:
    """Wait for a group's statuses, at most `timeout` seconds; returns whether they are done.

    The engine raises WaitForTimeoutError when the time is over, unless `error_on_timeout` is False, and fails at once
    when a status of one of the groups in `watch` fails.
    """
    return (yield Msg("wait", None, group=group, error_on_timeout=error_on_timeout, timeout=timeout, watch=watch))


_wait = wait  # where a parameter is called `wait`


def sleep(time: Annotated[float, Units("s")]) -> MsgGenerator:
    """Let `time` seconds pass; the plan can be interrupted meanwhile."""
    return (yield Msg("sleep", None, time))


def checkpoint() -> MsgGenerator:
    """An interrupted plan goes on from here."""
    return (yield Msg("checkpoint"))


def clear_checkpoint() -> MsgGenerator:
    """From here to the next checkpoint the plan cannot go on after an interruption; it is aborted instead."""
    return (yield Msg("clear_checkpoint"))


def null() -> MsgGenerator:
    """Do nothing."""
    return (yield Msg("null"))
