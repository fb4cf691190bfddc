"""A camera with its plugins, not served, in fake time or in real."""

from collections.abc import Callable
from typing import Any

import numpy as np
from caproto.server import PVGroup, SubGroup

from reioc.sim_iocs.area_detector.camera import CameraGroup
from reioc.sim_iocs.area_detector.frame import Frame
from reioc.sim_iocs.area_detector.hdf5 import Hdf5Group
from reioc.sim_iocs.area_detector.image import ImageGroup
from reioc.sim_iocs.clock import Clock
from reioc.sim_iocs.physics.image import Camera


class Detector(PVGroup):
    """Its light can be changed: `beam` is what part of it there is; the spot is in the middle."""

    cam1 = SubGroup(CameraGroup, prefix="cam1:")
    image1 = SubGroup(ImageGroup, prefix="image1:")
    hdf1 = SubGroup(Hdf5Group, prefix="HDF1:")

    def __init__(self, clock: Clock, find: Callable[[str], Any] = {}.get) -> None:
        super().__init__("T:")
        self.beam = 1.0
        self.camera = Camera(clock.now, x=lambda: 0.0, y=lambda: 0.0, z=lambda: 0.0, beam=lambda: self.beam)
        for plugin in (self.image1, self.hdf1):
            plugin.link(clock)
        self.cam1.link(self.camera, clock, (self.image1, self.hdf1))
        self.cam1.find_attributes(find)

    async def put(self, *puts: tuple[str, Any]) -> None:
        """Put to records, one after the other, each name without the prefix."""
        for name, value in puts:
            await self.pvdb[f"T:{name}"].write(value)

    def get(self, name: str) -> Any:
        """What a record shows."""
        return self.pvdb[f"T:{name}"].value


def frame(number: int, shape: tuple[int, int] = (4, 6), dtype: str = "uint16") -> Frame:
    """An image whose pixels are all its number."""
    return Frame(np.full(shape, number, dtype), number, 1000.0 + number)
