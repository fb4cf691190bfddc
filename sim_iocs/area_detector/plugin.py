"""A plugin: takes the camera's arrays, at once or from a queue.

Rules of this file:
- With BlockingCallbacks the camera waits until the array is processed; otherwise the array goes into a queue, and is
  dropped when that is full. Arrays are processed one at a time, in order, either way.
- A plugin that is not enabled sees nothing, and what does not come through MinCallbackTime is not counted as dropped.
"""

import asyncio
from collections import deque
from dataclasses import replace

from caproto import SkipWrite

from ..clock import Clock
from .frame import Frame
from .group import AreaDetectorGroup


class PluginGroup(AreaDetectorGroup):
    """What every plugin does; `process` is what one does with an array."""

    kind = ""

    def link(self, clock: Clock) -> None:
        """Take the time from this clock."""
        self._clock = clock
        self.last: Frame | None = None
        self._queue: deque[Frame] = deque()
        self._busy = asyncio.Lock()
        self._worker: asyncio.Task[None] | None = None
        self._last_taken = float("-inf")
        self._shape: tuple[int, ...] = ()

    async def run(self) -> None:
        """Publish which one this is."""
        await super().run()
        await self.show("PluginType_RBV", self.kind)

    async def process(self, frame: Frame) -> None:
        """What this plugin is for. It tells its failures in PVs, and raises none."""

    async def receive(self, frame: Frame) -> None:
        """Take an array from the camera."""
        now = self._clock.now()
        if self.value("EnableCallbacks") != "Enable" or now - self._last_taken < self.value("MinCallbackTime"):
            return
        self._last_taken = now
        if self.value("BlockingCallbacks") == "Yes":
            await self._take(frame)
        elif len(self._queue) >= self.value("QueueSize"):
            await self.show("DroppedArrays_RBV", self.value("DroppedArrays_RBV") + 1)
        else:
            self._queue.append(frame)
            await self._show_queue()
            if self._worker is None:
                self._worker = asyncio.create_task(self._work())

    async def drained(self) -> None:
        """Come back when nothing is in the queue any more."""
        if self._worker is not None:
            await asyncio.wait([self._worker])

    async def resize_queue(self, size: int) -> int:
        """QueueSize."""
        await self.show("QueueFree", max(0, size - len(self._queue)))
        return size

    async def take_again(self, value: str) -> type[SkipWrite]:
        """ProcessPlugin."""
        last = self.last
        if last is None:
            raise self.refuse("ProcessPlugin", "there is no array yet")
        return await self.obey("ProcessPlugin", value, lambda: self._take(last))

    async def _work(self) -> None:
        try:
            while self._queue:
                await self._take(self._queue.popleft())
                await self._show_queue()
        finally:
            self._worker = None

    async def _take(self, frame: Frame) -> None:
        async with self._busy:
            begun = self._clock.now()
            self.last = frame = replace(frame, attributes={**frame.attributes, **self.attributes.values()})
            await self.show_dimensions(frame)
            await self.process(frame)
            await self.show_array(frame)
            await self.show("ExecutionTime_RBV", 1000 * (self._clock.now() - begun))

    async def show_dimensions(self, frame: Frame) -> None:
        """Publish the array's dimensions, columns first."""
        if frame.data.shape == self._shape:
            return
        self._shape = frame.data.shape
        sizes = (*reversed(self._shape), *[0] * 8)
        await self.show_both("NDimensions", frame.data.ndim)
        for name in ("Dimensions", "Dimensions_RBV"):
            await self.attr_pvdb[name].write(sizes, verify_value=False)
        for dimension, size in enumerate(sizes):
            await self.show_both(f"ArraySize{dimension}", size)
            await self.show_both(f"Dim{dimension}SA", size)

    async def _show_queue(self) -> None:
        size = self.value("QueueSize")
        await self.show("QueueFree", size - len(self._queue))
        await self.show("QueueUse", 100 * len(self._queue) / size)


PluginGroup.puts = {
    **AreaDetectorGroup.puts,
    "QueueSize": PluginGroup.resize_queue,
    "ProcessPlugin": PluginGroup.take_again,
}
