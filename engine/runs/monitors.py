"""Monitors: events that come when a signal changes, not when the plan says.

Rules of this file:
1. The callback comes from any thread, often, and perhaps while `subscribe` is still under way. There the reading is
   taken; the event is made and emitted by the loop, where all documents of the run come from.
2. A callback in the loop's own thread emits at once, unless a document is on its way to the subscribers just then.
3. What has arrived is emitted before any other document of the run, also before a monitor is ended or suspended: a
   motor's last position comes before the event that was taken when it had arrived.
4. A monitor is subscribed at most once: suspending and restoring look at whether it is.
5. An event that fails is told to the plan, through `on_failure`, once in a run: the next ones would hit its clean-up.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from inspect import isawaitable
from math import inf
from time import monotonic
from typing import Any

from ..errors import GivenUp, IllegalMessageSequence
from ..messages import Msg
from ..telling import lacks, name_of, told_by
from . import documents
from .answers import refuse_late_answer
from .stream import Stream
from .streams import Streams

__all__ = ["FailedAlready", "Monitors", "OnFailure"]

log = logging.getLogger("reioc.engine")

TIME_SLICE = 0.005
"""Seconds that events are emitted before the loop has its turn, unless a document waits for them."""
PATIENCE = 5.0
"""Seconds that the end of a monitor waits for a reading which another thread is just taking."""

OnFailure = Callable[[Msg, BaseException], object]


@dataclass(frozen=True, slots=True)
class FailedAlready:
    """A failed monitor as a status, so that the plan is told of it in the way in which it is told of a failed move."""

    error: BaseException
    done = True
    success = False

    def exception(self, timeout: float | None = 0.0) -> BaseException:
        """Why."""
        return self.error

    def add_callback(self, callback: Callable[[Any], Any]) -> None:
        """Call `callback(self)`, at once."""
        callback(self)


@dataclass(slots=True, eq=False)
class _Monitor:
    """One signal: its stream, how it was subscribed to, and whether it is now."""

    msg: Msg
    stream: Stream
    subscription: dict[str, Any]
    callback: Callable[..., None] = field(init=False)
    is_subscribed: bool = False
    is_over: bool = False

    @property
    def device(self) -> Any:
        return self.msg.obj

    def subscribe(self) -> None:
        if not self.is_subscribed:
            self.is_subscribed = True  # before it is: the first reading may come on the way
            self.device.subscribe(self.callback, **self.subscription)

    def unsubscribe(self) -> None:
        if self.is_subscribed:
            self.device.clear_sub(self.callback)
            self.is_subscribed = False


class Monitors:
    """The monitored signals of one run."""

    def __init__(self, streams: Streams, on_failure: OnFailure, problems: list[str]) -> None:
        self._streams = streams
        self._on_failure = on_failure
        self._problems = problems
        self._monitors: dict[Any, _Monitor] = {}
        self._arrived: deque[tuple[_Monitor, Any]] = deque()
        self._taking: set[object] = set()
        """A token for each callback that is just taking its reading in another thread."""
        self._called = False
        """Whether `_drain` is about to be called by the loop."""
        self._failed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()

    def __bool__(self) -> bool:
        return bool(self._monitors)

    async def start(self, msg: Msg) -> None:
        """Begin to monitor a signal, in a stream of its own."""
        device, subscription = _subscribable(msg), dict(msg.kwargs)
        name = subscription.pop("name", None) or f"monitor-{documents.new_uid()[:6]}"
        if device in self._monitors:
            raise IllegalMessageSequence(f"'monitor' of {name_of(device)}: it is monitored already")
        self._loop = asyncio.get_running_loop()
        self._streams.let_first(self._drain)
        stream = self._streams[name]
        await self._streams.describe(stream, device)
        refuse_late_answer()
        stream.is_rewound = False
        self._streams.declare(stream, [device])
        monitor = _Monitor(msg, stream, subscription)
        monitor.callback = self._callback(monitor)
        self._monitors[device] = monitor
        try:
            monitor.subscribe()
        except BaseException:
            self._end(monitor)
            raise

    def stop(self, msg: Msg) -> Coroutine[Any, Any, None] | None:
        """End the monitoring of a signal; a coroutine where a reading has to be waited for."""
        monitor = self._monitors.get(_subscribable(msg))
        if monitor is None:
            raise IllegalMessageSequence(f"'unmonitor' of {name_of(msg.obj)}: it is not monitored")
        monitor.unsubscribe()
        return self._finish([monitor])

    def stop_all(self) -> Coroutine[Any, Any, None] | None:
        """End all monitoring, whatever a device answers; a coroutine where a reading has to be waited for."""
        self.suspend()
        return self._finish(list(self._monitors.values()))

    def clear(self) -> None:
        """End all monitoring at once, whatever a device answers."""
        self.suspend()
        for monitor in list(self._monitors.values()):
            self._end(monitor)

    def abandon(self) -> None:
        """End all monitoring, and call no device for that: the signals stay subscribed, and are not listened to."""
        self._drain()
        for monitor in list(self._monitors.values()):
            self._end(monitor)

    def suspend(self) -> None:
        """No events until `restore`. A signal that cannot be let go is noted among the problems."""
        for monitor in self._monitors.values():
            try:
                monitor.unsubscribe()
            except BaseException as error:  # SystemExit as well: a pause must not fail half-way
                log.exception("could not stop monitoring %s", name_of(monitor.device))
                self._problems.append(f"could not stop monitoring {name_of(monitor.device)}: {told_by(error)}")
        self._drain()

    def restore(self) -> None:
        """Go on with what is suspended. What cannot be subscribed to again fails the plan: data would be missing."""
        for monitor in self._monitors.values():
            try:
                monitor.subscribe()
            except BaseException as error:
                monitor.is_subscribed = False
                self._fail(monitor, error)

    def _finish(self, monitors: list[_Monitor]) -> Coroutine[Any, Any, None] | None:
        if self._taking:
            return self._finish_later(monitors)
        self._drain()
        for monitor in monitors:
            self._end(monitor)
        return None

    async def _finish_later(self, monitors: list[_Monitor]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while self._taking:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            log.error("the end of a monitor does not wait any longer for a reading that another thread is taking")
        finally:
            self._drain()
            for monitor in monitors:
                self._end(monitor)

    def _end(self, monitor: _Monitor) -> None:
        monitor.is_over = True
        self._monitors.pop(monitor.device, None)

    # Where the callbacks come from

    def _callback(self, monitor: _Monitor) -> Callable[..., None]:
        def changed(readings: Any = None, *args: Any, **kwargs: Any) -> None:
            if monitor.is_over:
                return
            token = object()
            self._taking.add(token)
            try:
                is_reading = isinstance(readings, dict) and not args and not kwargs
                self._arrived.append((monitor, readings if is_reading else _read(monitor.device)))
            except BaseException as error:
                self._arrived.append((monitor, error))
            finally:
                self._taking.discard(token)
            self._hand_over()

        return changed

    def _hand_over(self) -> None:
        """Have the loop emit what has arrived: at once if this is the loop's thread, soon otherwise."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        if _is_running(loop) and not self._streams.is_emitting:
            self._drain()
        elif not self._called:
            self._called = True
            loop.call_soon_threadsafe(self._drain_a_while)

    # In the loop's thread

    def _drain_a_while(self) -> None:
        self._drain(TIME_SLICE)
        if self._arrived and not self._called and self._loop is not None:
            self._called = True
            self._loop.call_soon(self._drain_a_while)

    def _drain(self, seconds: float = inf) -> None:
        """Emit what has arrived by now, in the order in which it came, or what can be emitted in this time.

        Not what comes meanwhile, which calls again: a signal that is faster than its events would keep the loop here.
        """
        if self._called:
            self._called = False  # before looking: what comes from now on calls again
            self._news.set()
        give_way_at = monotonic() + seconds
        for _ in range(len(self._arrived)):
            if monotonic() > give_way_at:
                return
            monitor, reading = self._arrived.popleft()
            if not monitor.is_over:
                self._emit(monitor, reading)

    def _emit(self, monitor: _Monitor, reading: Any) -> None:
        try:
            if isinstance(reading, BaseException):
                raise reading
            self._streams.send("event", monitor.stream.event({monitor.device: reading}))
        except GivenUp:
            raise
        except BaseException as error:  # a subscriber's SystemExit would end the thread that runs the loop
            self._fail(monitor, error)

    def _fail(self, monitor: _Monitor, error: BaseException) -> None:
        if self._failed:
            log.error("monitoring %s has failed again: %s", name_of(monitor.device), error)
            return
        self._failed = True
        self._on_failure(monitor.msg, error)


def _subscribable(msg: Msg) -> Any:
    if msg.args:
        raise ValueError(f"{msg.command!r} of {name_of(msg.obj)} takes no arguments but keywords, not {msg.args}")
    for method in ("subscribe", "clear_sub"):
        if not hasattr(msg.obj, method):
            raise lacks(msg, method)
    return msg.obj


def _read(device: Any) -> dict[str, Any]:
    """The device's reading, taken in whichever thread this is."""
    reading = device.read()
    if isawaitable(reading):
        if hasattr(reading, "close"):
            reading.close()  # type: ignore[attr-defined]
        raise TypeError(
            f"{name_of(device)} was called back without readings, and its read() is a coroutine, which cannot be "
            f"awaited there: its subscribe() must hand over the readings"
        )
    return reading


def _is_running(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
