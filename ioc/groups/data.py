"""The data of the open run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import zip_longest
from typing import Any

import numpy as np
from caproto import SkipWrite
from caproto.server import PVGroup

from ..data.plot_data import PlotData
from ..data.selection import AXES, shown_as, shown_names
from ..desk import Desk
from ..pvs import (
    float_display,
    handled_by,
    int_display,
    post,
    string_setting,
    strings_display,
    text_display,
    wave_display,
)
from ..pvs.puts import Refusal
from .data_field import FIELDS, DataFieldGroup

__all__ = ["data_group"]

MAX_FIELDS = 200
LONGEST_LATEST = 4000


class _Drawing:
    """Mixed into the group: what is drawn, and how it is written."""

    prefix: str
    length: int
    fields: Any
    stride: Any
    latest: Any
    n: Any

    def __init__(
        self, *args: Any, desk: Desk | None = None, on_change: Callable[[], None] = lambda: None, **kwargs: Any
    ) -> None:
        """`desk` acknowledges puts; `on_change` is called when something has changed that `state` tells."""
        super().__init__(*args, **kwargs)
        self.plot = PlotData(self.length)
        self.desk = desk
        self.on_change = on_change
        self._writing = asyncio.Lock()
        self.readings = tuple(DataFieldGroup(f"{self.prefix}F{number + 1}:") for number in range(FIELDS))
        """The PVs of single fields, to be served beside this group's own."""

    def state(self) -> dict[str, str]:
        """What was selected: field by axis."""
        return self.plot.selected

    def restore(self, selected: Mapping[str, str]) -> None:
        """Select again what was selected before a restart."""
        self.plot.restore(selected)

    async def select(self, pv: Any, value: str) -> None:
        """Only a field of the run can be selected; done when it is drawn, from the start of the run."""
        axis = pv.declared.name.removesuffix("Name")
        try:
            drawn = self.plot.select(axis, value)
        except ValueError as error:
            if self.desk is not None:
                await self.desk.turn_away(pv.pvname, str(error))
            raise Refusal(str(error)) from error
        self.on_change()
        await self.publish()
        if self.desk is not None:
            await self.desk.note(pv.pvname, f"{axis} is {drawn or 'nothing'}")
        raise SkipWrite  # what is drawn has been written, which need not be what was put

    async def publish(self, at: float | None = None) -> None:
        """As it became so `at` that time (epoch seconds). N comes last: its monitor finds everything in place."""
        async with self._writing:  # a put draws, too, and the curve is to be that of the names
            plot = self.plot
            rows, n = plot.arrays()
            fields = plot.fields
            await post(self.fields, list(shown_names(fields)), at=at)
            for pv, field in zip(self._of_axes("_name"), plot.axes.fields, strict=True):
                await post(pv, shown_as(field, fields), at=at)
            await self._publish_readings(at)
            await post(self.stride, plot.stride, at=at)
            for pv, row in zip(self._of_axes(), rows, strict=True):
                await _post_row(pv, row, at)
            for name, number in asdict(plot.statistics()).items():
                await post(getattr(self, name), number, at=at)
            await post(self.latest, plot.latest(LONGEST_LATEST), at=at)
            await post(self.n, n, at=at)

    async def _publish_readings(self, at: float | None) -> None:
        for group, reading in zip_longest(self.readings, self.plot.readings(FIELDS)):
            await group.publish(reading, at)

    def _of_axes(self, end: str = "") -> list[Any]:
        return [getattr(self, axis.lower() + end) for axis in AXES]


async def _post_row(pv: Any, row: np.ndarray, at: float | None) -> None:
    """Write an array, if it changes; NaN that stays NaN is no change."""
    if not np.array_equal(np.asarray(pv.value), row, equal_nan=True):
        await post(pv, row, at=at)


def _axis(axis: str) -> Any:
    return string_setting(f"{axis}Name", f"What {axis} is; 'auto': as hinted", put=handled_by("select"))


def _statistic(name: str, doc: str) -> Any:
    return float_display(name, doc, precision=5)


def data_group(length: int) -> type[PVGroup]:
    """The group with arrays of this length; caproto wants it to be known when the class is made."""
    points = length

    class DataGroup(_Drawing, PVGroup):
        """Curves that grow as events come; padded with their last point, so that a plot draws no line to 0,0."""

        length = points
        fields = strings_display("Fields", "What can be drawn", MAX_FIELDS)
        x_name = _axis("X")
        y_name = _axis("Y")
        y2_name = _axis("Y2")
        y3_name = _axis("Y3")
        y4_name = _axis("Y4")
        x = wave_display("X", "Positions", points)
        y = wave_display("Y", "Readings", points)
        y2 = wave_display("Y2", "Readings of a second field", points)
        y3 = wave_display("Y3", "Readings of a third field", points)
        y4 = wave_display("Y4", "Readings of a fourth field", points)
        n = int_display("N", "How many points are real")
        stride = int_display("Stride", "Every how many-th point is shown")
        max_y = _statistic("Max", "The largest Y")
        max_x = _statistic("MaxX", "X of the largest Y")
        min_y = _statistic("Min", "The smallest Y")
        min_x = _statistic("MinX", "X of the smallest Y")
        center = _statistic("Center", "Mean X of the half-height crossings")
        fwhm = _statistic("FWHM", "First to last half-height crossing")
        com = _statistic("COM", "Centre of mass of Y along X")
        latest = text_display("Latest", "The last event, JSON", length=LONGEST_LATEST + 1)

    return DataGroup
