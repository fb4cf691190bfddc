"""`reioc runs plot`: a picture of runs, by matplotlib, without a screen."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..journal import JournalReader, RunSummary
from ..sinks.file_names import run_name
from .curves import Curves, Field, curves_of
from .errors import StoredError
from .exporting import NAME, in_place
from .texts import cut, name_of, sample_of

__all__ = ["plot"]

_ENDINGS = (".png", ".svg", ".pdf")
_MOST_PANELS = 16
_MARKED = 200
"""Points of a curve up to which each is marked."""


def plot(
    reader: JournalReader,
    runs: Sequence[RunSummary],
    output: str | None = None,
    *,
    x: str | None = None,
    y: Sequence[str] = (),
    log: bool = False,
) -> Path:
    """Draw runs, and return the file. One that is there is replaced.

    Raises StoredError for what cannot be drawn or written, or where matplotlib is missing; JournalError.
    """
    file = Path(output) if output else Path(f"{run_name(NAME, runs[-1].start)}.png")
    if file.suffix.lower() not in _ENDINGS:
        raise StoredError(f"{file}: a picture's name ends with {', '.join(_ENDINGS)}")
    figure = _figure([curves_of(reader, run, x, y) for run in runs], log)
    with in_place(file.parent, force=True) as place, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)  # a sample's name in any script
        figure.savefig(place.work / file.name)
    return file


def _figure(drawn: Sequence[Curves], log: bool) -> Any:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise StoredError(f"a picture needs matplotlib: pip install 'reioc[plot]' ({error})") from error
    lines, maps = [each for each in drawn if each.second is None], [each for each in drawn if each.second is not None]
    # What has the same axes is drawn over one another.
    names = list(dict.fromkeys((each.x.name, field.name) for each in lines for field in each.ys))
    panels = [(each, field) for each in maps for field in each.ys]
    count = len(names) + len(panels)
    if count > _MOST_PANELS:
        raise StoredError(f"these would be {count} pictures, and {_MOST_PANELS} fit: name less runs, or --y")
    columns = min(3, math.ceil(math.sqrt(count))) if panels else 1
    rows = math.ceil(count / columns)
    figure = Figure(figsize=(max(7.0, 5.0 * columns), max(4.5, (4.0 if panels else 2.4) * rows)), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, columns, squeeze=False)
    axes = [axis for row in grid for axis in row]
    for axis in axes[count:]:
        axis.set_axis_off()
    for axis, name in zip(axes, names, strict=False):
        both = [(each, field) for each in lines for field in each.ys if (each.x.name, field.name) == name]
        _draw_lines(axis, both, log)
    for axis, (each, field) in zip(axes[len(names) :], panels, strict=False):
        _draw_map(figure, axis, each, field, log)
        if len(maps) > 1:
            axis.set_title(name_of(each.run), fontsize="medium")
    figure.suptitle(_title([each.run for each in drawn]), parse_math=False)
    return figure


def _title(runs: Sequence[RunSummary]) -> str:
    names = [name_of(run) for run in runs]
    if len(runs) > 1:
        names = [f"{len(runs)} runs" if len(runs) > 5 else ", ".join(names)]
    parts = [*names, *_common([run.plan_name for run in runs]), *_common([sample_of(run.start) for run in runs])]
    status = [run.exit_status or "open" for run in runs if run.exit_status != "success"]
    return cut(" · ".join([*parts, *(status if len(runs) == 1 else [])]), 90)


def _common(texts: Sequence[str]) -> list[str]:
    return [texts[0]] if texts[0] and len({*texts}) == 1 else []


def _draw_lines(axis: Any, drawn: Sequence[tuple[Curves, Field]], log: bool) -> None:
    for each, field in drawn:
        _refuse_log(field, log)
        style = {"marker": "o", "markersize": 3.5} if len(field.values) <= _MARKED else {}
        axis.plot(each.x.values, field.values, linewidth=1.2, label=name_of(each.run), **style)
    if log:
        axis.set_yscale("log", nonpositive="mask")
    axis.grid(alpha=0.3)
    _label(axis, {each.x.label: None for each, _ in drawn}, {field.label: None for _, field in drawn})
    if len(drawn) > 1:
        axis.legend(fontsize="small")


def _draw_map(figure: Any, axis: Any, each: Curves, field: Field, log: bool) -> None:
    """Readings as colours."""
    from matplotlib.colors import LogNorm

    if each.second is None:
        raise ValueError("a map has two dimensions")
    _refuse_log(field, log)
    norm = LogNorm() if log else None
    values = np.where(field.values > 0, field.values, np.nan) if log else field.values
    if each.grid is not None and all(len(positions) > 1 for positions in each.grid.axes):
        up, right = each.grid.axes
        picture = np.ma.masked_invalid(each.grid.filled(values))
        shown = axis.pcolormesh(right, up, picture, shading="nearest", norm=norm)
    else:
        there = np.isfinite(values)
        shown = axis.scatter(each.x.values[there], each.second.values[there], c=values[there], s=30, norm=norm)
    figure.colorbar(shown, ax=axis).set_label(field.label, parse_math=False)
    _label(axis, [each.x.label], [each.second.label])


def _label(axis: Any, x: Any, y: Any) -> None:
    axis.set_xlabel(" / ".join(x), parse_math=False)
    axis.set_ylabel(" / ".join(y), parse_math=False)


def _refuse_log(field: Field, log: bool) -> None:
    if log and not (field.values > 0).any():
        raise StoredError(f"{field.name} has no value above 0, and so nothing on a logarithmic scale")
