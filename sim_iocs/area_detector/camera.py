"""The camera: takes images and hands them to the plugins.

Rules of this file:
- One task (`_take`) takes the images of an acquisition. A put of 1 to Acquire completes when that is over; a second
  one waits for the same.
- The end is told in the order of the real driver: DetectorState, then Acquire_RBV, then (with WaitForPlugins, when
  they are done) Acquire.
- An exposure that is stopped gives no image.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from caproto import SkipWrite

from ..clock import Clock, Nap
from ..physics.image import Camera, Region, digitised
from ..records.table import declare
from .camera_table import CAMERA
from .frame import EPICS_EPOCH, Frame
from .group import AreaDetectorGroup
from .plugin import PluginGroup

SAMPLING_PERIOD = 0.02
"""Real seconds between two looks at the light during an exposure."""

_STATUS = {"Acquire": "Acquiring data", "Waiting": "Waiting for trigger or period", "Aborted": "Acquisition aborted"}


class CameraGroup(AreaDetectorGroup):
    """`SubGroup(CameraGroup, prefix="cam1:")`, then `link`."""

    declare(locals(), CAMERA)
    port = "CAM"

    def link(self, camera: Camera, clock: Clock, plugins: Sequence[PluginGroup]) -> None:
        """Show and obey this camera; every image goes to these plugins, in this order."""
        self._camera = camera
        self._clock = clock
        self._plugins = plugins
        self._nap = Nap(clock)
        self._task: asyncio.Task[None] | None = None
        self._stopped = self._ending = False
        self._triggered = False

    async def run(self) -> None:
        """Publish the camera's size."""
        await super().run()
        sensor = self._camera.sensor
        for axis, size in (("X", sensor.width), ("Y", sensor.height)):
            await self.show(f"MaxSize{axis}_RBV", size)
            await self.show_both(f"Size{axis}", size)
        await self._show_region()

    async def acquire(self, value: str) -> type[SkipWrite]:
        """Acquire."""
        if value == "Done":
            self._stopped = True
            self._nap.wake()
        else:
            await self._begin()
        task = self._task
        if task is not None:
            await asyncio.wait([task])
            task.result()
        return SkipWrite

    async def _begin(self) -> None:
        # Acquire_RBV is 0 a moment before all is over, and clients begin anew as soon as it is.
        while self._task is not None and self._ending:
            await asyncio.wait([self._task])
        if self._task is None:
            self._stopped = self._ending = False
            self._task = asyncio.create_task(self._take())

    async def trigger(self, value: str) -> type[SkipWrite]:
        """Trigger."""
        return await self.obey("Trigger", value, self._pulse)

    async def change_region(self, name: str, value: int) -> type[SkipWrite]:
        """MinX, SizeX, BinX and those of Y: what does not fit is cut, and the readbacks tell."""
        await self.show(name, value)
        await self._show_region()
        return SkipWrite

    async def change_type(self, value: str) -> str:
        """DataType."""
        await self.show("ArraySize_RBV", int(np.prod(self._region().shape)) * np.dtype(value.lower()).itemsize)
        return value

    async def change_colours(self, value: str) -> str:
        """ColorMode. Raises RefusedError for all but Mono."""
        if value != "Mono":
            raise self.refuse("ColorMode", f"this camera sees no colours, put Mono, not {value}")
        return value

    async def _pulse(self) -> None:
        # One that comes while nobody waits is lost, as with real cameras.
        self._triggered = True
        self._nap.wake()

    async def _take(self) -> None:
        await self.show("NumImagesCounter_RBV", 0)
        await self._show_state("Acquire")
        for name in ("Acquire", "Acquire_RBV"):
            await self.show(name, "Acquire")
        state = "Error"
        try:
            await self._take_images()
            state = "Aborted" if self._stopped and self.value("ImageMode") != "Continuous" else "Idle"
        finally:
            self._ending = True
            await self._end(state)
            self._task = None

    async def _end(self, state: str) -> None:
        await self.show("TimeRemaining_RBV", 0.0)
        await self._show_state(state)
        await self.show("Acquire_RBV", "Done")
        if self.value("WaitForPlugins") == "Yes":
            await asyncio.gather(*(plugin.drained() for plugin in self._plugins))
        await self.show("Acquire", "Done")

    async def _take_images(self) -> None:
        while not self._stopped:
            begun = self._clock.now()
            await self._wait_for_trigger()
            counts = await self._expose()
            if self._stopped:
                return
            await self._hand_on(counts)
            taken = self.value("NumImagesCounter_RBV") + 1
            await self.show("NumImagesCounter_RBV", taken)
            if taken == self._wanted():
                return
            await self._wait_for_period(begun)

    def _wanted(self) -> int:
        """Images of this acquisition; 0 is no end."""
        return {"Single": 1, "Multiple": self.value("NumImages"), "Continuous": 0}[self.value("ImageMode")]

    async def _wait_for_trigger(self) -> None:
        if self.value("TriggerMode") == "Internal":
            return
        await self._show_state("Waiting")
        self._triggered = False
        while not self._stopped and not self._triggered and self.value("TriggerMode") == "External":
            await self._nap.take(self._clock.simulated(1.0))
        await self._show_state("Acquire")

    async def _wait_for_period(self, begun: float) -> None:
        left = begun + self.value("AcquirePeriod") - self._clock.now()
        if left > 0:
            await self._show_state("Waiting")
            await self._nap.take(left)
            await self._show_state("Acquire")

    async def _expose(self) -> np.ndarray:
        """What the pixels counted, all exposures together."""
        total = np.zeros(self._camera.light().shape)
        for done in range(self.value("NumExposures")):
            await self.show("NumExposuresCounter_RBV", done)
            exposure = self._camera.expose(self.value("AcquireTime"))
            while exposure.remaining > 0 and not self._stopped:
                await self.show("TimeRemaining_RBV", exposure.remaining)
                await self._nap.take(min(exposure.remaining, self._clock.simulated(SAMPLING_PERIOD)))
                exposure.sample()
            if self._stopped:
                break
            total += self._camera.counts(exposure.expected, self.value("Noise") > 0)
            await self.show("NumExposuresCounter_RBV", done + 1)
        return total

    async def _hand_on(self, counts: np.ndarray) -> None:
        frame = self._frame(counts)
        await self.show_array(frame)
        if self.value("ArrayCallbacks") == "Enable":
            for plugin in self._plugins:
                await plugin.receive(frame)

    def _frame(self, counts: np.ndarray) -> Frame:
        image = self._region().cut(counts) * self.value("Gain")
        image = image[:: self._step("ReverseY"), :: self._step("ReverseX")]
        data = np.ascontiguousarray(digitised(image, self.value("DataType").lower()))
        return Frame(data, self.value("ArrayCounter_RBV") + 1, time.time() - EPICS_EPOCH, self.attributes.values())

    def _step(self, name: str) -> int:
        return -1 if self.value(name) == "Yes" else 1

    def _region(self) -> Region:
        """What is read out: as asked for, cut to what there is."""
        sensor = self._camera.sensor
        fitted = {}
        for axis, whole in (("x", sensor.width), ("y", sensor.height)):
            name = axis.upper()
            first = min(self.value(f"Min{name}"), whole - 1)
            size = min(self.value(f"Size{name}") or whole, whole - first)
            fitted |= {f"min_{axis}": first, f"size_{axis}": size, f"bin_{axis}": min(self.value(f"Bin{name}"), size)}
        return Region(**fitted)

    async def _show_region(self) -> None:
        region = self._region()
        for name in _REGION:
            await self.show(f"{name}_RBV", getattr(region, f"{name[:-1]}_{name[-1]}".lower()))
        await self.show_size(
            region.shape, int(np.prod(region.shape)) * np.dtype(self.value("DataType").lower()).itemsize
        )

    async def _show_state(self, state: str) -> None:
        await self.show("DetectorState_RBV", state)
        await self.show("StatusMessage_RBV", _STATUS.get(state, ""))


_REGION = ("MinX", "MinY", "SizeX", "SizeY", "BinX", "BinY")


def _region_put(name: str) -> Any:
    return lambda camera, value: camera.change_region(name, value)


CameraGroup.puts = {
    **AreaDetectorGroup.puts,
    "Acquire": CameraGroup.acquire,
    "Trigger": CameraGroup.trigger,
    "DataType": CameraGroup.change_type,
    "ColorMode": CameraGroup.change_colours,
    **{name: _region_put(name) for name in _REGION},
}
