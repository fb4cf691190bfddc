"""Time that passes when nothing else is left to do, and a recorder of what PVs publish."""

import asyncio
import heapq
from collections.abc import Coroutine
from itertools import count
from typing import Any, TypeVar

from caproto import ChannelFilter, SubscriptionType
from caproto.server.common import SubscriptionSpec

T = TypeVar("T")


class FakeClock:
    """A clock that stands still while anything runs, then jumps to the next moment that somebody sleeps to."""

    def __init__(self) -> None:
        self.time = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> float:
        return self.time

    def simulated(self, seconds: float) -> float:
        return seconds

    async def sleep(self, seconds: float) -> None:
        wakes = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.time + seconds, next(self._order), wakes))
        await wakes

    async def until(self, moment: float) -> None:
        """Sleep to an absolute time."""
        await self.sleep(moment - self.time)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, letting time pass as it needs."""
        return asyncio.run(self._drive(work))

    async def _drive(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(work)
        while True:
            for _ in range(100):  # more steps than any chain of callbacks here has
                await asyncio.sleep(0)
            if task.done():
                return task.result()
            self._wake_next()

    def _wake_next(self) -> None:
        while self._sleepers:
            moment, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                self.time = max(self.time, moment)
                sleeper.set_result(None)
                return
        raise AssertionError("it waits for something that no passing of time will bring")


class Recorder:
    """Collects what the PVs of a group publish, in order, as (name, value)."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self._names: dict[int, str] = {}

    async def watch(self, **pvs: Any) -> None:
        """Record these PVs from now on, under the names given."""
        for name, pv in pvs.items():
            self._names[id(pv)] = name
            mask = SubscriptionType.DBE_VALUE
            nothing = ChannelFilter(ts=False, dbnd=None, arr=None, sync=None)
            await pv.subscribe(self, SubscriptionSpec(pv, pv.data_type.name, mask, nothing), None)
        self.events.clear()

    async def put(self, update: Any) -> None:
        """What caproto calls for every update."""
        pv = update.sub_specs[0].db_entry
        self.events.append((self._names[id(pv)], pv.value))

    def values(self, name: str) -> list[Any]:
        """What one PV published."""
        return [value for who, value in self.events if who == name]
