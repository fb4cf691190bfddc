"""Where a curve has its peak, and how wide that is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

__all__ = ["PeakStatistics", "peak_statistics"]

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class PeakStatistics:
    """Statistics of y against x, by the definitions of bluesky's `PeakStats`; NaN is what cannot be said."""

    max_y: float = math.nan
    """The largest y."""
    max_x: float = math.nan
    """x of the first point at which y is largest."""
    min_y: float = math.nan
    """The smallest y."""
    min_x: float = math.nan
    """x of the first point at which y is smallest."""
    center: float = math.nan
    """The mean of those x at which the line through the points crosses the level midway between the smallest and the
    largest y (bluesky's `cen`); NaN if it never does, as when the curve is flat."""
    fwhm: float = math.nan
    """From the first of these crossings to the last; NaN if there are less than two."""
    com: float = math.nan
    """The centre of mass: the mean number of the points, weighted with y, turned into an x between the points at both
    sides. No background is taken off. Of readings that are partly negative it may lie beyond the points: then it is
    NaN, where bluesky gives the outermost x."""


def peak_statistics(x: np.ndarray, y: np.ndarray) -> PeakStatistics:
    """Statistics of a curve of finite numbers, in the order of measurement.

    x that goes to and fro is sorted first, which bluesky leaves to the caller.
    """
    if not len(x):
        return PeakStatistics()
    steps = np.diff(x)
    if not ((steps >= 0).all() or (steps <= 0).all()):
        order = np.argsort(x, kind="stable")
        x, y = x[order], y[order]
    highest, lowest = int(y.argmax()), int(y.argmin())
    with np.errstate(all="ignore"):  # sums of huge readings: what comes of them is not finite, and so not shown
        crossings = _crossings(x, y - (y[highest] + y[lowest]) / 2)
        center = float(crossings.mean()) if len(crossings) else math.nan
        com = _center_of_mass(x, y)
    return PeakStatistics(
        max_y=float(y[highest]),
        max_x=float(x[highest]),
        min_y=float(y[lowest]),
        min_x=float(x[lowest]),
        center=_finite(center),
        fwhm=_finite(float(abs(crossings[-1] - crossings[0])) if len(crossings) > 1 else math.nan),
        com=_finite(com),
    )


def _crossings(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Where the line through the points goes through 0; a point at 0 counts as below."""
    above = y > 0
    at = np.flatnonzero(above[1:] != above[:-1])
    return x[at] - y[at] * (x[at + 1] - x[at]) / (y[at + 1] - y[at])


def _center_of_mass(x: np.ndarray, y: np.ndarray) -> float:
    numbers = np.arange(len(x))
    total = y.sum()
    if not total:
        return math.nan
    mean = float((y * numbers).sum() / total)
    if not -_ROUNDING <= mean <= len(x) - 1 + _ROUNDING:
        return math.nan
    return float(np.interp(mean, numbers, x))


def _finite(number: float) -> float:
    return number if math.isfinite(number) else math.nan
