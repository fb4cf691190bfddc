"""What a NeXus program draws when it opens a run: signal and axes, as the hints say."""

from __future__ import annotations

from collections.abc import Mapping

import h5py
import numpy as np

from ..data.table import SEQ_NUM
from ..journal import RunSummary
from .contents import Contents, Stream
from .curves import axes_of, dimensions_drawn
from .grids import Grid, grid_of
from .hdf5_values import encodable, group
from .texts import name_of

__all__ = ["put_plot"]

_NUMBERS = "biufc"
_KINDS = {1: "spectrum", 2: "image"}
_Datasets = Mapping[str, h5py.Dataset]


def put_plot(entry: h5py.Group, contents: Contents, run: RunSummary, stream: str, datasets: _Datasets) -> bool:
    """Make the group `data`, the entry's default, of a stream's datasets by field; whether there is anything to draw.

    `datasets` also has `time` and `seq_num`.
    """
    _, x, found = axes_of(contents, run, None, ())
    signals = [name for name in found if _is_curve(datasets.get(name))]
    arrays = [name for name in _arrays(contents.streams[stream]) if _is_array(datasets.get(name))]
    x = x if _is_curve(datasets.get(x)) else SEQ_NUM
    if not signals and not arrays:
        return False
    # Pictures that a detector hints at, rather than numbers that nobody does.
    shows_arrays = bool(arrays) and arrays[0] in contents.streams[stream].hinted and not _is_hinted(signals, contents)
    data = group(entry, "data", "NXdata")
    data.attrs["title"] = encodable(f"{name_of(run)} {run.plan_name}")
    if not signals or shows_arrays:
        _put_arrays(data, datasets, arrays, x)
        return True
    dimensions = dimensions_drawn(contents, stream)
    positions = [datasets[name][()] for name in dimensions.first if _is_curve(datasets.get(name))]
    if len(positions) == len(dimensions.fields) == 2 or dimensions.shape:
        grid = grid_of(dimensions, datasets[SEQ_NUM][()], positions)
        if grid is not None:
            _put_grid(data, datasets, signals, dimensions.first, grid)
            return True
    axes = list(dimensions.first) if len(positions) == len(dimensions.fields) == 2 else [x]
    _name_signals(data, [_linked(data, datasets[name]) for name in signals])
    _name_axes(data, [_linked(data, datasets[name]) for name in axes], [0] * len(axes))
    return True


def _is_hinted(signals: list[str], contents: Contents) -> bool:
    return any(name in stream.hinted for stream in contents.streams.values() for name in signals)


def _is_curve(dataset: h5py.Dataset | None) -> bool:
    return dataset is not None and dataset.ndim == 1 and dataset.dtype.kind in _NUMBERS


def _is_array(dataset: h5py.Dataset | None) -> bool:
    return dataset is not None and dataset.ndim > 1 and dataset.dtype.kind in _NUMBERS


def _arrays(stream: Stream) -> list[str]:
    """Fields that may be arrays, first those that the devices hint at."""
    return list(dict.fromkeys((*stream.hinted, *stream.data_keys)))


def _put_arrays(data: h5py.Group, datasets: _Datasets, arrays: list[str], x: str) -> None:
    """One array a point: pictures, or spectra, along x."""
    signal = datasets[arrays[0]]
    data.attrs["signal"] = _linked(data, signal)
    data.attrs["axes"] = [_linked(data, datasets[x]), *["."] * (signal.ndim - 1)]
    if signal.ndim - 1 in _KINDS:
        signal.attrs["interpretation"] = _KINDS[signal.ndim - 1]


def _put_grid(
    data: h5py.Group, datasets: _Datasets, signals: list[str], dimensions: tuple[str, ...], grid: Grid
) -> None:
    names = [_copied(data, datasets[name], axis) for name, axis in zip(dimensions, grid.axes, strict=True)]
    _name_signals(data, [_copied(data, datasets[name], grid.filled(datasets[name][()])) for name in signals])
    _name_axes(data, names, list(range(len(names))))


def _name_signals(data: h5py.Group, names: list[str]) -> None:
    data.attrs["signal"] = names[0]
    if names[1:]:
        data.attrs["auxiliary_signals"] = names[1:]


def _name_axes(data: h5py.Group, names: list[str], dimensions: list[int]) -> None:
    data.attrs["axes"] = names
    for name, dimension in zip(names, dimensions, strict=True):
        data.attrs[f"{name}_indices"] = dimension


def _linked(data: h5py.Group, dataset: h5py.Dataset) -> str:
    """The same dataset in another place, as NeXus links."""
    name = str(dataset.name).rpartition("/")[2]
    if name not in data:
        dataset.attrs["target"] = dataset.name
        data[name] = dataset
    return name


def _copied(data: h5py.Group, dataset: h5py.Dataset, values: np.ndarray) -> str:
    name = str(dataset.name).rpartition("/")[2]
    made = data.create_dataset(name, data=values)
    for key in ("units", "long_name"):
        if key in dataset.attrs:
            made.attrs[key] = dataset.attrs[key]
    return name
