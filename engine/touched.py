"""What this plan moved, staged and saw: the only place that stops, pauses, wakes and unstages.

Rules of this file:
1. Everything here is tried on every device, whatever another one answers; what failed is noted in `problems`.
2. Each device is told at once, before any answer is waited for: who cuts this short, or halts, finds all of them told.
3. Each answer that can be waited for is, `patience()` seconds at most; then the device is named and left behind. What
   is done with all of them is done side by side; unstaging has an order.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from inspect import isawaitable
from typing import Any

import numpy as np

from .attention import Exited, task_of
from .awaited import settled
from .errors import GivenUp, NoReplayAllowed
from .kin import is_either
from .telling import name_of, told_by

__all__ = ["Touched", "has"]

log = logging.getLogger("reioc.engine")

STANDSTILL_TIMEOUT = 5.0
"""Seconds that a device may take to stand still after it was told to stop; then it is reported, and left."""
STOP_AGAIN = (0.02, 0.1, 0.5)
"""Seconds after which a device is told again to stop, while its move is not over."""
STANDSTILL_LOOK = 0.02
"""Seconds between two looks at a device that is coming to a stop."""


def has(device: Any, *names: str) -> bool:
    """Whether a device has all these methods. One that raises when it is asked has not."""
    try:
        return all(hasattr(device, name) for name in names)
    except Exception:
        log.warning("%s does not say whether it has %s", name_of(device), " and ".join(names), exc_info=True)
        return False


class Touched:
    """Devices by what the plan did with them, each in the order in which it came."""

    def __init__(self, problems: list[str], patience: Callable[[], float] = lambda: 10.0) -> None:
        self.problems = problems
        self.moved: dict[Any, Any] = {}
        """By device the status of its last move, if there is one."""
        self.still = True
        """Whether nothing has been moved since everything was stopped."""
        self.flights: dict[Any, Any] = {}
        """What was kicked off, with the status of its completion where that was asked for."""
        self.grounded: dict[Any, None] = {}
        """What was not kicked off, since the point was skipped."""
        self.staged: dict[Any, None] = {}
        self.seen: dict[Any, None] = {}
        self.given_up = False
        """Whether the engine's thread was given up, in which devices are told: no further one is."""
        self._patience = patience
        self._paused: list[Any] = []
        self._replay_allowed = True

    def moves(self, device: Any, status: Any = None) -> None:
        """The plan is about to move it, or has begun to, with this status."""
        self.moved[device] = status
        self.still = False

    async def stop_moved(self, spared: Callable[[Any], bool] | None = None) -> None:
        """Stop everything that the plan moved, which counts as a good end for its move, and wait until it stands.

        What is `spared` goes on.
        """
        moved = [device for device in self.moved if spared is None or not spared(device)]
        self.still = len(moved) == len(self.moved)
        stoppable = [device for device in moved if has(device, "stop")]
        await self._for_each("stop", stoppable, lambda device: _stop(device, self.moved[device]))

    async def stop_these(self, devices: Iterable[Any]) -> None:
        """Stop what of these can be stopped, which counts as a good end for it, and wait until it stands."""
        stoppable = [device for device in dict.fromkeys(devices) if has(device, "stop")]
        await self._for_each("stop", stoppable, lambda device: _stop(device, self.moved.get(device)))

    def is_in_flight(self, device: Any) -> bool:
        """Whether it was kicked off, and is not known to be over."""
        return device in self.flights and not _is_over(self.flights[device])

    async def stop_flights(self) -> None:
        """Stop what was kicked off and is still in flight."""
        in_flight = [device for device in self.flights if self.is_in_flight(device)]
        self.flights.clear()
        await self._for_each("stop", [device for device in in_flight if has(device, "stop")], _stop)

    async def pause(self) -> bool:
        """Tell the devices that the plan pauses. Whether what was read since the checkpoint may be read again."""
        self._replay_allowed = True
        self._paused = [device for device in self.seen if has(device, "pause", "resume")]
        await self._for_each("pause", self._paused, lambda device: device.pause())
        return self._replay_allowed

    @property
    def resting(self) -> bool:
        """Whether a device has been told of a pause, and not that it is over."""
        return bool(self._paused)

    @property
    def paused(self) -> list[Any]:
        """The devices that have been told of a pause, and not that it is over."""
        return list(self._paused)

    def take_over(self, other: Touched) -> None:
        """What was touched before; that by which it was done must not touch anything any more."""
        other.given_up = True
        self.moved, self.flights, self.staged = dict(other.moved), dict(other.flights), dict(other.staged)
        self._paused = other.paused

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
        await self._for_each("unstage", [device], lambda device: device.unstage())

    async def _for_each(self, what: str, devices: Iterable[Any], action: Callable[[Any], Any]) -> None:
        waiting: dict[asyncio.Future[Any], Any] = {}
        for device in devices:
            if self.given_up:
                raise GivenUp
            try:
                answer = action(device)
            except GivenUp:
                raise
            except BaseException as error:
                self._note(what, device, error)
            else:
                if isawaitable(answer) or hasattr(answer, "add_callback"):
                    waiting[task_of(settled(answer))] = device
        if waiting:
            await self._all_answers(what, waiting)

    async def _all_answers(self, what: str, waiting: dict[asyncio.Future[Any], Any]) -> None:
        patience = self._patience()
        try:
            await asyncio.sleep(0)  # each of them begins, whatever comes
            await asyncio.wait(waiting, timeout=patience)
        except asyncio.CancelledError:
            late = ", ".join(name_of(device) for answer, device in waiting.items() if not answer.done())
            raise asyncio.CancelledError(f"no answer from {late}") from None
        else:
            for answer, device in waiting.items():
                if not answer.done():
                    self._note(what, device, TimeoutError(f"no answer within {patience:g} s"))
        finally:
            for answer, device in waiting.items():
                self._note(what, device, _error_of(answer))

    def _note(self, what: str, device: Any, error: BaseException | None) -> None:
        if is_either(error, NoReplayAllowed):
            self._replay_allowed = False
        elif error is not None:
            problem = f"could not {what} {name_of(device)}: {told_by(error)}"
            log.error("%s", problem)
            log.debug("%s, since:", problem, exc_info=error)  # a lost device is told in a line, not in forty
            self.problems.append(problem)


def _error_of(answer: asyncio.Future[Any]) -> BaseException | None:
    if not answer.done():
        answer.cancel()
        return None
    error = asyncio.CancelledError("") if answer.cancelled() else answer.exception()
    return error.args[0] if isinstance(error, Exited) else error


def _is_over(completion: Any) -> bool:
    """Whether a status is done; None, or one that does not say, is not."""
    try:
        return completion is not None and bool(completion.done)
    except Exception:
        return False


def _stop(device: Any, status: Any = None) -> Any:
    """Tell a device to stop; `status` is that of its last move. Returns what is to be waited for, if something is."""
    was_moving, is_under_way = _is_moving(device), isawaitable(status) and not _is_over(status)
    answer = device.stop(success=True)
    if is_under_way:
        return _stopped_again(device, answer, status)
    return _stopped(device, answer) if was_moving else answer


async def _stopped(device: Any, answer: Any) -> None:
    await settled(answer)
    await _standstill(device)


async def _stopped_again(device: Any, answer: Any, status: Any) -> None:
    """Tell a device to stop until its move is over.

    ophyd-async's motors ask for their limits before they move, which takes a while: told to stop meanwhile they have
    nothing to stop, and move when they know.
    """
    await settled(answer)
    for seconds in STOP_AGAIN:
        await asyncio.sleep(seconds)
        if _is_over(status):
            return
        await settled(device.stop(success=True))


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
    except Exception as error:
        log.warning("%s does not say whether it moves: %s", name_of(device), told_by(error))
        return False
    return isinstance(moving, bool | int | np.bool_) and bool(moving)
