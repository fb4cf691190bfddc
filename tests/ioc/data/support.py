"""Runs by hand, of which something is drawn."""

from __future__ import annotations

from typing import Any

from reioc.ioc.data.plot_data import PlotData

from ..documents import descriptor, event, start

SCALAR = {"dtype": "number", "shape": []}


def stream(plot: PlotData, name: str, *fields: str, hinted: tuple[str, ...] = (), run: str = "run") -> None:
    """Describe a stream of scalars; `hinted` are those that its device hints at."""
    keys = dict.fromkeys(fields, SCALAR)
    plot.document(*descriptor(name, run, data_keys=keys, hints={"device": {"fields": list(hinted)}}))


def begin(plot: PlotData, *dimension: str, run: str = "run") -> None:
    """Open a run along these fields of the primary stream."""
    hints = {"dimensions": [(list(dimension), "primary")]} if dimension else {}
    plot.document(*start(run, hints=hints))


def point(plot: PlotData, seq_num: int, *, name: str = "primary", run: str = "run", **data: Any) -> None:
    """An event, taken `seq_num` seconds after the start."""
    plot.document(*event(seq_num, data, name=name, run=run))


def drawn(plot: PlotData, axis: int) -> list[float]:
    """The points of an axis, 0 being x."""
    rows, n = plot.arrays()
    return rows[axis, :n].tolist()
