"""The data of the open run."""

from __future__ import annotations

from caproto.server import PVGroup

from ..data.plot_data import PlotData
from ..pvs import int_display, post, string_display, wave_display

__all__ = ["data_group"]


def data_group(length: int) -> type[PVGroup]:
    """The group with arrays of this length; caproto wants it to be known when the class is made."""

    class DataGroup(PVGroup):
        """One curve that grows as events come; padded with its last point, so that a plot draws no line to 0,0."""

        x = wave_display("X", "Positions", length)
        y = wave_display("Y", "Readings", length)
        n = int_display("N", "How many points are real")
        stride = int_display("Stride", "Every how many-th point is shown")
        x_name = string_display("XName", "What X is")
        y_name = string_display("YName", "What Y is")

        async def publish(self, plot: PlotData, at: float | None = None) -> None:
            """As it became so `at` that time (epoch seconds). N comes last: its monitor finds everything in place."""
            x, y, n = plot.arrays()
            await post(self.x_name, plot.x_name, at=at)
            await post(self.y_name, plot.y_name, at=at)
            await post(self.stride, plot.stride, at=at)
            await post(self.x, x, at=at)
            await post(self.y, y, at=at)
            await post(self.n, n, at=at)

    return DataGroup
