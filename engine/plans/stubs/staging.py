"""Small plans that make devices ready for a scan, and put them back."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from ...messages import Msg, MsgGenerator
from ...protocols import Stageable, Status
from ..generators import unique_group
from ..requirements import check_devices

__all__ = ["stage", "stage_all", "unstage", "unstage_all"]


def stage(obj: Stageable, *, group: Hashable | None = None, wait: bool | None = None) -> MsgGenerator:
    """Make a device ready for a scan; returns its status, or the list of what was staged.

    Raises RuntimeError when told not to wait for a device that only returns when it is ready.
    """
    return (yield from _staging("stage", obj, group, wait))


def unstage(obj: Stageable, *, group: Hashable | None = None, wait: bool | None = None) -> MsgGenerator:
    """Put a device back to how `stage` found it; returns and raises as `stage` does."""
    return (yield from _staging("unstage", obj, group, wait))


def stage_all(*args: Stageable, group: Hashable | None = None) -> MsgGenerator:
    """Stage devices in parallel as far as they can, and wait for all. Raises TypeError for a list of devices."""
    yield from _staging_all("stage", args, group)


def unstage_all(*args: Stageable, group: Hashable | None = None) -> MsgGenerator:
    """Unstage devices in parallel as far as they can, and wait for all. Raises TypeError for a list of devices."""
    yield from _staging_all("unstage", args, group)


def _staging(command: str, obj: Any, group: Hashable | None, wait: bool | None) -> MsgGenerator:
    reply = yield Msg(command, obj, group=group)
    if isinstance(reply, Status):
        if wait:
            yield Msg("wait", None, group=group)
    elif wait is not None and not wait:
        raise RuntimeError(
            f"{command} of {obj!r} cannot be told not to wait: it returned {reply!r} instead of a status"
        )
    return reply


def _staging_all(command: str, devices: tuple[Any, ...], group: Hashable | None) -> MsgGenerator:
    # The engine has nothing to stage in what is no device: a list would go unnoticed.
    check_devices(f"{command}_all", devices)
    group = group or unique_group(command)
    replies = []
    for device in devices:
        reply = yield Msg(command, device, group=group)
        replies.append(reply)
    if any(isinstance(reply, Status) for reply in replies):
        yield Msg("wait", None, group=group)
