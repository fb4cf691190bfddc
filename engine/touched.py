"""What this plan moved, staged and saw: the only place that stops, pauses, wakes and unstages.

Rules of this file:
1. Everything here is tried on every device, whatever another one answers; what failed is noted in `problems`.
2. Each answer that can be awaited is awaited. A device whose answer does not come holds nobody else up: what is done
   with all of them is done side by side; unstaging has an order, and is bounded device by device (`cleanup`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from inspect import isawaitable
from typing import Any

import numpy as np

from .attention import is_shutdown
from .errors import NoReplayAllowed
from .wait_groups import name_of

__all__ = ["Touched", "settled"]

log = logging.getLogger("reioc.engine")

STANDSTILL_TIMEOUT = 5.0
"""Seconds that a device may take to stand still after it was told to stop; then it is reported, and left."""
STANDSTILL_LOOK = 0.02
"""Seconds between two looks at a device that is coming to a stop."""


async def settled(answer: Any) -> Any:
    """An answer, or what it resolves to."""
    return await answer if isawaitable(answer) else answer


class Touched:
    """Devices by what the plan did with them, each in the order in which it came."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        self.moved: dict[Any, None] = {}
        self.still = True
        """Whether nothing has been moved since everything was stopped."""
        self.staged: dict[Any, None] = {}
        self.seen: dict[Any, None] = {}
        self._paused: list[Any] = []

    def moves(self, device: Any) -> None:
        """The plan is about to move it."""
        self.moved[device] = None
        self.still = False

    async def stop_moved(self) -> None:
        """Stop everything that the plan moved, which counts as a good end for its move, and wait until it stands."""
        self.still = True
        stoppable = [device for device in self.moved if hasattr(device, "stop")]
        await self._for_each("stop", stoppable, _stop)

    async def pause(self) -> bool:
        """Tell the devices that the plan pauses. Whether what was read since the checkpoint may be read again."""
        replay_allowed = True

        async def pause(device: Any) -> None:
            nonlocal replay_allowed
            try:
                await settled(device.pause())
            except NoReplayAllowed:
                replay_allowed = False

        self._paused = [device for device in self.seen if hasattr(device, "pause") and hasattr(device, "resume")]
        await self._for_each("pause", self._paused, pause)
        return replay_allowed

    async def wake(self) -> None:
        """Tell the devices that were told of the pause that the plan goes on."""
        paused, self._paused = self._paused, []
        await self._for_each("resume", paused, lambda device: device.resume())

    @property
    def to_unstage(self) -> list[Any]:
        """What is still staged, the last one first."""
        return list(reversed(self.staged))

    async def unstage(self, device: Any) -> None:
        """Unstage a device that is still staged, and wait until it is."""
        self.staged.pop(device, None)
        await self._try("unstage", device, _unstage)

    async def _for_each(self, what: str, devices: list[Any], action: Callable[[Any], Any]) -> None:
        await asyncio.gather(*(self._try(what, device, action) for device in devices))

    async def _try(self, what: str, device: Any, action: Callable[[Any], Any]) -> None:
        try:
            await settled(action(device))
        except BaseException as error:
            if is_shutdown(error):
                raise
            log.exception("could not %s %s", what, name_of(device))
            self.problems.append(f"could not {what} {name_of(device)}: {type(error).__name__}: {error}")


async def _stop(device: Any) -> None:
    was_moving = _is_moving(device)
    await settled(device.stop(success=True))
    if was_moving:
        await _standstill(device)


async def _standstill(device: Any) -> None:
    """Wait until a device that says whether it moves says twice that it does not.

    ophyd's motors end their status when they are told to stop, not when they stand. A move that begins before they do
    takes the end of the old motion for its own. Twice, since the record says "not moving" before it says "done".
    """
    loop = asyncio.get_running_loop()
    give_up_at, quiet = loop.time() + STANDSTILL_TIMEOUT, 0
    while quiet < 2:
        if loop.time() > give_up_at:
            raise TimeoutError(f"it still moves {STANDSTILL_TIMEOUT:g} s after it was told to stop")
        await asyncio.sleep(STANDSTILL_LOOK)
        quiet = 0 if _is_moving(device) else quiet + 1


def _is_moving(device: Any) -> bool:
    """What a device says; one that cannot say, or not now, does not count as moving."""
    try:
        moving = getattr(device, "moving", False)
    except Exception:
        log.warning("%s does not say whether it moves", name_of(device), exc_info=True)
        return False
    return isinstance(moving, bool | int | np.bool_) and bool(moving)


async def _unstage(device: Any) -> None:
    answer = await settled(device.unstage())
    if hasattr(answer, "add_callback"):
        await _finished(answer)


async def _finished(status: Any) -> None:
    """Wait for a status and raise its exception, if it has one."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    status.add_callback(lambda *_: loop.call_soon_threadsafe(done.set))
    await done.wait()
    if not status.success:
        raise status.exception(0) or RuntimeError("it did not succeed and does not say why")
