"""The queue of an engine anywhere, over Channel Access.

Rules of this file:
1. What became of a command is read from the `Cmd:` PVs: pyepics drops the status of a put. An acknowledgement is taken
   for ours only if it is newer than the command, of that name, and by us. One of us asks at a time (`turns`): others of
   the same user on the same host are by us as well.
2. Nothing is retried: what is not acknowledged in time is told of, and whoever asked decides.
"""

from __future__ import annotations

import json
import os
import pwd
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .turns import turn

__all__ = ["QueueClient", "QueueError"]

TIMEOUT = 10.0
"""Seconds within which an engine answers, wherever it is."""
_FIELDS = ("Name", "Result", "Message", "By", "Seq")
_RESULTS = ("none", "accepted", "done", "refused", "failed")


class QueueError(Exception):
    """What was asked for is not done; says why: refused, failed, nobody there, no answer in time."""


@dataclass(frozen=True, slots=True)
class _Acknowledgement:
    seq: int
    name: str
    result: str
    message: str
    by: str

    @property
    def is_final(self) -> bool:
        return self.result not in ("none", "accepted")


class QueueClient:
    """Asks a queue; each method raises QueueError if what was asked for is not done. To be used in one thread."""

    def __init__(self, prefix: str, timeout: float = TIMEOUT) -> None:
        import epics  # not earlier: libca reads its environment when it is loaded

        self.prefix, self.timeout = prefix, timeout
        self._epics = epics
        self._pvs: dict[str, Any] = {}
        self._desk: _Desk | None = None

    def __enter__(self) -> QueueClient:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect."""
        for pv in self._pvs.values():
            pv.disconnect()
        self._pvs.clear()
        self._desk = None

    # What there is

    def look(self) -> dict[str, Any]:
        """size, state, message, current (the item that runs, or None), and items: the first of those that wait."""
        return json.loads(self.text("Queue:JSON"))

    def settings(self) -> dict[str, str]:
        """Loop, OnFailure and AutoStart, as they are shown."""
        return {name: self.text(f"Queue:{name}") for name in ("Loop", "OnFailure", "AutoStart")}

    def history(self) -> list[dict[str, Any]]:
        """What became of the last plans, the newest first."""
        return json.loads(self.text("History:JSON"))

    def text(self, name: str) -> str:
        """A PV's value as text; its name is without the prefix."""
        pv = self._pv(name)
        long = pv.type.endswith("char")
        value = pv.get(as_string=not long, timeout=self.timeout, use_monitor=False)
        if value is None:
            raise QueueError(f"{self.prefix}{name} did not answer within {self.timeout:g} s")
        return _long_text(value) if long else str(value)

    # What is asked for

    def add(self, plan: str, params: Mapping[str, Any] | None = None, metadata: Mapping[str, Any] | None = None) -> str:
        """Add a plan. Returns the uid of its item."""
        item = {"plan": plan, "params": dict(params or {}), "metadata": dict(metadata or {})}
        return self.ask("Add", json.dumps(item)).partition(" ")[0]  # in ASCII: pyepics has its own idea of the rest

    def remove(self, uid: str) -> str:
        """Take an item out."""
        return self.ask("Remove", uid)

    def move_up(self, uid: str) -> str:
        """One place to the front."""
        return self.ask("MoveUp", uid)

    def move_down(self, uid: str) -> str:
        """One place to the end."""
        return self.ask("MoveDown", uid)

    def move_front(self, uid: str) -> str:
        """To the front."""
        return self.ask("MoveFront", uid)

    def clear(self) -> str:
        """Take all out that wait."""
        return self.ask("Clear", 1)

    def start(self, *, wait: bool = True, timeout: float | None = None) -> str:
        """Run what waits. Waits until the queue has stopped, as long as that takes if no `timeout` (s) is given."""
        return self.ask("Start", 1, wait=wait, timeout=float("inf") if timeout is None else timeout)

    def stop(self, *, wait: bool = False, timeout: float | None = None) -> str:
        """Stop after the plan that runs; waits for that only if it is told to."""
        return self.ask("Stop", 1, wait=wait, timeout=float("inf") if timeout is None else timeout)

    def set(self, name: str, value: str) -> str:
        """Set Loop (Yes, No), OnFailure (stop, skip) or AutoStart (Yes, No)."""
        return self.ask(name, value)

    def ask(self, command: str, value: Any, *, wait: bool = True, timeout: float = 0.0) -> str:
        """Put to `Queue:<command>`, and return what is acknowledged; without `wait`, that it is accepted."""
        name = f"Queue:{command}"
        desk, pv = self._connected_desk(), self._pv(name)
        if not pv.write_access:
            raise QueueError(f"{self.prefix}{name} cannot be written by {_myself()}: the access rules say who may")
        with turn(self.prefix, self.timeout):
            before = desk.newest()
            pv.put(value, wait=False)  # it may take long until it is complete
            found = desk.acknowledgement(name, before, timeout=self.timeout)
        if wait and found is not None and not found.is_final:
            found = desk.end_of(found, timeout=max(timeout, self.timeout)) or found
            if not found.is_final:
                raise QueueError(f"{self.prefix}{name} is not done within {max(timeout, self.timeout):g} s; it goes on")
        if found is None:
            raise QueueError(f"{self.prefix}{name} was not acknowledged within {self.timeout:g} s")
        if found.result in ("refused", "failed"):
            raise QueueError(f"{found.result}: {found.message}")
        return found.message

    def _connected_desk(self) -> _Desk:
        if self._desk is None:
            self._desk = _Desk({field: self._pv(f"Cmd:{field}", monitored=True) for field in _FIELDS}, self.timeout)
        return self._desk

    def _pv(self, name: str, *, monitored: bool = False) -> Any:
        if name not in self._pvs:
            pv = self._epics.PV(f"{self.prefix}{name}", auto_monitor=monitored)
            if not pv.wait_for_connection(timeout=self.timeout):
                pv.disconnect()
                where = os.environ.get("EPICS_CA_ADDR_LIST", "")
                raise QueueError(f"{self.prefix}{name} does not connect; EPICS_CA_ADDR_LIST={where}")
            self._pvs[name] = pv
        return self._pvs[name]


class _Desk:
    """Listens to what is acknowledged. Monitors of one server come in the order in which it writes: Seq comes last."""

    def __init__(self, pvs: Mapping[str, Any], timeout: float) -> None:
        self._pvs, self._timeout = pvs, timeout
        self._news = threading.Condition()
        self._newest = 0
        self._values: dict[str, Any] = {}
        self._heard: list[_Acknowledgement] = []
        self._me = _myself()
        for field, pv in pvs.items():
            pv.add_callback(self._changed, field=field, run_now=True)
        with self._news:
            if not self._news.wait_for(lambda: len(self._values) == len(_FIELDS), timeout):
                raise QueueError(f"the Cmd: PVs did not answer within {timeout:g} s")

    def newest(self) -> int:
        """The largest number that a command has; what comes now is newer."""
        # Asked for: news of another client's command may be on their way, and have come before the answer does.
        if self._pvs["Seq"].get(timeout=self._timeout, use_monitor=False) is None:
            raise QueueError(f"the Cmd: PVs did not answer within {self._timeout:g} s")
        with self._news:
            self._heard.clear()
            return self._newest

    def acknowledgement(self, name: str, after: int, *, timeout: float) -> _Acknowledgement | None:
        """The first one of our command, when there is one; None if there is none in time."""
        return self._first(lambda each: each.seq > after and (each.name, each.by) == (name, self._me), timeout)

    def end_of(self, accepted: _Acknowledgement, *, timeout: float) -> _Acknowledgement | None:
        """What became of a command that was accepted, when it is over; None if that is not in time."""
        return self._first(
            lambda each: each.is_final and (each.seq, each.name) == (accepted.seq, accepted.name), timeout
        )

    def _first(self, is_it: Callable[[_Acknowledgement], bool], timeout: float) -> _Acknowledgement | None:
        def found() -> _Acknowledgement | None:
            return next(filter(is_it, self._heard), None)

        deadline = time.monotonic() + timeout
        with self._news:
            # In parts: Ctrl-C is not heard in a wait without end.
            while (answer := found()) is None and (left := deadline - time.monotonic()) > 0:
                self._news.wait(min(left, 1.0))
            return answer

    def _changed(self, field: str = "", value: Any = None, char_value: str = "", **_: Any) -> None:
        """Called in a thread of Channel Access."""
        with self._news:
            text = _long_text(value) if field == "Message" else char_value
            self._values[field] = value if field in ("Seq", "Result") else text
            self._newest = max(self._newest, self._values.get("Seq", 0))
            if field == "Seq" and len(self._values) == len(_FIELDS):  # it comes last, and each time
                values = self._values
                result = _RESULTS[values["Result"]]
                told = _Acknowledgement(values["Seq"], values["Name"], result, values["Message"], values["By"])
                self._heard.append(told)
                self._news.notify_all()


def _long_text(value: Any) -> str:
    """Of an array of characters, or of the one that is left of a text of one. In UTF-8, whatever pyepics thinks."""
    codes = () if value is None else [value] if isinstance(value, int) else value
    return bytes(int(code) & 0xFF for code in codes).split(b"\0", 1)[0].decode(errors="replace")


def _myself() -> str:
    """user@host, as libca tells a server."""
    return f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}"
