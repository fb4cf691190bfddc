"""Trajectories that go outwards."""

from __future__ import annotations

import math
from typing import Any

import bluesky.plan_patterns as theirs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reioc.engine.plans import patterns

places = st.floats(-50, 50)
widths = st.floats(1, 2)
rings = st.floats(0.1, 0.2)
tilts = st.sampled_from([0.0, 0.3, -1.0])
numbers = st.integers(2, 7)


def columns(trajectory: Any) -> tuple[np.ndarray, np.ndarray]:
    """All x, all y."""
    steps = list(trajectory)
    return np.array([step["x"] for step in steps]), np.array([step["y"] for step in steps])


def blueskys(name: str, *args: Any, **kwargs: Any) -> Any:
    return list(getattr(theirs, name)("x", "y", *args, **kwargs))


@settings(max_examples=30)
@given(x=places, y=places, width=widths, height=widths, dr=rings, nth=st.floats(3, 9), tilt=tilts)
def test_spiral_is_blueskys(x: float, y: float, width: float, height: float, dr: float, nth: float, tilt: float):
    """Any centre, size and lean: the same points in the same order."""
    for dr_y in (None, 2 * dr):
        ours = list(patterns.spiral("x", "y", x, y, width, height, dr, nth, dr_y=dr_y, tilt=tilt))

        assert blueskys("spiral", x, y, width, height, dr, nth, dr_y=dr_y, tilt=tilt) == ours


@settings(max_examples=30)
@given(x=places, y=places, width=widths, height=widths, dr=rings, factor=st.floats(1, 3), tilt=tilts)
def test_fermat_is_blueskys(x: float, y: float, width: float, height: float, dr: float, factor: float, tilt: float):
    """Any centre, size and lean: the same points in the same order."""
    for dr_y in (None, 2 * dr):
        ours = list(patterns.spiral_fermat("x", "y", x, y, width, height, dr, factor, dr_y=dr_y, tilt=tilt))

        assert blueskys("spiral_fermat", x, y, width, height, dr, factor, dr_y=dr_y, tilt=tilt) == ours


@given(x=places, y=places, width=widths, height=widths, x_num=numbers, y_num=numbers)
def test_square_is_blueskys(x: float, y: float, width: float, height: float, x_num: int, y_num: int) -> None:
    """Any centre, size and numbers: the same points in the same order."""
    ours = list(patterns.spiral_square_pattern("x", "y", x, y, width, height, x_num, y_num))

    assert blueskys("spiral_square_pattern", x, y, width, height, x_num, y_num) == ours


@given(x_num=st.integers(1, 8), y_num=st.integers(1, 8))
def test_a_square_spiral_visits_each_point_of_its_grid_once(x_num: int, y_num: int) -> None:
    """As many points as the grid has, none twice, from the middle outwards."""
    x, y = columns(patterns.spiral_square_pattern("x", "y", 0, 0, x_num - 1, y_num - 1, x_num, y_num))

    grid = {(i - (x_num - 1) / 2, j - (y_num - 1) / 2) for i in range(x_num) for j in range(y_num)}
    assert len(x) == len(grid)
    assert grid == set(zip(x.tolist(), y.tolist(), strict=True))
    rings_from_the_first = np.maximum(abs(x - x[0]), abs(y - y[0]))
    assert (np.diff(rings_from_the_first) >= 0).all()


def test_a_square_spiral_goes_down_left_up_right() -> None:
    """The nine points of the smallest one."""
    x, y = columns(patterns.spiral_square_pattern("x", "y", 0, 0, 2, 2, 3, 3))

    assert x.tolist() == [0, 1, 1, 0, -1, -1, -1, 0, 1]
    assert y.tolist() == [0, 0, -1, -1, -1, 0, 1, 1, 1]


def test_one_point_across_is_in_the_middle() -> None:
    """Bluesky divides by zero; here it is a line, as a grid of one point across is."""
    x, y = columns(patterns.spiral_square_pattern("x", "y", 5, 0, 2, 2, 1, 3))

    assert x.tolist() == [5, 5, 5]
    assert sorted(y) == [-1, 0, 1]


@settings(max_examples=30)
@given(width=widths, height=widths, dr=rings, tilt=tilts)
def test_points_lie_in_the_ranges(width: float, height: float, dr: float, tilt: float) -> None:
    """In y within the height, in x within the width that leans by the tilt."""
    for trajectory in (
        patterns.spiral("x", "y", 0, 0, width, height, dr, 5, tilt=tilt),
        patterns.spiral_fermat("x", "y", 0, 0, width, height, dr, 1.5, tilt=tilt),
    ):
        x, y = columns(trajectory)
        assert (abs(y) <= height / 2 * (1 + 1e-12)).all()
        assert (abs(x + y * math.tan(tilt)) <= width / 2 * (1 + 1e-12)).all()


def test_rings_of_a_spiral() -> None:
    """Ring i has the radius i dr and i times nth points, as far as they are in the ranges."""
    x, y = columns(patterns.spiral("x", "y", 1, 2, 20, 20, 1, 4))

    radius = np.round(np.hypot(x - 1, y - 2), 9)
    assert {ring: int((radius == ring).sum()) for ring in (1, 2, 3, 10)} == {1: 4, 2: 8, 3: 12, 10: 40}
    assert (np.diff(radius) >= 0).all()


def test_fermat_covers_evenly() -> None:
    """The number of points within a radius grows with its square; neighbours are a golden angle apart."""
    x, y = columns(patterns.spiral_fermat("x", "y", 0, 0, 20, 20, 1, 1))

    radius = np.hypot(x, y)
    assert [int((radius < r).sum()) for r in (3.01, 6.01, 9.01)] == [9, 36, 81]
    assert radius[:4] == pytest.approx([1, math.sqrt(2), math.sqrt(3), 2])
    angles = np.degrees(np.diff(np.unwrap(np.arctan2(y, x)))[:20]) % 360
    assert angles == pytest.approx(np.full(20, 137.508))


def test_ellipses() -> None:
    """dr_y is the growth along y: the spiral's height is its range, Fermat's shrinks with it, as bluesky's does."""
    for dr_y in (0.5, 1.0):
        _, y = columns(patterns.spiral("x", "y", 0, 0, 10, 10, 0.5, 6, dr_y=dr_y))
        assert 4.5 < abs(y).max() <= 5
        _, y = columns(patterns.spiral_fermat("x", "y", 0, 0, 10, 10, 0.5, 2, dr_y=dr_y))
        assert 4.5 * 0.5 / dr_y < abs(y).max() <= 5 * 0.5 / dr_y


GOOD: dict[str, Any] = {"x_start": 0, "y_start": 0, "x_range": 2, "y_range": 2, "dr": 1}


@pytest.mark.parametrize("name", ["spiral", "spiral_fermat"])
@pytest.mark.parametrize(
    ("wrong", "error", "part"),
    [
        ({"dr": 0}, ValueError, "dr must be above 0, not 0"),
        ({"dr": -1}, ValueError, "dr must be above 0, not -1"),
        ({"dr": "1"}, TypeError, "dr must be a number, not '1'"),
        ({"dr": 1e-9}, ValueError, "at most 10,000,000 are allowed"),
        ({"dr": 50}, ValueError, "no point lies in the ranges"),
        ({"dr_y": 0}, ValueError, "dr_y must be above 0"),
        ({"x_range": 0}, ValueError, "x_range must be above 0"),
        ({"y_range": float("inf")}, ValueError, "y_range must be finite, not inf"),
        ({"x_start": "a"}, TypeError, "x_start must be a number, not 'a'"),
        ({"y_start": float("nan")}, ValueError, "y_start must be finite, not nan"),
        ({"tilt": 10}, ValueError, "tilt must be between -π/2 and π/2, in radians, not 10"),
        ({"tilt": "0"}, TypeError, "tilt must be a number"),
        ({"last": 0}, ValueError, "must be above 0, not 0"),
        ({"last": None}, TypeError, "must be a number, not None"),
    ],
)
def test_a_wrong_spiral_is_refused(name: str, wrong: dict[str, Any], error: type[Exception], part: str) -> None:
    """By the name of what is wrong, with what would be right."""
    form = {**GOOD, **wrong}
    last = form.pop("last", 5)
    with pytest.raises(error, match=f"^{name}: ") as caught:
        getattr(patterns, name)("x", "y", *(form.pop(key) for key in GOOD), last, **form)
    assert part in str(caught.value)


def test_no_lean_may_be_none() -> None:
    """Bluesky's annotation allows None for the tilt: here it is none."""
    straight, none = (list(patterns.spiral("x", "y", 0, 0, 2, 2, 0.5, 3, tilt=tilt)) for tilt in (0.0, None))

    assert straight == none


@pytest.mark.parametrize(
    ("nums", "error", "part"),
    [
        ((2.5, 3), ValueError, "x_num must be a whole number"),
        ((3, 0), ValueError, "y_num must be at least 1, not 0"),
        (("3", 3), ValueError, "x_num must be a whole number"),
        ((10**4, 10**4), ValueError, "at most 10,000,000 are allowed"),
    ],
)
def test_a_wrong_square_is_refused(nums: Any, error: type[Exception], part: str) -> None:
    """By the name of what is wrong."""
    with pytest.raises(error, match=r"^spiral_square_pattern: ") as caught:
        patterns.spiral_square_pattern("x", "y", 0, 0, 1, 1, *nums)
    assert part in str(caught.value)


def test_wrong_ranges_of_a_square_are_refused() -> None:
    """Centre and ranges are numbers."""
    with pytest.raises(TypeError, match="spiral_square_pattern: x_range must be a number, not 'a'"):
        patterns.spiral_square_pattern("x", "y", 0, 0, "a", 1, 2, 2)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="spiral_square_pattern: y_center must be finite, not nan"):
        patterns.spiral_square_pattern("x", "y", 0, math.nan, 1, 1, 2, 2)
