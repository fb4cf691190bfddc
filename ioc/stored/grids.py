"""Points of a grid scan, put where they are on the grid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .contents import Dimensions

__all__ = ["Grid", "grid_of"]


@dataclass(frozen=True, slots=True)
class Grid:
    """The part of a grid that was measured: the position along each dimension, outermost first."""

    axes: tuple[np.ndarray, ...]
    places: tuple[np.ndarray, ...]
    """Where each point is along each dimension."""

    def filled(self, values: np.ndarray) -> np.ndarray:
        """A value per point as an array of the grid's shape, with NaN where there is none."""
        found = np.full([len(axis) for axis in self.axes], math.nan)
        found[self.places] = values
        return found


def grid_of(dimensions: Dimensions, seq_nums: np.ndarray, positions: Sequence[np.ndarray]) -> Grid | None:
    """The grid of points that were taken in its order; `positions` are those along each dimension, point by point.

    Rows without any point are left out: where they would have been, nobody knows. None if it is no grid.
    """
    shape = dimensions.shape
    if not shape or not len(seq_nums) or len(positions) != len(shape):
        return None
    order = seq_nums.astype(int) - 1
    if order.min() < 0 or order.max() >= math.prod(shape):
        return None
    places = list(np.unravel_index(order, shape))
    for at in range(1, len(shape)):
        if dimensions.snaking[at]:  # every second time it goes back
            is_back = (order // math.prod(shape[at:])) % 2 == 1
            places[at] = np.where(is_back, shape[at] - 1 - places[at], places[at])
    axes = []
    for at, where in enumerate(positions):
        there, places[at] = np.unique(places[at], return_inverse=True)
        counts = np.bincount(places[at], minlength=len(there))
        axes.append(np.bincount(places[at], weights=where, minlength=len(there)) / counts)
    return Grid(tuple(axes), tuple(places)) if all(map(_is_monotonic, axes)) else None


def _is_monotonic(axis: np.ndarray) -> bool:
    steps = np.diff(axis)
    return bool(np.isfinite(axis).all() and ((steps > 0).all() or (steps < 0).all()))
