"""A PV as a source, over Channel Access.

Rules of this file
- Everything comes by monitors: value, alarm severity and time stamp by one, an enum's labels by another. Nothing is
  read, and no callback waits for a server.
- The Channel Access thread makes sense of what came, and reports; libca's own do so only for callbacks that are known
  to be quick. Channels are made and cleared in the Channel Access thread.
"""

from __future__ import annotations

import time
from typing import Any

from .ca_monitor import Monitor
from .ca_thread import ca, ca_thread, dbr, epics, start_ca_thread
from .sample import Sample, Severity, severity_of
from .sources import SampleCallback

__all__ = ["PVSource"]

_NUMBERS = (dbr.SHORT, dbr.FLOAT, dbr.CHAR, dbr.LONG, dbr.DOUBLE)
_DBE_PROPERTY = 8


class PVSource:
    """Watches a PV's value, alarm severity, time stamp, connection and read access by monitors.

    Enums come as their numbers, with their labels; character arrays as texts; other arrays as something that no
    condition takes. `start` does not wait for the connection. ValueError for what cannot be a PV name.
    """

    def __init__(self, pvname: str) -> None:
        if not isinstance(pvname, str) or not pvname or not pvname.isprintable() or " " in pvname:
            raise ValueError(f"{pvname!r} is no PV name: it must be a text without spaces")
        self._name = pvname
        self._pv: Any = None
        self._callback: SampleCallback | None = None
        self._form: _Form | None = None
        self._values: Monitor | None = None
        self._properties: Monitor | None = None
        self._labels: tuple[str, ...] = ()
        self.at_once = False
        """Whether the callback is quick, and may be called in libca's own threads."""

    @property
    def name(self) -> str:
        """The PV name."""
        return self._name

    def start(self, callback: SampleCallback) -> None:
        """Report to `callback` from the first monitor event on."""
        self._callback = callback
        start_ca_thread()
        ca_thread.call(self._open)

    def stop(self) -> None:
        """Report no more."""
        if self._callback is not None:
            self._callback = None
            ca_thread.call(self._close)

    # In libca's threads

    def _on_connection(self, conn: bool = False, pv: Any = None, **_: Any) -> None:
        if conn:
            ca_thread.call(self._subscribe)
        else:
            self._lose()

    # pyepics drops the event by which the server says that the PV may no longer be read. (libca withdraws the right at
    # a disconnection as well: that is then reported twice, which does no harm.)
    def _on_access(self, read_access: Any, write_access: Any, pv: Any = None) -> None:
        if not read_access:
            self._lose()

    def _lose(self) -> None:
        if self._values is not None:
            self._values.lose()

    # In the Channel Access thread

    def _open(self) -> None:
        if self._pv is None and self._callback is not None:
            self._pv = epics.PV(
                self._name,
                form="time",
                auto_monitor=False,
                connection_callback=self._on_connection,
                access_callback=self._on_access,
            )

    def _close(self) -> None:
        if self._pv is not None:
            pv, self._pv = self._pv, None
            self._clear_monitors()
            pv.disconnect()

    # Nothing is reported on connection: the first event says that it is connected, and with what value. libca renews
    # the subscriptions after a disconnection by itself, but an IOC may come back with a record of another type.
    def _subscribe(self) -> None:
        # Not `pv.connected`: pyepics sets that when all callbacks are over.
        if self._pv is None or self._pv.chid is None or not ca.isConnected(self._pv.chid):
            return
        chid = self._pv.chid
        form = _Form(ca.field_type(chid), ca.element_count(chid))
        if form == self._form:
            return
        self._clear_monitors()
        self._form = form
        if form.is_enum:  # first, so that the labels are known when the value comes
            self._properties = Monitor(chid, dbr.CTRL_ENUM, 1, _DBE_PROPERTY, self._on_labels, at_once=self.at_once)
        mask = dbr.DBE_VALUE | dbr.DBE_ALARM
        self._values = Monitor(chid, form.dbr_type, form.count, mask, self._on_value, at_once=self.at_once)
        # Lost while it was made, when there was nobody yet to be told: libca says it once, and not to the subscription.
        if not ca.isConnected(chid):
            self._lose()

    def _clear_monitors(self) -> None:
        for monitor in (self._values, self._properties):
            if monitor is not None:
                monitor.clear()
        self._form = self._values = self._properties = None
        self._labels = ()

    def _on_labels(self, raw: bytes | None) -> None:
        if raw is not None:
            enum = dbr.ctrl_enum.from_buffer_copy(raw)
            self._labels = tuple(label.value.decode("latin-1") for label in enum.strs[: enum.no_str])

    def _on_value(self, raw: bytes | None) -> None:
        callback, form = self._callback, self._form
        if callback is None or form is None:
            return
        if raw is None:
            callback(Sample(None, Severity.INVALID, False, time.time()))
            return
        try:
            sample = form.sample(raw, self._labels)
        except Exception as error:
            sample = Sample(None, timestamp=time.time(), problem=f"its value cannot be read: {error}")
        callback(sample)


class _Form:
    """What a channel sends, what is asked for, and how to make sense of it."""

    def __init__(self, native: int, elements: int) -> None:
        self.is_enum = native == dbr.ENUM
        self._is_text = native == dbr.CHAR and elements != 1
        self._elements = elements
        self.dbr_type = dbr.TIME_DOUBLE if native in _NUMBERS and not self._is_text else native + dbr.TIME_STRING
        self.count = elements if self._is_text else 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Form) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def sample(self, raw: bytes, labels: tuple[str, ...]) -> Sample:
        """The Sample in an event."""
        event: Any = dbr.Map[self.dbr_type].from_buffer_copy(raw)
        stamp = event.stamp
        timestamp = dbr.EPICS2UNIX_EPOCH + stamp.secs + 1e-9 * stamp.nsec
        return Sample(self._value(event, raw), severity_of(event.severity), True, timestamp, labels)

    def _value(self, event: Any, raw: bytes) -> Any:
        if self._is_text:
            return raw[type(event).value.offset :].split(b"\0", 1)[0].decode("utf-8", "replace")
        if self._elements != 1:
            return _Array(self._elements)
        value = event.value
        return value.decode("latin-1") if isinstance(value, bytes) else value


class _Array:
    """Stands for an array: no condition takes one."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __repr__(self) -> str:
        return f"<array of {self.size}>"
