"""Statistics of a peak."""

import math
from dataclasses import asdict

import numpy as np
import pytest
from bluesky.callbacks.fitting import PeakStats
from hypothesis import given, settings
from hypothesis import strategies as st

from reioc.ioc.data.statistics import PeakStatistics, peak_statistics

from ..documents import descriptor, event, start, stop

X = [-2.0, -1.0, 0.0, 1.0, 2.0]
PEAK = [0.0, 0.0, 4.0, 0.0, 0.0]


def ours(x, y):
    return peak_statistics(np.array(x, dtype=float), np.array(y, dtype=float))


def bluesky(x, y):
    """What bluesky's PeakStats says of the same run."""
    stats = PeakStats("m1", "det")
    documents = [
        start(),
        descriptor(),
        *(event(n, {"m1": a, "det": b}) for n, (a, b) in enumerate(zip(x, y, strict=True), 1)),
    ]
    for name, doc in (*documents, stop()):
        stats(name, doc)
    found = {"max_y": stats.max[1], "max_x": stats.max[0], "min_y": stats.min[1], "min_x": stats.min[0]}
    found |= {"center": stats.cen, "fwhm": stats.fwhm, "com": stats.com}
    return {name: math.nan if value is None else float(value) for name, value in found.items()}


def test_a_peak_is_described():
    """As by hand: half of 4 is crossed at -0.5 and 0.5."""
    expected = PeakStatistics(max_y=4, max_x=0, min_y=0, min_x=-2, center=0, fwhm=1, com=0)
    assert ours(X, PEAK) == expected


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(-1000, 1000), min_size=1, max_size=12, unique=True),
    st.lists(st.integers(0, 1000), min_size=12, max_size=12),
    st.booleans(),
)
def test_it_is_what_bluesky_says(xs, ys, falling):
    """Of any curve without negative readings, measured upwards or downwards."""
    x = sorted((each / 8 for each in xs), reverse=falling)
    y = [each / 4 for each in ys[: len(x)]]
    if not any(y):
        y[0] = 1.0
    assert asdict(ours(x, y)) == pytest.approx(bluesky(x, y), rel=1e-9, abs=1e-9, nan_ok=True)


def test_no_points_say_nothing():
    """All is NaN."""
    assert all(map(math.isnan, asdict(ours([], [])).values()))


def test_a_flat_curve_has_no_width():
    """No level is crossed; where its centre of mass is, can be said."""
    found = ours([0, 1, 2], [3, 3, 3])
    assert (found.max_y, found.min_y, found.com) == (3, 3, 1)
    assert math.isnan(found.center)
    assert math.isnan(found.fwhm)


def test_an_edge_has_a_centre_and_no_width():
    """It is crossed once."""
    found = ours([0, 1, 2, 3], [0, 0, 1, 1])
    assert found.center == 1.5
    assert math.isnan(found.fwhm)


def test_x_that_goes_to_and_fro_is_sorted():
    """As if it had been measured in one direction."""
    order = [2, 0, 4, 1, 3]
    assert ours([X[i] for i in order], [PEAK[i] for i in order]) == ours(X, PEAK)


def test_points_at_the_same_place_are_no_division_by_zero():
    """The jump is where they are."""
    assert ours([0, 1, 1, 2], [0, 0, 4, 4]).center == 1


@pytest.mark.parametrize("y", [[-1.0, 0.0, 1.0], [1.0, 2.0, -2.9]])
def test_a_centre_of_mass_that_is_nowhere_is_not_told(y):
    """On purpose different from bluesky, whose answer would be an end of the curve."""
    assert math.isnan(ours([0, 1, 2], y).com)


def test_readings_whose_sum_is_no_number_are_no_error():
    """They are as large as numbers get."""
    found = ours([0, 1, 2], [1.7e308, 1.7e308, -1.7e308])
    assert (found.max_y, found.max_x, found.min_x) == (1.7e308, 0, 2)
