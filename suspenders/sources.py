"""What is watched: signals, and a source that is moved by hand.

Rules of this file
- A source calls back with a Sample at every change of value, severity or connection, from whatever thread; the latest
  one is the truth. It never does I/O in a callback, and never calls back after `stop` has returned unless the call was
  already on its way.
- `connected` is said only with a value that came since: what was known before a disconnection is not known any more.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from .sample import Sample, Severity, severity_of

__all__ = ["AsyncSignalSource", "ManualSource", "SampleCallback", "SignalSource", "Source", "as_source"]

log = logging.getLogger(__name__)

SampleCallback = Callable[[Sample], None]


@runtime_checkable
class Source(Protocol):
    """Something that reports Samples."""

    @property
    def name(self) -> str:
        """What people know it by."""
        ...

    def start(self, callback: SampleCallback) -> None:
        """Report to `callback` from now on, beginning with what is known already."""
        ...

    def stop(self) -> None:
        """Report no more; harmless when not started. `start` may follow."""
        ...


class ManualSource:
    """A source moved by `put` and `disconnect`: for simulations and tests. Calls back in the caller's thread."""

    def __init__(self, name: str = "manual") -> None:
        self._name = name
        self._callback: SampleCallback | None = None
        self._latest: Sample | None = None

    @property
    def name(self) -> str:
        """As given."""
        return self._name

    def start(self, callback: SampleCallback) -> None:
        """Report to `callback`, beginning with the latest `put`."""
        self._callback = callback
        if self._latest is not None:
            callback(self._latest)

    def stop(self) -> None:
        """Report no more."""
        self._callback = None

    def put(self, value: Any, severity: Severity = Severity.NO_ALARM) -> None:
        """Report a value."""
        self._report(Sample(value, severity, True, time.time()))

    def disconnect(self) -> None:
        """Report a disconnection; the next `put` connects again."""
        self._report(Sample(None, Severity.INVALID, False, time.time()))

    def _report(self, sample: Sample) -> None:
        self._latest = sample
        callback = self._callback
        if callback is not None:
            callback(sample)


class SignalSource:
    """An ophyd signal, or a device that has a value to subscribe to.

    `start` subscribes, and reads the signal once where it can: ophyd itself does not report what a soft signal holds
    already. For an EpicsSignal that may do Channel Access in the calling thread; the callbacks do none.
    """

    def __init__(self, signal: Any) -> None:
        self._signal = signal
        self.event_type: str | None = None
        """Of the events that bring values; None is the signal's usual one."""
        self._callback: SampleCallback | None = None
        self._lock = threading.Lock()  # values and connections may come from different threads
        self._connected = False
        self._fresh: Sample | None = None

    @property
    def name(self) -> str:
        """The signal's."""
        return str(self._signal.name)

    def start(self, callback: SampleCallback) -> None:
        """Report to `callback`, beginning with what the signal holds."""
        has_meta = "meta" in getattr(self._signal, "event_types", ())
        with self._lock:
            self._callback = callback
            self._connected = True  # without connection events the only sign of life are the values
        if has_meta:
            self._signal.subscribe(self._on_meta, event_type="meta", run=False)
            # After subscribing: a connection in between would be missed, one that is reported twice does no harm.
            with self._lock:
                self._connected = bool(self._signal.connected)
            self._read_once()
        self._signal.subscribe(self._on_value, event_type=self.event_type, run=True)

    def stop(self) -> None:
        """Report no more."""
        with self._lock:
            if self._callback is None:
                return
            self._callback = self._fresh = None
        self._signal.clear_sub(self._on_value)
        self._signal.clear_sub(self._on_meta)

    def _read_once(self) -> None:
        if not self._connected:
            return
        try:
            value = self._signal.get()
        except Exception as error:  # of any kind in ophyd; its monitor brings the value when there is one
            log.debug("%s has no value yet: %s", self.name, error)
            return
        self._on_value(value=value, timestamp=self._signal.timestamp)

    def _on_value(self, *_: Any, value: Any = None, timestamp: float | None = None, **more: Any) -> None:
        severity = more.get("severity", getattr(self._signal, "alarm_severity", None))
        sample = Sample(value, severity_of(severity), True, time.time() if timestamp is None else timestamp)
        with self._lock:
            self._fresh = sample
            # After a reconnection ophyd may report the value before the connection: it is kept for then.
            callback = self._callback if self._connected else None
        if callback is not None:
            callback(sample)

    def _on_meta(self, *_: Any, connected: bool = True, **__: Any) -> None:
        with self._lock:
            if connected and self._connected:
                return
            self._connected = connected
            if not connected:
                self._fresh = None
            sample = self._fresh if connected else Sample(None, Severity.INVALID, False, time.time())
            callback = self._callback
        if callback is not None and sample is not None:
            callback(sample)


class AsyncSignalSource:
    """An ophyd-async signal. It does not report disconnections; a severity of -1 is its word for INVALID.

    ophyd-async subscribes only on a running event loop: the one that `start` is called on or, failing that, `loop`.
    """

    def __init__(self, signal: Any, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._signal = signal
        self._callback: SampleCallback | None = None
        self.loop = loop

    @property
    def name(self) -> str:
        """The signal's."""
        return str(self._signal.name)

    def start(self, callback: SampleCallback) -> None:
        """Report to `callback`. RuntimeError without any event loop."""
        self._callback = callback
        running = _running_loop()
        self.loop = running or self.loop
        if self.loop is None:
            raise RuntimeError(f"{self.name} is an ophyd-async signal: it needs an event loop to be subscribed on")
        self._on_loop(self._signal.subscribe_reading)

    def stop(self) -> None:
        """Report no more."""
        if self._callback is not None:
            self._callback = None
            self._on_loop(self._signal.clear_sub)

    def loop_is_given_up(self) -> None:
        """The loop on which it is subscribed answers no more: whoever judges by it knows nothing from now on.

        Its device has to be connected again, and the suspender to be installed again.
        """
        callback, self.loop = self._callback, None
        if callback is not None:
            callback(Sample(None, connected=False))

    def _on_loop(self, call: Callable[[Any], None]) -> None:
        if self.loop is None:
            return  # it was given up, and with it what was subscribed there
        if self.loop is _running_loop():
            call(self._on_reading)
        elif not self.loop.is_closed():
            self.loop.call_soon_threadsafe(call, self._on_reading)

    def _on_reading(self, reading: dict[str, Any]) -> None:
        latest = next(iter(reading.values()))
        severity = severity_of(latest.get("alarm_severity"))
        callback = self._callback
        if callback is not None:
            callback(Sample(latest["value"], severity, True, latest["timestamp"]))


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def as_source(watched: Any) -> Source:
    """The Source for a signal of either kind; a Source is itself. TypeError for anything else."""
    if hasattr(watched, "subscribe_reading"):
        return AsyncSignalSource(watched)
    if hasattr(watched, "subscribe") and hasattr(watched, "clear_sub"):
        return SignalSource(watched)
    if isinstance(watched, Source):
        return watched
    hint = "; for a PV name take the PV form of the suspender" if isinstance(watched, str) else ""
    raise TypeError(f"{watched!r} cannot be watched: it is neither a signal nor a Source{hint}")
