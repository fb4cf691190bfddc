"""What people are told of devices and errors.

Rule of this file: nothing here raises, whatever it is asked about. It is wanted where something has already gone wrong.
"""

from __future__ import annotations

import logging
from typing import Any

from .errors import UnsupportedDevice
from .messages import Msg

__all__ = ["lacks", "log_failure", "name_of", "root_cause", "told_by"]

log = logging.getLogger("reioc.engine")


def name_of(obj: Any) -> str:
    """What people call a device."""
    try:
        if isinstance(obj, type):  # its `name` is a property
            return obj.__name__
        return str(getattr(obj, "name", None) or repr(obj))
    except Exception:
        return f"a {type(obj).__name__} that does not tell its name"


def told_by(error: BaseException) -> str:
    """What an exception says: its kind and its text."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return f"{type(error).__name__}, which cannot be shown"


def root_cause(error: BaseException) -> BaseException:
    """The exception that began it: follows `__cause__`, and `__context__` where that was not suppressed."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__) or error
    return error


def lacks(msg: Msg, method: str) -> UnsupportedDevice:
    """The error for a message whose device does not have the method that it needs."""
    kind = type(msg.obj).__name__
    return UnsupportedDevice(
        f"{msg.command!r} needs a device with the method {method}(); {name_of(msg.obj)} ({kind}) has none"
    )


def log_failure(msg: Msg, error: BaseException) -> None:
    """Log that a message has failed for which nobody waits."""
    log.error("%s of %s failed", msg.command, name_of(msg.obj), exc_info=error)
