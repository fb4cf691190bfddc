"""What is drawn of a run: its numbers, along axes that its hints or people choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data.selection import AXES, Scene
from ..data.table import SEQ_NUM, TIME, Table
from ..journal import JournalReader, RunSummary
from .contents import Contents, Dimensions
from .errors import StoredError
from .grids import Grid, grid_of
from .texts import name_of

__all__ = ["MOST_FIELDS", "Curves", "Field", "axes_of", "curves_of", "dimensions_drawn"]

MOST_FIELDS = len(AXES) - 1
"""That are drawn of one run."""


@dataclass(frozen=True, slots=True)
class Field:
    """Numbers, one a point, and what they are."""

    name: str
    label: str
    values: np.ndarray


@dataclass(frozen=True, slots=True)
class Curves:
    """What is drawn of a run: either `ys` along `x`, or, where there is a second dimension, along that as well.

    `grid` is where the points of two dimensions are on a grid, if they are.
    """

    run: RunSummary
    x: Field
    ys: tuple[Field, ...]
    second: Field | None = None
    grid: Grid | None = None


def curves_of(reader: JournalReader, run: RunSummary, x: str | None, ys: Sequence[str]) -> Curves:
    """Read a run, and choose. Raises StoredError if it has not what is asked for, or nothing to draw; JournalError."""
    contents, tables = _read(reader, run)
    stream, x_name, y_names = axes_of(contents, run, x, ys)
    table = tables.get(stream)
    if table is None or not y_names or not len(table.column(SEQ_NUM)):
        raise StoredError(f"{name_of(run)} has no points to draw{_what_there_is(contents)}")
    keys = contents.streams[stream].data_keys

    def field(name: str) -> Field:
        units = "s" if name == TIME else keys.get(name, {}).get("units")
        called = "point" if name == SEQ_NUM else name
        return Field(name, f"{called} ({units})" if units else called, table.column(name))

    dimensions = dimensions_drawn(contents, stream) if x is None else Dimensions()
    drawn = tuple(field(name) for name in y_names)
    if not any(np.isfinite(each.values).any() for each in drawn):
        raise StoredError(f"{name_of(run)} has nothing to draw: at no point is {' or '.join(y_names)} a finite number")
    if len(dimensions.fields) != 2:
        return Curves(run, field(x_name), drawn)
    first, second = map(field, dimensions.first)
    if not dimensions.shape:
        return Curves(run, first, drawn, second)
    # Of a grid the outer dimension goes upwards.
    grid = grid_of(dimensions, table.column(SEQ_NUM), [first.values, second.values])
    return Curves(run, second, drawn, first, grid)


def _read(reader: JournalReader, run: RunSummary) -> tuple[Contents, dict[str, Table]]:
    contents = Contents()
    tables: dict[str, Table] = {}
    for seq, name, doc in reader.documents(run.uid):
        rows = contents.take(seq, name, doc)
        if name == "descriptor":
            for stream in contents.streams.values():
                tables.setdefault(stream.name, Table(run.events + 2, run.started)).want(stream.scalars)
        for stream, row in rows:
            tables[stream.name].event({"seq_num": row.seq_num, "time": row.time, "data": row.data})
    return contents, tables


def axes_of(contents: Contents, run: RunSummary, x: str | None, ys: Sequence[str]) -> tuple[str, str, list[str]]:
    """Stream, x and the y, as the curves of the IOC choose them. Raises StoredError for what cannot be drawn."""
    if len(ys) > MOST_FIELDS:
        raise StoredError(f"at most {MOST_FIELDS} fields are drawn of a run, not {len(ys)}")
    scene = contents.scene
    wanted = dict(zip(AXES, (x or "", *ys), strict=False))
    wanted = {axis: name for axis, name in wanted.items() if name}
    for axis in sorted(wanted, key=lambda axis: axis == "X"):  # Y first: it says which stream it is
        _check(scene, axis, wanted, run)
    axes = scene.axes(wanted)
    x_name, *y_names = axes.fields
    if x is None and len(contents.dimensions.fields) > 2:  # along none of them it would be a curve
        x_name = SEQ_NUM
    y_names = [name for name in y_names if name][: len(ys) or None] or _anything(scene, contents, axes.stream, x_name)
    return axes.stream, x_name, y_names


def _check(scene: Scene, axis: str, wanted: dict[str, str], run: RunSummary) -> None:
    try:
        scene.check(axis, wanted[axis], wanted)
    except ValueError as error:
        raise StoredError(f"{name_of(run)}: {error}") from error


def _anything(scene: Scene, contents: Contents, stream: str, x: str) -> list[str]:
    """Where no device hints at anything."""
    varied = {name for names in contents.dimensions.fields for name in names}
    found = scene.streams[stream].scalars if stream in scene.streams else ()
    return [name for name in found if name not in varied and name != x][:MOST_FIELDS]


def dimensions_drawn(contents: Contents, stream: str) -> Dimensions:
    """What was varied, if all of it is numbers of that stream."""
    dimensions = contents.dimensions
    scalars = contents.streams[stream].scalars if stream in contents.streams else ()
    fits = dimensions.stream == stream and all(name in scalars for name in dimensions.first)
    return dimensions if fits else Dimensions()


def _what_there_is(contents: Contents) -> str:
    streams = ", ".join(f"{stream.name} ({len(stream.seq_nums)} events)" for stream in contents.streams.values())
    return f"; its streams: {streams}" if streams else ": it has no stream"
