"""From suspenders, which change in any thread, to their PVs.

Rules of this file:
1. A suspender's callback only marks it as changed: a PV that updates ten thousand times a second costs a flag.
2. What is written is the status at the time of writing. A trip is written at once, values at the next tick.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from ..suspenders import SuspenderStatus
from .groups.suspenders import SuspenderGroup

__all__ = ["SuspenderWatch"]

log = logging.getLogger("reioc.ioc")


class SuspenderWatch:
    """Keeps the suspenders' groups up to date."""

    def __init__(self, groups: Sequence[SuspenderGroup], clock: Callable[[], float] = time.monotonic) -> None:
        self._groups = {group.suspender.name: group for group in groups}
        self._clock = clock
        self._changed: set[str] = set(self._groups)
        self._held: dict[str, bool] = {}
        self._loop = asyncio.get_running_loop()
        self._urgent = asyncio.Event()
        for group in groups:
            group.suspender.observe(self._on_change)

    def close(self) -> None:
        """Watch no more."""
        for group in self._groups.values():
            group.suspender.unobserve(self._on_change)

    def _on_change(self, status: SuspenderStatus) -> None:
        """Called in whatever thread changed the suspender."""
        self._changed.add(status.name)
        if self._held.get(status.name) is not status.tripped:
            self._held[status.name] = status.tripped
            self._loop.call_soon_threadsafe(self._urgent.set)

    async def follow(self) -> None:
        """Write trips as they happen, for ever."""
        while True:
            await self._urgent.wait()
            self._urgent.clear()
            try:
                await self.publish_all()
            except Exception:
                log.exception("could not publish a suspender")

    async def publish_all(self) -> None:
        """Write every suspender that has changed."""
        while self._changed:
            group = self._groups[self._changed.pop()]
            await group.publish(group.suspender.status, self._clock())

    async def publish_times(self) -> None:
        """Write what has changed since the last tick, and what changes as time goes by."""
        await self.publish_all()
        for group in self._groups.values():
            status = group.suspender.status
            if status.tripped:
                await group.publish_times(status, self._clock())
