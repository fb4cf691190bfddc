"""Has devices connected: at the start, for a plan, and again when one was not there.

Rules of this file:
1. Nobody waits here but in threads of its own, which keep no process alive.
2. A device is connected by one thread at a time; who else wants it waits for that one.
3. Who is missing is tried again, ever more rarely, and at once when all its PVs have come. ophyd's devices look for
   them by themselves, but one whose metadata were late is only complete when it is waited for again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future
from enum import StrEnum
from typing import Any

from .connect import ConnectionFailed, connect_all
from .links import Links
from .registry import Registry

__all__ = ["Connecting", "DeviceState"]

log = logging.getLogger("reioc.devices")

FIRST = 2.0
"""Seconds until who was not there is tried again; twice as long each time …"""
LONGEST = 60.0
"""… up to this."""


class DeviceState(StrEnum):
    """How it is with a device, in its connection; in trouble is who was connected, and is lost or fails."""

    CONNECTED = "connected"
    CONNECTING = "connecting"
    LAZY = "lazy"
    MISSING = "missing"
    TROUBLE = "trouble"


class Connecting:
    """The connections of a registry's devices. `observers` are called when a state has changed, in whatever thread."""

    def __init__(self, registry: Registry, links: Links) -> None:
        self.registry, self.links = registry, links
        self.observers: list[Callable[[str], None]] = []
        self._news = threading.Condition()
        self._states = dict.fromkeys(registry.names, DeviceState.LAZY)
        self._failures: dict[str, ConnectionFailed] = {}
        self._due: set[str] = set()
        """Who was not there and is to be tried now."""
        self._incomplete: set[str] = set()
        """Who had PVs that were not there when it was tried last."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_over = False
        links.observers.append(self._linked)

    # What is so, for any thread

    def state(self, name: str) -> DeviceState:
        """That of one device."""
        return self._states[name]

    def of_state(self, *states: DeviceState) -> list[str]:
        """The names of all that are in one of these."""
        with self._news:
            return [name for name, state in self._states.items() if state in states]

    def failure(self, name: str) -> ConnectionFailed | None:
        """Why a device is missing."""
        return self._failures.get(name)

    # What is to be done

    def start(self, loop: asyncio.AbstractEventLoop | None = None, on_round: Callable[[], None] = lambda: None) -> None:
        """Connect all that are to be connected now, and go on trying; `loop` is where ophyd-async's are used.

        `on_round` is called when all of a round are connected, or missing, unless that is as it was.
        """
        self._loop = loop
        _in_a_thread("connect devices", self._keep_trying, on_round)

    def ask(self, names: Collection[str]) -> Future[list[ConnectionFailed]]:
        """Connect these, if they are not; the failures, each within its device's time-out."""
        answer: Future[list[ConnectionFailed]] = Future()

        def run() -> None:
            try:
                failures = self.connect(names)
            except Exception as error:
                failed: Any = error
                _answer(answer, lambda: answer.set_exception(failed))
            else:
                _answer(answer, lambda: answer.set_result(failures))

        _in_a_thread("connect for a plan", run)
        return answer

    def retry(self, names: Iterable[str] | None = None) -> None:
        """Try those that are missing now, or these of them."""
        with self._news:
            wanted = self._states if names is None else names
            self._due |= {name for name in wanted if self._states.get(name) is DeviceState.MISSING}
            self._news.notify_all()

    def close(self) -> None:
        """Try nothing any more, and tell nobody."""
        with self._news:
            self._is_over = True
            self._news.notify_all()
        if self._linked in self.links.observers:
            self.links.observers.remove(self._linked)

    # In threads

    def connect(self, names: Collection[str]) -> list[ConnectionFailed]:
        """Connect these, if they are not, and wait for that; the failures."""
        with self._news:
            ours = [name for name in names if self._states[name] in (DeviceState.LAZY, DeviceState.MISSING)]
            for name in ours:
                self._states[name] = DeviceState.CONNECTING
        self._tell(*ours)
        try:
            devices = {name: self.registry[name] for name in ours}
            for name, device in devices.items():
                self.links.watch(name, device)
                (self._incomplete.add if self.links.missing(name) else self._incomplete.discard)(name)
            timeouts = {name: self.registry.care_of(name).timeout for name in ours}
            connect_all(devices, timeouts, progress=self._heard, loop=self._loop)
        finally:
            self._give_up(ours)
        with self._news:
            self._news.wait_for(lambda: all(self._states[name] is not DeviceState.CONNECTING for name in names))
            return [self._failures[name] for name in names if name in self._failures]

    def _heard(self, name: str, failure: ConnectionFailed | None) -> None:
        known = self._failures.get(name)
        if failure is None:
            self.links.watch(name, self.registry[name])  # there is more of it now, perhaps
        with self._news:
            self._states[name] = DeviceState.CONNECTED if failure is None else DeviceState.MISSING
            if failure is None:
                self._failures.pop(name, None)
            else:
                self._failures[name] = failure
            self._news.notify_all()
        if self._is_over:
            return  # what fails now, fails since the service ends
        if failure is None:
            log.info("%s is connected", name)
        elif known is None:  # it is told once
            log.warning("%s", failure)
        self._tell(name)
        if name in self._incomplete:  # what has come meanwhile was told in vain
            self._linked(name)

    def _give_up(self, names: Iterable[str]) -> None:
        """Whoever waits must not wait for ever for what has failed by a fault of ours."""
        with self._news:
            for name in names:
                if self._states[name] is DeviceState.CONNECTING:
                    self._states[name] = DeviceState.MISSING
            self._news.notify_all()

    def _tell(self, *names: str) -> None:
        for name in names:
            for observer in tuple(self.observers):
                observer(name)

    def _linked(self, name: str) -> None:
        """In libca's threads: a PV has come or gone."""
        if self._states.get(name) is not DeviceState.MISSING or not self.links.pvs(name):
            return
        if not self.links.missing(name):
            self.retry([name])

    def _keep_trying(self, on_round: Callable[[], None]) -> None:
        names = [name for name in self.registry.names if self.registry.care_of(name).connect == "eager"]
        pause, is_first = FIRST, True
        while not self._is_over:
            try:
                failures = self.connect(names)
                if is_first or len(failures) < len(names):
                    on_round()
                if failures and names == list(self.registry.names):
                    log.info("%s of %s devices are not connected", len(failures), len(self.registry))
            except Exception:
                log.exception("could not connect the devices")
            is_first = False
            with self._news:
                missing = [name for name, state in self._states.items() if state is DeviceState.MISSING]
                self._news.wait_for(lambda: self._due or self._is_over, pause if missing else None)
                names = [*(self._due or missing)]
                pause = FIRST if self._due else min(2 * pause, LONGEST)
                self._due.clear()


def _in_a_thread(name: str, do: Callable[..., None], *args: Any) -> None:
    # Daemons: a device that takes its time must not keep a service from ending.
    threading.Thread(target=do, args=args, name=name, daemon=True).start()


def _answer(future: Future[Any], answer: Callable[[], None]) -> None:
    if future.set_running_or_notify_cancel():
        answer()
