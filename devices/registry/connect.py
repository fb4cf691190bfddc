"""Connects devices, all at the same time.

Rules of this file:
- Every device has a time-out of its own, and one that ignores it is given up as well: nothing waits for ever. Who has
  not come back is not called again: the threads that wait for it would pile up.
- Whoever did not connect is named, with each of its PVs that did not, and with where Channel Access looked.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = [
    "ConnectionFailed",
    "Progress",
    "connect_all",
    "join_channel_access",
    "missing_pvs",
    "search_environment",
    "signals_of",
]

Progress = Callable[[str, "ConnectionFailed | None"], None]
"""Called with each device's name as it connects (None) or fails, in the order in which that happens."""

# A device gets this much longer (s) than its time-out to notice the time-out by itself.
_GRACE = 2.0

_SOURCES = ("ca://", "pva://")

_under_way: dict[int, object] = {}
"""By id of a device: who has called its connection code, while that has not come back."""


class ConnectionFailed(Exception):
    """A device did not connect in time. The message names it, its missing PVs and the search addresses.

    The device itself stays usable: Channel Access goes on searching, so it may well connect later.
    """

    def __init__(self, name: str, reason: str, pvs: tuple[str, ...] = ()) -> None:
        self.name = name
        self.pvs = pvs
        super().__init__(f"{name}: {reason}")


def connect_all(
    devices: Mapping[str, Any],
    timeouts: Mapping[str, float],
    *,
    progress: Progress | None = None,
    loop: asyncio.AbstractEventLoop | None = None,
) -> list[ConnectionFailed]:
    """Connect all devices, each within its time-out (s); return the failures, in the order of `devices`.

    `loop` is the running event loop in which ophyd-async devices will be used; without one they connect in a
    short-lived loop, which is enough to find out whether they can.
    """
    done: queue.SimpleQueue[tuple[str, ConnectionFailed | None]] = queue.SimpleQueue()
    for name, device in devices.items():
        if _under_way.setdefault(id(device), done) is not done:
            done.put((name, _failure(name, device, timeouts[name], "its connection code has not returned yet")))
            continue
        # Daemons: a device that hangs in its own connection code must not keep the process alive.
        threading.Thread(
            target=_connect_one,
            args=(name, device, timeouts[name], loop, done),
            name=f"connect {name}",
            daemon=True,
        ).start()
    failures = _collect(devices, timeouts, done, progress or _tell_nobody)
    return [failures[name] for name in devices if name in failures]


def _tell_nobody(name: str, failure: ConnectionFailed | None) -> None: ...


def _collect(
    devices: Mapping[str, Any],
    timeouts: Mapping[str, float],
    done: queue.SimpleQueue[tuple[str, ConnectionFailed | None]],
    progress: Progress,
) -> dict[str, ConnectionFailed]:
    start = time.monotonic()
    pending = {name: start + timeouts[name] + _GRACE for name in devices}
    failures: dict[str, ConnectionFailed] = {}
    while pending:
        try:
            name, failure = done.get(timeout=max(0.0, min(pending.values()) - time.monotonic()))
        except queue.Empty:
            name = min(pending, key=lambda n: pending[n])
            failure = _failure(name, devices[name], timeouts[name], "its connection code does not return")
        if pending.pop(name, None) is None:
            continue  # it came back after it had been given up
        if failure is not None:
            failures[name] = failure
        progress(name, failure)
    return failures


def _connect_one(
    name: str,
    device: Any,
    timeout: float,
    loop: asyncio.AbstractEventLoop | None,
    done: queue.SimpleQueue[tuple[str, ConnectionFailed | None]],
) -> None:
    join_channel_access()
    failure: ConnectionFailed | None = None
    try:
        _connect(device, timeout, loop)
    except Exception as error:
        failure = _failure(name, device, timeout, " ".join(str(error).split()) or type(error).__name__, cause=error)
    finally:
        del _under_way[id(device)]
    done.put((name, failure))


def _connect(device: Any, timeout: float, loop: asyncio.AbstractEventLoop | None) -> None:
    connect = getattr(device, "connect", None)
    if callable(getattr(device, "wait_for_connection", None)):
        device.wait_for_connection(timeout=timeout)
    elif inspect.iscoroutinefunction(connect):
        if loop is None:
            asyncio.run(connect(timeout=timeout))
        else:
            asyncio.run_coroutine_threadsafe(connect(timeout=timeout), loop).result(timeout + _GRACE)
    # Anything else has nothing to connect: a device without a control system is ready as soon as it is made.


def join_channel_access() -> None:
    """Have this thread use the channels that devices have, if there are any."""
    # A new thread would get a Channel Access context of its own, in which none of the channels exist; ophyd's
    # dispatcher threads join the first one in the same way.
    ca = sys.modules.get("epics.ca")
    if ca is not None and ca.libca is not None:
        ca.use_initial_context()


def _failure(name: str, device: Any, timeout: float, why: str, cause: Exception | None = None) -> ConnectionFailed:
    pvs = missing_pvs(device) or tuple(dict.fromkeys(_pvs_told_by(cause)))
    if pvs:
        reason = f"not connected within {timeout:g} s: {', '.join(pvs)}; searched {search_environment()}"
    else:
        reason = f"not connected within {timeout:g} s: {why}"
    failure = ConnectionFailed(name, reason, pvs)
    failure.__cause__ = cause
    return failure


def _pvs_told_by(error: Any) -> Iterator[str]:
    """The PVs that ophyd-async's NotConnectedError names, which holds others, and at last a source like "ca://m1.RBV"."""
    if others := getattr(error, "sub_errors", None):
        for other in others.values():
            yield from _pvs_told_by(other)
    elif (text := str(error).strip()).startswith(_SOURCES) and " " not in text:
        yield text.removeprefix(_SOURCES[0])


def missing_pvs(device: Any) -> tuple[str, ...]:
    """Names of an ophyd device's or signal's PVs that are not connected now, in its order, each once.

    A PV that answered the search but not the first reading is marked "(found, but does not answer)".
    """
    missing: dict[str, None] = {}
    for signal in signals_of(device):
        if not getattr(signal, "connected", True):
            missing.update(dict.fromkeys(_missing_pvs_of(signal)))
    return tuple(missing)


def signals_of(device: Any) -> list[Any]:
    """The signals of an ophyd device that are made, or the signal itself."""
    return [step.item for step in device.walk_signals()] if hasattr(device, "walk_signals") else [device]


def _missing_pvs_of(signal: Any) -> list[str]:
    names = [getattr(signal, attribute, None) for attribute in ("pvname", "setpoint_pvname")]
    pvs = list(dict.fromkeys(name for name in names if name))
    lost = [pv for pv in pvs if not _channel_connected(pv)]
    return lost or [f"{pv} (found, but does not answer)" for pv in pvs]


def _channel_connected(pv: str) -> bool:
    epics = sys.modules.get("epics")
    # The signal made this PV object, pyepics hands the same one out again.
    return epics is not None and bool(epics.get_pv(pv).connected)


def search_environment() -> str:
    """Where libca looks for PVs, as the environment says it, for people who wonder why a PV is not found."""
    auto = os.environ.get("EPICS_CA_AUTO_ADDR_LIST", "")
    addresses = os.environ.get("EPICS_CA_ADDR_LIST", "")
    text = f'EPICS_CA_ADDR_LIST="{addresses}"' if addresses else "EPICS_CA_ADDR_LIST (not set)"
    return f"{text}, EPICS_CA_AUTO_ADDR_LIST={auto}" if auto else text
