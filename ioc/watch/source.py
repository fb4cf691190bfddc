"""The PVs of an engine, over Channel Access.

Rules of this file:
1. pyepics, since it is there anyway: what this program needs is what every installation has. Its calls are made in one
   thread of ours and its callbacks come in libca's; both leave what they have in a mailbox, which is emptied as often
   as the screen is drawn. So nothing of Channel Access can hold the screen, and no storm of values either.
2. A callback asks Channel Access for nothing. What a value means comes with it: as CTRL types the monitors bring labels
   and units.
3. A value that came before the connection was lost counts as lost until the next one comes.
4. Monitors of one server come in the order in which it writes: what is said of a command is whole when `Cmd:Seq` comes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from .readings import Heard, Reading, Readings, SourceFailed, Told, readable

__all__ = ["ChannelAccess"]

_ACKNOWLEDGED = "Cmd:Seq"


class ChannelAccess:
    """The PVs whose names begin with `prefix`."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._news = threading.Condition()
        self._latest: dict[str, Reading] = {}
        self._told: list[Told] = []
        self._wrong: BaseException | None = None
        self._pvs: dict[str, Any] = {}
        """Only for the thread that calls libca, as the module is."""
        self._epics: Any = None
        self._thread = ThreadPoolExecutor(1, "Channel Access")
        self._do(self._load)

    def watch(self, names: Iterable[str]) -> None:
        """Have the values of these PVs as well; names are without the prefix."""
        for name in names:
            self._do(self._connect, name)

    def forget(self, names: Iterable[str]) -> None:
        """Have them no more."""
        for name in names:
            self._do(self._disconnect, name)

    def put(self, name: str, value: int | str) -> None:
        """Write a number or a text, without waiting for what becomes of it."""
        self._do(self._put, name, value)

    def take(self) -> Heard:
        """All that is known, and what was said of commands since the last time. Raises SourceFailed."""
        with self._news:
            if self._wrong is not None:
                raise SourceFailed(f"Channel Access has failed: {self._wrong!r}") from self._wrong
            told, self._told = tuple(self._told), []
            return Heard(Readings(self._latest), told)

    def wait(self, is_enough: Callable[[Readings], bool], timeout: float) -> bool:
        """Wait until this is so, for so many seconds at most; says whether it is."""
        with self._news:
            return self._news.wait_for(
                lambda: self._wrong is not None or is_enough(Readings(self._latest)), timeout
            ) and is_enough(Readings(self._latest))

    def close(self) -> None:
        """Disconnect all, as far as libca gets to it."""
        for name in tuple(self._latest):
            self._do(self._disconnect, name)
        self._thread.shutdown(wait=False)

    # In the thread that calls libca

    def _do(self, call: Callable[..., None], *args: Any) -> None:
        self._thread.submit(call, *args).add_done_callback(self._done)

    def _done(self, future: Future[None]) -> None:
        if not future.cancelled() and (error := future.exception()) is not None:
            with self._news:
                self._wrong = self._wrong or error
                self._news.notify_all()

    def _load(self) -> None:
        import epics  # not earlier: libca reads its environment when it is loaded

        self._epics = epics

    def _connect(self, name: str) -> None:
        if name in self._pvs:
            return

        def changed(**about: Any) -> None:
            self._changed(name, **about)

        def connected(conn: bool = True, **_: Any) -> None:
            if not conn:
                self._lost(name)
                self._do(self._renew, name)

        def allowed(read: bool, write: bool, **_: Any) -> None:
            self._allowed(name, write)

        self._pvs[name] = self._epics.PV(
            self.prefix + name,
            callback=changed,
            form="ctrl",
            auto_monitor=True,
            connection_callback=connected,
            access_callback=allowed,
        )

    def _renew(self, name: str) -> None:
        # libca does not look for a channel that it has lost for up to 10 s. For a new one it looks at once.
        if self._clear(name):
            self._connect(name)

    def _disconnect(self, name: str) -> None:
        self._clear(name)
        with self._news:
            self._latest.pop(name, None)

    def _clear(self, name: str) -> bool:
        pv = self._pvs.pop(name, None)
        if pv is None:
            return False
        pv.disconnect()
        self._epics.ca.clear_channel(pv.chid)
        return True

    def _put(self, name: str, value: int | str) -> None:
        pv = self._pvs.get(name)
        if pv is None or not pv.connected:  # the screen says so; what was asked for runs into its time-out
            return
        # As bytes: pyepics would replace all but ASCII.
        pv.put(value if isinstance(value, int) else (*value.encode(), 0))

    # In libca's threads

    def _changed(self, name: str, value: Any = None, **about: Any) -> None:
        reading = Reading(
            _plain(value, about),
            time.monotonic(),
            writable=bool(about.get("write_access")),
            severity=int(about.get("severity") or 0),
            units=readable(about.get("units") or ""),
        )
        with self._news:
            self._latest[name] = reading
            if name == _ACKNOWLEDGED:
                self._told.append(_told(Readings(self._latest)))
            self._news.notify_all()

    def _lost(self, name: str) -> None:
        with self._news:
            if (reading := self._latest.get(name)) is not None and reading.lost is None:
                self._latest[name] = replace(reading, lost=time.monotonic())

    def _allowed(self, name: str, write: bool) -> None:
        with self._news:
            if (reading := self._latest.get(name)) is not None:
                self._latest[name] = replace(reading, writable=bool(write))


def _told(readings: Readings) -> Told:
    text = readings.text
    return Told(
        readings.whole(_ACKNOWLEDGED),
        text("Cmd:Name"),
        text("Cmd:Result"),
        text("Cmd:Message"),
        text("Cmd:By"),
        text("Cmd:Time"),
    )


def _plain(value: Any, about: dict[str, Any]) -> Any:
    """A label, a text, a tuple of texts, an array or a number, as the type of the PV says."""
    kind, is_array = about.get("type", ""), (about.get("nelm") or 1) > 1
    if kind.endswith("enum"):
        labels = list(about.get("enum_strs") or [])
        return readable(labels[value]) if 0 <= value < len(labels) else str(value)
    if kind.endswith("char") and is_array:
        codes = [value] if isinstance(value, int) else value
        return readable(bytes(int(code) & 0xFF for code in codes).split(b"\0", 1)[0].decode(errors="replace"))
    if kind.endswith("string") and is_array:
        texts = [value] if isinstance(value, str) else list(value)
        return tuple(map(readable, texts))
    return readable(value) if isinstance(value, str) else value
