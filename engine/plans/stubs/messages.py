"""The smallest plans: one message each, and what stages devices.

Each returns what the engine replied. `group` is any hashable; statuses of a group are waited for together.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Annotated, Any

from ...messages import Msg, MsgGenerator
from ...protocols import Locatable, Readable, Stageable, Status, Stoppable, Triggerable
from ..annotations import Units
from ..generators import unique_group

__all__ = [
    "checkpoint",
    "clear_checkpoint",
    "close_run",
    "create",
    "deferred_pause",
    "drop",
    "locate",
    "null",
    "open_run",
    "pause",
    "read",
    "save",
    "sleep",
    "stage",
    "stage_all",
    "stop",
    "subscribe",
    "trigger",
    "unstage",
    "unstage_all",
    "unsubscribe",
    "wait",
]


def open_run(md: dict[str, Any] | None = None) -> MsgGenerator:
    """Begin a run with `md` in its start document; returns the run's uid."""
    return (yield Msg("open_run", **(md or {})))


def close_run(exit_status: str | None = None, reason: str | None = None) -> MsgGenerator:
    """End the run with exit status "success", "abort" or "fail" (None: the engine knows); returns the run's uid."""
    return (yield Msg("close_run", exit_status=exit_status, reason=reason))


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


def pause() -> MsgGenerator:
    """Pause now, until somebody resumes."""
    return (yield Msg("pause", None, defer=False))


def deferred_pause() -> MsgGenerator:
    """Pause at the next checkpoint."""
    return (yield Msg("pause", None, defer=True))


def subscribe(name: str, func: Callable[[str, dict[str, Any]], Any]) -> MsgGenerator:
    """Have `func(name, document)` called with documents of kind `name`, or "all"; returns a token."""
    return (yield Msg("subscribe", None, func, name))


def unsubscribe(token: int) -> MsgGenerator:
    """Undo the `subscribe` that returned `token`."""
    return (yield Msg("unsubscribe", token=token))


def stage(obj: Stageable, *, group: Hashable | None = None, wait: bool | None = None) -> MsgGenerator:
    """Make a device ready for a scan; returns its status, or the list of what was staged.

    Raises RuntimeError when told not to wait for a device that only returns when it is ready.
    """
    return (yield from _staging("stage", obj, group, wait))


def unstage(obj: Stageable, *, group: Hashable | None = None, wait: bool | None = None) -> MsgGenerator:
    """Put a device back to how `stage` found it; returns and raises as `stage` does."""
    return (yield from _staging("unstage", obj, group, wait))


def stage_all(*args: Stageable, group: Hashable | None = None) -> MsgGenerator:
    """Stage devices in parallel as far as they can, and wait for all."""
    yield from _staging_all("stage", args, group)


def unstage_all(*args: Stageable, group: Hashable | None = None) -> MsgGenerator:
    """Unstage devices in parallel as far as they can, and wait for all."""
    yield from _staging_all("unstage", args, group)


def _staging(command: str, obj: Any, group: Hashable | None, wait: bool | None) -> MsgGenerator:
    reply = yield Msg(command, obj, group=group)
    if isinstance(reply, Status):
        if wait:
            yield Msg("wait", None, group=group)
    elif wait is False:
        raise RuntimeError(
            f"{command} of {obj!r} cannot be told not to wait: it returned {reply!r} instead of a status"
        )
    return reply


def _staging_all(command: str, devices: tuple[Any, ...], group: Hashable | None) -> MsgGenerator:
    group = group or unique_group(command)
    replies = []
    for device in devices:
        reply = yield Msg(command, device, group=group)
        replies.append(reply)
    if any(isinstance(reply, Status) for reply in replies):
        yield Msg("wait", None, group=group)
