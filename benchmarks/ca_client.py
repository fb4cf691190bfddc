"""libca, called without anything between: the same client for every server that is measured.

Rules of this file:
1. A completion, a value and a connection are waited for in libca's own callbacks; nothing polls.
2. What libca may still call is kept until its channel is cleared.
3. The first channel is to be made once EPICS_CA_ADDR_LIST is set: libca reads its environment once per process.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from epics import ca, dbr

__all__ = ["CHAR", "DOUBLE", "ENUM", "PATIENCE", "STRING", "Channel", "connected", "leave"]

PATIENCE = 20.0
"""Seconds after which an answer is taken not to come."""

STRING, ENUM, CHAR, DOUBLE = 0, 3, 4, 6
"""Kinds of values, as Channel Access numbers them."""
_STRING_SIZE = 40
_ON_VALUE = 1
_NORMAL = 1
_UP = 6

_libca = ctypes.CDLL(ca.find_libca())
_Answered = ctypes.CFUNCTYPE(None, dbr.event_handler_args)
_Changed = ctypes.CFUNCTYPE(None, dbr.connection_args)
_CHID = ctypes.c_void_p
for _name, _types in {
    "ca_context_create": (ctypes.c_int,),
    "ca_create_channel": (ctypes.c_char_p, _Changed, ctypes.c_void_p, ctypes.c_uint, ctypes.POINTER(_CHID)),
    "ca_clear_channel": (_CHID,),
    "ca_array_put": (ctypes.c_long, ctypes.c_ulong, _CHID, ctypes.c_void_p),
    "ca_array_put_callback": (ctypes.c_long, ctypes.c_ulong, _CHID, ctypes.c_void_p, _Answered, ctypes.c_void_p),
    "ca_array_get": (ctypes.c_long, ctypes.c_ulong, _CHID, ctypes.c_void_p),
    "ca_array_get_callback": (ctypes.c_long, ctypes.c_ulong, _CHID, _Answered, ctypes.c_void_p),
    "ca_create_subscription": (
        *(ctypes.c_long, ctypes.c_ulong, _CHID, ctypes.c_long, _Answered),
        *(ctypes.c_void_p, ctypes.POINTER(_CHID)),
    ),
    "ca_pend_io": (ctypes.c_double,),
}.items():
    getattr(_libca, _name).argtypes = _types


def _sure(status: int, what: str) -> None:
    if status != _NORMAL:
        raise RuntimeError(f"{what}: libca answers {status}")


@cache
def _begin() -> None:
    _sure(_libca.ca_context_create(1), "a context whose callbacks come by themselves")


class Channel:
    """A PV that is connected, or about to be. Values are the C ones of `kind`."""

    def __init__(self, name: str, kind: int = DOUBLE) -> None:
        _begin()
        self.name, self.kind = name, kind
        self._answer = threading.Semaphore(0)
        self._status, self._came, self._text = 0, 0.0, b""
        self._connection = threading.Event()
        self.connected_at = 0.0
        """When it was connected (perf_counter, s)."""
        self._answered = _Answered(self._take)
        self._changed = _Changed(self._connect)
        self._monitors: list[Any] = []
        self._chid = _CHID()
        made = _libca.ca_create_channel(name.encode(), self._changed, None, 0, ctypes.byref(self._chid))
        _sure(made, f"the channel of {name}")
        _KEPT.add(self)
        _libca.ca_flush_io()

    def _connect(self, args: Any) -> None:
        if args.op == _UP:
            self.connected_at = time.perf_counter()
            self._connection.set()

    def _take(self, args: Any) -> None:
        self._status, self._came = args.status, time.perf_counter()
        if self.kind == CHAR and args.raw_dbr:
            self._text = ctypes.string_at(args.raw_dbr, args.count)
        self._answer.release()

    def connect(self) -> Channel:
        """This channel, once it is connected. Raises TimeoutError."""
        if not self._connection.wait(PATIENCE):
            raise TimeoutError(f"{self.name} did not connect within {PATIENCE:g} s")
        return self

    def clear(self) -> None:
        """Need it no more."""
        _sure(_libca.ca_clear_channel(self._chid), f"clearing {self.name}")
        _libca.ca_flush_io()
        _KEPT.remove(self)

    def _value(self, value: float | str) -> Any:
        if isinstance(value, str):
            return ctypes.create_string_buffer(value.encode(), _STRING_SIZE if self.kind == STRING else None)
        return ctypes.c_uint16(int(value)) if self.kind == ENUM else ctypes.c_double(value)

    def _count(self, given: Any) -> int:
        return len(given) if self.kind == CHAR else 1

    def put(self, value: float | str) -> float:
        """Put, and wait until it is completed: the moment of that (perf_counter, s). Raises as `wait` does."""
        self.begin_put(value)
        return self.wait()

    def begin_put(self, value: float | str) -> None:
        """Put, and have the completion told to `wait`."""
        given = self._value(value)
        put = self.kind, self._count(given), self._chid, ctypes.byref(given)
        _sure(_libca.ca_array_put_callback(*put, self._answered, None), f"the put to {self.name}")
        _libca.ca_flush_io()

    def just_put(self, value: float | str) -> None:
        """Put, and hear no more of it."""
        given = self._value(value)
        _libca.ca_array_put(self.kind, self._count(given), self._chid, ctypes.byref(given))
        _libca.ca_flush_io()

    def wait(self) -> float:
        """When the answer that is waited for came (perf_counter, s).

        Raises RuntimeError if it is a failure, TimeoutError if there is none.
        """
        if not self._answer.acquire(timeout=PATIENCE):
            raise TimeoutError(f"{self.name} did not answer within {PATIENCE:g} s")
        _sure(self._status, self.name)
        return self._came

    def get(self) -> float:
        """Get all there is of the value: when it came (perf_counter, s)."""
        _sure(
            _libca.ca_array_get_callback(self.kind, 0, self._chid, self._answered, None),
            f"the get of {self.name}",
        )
        _libca.ca_flush_io()
        return self.wait()

    def text(self) -> str:
        """Get a text, of the kind CHAR. Raises as `wait` does."""
        self.get()
        return self._text.partition(b"\0")[0].decode()

    def put_many(self, values: list[float]) -> None:
        """Put one after the other without waiting, and wait for the completion of the last."""
        given = ctypes.c_double()
        for value in values[:-1]:
            given.value = value
            _libca.ca_array_put(self.kind, 1, self._chid, ctypes.byref(given))
        self.put(values[-1])

    def get_many(self, number: int) -> None:
        """Ask for the number so many times, and wait for all answers."""
        into = ctypes.c_double()
        for _ in range(number):
            _libca.ca_array_get(self.kind, 1, self._chid, ctypes.byref(into))
        _sure(_libca.ca_pend_io(PATIENCE), f"{number} gets of {self.name}")

    def subscribe(self, tell: Callable[[Any, float], None]) -> None:
        """Have `tell(value, when)` called, in libca's thread, for the first value and each new one."""
        kind = {DOUBLE: ctypes.c_double, ENUM: ctypes.c_uint16}[self.kind]

        def take(args: Any) -> None:
            tell(ctypes.cast(args.raw_dbr, ctypes.POINTER(kind)).contents.value, time.perf_counter())

        taken, event = _Answered(take), _CHID()
        self._monitors.append(taken)
        made = _libca.ca_create_subscription(self.kind, 1, self._chid, _ON_VALUE, taken, None, ctypes.byref(event))
        _sure(made, f"a subscription to {self.name}")
        _libca.ca_flush_io()


_KEPT: set[Channel] = set()


def connected(name: str, kind: int = DOUBLE) -> Channel:
    """The channel of a PV, connected. Raises TimeoutError."""
    return Channel(name, kind).connect()


def leave() -> None:
    """Disconnect from everything, before servers go: libca would complain of each."""
    _libca.ca_context_destroy()
