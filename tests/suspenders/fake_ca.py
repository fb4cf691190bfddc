"""Channel Access without a network: libca's subscriptions, pyepics' PVs and our thread, each moved by hand."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from reioc.suspenders import ca_monitor, pv_source
from reioc.suspenders.ca_thread import dbr

NORMAL, DISCONNECTED = 1, 192  # libca's status codes


class FakeThread:
    """The Channel Access thread: what is asked for waits for `run`, what is asked for later for `run_later`."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []
        self.later: list[tuple[float, Callable[[], None]]] = []

    def start(self) -> None:
        pass

    def call(self, what: Callable[[], None]) -> None:
        self.calls.append(what)

    def call_later(self, seconds: float, what: Callable[[], None]) -> None:
        self.later.append((seconds, what))

    def run(self) -> None:
        while self.calls:
            self.calls.pop(0)()

    def run_later(self) -> None:
        due, self.later = self.later, []
        for _, what in due:
            what()


class Subscription:
    """What libca was asked for, and what it may call."""

    def __init__(self, dbr_type: int, count: int, chid: Any, mask: int, callback: Any, user: Any) -> None:
        self.dbr_type, self.count, self.chid, self.mask = dbr_type, count, chid, mask
        self._callback, self._user = callback, user

    def send(self, value: Any = 0, *, severity: int = 0, stamp: tuple[int, int] = (0, 0), status: int = NORMAL) -> None:
        """An event. An array of characters and a text are given as bytes."""
        event = dbr.Map[self.dbr_type]()
        event.severity, event.stamp.secs, event.stamp.nsec = severity, *stamp
        self._send(event, value, status)

    def send_labels(self, *labels: str) -> None:
        """The properties of an enum."""
        event = dbr.ctrl_enum()
        event.no_str = len(labels)
        for place, label in zip(event.strs, labels, strict=False):
            place.value = label.encode("latin-1")
        self._send(event, 0, NORMAL)

    def _send(self, event: Any, value: Any, status: int) -> None:
        as_array = isinstance(value, bytes) and self.count > 1
        buffer = ctypes.create_string_buffer(ctypes.sizeof(event) + self.count)
        if not as_array:
            event.value = value
        ctypes.memmove(buffer, ctypes.byref(event), ctypes.sizeof(event))
        if as_array:
            ctypes.memmove(ctypes.byref(buffer, type(event).value.offset), value, len(value))
        raw = ctypes.cast(buffer, ctypes.c_void_p)
        self._callback(dbr.event_handler_args(self._user, 0, self.dbr_type, self.count, raw, status))


class FakePV:
    """pyepics' PV, as far as a source uses it."""

    def __init__(self, name: str, *, connection_callback: Any, access_callback: Any, **settings: Any) -> None:
        self.name, self.settings = name, settings
        self.connected, self.chid = False, f"chid of {name}"
        self.on_connection, self.on_access = connection_callback, access_callback
        self.closed = False

    def disconnect(self) -> None:
        self.closed = True


class FakeCA:
    """All of it, in place of what the modules of `suspenders` have."""

    def __init__(self, monkeypatch: Any) -> None:
        self.thread, self.now = FakeThread(), 100.0
        self.subscriptions: dict[int, Subscription] = {}
        self.made: list[Subscription] = []
        self.pvs: list[FakePV] = []
        self.flushed, self.status = 0, NORMAL
        self.native, self.elements, self.connected = dbr.DOUBLE, 1, False
        fake = SimpleNamespace(
            libca=SimpleNamespace(ca_create_subscription=self._subscribe),
            clear_subscription=lambda event_id: self.subscriptions.pop(event_id.value),
            flush_io=self._flush,
            message=lambda status: f"status {status}",
            isConnected=lambda _: self.connected,
            field_type=lambda _: self.native,
            element_count=lambda _: self.elements,
        )
        for module in (ca_monitor, pv_source):
            monkeypatch.setattr(module, "ca", fake)
            monkeypatch.setattr(module, "ca_thread", self.thread)
        monkeypatch.setattr(ca_monitor, "time", SimpleNamespace(monotonic=lambda: self.now))
        monkeypatch.setattr(pv_source, "epics", SimpleNamespace(PV=self._make_pv))
        monkeypatch.setattr(pv_source, "start_ca_thread", lambda: None)

    def _subscribe(self, dbr_type: int, count: int, chid: Any, mask: int, callback: Any, user: Any, at: Any) -> int:
        if self.status == NORMAL:
            self.made.append(Subscription(dbr_type, count, chid, mask, callback, user))
            at._obj.value = len(self.made)
            self.subscriptions[len(self.made)] = self.made[-1]
        return self.status

    def _flush(self) -> None:
        self.flushed = len(self.made)

    def _make_pv(self, name: str, **settings: Any) -> FakePV:
        self.pvs.append(FakePV(name, **settings))
        return self.pvs[-1]

    def connect(self) -> None:
        """The server of the last PV is there; pyepics says so of the PV itself after the callbacks."""
        self.connected = True
        self.pvs[-1].on_connection(conn=True, pv=self.pvs[-1])
        self.thread.run()
        self.pvs[-1].connected = True

    def disconnect(self) -> None:
        """It is gone."""
        self.connected = self.pvs[-1].connected = False
        self.pvs[-1].on_connection(conn=False, pv=self.pvs[-1])
        self.thread.run()
