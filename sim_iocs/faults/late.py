"""What comes late, in order."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from ..clock import Clock, Nap

__all__ = ["Line"]

Work = Callable[[], Awaitable[None]]

_log = logging.getLogger("reioc.sim_iocs.faults")


class Line:
    """What one client is still to be told of one PV; it moves on while `is_held` is false."""

    def __init__(self, clock: Clock, is_held: Callable[[], bool]) -> None:
        self._clock = clock
        self._is_held = is_held
        self._nap = Nap(clock)
        self._woken = asyncio.Event()
        self._waiting: deque[tuple[float, Work, bool]] = deque()
        self._given_up = False

    @property
    def has_requests(self) -> bool:
        """Whether a request of the client is among what waits: whatever it asks after that waits behind it."""
        return any(is_request for _, _, is_request in self._waiting)

    def add(self, work: Work, *, delay: float = 0.0, is_request: bool = False) -> None:
        """Do this in so many simulated seconds, and after all that was added before; never if it was given up."""
        if self._given_up:
            return
        self._waiting.append((self._clock.now() + delay, work, is_request))
        self._woken.set()

    def wake(self) -> None:
        """Look again whether it is held."""
        self._woken.set()

    def give_up(self) -> None:
        """Nobody is there any more to be told."""
        self._given_up = True
        self._waiting.clear()
        self._nap.wake()
        self._woken.set()

    async def work_off(self, when_empty: Callable[[], object]) -> None:
        """Do what waits, until nothing does; `when_empty` is called in the turn of the loop in which that is so."""
        while self._waiting:
            due, work, _ = self._waiting[0]
            if self._is_held():
                self._woken.clear()
                await self._woken.wait()
            elif due > self._clock.now():
                await self._nap.take(due - self._clock.now())
            else:
                await self._do(work)
                if not self._given_up:
                    self._waiting.popleft()
        when_empty()

    async def _do(self, work: Work) -> None:
        try:
            await work()
        except Exception:
            # Whatever it was, what waits behind it is not to wait for ever.
            _log.exception("a late message could not be dealt with")
