"""Stopping what moves, plan or no plan.

Rules of this file:
1. One device that does not answer keeps no other from being stopped: each is told in a thread of its own.
2. Who could not be stopped is named.
3. What was moved by another one, as by a scan record, is told again once that one was told.
"""

from __future__ import annotations

import asyncio
import inspect
import queue
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from typing import Any

__all__ = ["movers", "stop_motion"]

TIMEOUT = 5.0
"""Seconds that a device has to take the stop."""


def movers(devices: Mapping[str, Any]) -> dict[str, Any]:
    """What can be moved and stopped of these devices, or of their parts, by name: motors, not signals or detectors.

    Flyers that can be stopped are among them: they move what they were told to.
    """
    found = [mover for name, device in devices.items() for mover in _movers(name, device)]
    return dict(found)


def _movers(name: str, device: Any) -> Iterator[tuple[str, Any]]:
    if _can(device, "stop") and (_can(device, "set") or _can(device, "kickoff")):
        yield name, device
        return
    for part, child in _parts(device):
        yield from _movers(f"{name}.{part}", child)


def _moves_others(device: Any) -> bool:
    """Whether it may send other devices on by itself: a flyer, or one that says so, as a busy record does."""
    return bool(getattr(device, "moves_others", False)) or (_can(device, "kickoff") and not _can(device, "set"))


def _can(device: Any, what: str) -> bool:
    return callable(getattr(device, what, None))


def _parts(device: Any) -> Iterable[tuple[str, Any]]:
    """Ophyd's devices and ophyd-async's tell their parts each in their way; what was not made yet cannot move."""
    walk: Any = getattr(device, "walk_subdevices", None)
    if walk is not None:
        return [(path, part) for path, part in walk(include_lazy=False) if "." not in path]
    children: Any = getattr(device, "children", None)
    return () if children is None else list(children())


def stop_motion(
    devices: Mapping[str, Any], loop: asyncio.AbstractEventLoop, *, timeout: float = TIMEOUT
) -> tuple[list[str], dict[str, str]]:
    """Tell everything that moves to stop. Blocks for `timeout` seconds at most.

    `loop` is the engine's, for devices whose `stop` is a coroutine. Returns the names of those that have taken it, and
    of the others what went wrong.
    """
    told: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
    waiting = movers(devices)
    leaders = {name for name, device in waiting.items() if _moves_others(device)}
    followers = waiting.keys() - leaders
    unanswered: Counter[str] = Counter()
    wrong: dict[str, str] = {}

    def tell(names: Iterable[str]) -> None:
        for name in names:
            unanswered[name] += 1
            # Daemons: one that never comes back must not keep the process alive.
            args = (name, waiting[name], loop, timeout, told)
            threading.Thread(target=_stop, args=args, name=f"stop {name}", daemon=True).start()

    tell(waiting)
    deadline = time.monotonic() + timeout
    while unanswered.total():
        try:
            name, wrong[name] = told.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        unanswered[name] -= 1
        if name in leaders:
            leaders.remove(name)
            if not leaders:  # who was led may have been sent on between its own stop and the leader's
                tell(followers)
    wrong |= {name: _too_late(timeout) for name, left in unanswered.items() if left}
    return [name for name in wrong if not wrong[name]], {name: what for name, what in wrong.items() if what}


def _stop(
    name: str, device: Any, loop: asyncio.AbstractEventLoop, timeout: float, told: queue.SimpleQueue[tuple[str, str]]
) -> None:
    try:
        if getattr(device, "connected", True) is False:
            raise RuntimeError("is not connected")
        answer = device.stop(**_options(device))
        if inspect.isawaitable(answer):
            _wait(asyncio.run_coroutine_threadsafe(_awaited(answer), loop), timeout)
    except Exception as error:  # whatever a device raises, it is the one that was not stopped
        told.put((name, f"{str(error) or type(error).__name__}"))
    else:
        told.put((name, ""))


async def _awaited(answer: Any) -> None:
    await answer


def _wait(stopping: Future[None], timeout: float) -> None:
    try:
        stopping.result(timeout)
    except TimeoutError:
        if stopping.done():  # it is the device's own
            raise
        stopping.cancel()
        raise RuntimeError(_too_late(timeout)) from None


def _too_late(timeout: float) -> str:
    return f"has not taken the stop within {timeout:g} s"


def _options(device: Any) -> dict[str, bool]:
    """A stop of ours is no success of the move; devices that cannot be told so have no such parameter."""
    try:
        parameters = inspect.signature(device.stop).parameters
    except (TypeError, ValueError):
        return {}
    return {"success": False} if "success" in parameters else {}
