"""The data of the open run."""

from __future__ import annotations

import numpy as np
from caproto.server import PVGroup

from ..pvs import int_display, post, string_display, wave_display

__all__ = ["DATA_LENGTH", "data_group"]

DATA_LENGTH = 1000


def data_group(length: int) -> type[PVGroup]:
    """The group with arrays of this length; caproto wants it to be known when the class is made."""

    class DataGroup(PVGroup):
        """One curve that grows as events come; padded with its last point, so that a plot draws no line to 0,0."""

        x = wave_display("X", "Positions", length)
        y = wave_display("Y", "Readings", length)
        n = int_display("N", "How many points are real")
        x_name = string_display("XName", "What X is")
        y_name = string_display("YName", "What Y is")

        async def publish(self, names: tuple[str, str], x: np.ndarray, y: np.ndarray, n: int) -> None:
            """N comes last, so that its monitor finds everything in place."""
            await post(self.x_name, names[0])
            await post(self.y_name, names[1])
            await post(self.x, x)
            await post(self.y, y)
            await post(self.n, n)

    return DataGroup
