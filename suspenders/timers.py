"""Timers for the settle time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, TypeAlias

__all__ = ["TimerFactory", "TimerHandle", "start_timer"]


class TimerHandle(Protocol):
    """What a timer factory returns."""

    def cancel(self) -> None:
        """Do not call, if not called yet."""
        ...


TimerFactory: TypeAlias = Callable[[float, Callable[[], None]], TimerHandle]


def start_timer(seconds: float, call: Callable[[], None]) -> TimerHandle:
    """Calls `call` once after `seconds`, in a thread that does not keep the interpreter alive."""
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()
    return timer
