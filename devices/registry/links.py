"""Which PVs of which device are connected, as it changes.

Rules of this file:
1. Nothing is asked: ophyd's signals tell by themselves, and for ophyd-async's there is a channel of our own beside.
2. What is told is told in ophyd's and libca's threads: whoever listens makes a note of it, and does no Channel Access.
3. A PV counts as lost if it was connected once. One that never was is missing, and perhaps not even needed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from .connect import join_channel_access, signals_of

__all__ = ["Links"]

_CHANNEL_ACCESS = "ca://"


class Links:
    """Watches the connections of devices; each of the `observers` is called with a device's name when one changes."""

    def __init__(self) -> None:
        self.observers: list[Callable[[str], None]] = []
        self._lock = threading.Lock()
        self._pvs: dict[str, dict[str, bool]] = {}
        self._ever: dict[str, set[str]] = {}
        """The PVs of each device that were connected once."""
        self._kept: list[Any] = []
        """Channels of our own."""

    def watch(self, name: str, device: Any) -> None:
        """Follow a device from now on, and what of it there is only now, such as what it has made when it connected."""
        self._pvs.setdefault(name, {})
        self._ever.setdefault(name, set())
        for signal in signals_of(device):
            pv = getattr(signal, "pvname", None)
            if isinstance(pv, str) and pv not in self._pvs[name] and hasattr(signal, "SUB_META"):
                self._follow_ophyd(name, pv, signal)
        for pv in _sources_of(device):
            if pv not in self._pvs[name]:
                self._follow_beside(name, pv)

    def pvs(self, name: str) -> tuple[str, ...]:
        """The PVs of a device that are watched, in its order."""
        with self._lock:
            return tuple(self._pvs.get(name, ()))

    def lost(self, name: str) -> tuple[str, ...]:
        """Those that were connected once, and are not now."""
        with self._lock:
            ever = self._ever.get(name, set())
            return tuple(pv for pv, is_connected in self._pvs.get(name, {}).items() if not is_connected and pv in ever)

    def missing(self, name: str) -> tuple[str, ...]:
        """Those that are not connected now, lost or never there."""
        with self._lock:
            return tuple(pv for pv, is_connected in self._pvs.get(name, {}).items() if not is_connected)

    def _follow_ophyd(self, name: str, pv: str, signal: Any) -> None:
        def told(*, connected: bool = False, **_: Any) -> None:
            self._note(name, pv, bool(connected))

        with self._lock:  # what is told meanwhile is newer than what is looked at here
            signal.subscribe(told, event_type=signal.SUB_META, run=False)
            self._set(name, pv, bool(signal.connected))

    def _follow_beside(self, name: str, pv: str) -> None:
        import ophyd  # noqa: F401  it chooses the libca that pyepics then loads
        from epics import PV

        def told(*, conn: bool = False, **_: Any) -> None:
            self._note(name, pv, bool(conn))

        join_channel_access()
        with self._lock:
            self._set(name, pv, is_connected=False)
        self._kept.append(PV(pv, auto_monitor=False, connection_callback=told))

    def _note(self, name: str, pv: str, is_connected: bool) -> None:
        with self._lock:
            if self._pvs[name].get(pv) is is_connected:
                return
            self._set(name, pv, is_connected)
        for observer in tuple(self.observers):
            observer(name)

    def _set(self, name: str, pv: str, is_connected: bool) -> None:
        self._pvs[name][pv] = is_connected
        if is_connected:
            self._ever[name].add(pv)


def _sources_of(device: Any) -> list[str]:
    """The PVs of an ophyd-async device that it uses over Channel Access; first what it is about."""
    hints: Any = {}
    with suppress(Exception):  # a device of somebody's may not know before it is connected
        hints = getattr(device, "hints", {})
    fields = hints.get("fields", ()) if isinstance(hints, dict) else ()
    signals = sorted(_signals_in(device), key=lambda signal: signal.name not in fields)
    return [signal.source.removeprefix(_CHANNEL_ACCESS) for signal in signals]


def _signals_in(device: Any) -> Iterator[Any]:
    source = getattr(device, "source", None)
    if isinstance(source, str) and source.startswith(_CHANNEL_ACCESS):
        yield device
    children: Any = getattr(device, "children", None)
    found: Any = children() if callable(children) else ()
    for _, child in found:
        yield from _signals_in(child)
