"""Holds the plan while one of its devices is lost, or in trouble that may pass.

Rules of this file:
1. What is known of each device is in its `Watch`; here is who tells it, and who is told what follows.
2. Whatever comes first, the failure of what was asked or the news that the connection is lost: both lead to one hold
   per device, and it ends when neither is left.
3. Who tells makes a note and goes: libca's threads do nothing else here, and the engine's asks nobody.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from ...engine import DeviceFailure, RunEngine, RunResult, Scope, State, StateChange
from ...engine.messages import MsgGenerator
from ..registry.connecting import Connecting, DeviceState
from ..registry.links import Links
from ..registry.registry import Registry
from ..trouble import DeviceTrouble
from .answering import Answering
from .failures import Finding, Says, look_into
from .watch import Watch, Wish

__all__ = ["DeviceLost", "Guard"]

log = logging.getLogger("reioc.devices")

LOOK = 0.25
"""Seconds between two looks while a plan runs, or something is wrong."""
GATHER = 0.02
"""Seconds until what has been told is looked at: the PVs of a device go one by one, and the first is to be named."""
PATIENCE = 5.0
"""Seconds that a server has to answer, where `silence` does not say so."""


class DeviceLost(Exception):
    """A device that the plan uses is lost, and the plan is not to wait for it, or has waited long enough.

    Thrown into the plan, with the PV; it is what `on_trouble = "fail"` and `give_up` mean.
    """


class Guard:
    """Watches over the devices of a registry, for an engine. `start` it; `close` lets go of everything.

    `connecting` connects what a plan uses that is not connected yet; `answering` is how servers are asked.
    """

    def __init__(
        self,
        RE: RunEngine,
        registry: Registry,
        links: Links,
        connecting: Connecting | None = None,
        *,
        answering: Any = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._RE, self._registry, self._links, self._connecting = RE, registry, links, connecting
        self._clock = clock
        self._answering = answering or Answering()
        self._watches = {name: Watch(name, registry.care_of(name)) for name in registry.names}
        self._held: dict[str, Wish] = {}
        self._waited: dict[str, float] = {}
        """Since when the plan waits for a device without a sign of life of its server."""
        self._changed: set[str] = set()
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._is_over, self._is_quiet = False, True
        """Quiet: nothing has been lost, and nothing has failed, since the plan last got on."""
        self.observers: list[Callable[[str], None]] = []
        """Each is called with the name of a device whose trouble has come, changed, or gone, in whatever thread."""
        self._token = RE.subscribe(self._got_on, "event")
        RE.observers.append(self._engine_changed)
        RE.failure_hooks.append(self.excuse)
        links.observers.append(self._linked)

    def start(self) -> None:
        """Look after them, in a thread of its own."""
        threading.Thread(target=self._run, name="guard devices", daemon=True).start()

    def close(self) -> None:
        """Look after them no more, and hold nothing."""
        with self._lock:
            self._is_over = True
            for name in tuple(self._held):
                self._let_go(name)
        self._wake.set()
        self._links.observers.remove(self._linked)
        self._RE.failure_hooks.remove(self.excuse)
        self._RE.observers.remove(self._engine_changed)
        self._RE.unsubscribe(self._token)

    def trouble(self, name: str) -> str:
        """What is wrong with a device now, for people; empty if nothing is."""
        wish = self._held.get(name)
        return wish.reason if wish is not None else ""

    def waits_for(self, name: str) -> bool:
        """Whether a plan that is given the device would be held until it is there again: it was, and is lost."""
        return bool(self._links.lost(name)) and not self._watches[name].is_to_fail

    # Who tells

    def excuse(self, failure: DeviceFailure) -> str | None:
        """Why what has failed is worth being done again later; None if it is not. In the engine's thread."""
        name = self._registry.owner_of(failure.device)
        if not name or self._is_over:
            return None
        finding = look_into(failure.error, failure.command, self._links.pvs(name))
        if finding.says is Says.OTHER:
            return None
        with self._lock:
            watch = self._watches[name]
            self._is_quiet = False
            watch.linked(self._links.lost(name))
            reason = self._reason(watch, finding)
            self._follow(watch)
        self._wake.set()
        return reason

    def _reason(self, watch: Watch, finding: Finding) -> str | None:
        pv = finding.pv or next(iter(self._links.pvs(watch.name)), "")
        if finding.says is Says.PERHAPS_LOST and not watch.disturbed:
            return None
        if watch.is_to_fail:
            # Held, to be failed at once by `_failed`, which names the PV: what ophyd raises does not always.
            return watch.is_silent(pv) if finding.says is Says.LOST and (watch.is_lost or not finding.pv) else None
        if isinstance(finding.error, DeviceTrouble) and finding.says is Says.TROUBLE:
            return watch.failed(pv, str(finding.error), finding.error.is_over)
        if (connected := self._to_be_connected(watch.name)) is not None:
            return watch.failed(pv, "is being connected", connected.done)
        silent = pv and finding.says is Says.LOST
        return watch.failed(pv, f"{pv} does not answer" if silent else str(finding.error), None)

    def _linked(self, name: str) -> None:
        self._changed.add(name)
        self._wake.set()

    def _got_on(self, name: str, doc: Any) -> None:
        if not self._is_quiet:  # it is asked at each event
            with self._lock:
                for watch in self._watches.values():
                    watch.got_on()
                self._is_quiet = not any(watch.disturbed for watch in self._watches.values())

    def _engine_changed(self, news: StateChange | RunResult) -> None:
        if isinstance(news, StateChange) and news.new is State.IDLE:
            with self._lock:
                for watch in self._watches.values():
                    watch.forget()
        self._wake.set()

    def _heard(self, name: str, pv: str, answers: bool) -> None:
        """A server has been asked. In a thread of its own."""
        with self._lock:
            watch = self._watches[name]
            if answers:
                watch.answered()
            elif name in self._waited and not watch.in_trouble:
                watch.is_silent(pv)
        self._wake.set()

    # What follows

    def _run(self) -> None:
        while not self._is_over:
            if self._wake.wait(self._pause()):
                time.sleep(GATHER)
            self._wake.clear()
            try:
                self.look()
            except Exception:
                log.exception("the devices could not be looked after")

    def _pause(self) -> float | None:
        with self._lock:
            is_quiet = self._RE.state.is_idle and not self._held
        return None if is_quiet else LOOK

    def look(self) -> None:
        """See how all devices are, and what follows from it."""
        with self._lock:
            if self._is_over:
                return
            while self._changed:
                name, self._is_quiet = self._changed.pop(), False
                self._watches[name].linked(self._links.lost(name))
            self._look_for_silence()
            for watch in self._watches.values():
                if watch.wants_look:
                    watch.looked_at()
                if watch.wants_answer:
                    self._ask(watch)
                self._follow(watch)

    def _look_for_silence(self) -> None:
        now, names = self._clock(), set()
        if self._RE.state.is_running:
            names = {owner for waited in self._RE.waiting_for if (owner := self._named(waited))}
        self._waited = {name: self._waited.get(name, now) for name in names}
        for name, since in self._waited.items():
            watch = self._watches[name]
            if watch.care.silence and not watch.in_trouble and now - since >= watch.care.silence:
                self._waited[name] = now
                self._ask(watch)

    def _named(self, waited_for: str) -> str:
        """The device of ours with this name, or of which a part is called so: ophyd-async and ophyd begin it alike."""
        if waited_for in self._watches:
            return waited_for
        named = (name for name in self._watches if waited_for.startswith((f"{name}_", f"{name}-")))
        return max(named, key=len, default="")

    def _ask(self, watch: Watch) -> None:
        pv = watch.pv or next(iter(self._links.pvs(watch.name)), "")
        if not pv:  # nobody knows what to ask: it is tried
            watch.answered()
            return
        self._answering.ask(pv, watch.care.silence or PATIENCE, partial(self._heard, watch.name, pv))

    def _follow(self, watch: Watch) -> None:
        """Have the engine do what the device wants."""
        name, wish = watch.name, watch.wish(self._clock())
        if wish == self._held.get(name):
            return
        if wish is None:
            self._let_go(name)
            log.info("%s is well again", name)
        else:
            self._hold(name, wish)
        for observer in tuple(self.observers):
            observer(name)

    def _hold(self, name: str, wish: Wish) -> None:
        is_new = name not in self._held or self._held[name].fails is not wish.fails
        if is_new:
            log.warning("%s", wish.reason)
        self._held[name] = wish
        scope = Scope.of(devices=name)
        holding, failing = _owners(name)
        if wish.fails:
            failed = partial(self._failed, name)
            self._RE.hold(failing, wish.reason, pre_plan=failed, scope=scope, patient=True)
            self._RE.release(holding)
        else:
            self._RE.hold(holding, wish.reason, scope=scope, patient=True)
            self._RE.release(failing)

    def _let_go(self, name: str) -> None:
        self._held.pop(name, None)
        for owner in _owners(name):
            self._RE.release(owner)

    def _failed(self, name: str) -> MsgGenerator:
        """What runs when a plan is suspended that is to fail: the plan gets the exception instead."""
        raise DeviceLost(self.trouble(name) or f"{name} was lost")
        yield

    # What a plan uses that is not connected yet

    def _to_be_connected(self, name: str) -> Future[Any] | None:
        if self._connecting is None or self._connecting.state(name) is DeviceState.CONNECTED:
            return None
        return self._connecting.ask([name])


def _owners(name: str) -> tuple[str, str]:
    """Who holds for a device, and who fails a plan for it."""
    return f"device {name}", f"device {name} is lost"
