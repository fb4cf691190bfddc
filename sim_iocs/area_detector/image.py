"""The plugin that shows images as PVs: NDStdArrays."""

import numpy as np

from ..records.table import Row, declare
from .frame import Frame
from .plugin import PluginGroup
from .plugin_table import PLUGIN

PIXELS = 64 * 48
"""Those of the camera."""


class ImageGroup(PluginGroup):
    """`SubGroup(ImageGroup, prefix="image1:")`, then `link`.

    ArrayData is as long as the largest image, and holds the rows of the last one, one after the other, then zeros. Its
    type is double, which holds whatever the camera's may be.
    """

    declare(locals(), (*PLUGIN, Row("ArrayData", 0.0, "pixels, row by row", length=PIXELS, writable=False)))
    port, kind = "IMAGE", "NDPluginStdArrays"

    async def process(self, frame: Frame) -> None:
        """Show the pixels, before anything else tells of them."""
        pixels = np.zeros(PIXELS)
        pixels[: frame.data.size] = frame.data.ravel()
        await self.attr_pvdb["ArrayData"].write(pixels, verify_value=False)
