"""One monitor, with as little Python per event as can be.

Rules of this file
- The callback puts down the event's bytes and leaves; what they mean is found out later, in the Channel Access thread,
  and only of the latest. Where nobody's own code is asked it is told at once instead, which is a tenth of a millisecond
  sooner; but not in a storm.
- One thread tells at a time, and always the latest: what is told never goes back in time.
- A monitor that storms is paused for some milliseconds again and again, as libca's own flow control would. Even an
  empty callback takes Python's lock from the engine: ten thousand a second cost it a third of what it could do, and
  pyepics' own, which unpacks each event, half.
- What libca calls must live until the subscription is cleared.
"""

from __future__ import annotations

import ctypes
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from .ca_thread import ca, ca_thread, dbr

__all__ = ["Monitor"]

log = logging.getLogger("reioc.suspenders")

STORM = 2000
"""Events per second from which on a monitor is paused."""
PAUSE = 0.03
"""Seconds that it is paused for: how late a trip can be then."""
RETRY = 1.0
"""Seconds until it is tried again to go on."""
_WINDOW = 0.05
"""Seconds over which events are counted."""
_CALM = 3
"""How many times in a row no second event must have come by the time that the first one is looked at, to end it."""

_NORMAL = 1
_NATIVE_TYPES = 7  # TIME_DOUBLE and CTRL_DOUBLE are numbered as DOUBLE is, in sevens
_known_threads: set[int] = set()
_string_at = ctypes.string_at


@ctypes.CFUNCTYPE(None, dbr.event_handler_args)
def _on_event(args: Any) -> None:
    if threading.get_ident() not in _known_threads:
        _keep_thread_state()
    monitor = args.usr
    monitor.latest = _string_at(args.raw_dbr, monitor.size) if args.status == _NORMAL else None
    monitor.events += 1
    monitor.heard()


def _keep_thread_state() -> None:
    """Have Python keep what it knows of one of libca's threads: made anew for each callback, it took 0.1 ms of a trip.

    It is given up with the process. Thread numbers are used again, so that circuits that come and go do not add up.
    """
    _known_threads.add(threading.get_ident())
    ctypes.pythonapi.PyGILState_Ensure()


class Monitor:
    """A subscription to a channel that is connected; made and cleared in the Channel Access thread.

    `tell(bytes)` is called with the latest event; `tell(None)` says that nothing is known any more: the server sends no
    more, for instance since the PV may not be read any longer, or `lose` was called. With `at_once` it may be called in
    libca's threads, and must be quick.
    """

    def __init__(
        self,
        chid: Any,
        dbr_type: int,
        count: int,
        mask: int,
        tell: Callable[[bytes | None], None],
        *,
        at_once: bool = False,
    ) -> None:
        element = ctypes.sizeof(dbr.Map[dbr_type % _NATIVE_TYPES])
        self.size = ctypes.sizeof(dbr.Map[dbr_type]) + (count - 1) * element
        self.latest: bytes | None = None
        self.events = 0
        self._told = 0
        """How many events there had been when the latest was told."""
        self._telling = threading.Lock()
        self._called = False
        """Whether `deliver` has been asked for, and has not come yet."""
        self._at_once = at_once
        self._request = (dbr_type, count, chid, mask)
        self._tell = tell
        self._user = ctypes.py_object(self)
        self._event_id: ctypes.c_void_p | None = None
        self._cleared = False
        self._window = (time.monotonic(), 0)
        self._calm = _CALM
        """How calm it has been lately; _CALM means that there is no storm."""
        self._subscribe()

    def _subscribe(self) -> None:
        if self._cleared or self._event_id is not None:
            return
        event_id = ctypes.c_void_p()
        libca: Any = ca.libca
        status = libca.ca_create_subscription(*self._request, _on_event, self._user, ctypes.byref(event_id))
        if status != _NORMAL:
            raise OSError(f"no subscription: {ca.message(status)}")
        self._event_id, self._window = event_id, (time.monotonic(), self.events)
        # pyepics leaves it in the send buffer. Once in fifty starts it stayed there, and a PV that does not change
        # never came.
        ca.flush_io()

    def lose(self) -> None:
        """The connection is gone, and with it what was known. For libca's threads."""
        self.latest = None
        self.events += 1
        self.heard()

    def heard(self) -> None:
        """There is something to tell. For libca's threads."""
        if self._at_once and self._calm == _CALM:
            self.deliver()
        elif not self._called:
            self._called = True
            ca_thread.call(self.deliver)

    def deliver(self) -> None:
        """Tell the latest, unless it is told, or is being told: then whoever is at it looks again."""
        self._called = False  # before looking: what comes from now on calls again
        while self._told != self.events and self._telling.acquire(blocking=False):
            try:
                self._told, latest = self.events, self.latest
                if self._event_id is not None and self._is_storm():
                    ca_thread.call(self._pause)
                self._tell(latest)
            except Exception:  # it would be libca's, which goes on as if nothing had happened
                log.exception("%r failed", self._tell)
            finally:
                self._telling.release()

    def _pause(self) -> None:
        if self._event_id is not None:
            self._unsubscribe()
            ca_thread.call_later(PAUSE, self._resume)

    def _resume(self) -> None:
        try:
            self._subscribe()
        except OSError:  # blind, it must not look as if it saw
            log.exception("a monitor cannot go on after a pause")
            self.lose()
            ca_thread.call_later(RETRY, self._resume)

    def _is_storm(self) -> bool:
        """Whether it storms. In a storm it is paused at each first event, which is the latest value."""
        (since, before), now = self._window, time.monotonic()
        events = self.events - before
        if self._calm < _CALM:
            self._calm = 0 if events > 1 else self._calm + 1
        elif events > STORM * _WINDOW:
            self._calm = 0
        elif now - since >= _WINDOW:
            self._window = now, self.events
        return self._calm < _CALM

    def clear(self) -> None:
        """Hear no more."""
        self._cleared = True
        self._unsubscribe()

    def _unsubscribe(self) -> None:
        event_id, self._event_id = self._event_id, None
        if event_id is not None:
            ca.clear_subscription(event_id)
