"""Simulated time."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """What the simulation asks of time; all of it in simulated seconds."""

    def now(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that many simulated seconds."""
        ...

    def simulated(self, seconds: float) -> float:
        """How much simulated time passes in that many real seconds."""
        ...


class ScaledClock:
    """The real time, `speed` times faster."""

    def __init__(self, speed: float = 1.0, monotonic: Callable[[], float] = time.monotonic) -> None:
        if not speed > 0:
            raise ValueError(f"the speed of simulated time must be above 0, not {speed}")
        self.speed = speed
        self._monotonic = monotonic

    def now(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        return self._monotonic() * self.speed

    async def sleep(self, seconds: float) -> None:
        """Wait that many simulated seconds."""
        await asyncio.sleep(seconds / self.speed)

    def simulated(self, seconds: float) -> float:
        """How much simulated time passes in that many real seconds."""
        return seconds * self.speed


class Nap:
    """A sleep that can be cut short, for loops that follow something which may change its plans."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sleeping: asyncio.Task[None] | None = None

    async def take(self, seconds: float) -> None:
        """Wait that many simulated seconds, or until `wake`."""
        self._sleeping = asyncio.create_task(self._clock.sleep(seconds))
        try:
            await asyncio.wait([self._sleeping])
        finally:
            self._sleeping.cancel()
            self._sleeping = None

    def wake(self) -> None:
        """End the sleep that is under way, if any."""
        if self._sleeping is not None:
            self._sleeping.cancel()
