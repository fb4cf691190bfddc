"""A PV as a source, over Channel Access.

Rules of this file
- All channels live in a CA context of our own. pyepics shares channels within a context by PV name, and ophyd clears
  the channel when one of its signals is destroyed: in the shared context a suspender on the same PV then went blind
  without a word, still "connected".
- The context is attached only as long as a call takes, in whatever thread; what was attached before comes back.
- Callbacks come from libca's threads and wait for no server: they report, and subscribe.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

# One libca for the process, as ophyd and aioca have it: this module says to pyepics which one, so it comes first.
# Without it pyepics brings its own.
if find_spec("epicscorelibs") is not None:
    import epicscorelibs.path.pyepics  # noqa: F401
import epics
from epics import ca, dbr

from .sample import Sample, Severity, severity_of
from .sources import SampleCallback

__all__ = ["PVSource"]


class _OwnContext:
    """The CA context of this module; made when it is first needed, since libca reads its environment then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._context: Any = None

    @contextmanager
    def attached(self) -> Iterator[None]:
        before = ca.current_context()
        if before is not None:
            ca.detach_context()
        try:
            self._attach()
            yield
        finally:
            ca.detach_context()
            if before is not None:
                ca.attach_context(before)

    def _attach(self) -> None:
        with self._lock:
            if self._context is None:
                ca.create_context()
                self._context = ca.current_context()
            else:
                ca.attach_context(self._context)


_own_context = _OwnContext()


class PVSource:
    """Watches a PV's value, alarm severity, connection and read access by one monitor.

    Enums come as their numbers. `start` does not wait for the connection. ValueError for what cannot be a PV name.
    """

    def __init__(self, pvname: str) -> None:
        if not isinstance(pvname, str) or not pvname or not pvname.isprintable() or " " in pvname:
            raise ValueError(f"{pvname!r} is no PV name: it must be a text without spaces")
        self._name = pvname
        self._pv: epics.PV | None = None
        self._callback: SampleCallback | None = None
        self._subscription: Any = None

    @property
    def name(self) -> str:
        """The PV name."""
        return self._name

    def start(self, callback: SampleCallback) -> None:
        """Report to `callback` from the first monitor event on."""
        self._callback = callback
        with _own_context.attached():
            self._connect()

    def stop(self) -> None:
        """Report no more."""
        self._callback = None
        if self._pv is not None:
            with _own_context.attached():
                self._disconnect()

    def _connect(self) -> None:
        self._pv = epics.PV(
            self._name,
            form="time",
            auto_monitor=False,
            connection_callback=self._on_connection,
            access_callback=self._on_access,
        )

    # The last reference must go within the context too: pyepics disconnects once more when a PV is collected, and would
    # leave a thread that had no context attached to ours.
    def _disconnect(self) -> None:
        pv, self._pv = self._pv, None
        if self._subscription is not None:
            ca.clear_subscription(self._subscription[2])
        if pv is not None:
            pv.disconnect()
        self._subscription = None  # not earlier: libca calls what it refers to, until it is cleared

    def _on_change(self, value: Any = None, severity: Any = None, timestamp: Any = None, **_: Any) -> None:
        self._report(Sample(value, severity_of(severity), True, time.time() if timestamp is None else timestamp))

    # Nothing is reported on connection: the first monitor event says that it is connected, and with what value. The
    # subscription is made here, and flushed: pyepics makes its own after this callback and leaves it in the send
    # buffer. Once in fifty starts it stayed there, and a PV that does not change never came. libca renews the
    # subscription after a disconnection by itself.
    def _on_connection(self, conn: bool = False, pv: Any = None, **_: Any) -> None:
        if not conn:
            self._report_lost()
        elif self._subscription is None:
            mask = dbr.DBE_VALUE | dbr.DBE_ALARM
            self._subscription = ca.create_subscription(pv.chid, use_time=True, mask=mask, callback=self._on_change)
            ca.flush_io()

    # pyepics drops the event by which the server says that the PV may no longer be read. (libca withdraws the right at
    # a disconnection as well: that is then reported twice, which does no harm.)
    def _on_access(self, read_access: Any, write_access: Any, pv: Any = None) -> None:
        if not read_access:
            self._report_lost()

    def _report_lost(self) -> None:
        self._report(Sample(None, Severity.INVALID, False, time.time()))

    def _report(self, sample: Sample) -> None:
        callback = self._callback
        if callback is not None:
            callback(sample)
