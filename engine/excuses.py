"""A failure that is waited out instead of told.

Rules of this file:
1. Whoever is asked (`RE.failure_hooks`) answers why it is worth waiting, and has taken a hold if there is something to
   wait for; or None. All that has failed at once must be excused, or the plan is told of it.
2. What raises when it is asked excuses nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import FailedStatus
from .messages import Msg

__all__ = ["AGAIN", "DeviceFailure", "FailureHook", "excuse", "failed_at"]

log = logging.getLogger("reioc.engine")

AGAIN = "what has failed is done again"
"""Owner of the hold that suspends a plan whose failure is excused, until it is suspended."""


@dataclass(frozen=True, slots=True)
class DeviceFailure:
    """What was asked of a device, by which command, and how that failed: the device's own exception if it has one."""

    device: Any
    command: str
    error: BaseException


FailureHook = Callable[[DeviceFailure], str | None]


def failed_at(error: BaseException, msg: Msg | None) -> list[Msg]:
    """The messages about devices that have failed with this error, which the message `msg` has raised."""
    if isinstance(error, FailedStatus):
        return [failed for failed, _ in error.failed]
    return [msg] if msg is not None and getattr(msg, "obj", None) is not None else []


def excuse(hooks: Sequence[FailureHook], error: BaseException, failed: Iterable[Msg]) -> str:
    """Why all that has failed is to be done again; "" where something is not."""
    causes = {id(msg): cause for msg, cause in error.failed} if isinstance(error, FailedStatus) else {}
    reasons: dict[str, None] = {}
    for msg in failed:
        failure = DeviceFailure(msg.obj, msg.command, causes.get(id(msg)) or error)
        reason = next(filter(None, (_asked(hook, failure) for hook in tuple(hooks))), None)
        if reason is None:
            return ""
        reasons[reason] = None
    return "; ".join(reasons)


def _asked(hook: FailureHook, failure: DeviceFailure) -> str | None:
    try:
        return hook(failure)
    except Exception:
        log.exception("%r failed when it was asked about %s", hook, failure)
        return None
