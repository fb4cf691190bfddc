"""What an engine would reply to a plan's messages, imagined: no device is asked for anything.

Rules of this file:
1. No method of a device is called. Looked at are its name, its hints, and the `position` that it remembers.
2. A device is where the plan has sent it last. What else would be read is 1, and is marked as imagined: a plan that
   decides by it may go another way with the real one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from numbers import Real
from typing import Any

from ...engine import RunEngine
from ...engine.awaited import Fulfilled
from ...engine.telling import name_of

__all__ = ["Imagination", "ImaginedNumber"]

_UID = "a run that is only imagined"
_REPLIED_NOTHING = (
    *("null", "sleep", "pause", "stop", "checkpoint", "clear_checkpoint", "create", "save", "drop"),
    *("monitor", "unmonitor", "unsubscribe", "install_suspender", "remove_suspender", "configure_suspender"),
)
IMAGINED = 1.0
"""What is read where nothing is known: with it ratios, logarithms and centroids make sense, with 0 they do not."""


class ImaginedNumber(float):
    """A number that nobody has measured; `looked_at` is called when something is made of it."""

    looked_at: Callable[[], None]

    def __new__(cls, value: float, looked_at: Callable[[], None]) -> ImaginedNumber:
        """A float of that value."""
        number = super().__new__(cls, value)
        number.looked_at = looked_at
        return number


def _telling(method: Callable[..., Any]) -> Callable[..., Any]:
    def told(self: ImaginedNumber, *others: Any) -> Any:
        self.looked_at()
        return method(float.__add__(self, 0.0), *others)

    return told


for _name in (
    *("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__", "__bool__", "__float__", "__int__", "__round__"),
    *("__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__truediv__", "__rtruediv__"),
    *("__pow__", "__rpow__", "__mod__", "__rmod__", "__floordiv__", "__rfloordiv__", "__neg__", "__abs__"),
):
    setattr(ImaginedNumber, _name, _telling(getattr(float, _name)))
ImaginedNumber.__hash__ = float.__hash__  # type: ignore[method-assign]  a class with __eq__ would lose it


class _Staged(list[Any], Fulfilled):
    """What was staged, and a status of it at the same time: some devices answer with the one, some with the other."""


class Imagination:
    """Replies to messages, by what a plan has sent before.

    `is_asked` tells whether a reply so far would come from hardware; `decides_by` names those devices of whose imagined
    values the plan has made something, and what it does from then on is a guess. `remarks` are for people.
    """

    def __init__(self, *, later: bool = False) -> None:
        """`later`: the plan is for some time to come; where devices remember to be now says nothing of then."""
        self._is_later = later
        self.is_asked = False
        self.decides_by: dict[str, None] = {}
        self.remarks: dict[str, None] = {}
        self._places: dict[Any, Any] = {}
        self._keys: dict[Any, list[str]] = {}
        self._is_rewindable = True
        self._tokens = 0
        self._replies: dict[str, Callable[[Any], Any]] = {
            **dict.fromkeys(_REPLIED_NOTHING, lambda _: None),
            **dict.fromkeys(("trigger", "prepare", "kickoff", "complete"), lambda _: Fulfilled()),
            **dict.fromkeys(("stage", "unstage"), _staged),
            **dict.fromkeys(("open_run", "close_run"), lambda _: _UID),
            "set": self._set,
            "read": self._read,
            "locate": self._locate,
            "wait": lambda _: True,
            "wait_for": self._wait_for,
            "rewindable": self._rewindable,
            "subscribe": self._subscribe,
            "declare_stream": self._declare_stream,
            "configure": lambda _: self._answer(({}, {})),
            "collect": lambda _: self._answer([]),
            "input": lambda _: self._answer(""),
            "RE_class": lambda _: RunEngine,
        }

    def reply(self, msg: Any) -> Any:
        """What the plan gets for a message."""
        known = self._replies.get(msg.command)
        if known is not None:
            return known(msg)
        self.is_asked = True
        self.remarks[f"what {msg.command!r} does is not known"] = None
        return None

    def place(self, device: Any) -> Any:
        """Where a device is: where it was sent last, else where it remembers to be, else a number that is imagined."""
        if device not in self._places:
            self._places[device] = self._remembered(device)
        return self._places[device]

    def _remembered(self, device: Any) -> Any:
        try:
            position = None if self._is_later else device.position
        except Exception:  # there is none, or the device is not connected: in either case it is not known
            position = None
        return self._imagined(device) if position is None else position

    def _imagined(self, device: Any) -> ImaginedNumber:
        return ImaginedNumber(IMAGINED, lambda: self.decides_by.update({name_of(device): None}))

    # The replies

    def _set(self, msg: Any) -> Any:
        if msg.args:
            self._places[msg.obj] = msg.args[0]
            self._axes(msg.obj, msg.args[0])
        return Fulfilled()

    def _axes(self, device: Any, place: Any) -> None:
        """Axes that are set by their parent's set are where that sends them."""
        if isinstance(place, Mapping):
            self._places |= {axis: value for key, value in place.items() if (axis := getattr(device, key, None))}

    def _read(self, msg: Any) -> dict[str, Any]:
        self.is_asked = True
        device, now = msg.obj, time.time()
        value = self.place(device)
        if not isinstance(value, Real):  # it has several values, one for each axis perhaps
            value = self._imagined(device)
        return {key: {"value": value, "timestamp": now} for key in self._keys_of(device)}

    def _keys_of(self, device: Any) -> list[str]:
        if device not in self._keys:
            self._keys[device] = list(dict.fromkeys([*_hinted(device), name_of(device), *_part_names(device)]))
        return self._keys[device]

    def _locate(self, msg: Any) -> Any:
        self.is_asked = True
        places = [self.place(device) for device in (msg.obj, *msg.args)]
        found = [{"setpoint": place, "readback": place} for place in places]
        return found[0] if len(found) == 1 and msg.kwargs.get("squeeze", True) else found

    def _rewindable(self, msg: Any) -> bool:
        wanted = msg.args[0] if msg.args else None
        self._is_rewindable = self._is_rewindable if wanted is None else bool(wanted)
        return self._is_rewindable

    def _subscribe(self, msg: Any) -> int:
        self._tokens += 1
        return self._tokens

    def _wait_for(self, msg: Any) -> list[Any]:
        self.is_asked = True
        futures = [Future[None]() for _ in (msg.args[0] if msg.args else ())]
        for future in futures:
            future.set_result(None)
        return futures

    def _declare_stream(self, msg: Any) -> Any:
        self.is_asked = True
        return {}, lambda *_, **__: {}, list(msg.args)

    def _answer(self, reply: Any) -> Any:
        self.is_asked = True
        return reply


def _staged(msg: Any) -> _Staged:
    return _Staged([msg.obj] if hasattr(msg.obj, "stage") else [])


def _hinted(device: Any) -> Iterable[str]:
    try:
        return (getattr(device, "hints", None) or {}).get("fields", [])
    except Exception:  # a device's own account, which may need a connection
        return []


def _part_names(device: Any) -> Iterable[str]:
    """Names of an ophyd device's signals; those that would have to be made first are left alone."""
    walk = getattr(device, "walk_signals", None)
    if walk is None:
        return []
    try:
        return [part.item.name for part in walk(include_lazy=False)]
    except Exception:
        return []
