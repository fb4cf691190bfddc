"""Statuses that tell how far they are, that end once, and what is done when one takes too long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from ophyd.status import DeviceStatus, StatusBase

__all__ = ["CountingStatus", "EndsOnce", "call_after"]


def call_after(seconds: float, status: StatusBase, call: Callable[..., Any], *args: Any) -> None:
    """Call this when so many seconds have passed and the Status is not over, in a thread of its own."""
    timer = threading.Timer(max(0.0, seconds), call, args)
    timer.daemon = True
    status.add_callback(lambda _: timer.cancel())
    timer.start()


class CountingStatus(DeviceStatus):
    """The Status of something that is done in `target` steps, counted by an ophyd signal.

    Whoever watches is told by the keywords of ophyd's `MoveStatus.watch`; `fraction` is what remains, 1 to 0. It does
    not stop its device when it fails: that would end whatever has begun since.
    """

    def __init__(self, device: Any, counter: Any, target: int, *, unit: str, **kwargs: Any) -> None:
        self._counter, self._target, self._unit = counter, target, unit
        self._begun = time.time()
        self._subscribed = False
        super().__init__(device, call_stop_on_failure=False, **kwargs)

    def watch(self, func: Callable[..., Any]) -> None:
        """Call `func` with how far it is, now and whenever that changes."""
        super().watch(func)
        # Only now: most are never watched, and each subscription is one more monitor at the IOC.
        if not self._subscribed and not self.done:
            self._subscribed = True
            self._counter.subscribe(self._counted, run=False)  # what it has now is from the last time

    def _counted(self, *_: Any, value: Any = None, **__: Any) -> None:
        if self.done:
            self._counter.clear_sub(self._counted)
            return
        if value is not None:
            self._tell(min(int(value), self._target))

    def _tell(self, current: int) -> None:
        elapsed = time.time() - self._begun
        left = 1 - current / self._target if self._target else 0.0
        for watcher in list(self._watchers):
            watcher(
                name=self.device.name,
                current=current,
                initial=0,
                target=self._target,
                unit=self._unit,
                precision=0,
                fraction=left,
                time_elapsed=elapsed,
                time_remaining=elapsed * (self._target / current - 1) if current else None,
            )


class EndsOnce:
    """Ends a Status, whoever comes first."""

    def __init__(self, status: DeviceStatus) -> None:
        self._status = status
        self._first = threading.Lock()

    def end(self, error: Any = None) -> None:
        """It is over, with this error or without. Nothing if it has been over before."""
        if not self._first.acquire(blocking=False):
            return
        if error is None:
            self._status.set_finished()
        else:
            self._status.set_exception(error)
