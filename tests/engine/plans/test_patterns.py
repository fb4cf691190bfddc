"""Trajectories."""

from __future__ import annotations

from typing import Any

import bluesky.plan_patterns as theirs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reioc.engine.plans import patterns

from .cases import FakeMotor

MOTORS = [FakeMotor(name) for name in "abcd"]
positions = st.floats(-100, 100)
axes = st.lists(st.tuples(positions, positions, st.integers(1, 5), st.booleans()), min_size=1, max_size=4)


def grid_arguments(ranges: list[tuple[float, float, int, bool]], *, flags: bool) -> list[Any]:
    args: list[Any] = []
    for motor, (start, stop, num, snake) in zip(MOTORS, ranges, strict=False):
        args += [motor, start, stop, num, *([snake] if flags and args else [])]
    return args


def points(trajectory: Any) -> list[dict[str, float]]:
    return [{motor.name: position for motor, position in step.items()} for step in trajectory]


@given(ranges=axes, flags=st.booleans())
def test_outer_product_is_blueskys(ranges: Any, flags: bool) -> None:
    """Any grid, any axes snaking: the same points in the same order, and as many as the shape says."""
    args = grid_arguments(ranges, flags=flags)

    ours = points(patterns.outer_product(args))

    assert points(theirs.outer_product(args)) == ours
    assert np.prod([num for _, _, num, _ in ranges]) == len(ours)


@given(numbers=st.lists(st.integers(1, 4), min_size=2, max_size=4))
def test_a_snake_never_jumps(numbers: list[int]) -> None:
    """When all axes snake, one motor moves by one step from each point to the next."""
    args = grid_arguments([(0, num - 1, num, True) for num in numbers], flags=True)

    steps = [list(step.values()) for step in patterns.outer_product(args)]

    assert all(np.abs(np.subtract(*pair)).sum() == 1 for pair in zip(steps[1:], steps, strict=False))
    assert len({tuple(step) for step in steps}) == len(steps)


@given(num=st.integers(1, 9), ranges=st.lists(st.tuples(positions, positions), min_size=1, max_size=4))
def test_inner_product_is_blueskys(num: int, ranges: Any) -> None:
    """Any line: the same points in the same order."""
    args = [value for motor, ends in zip(MOTORS, ranges, strict=False) for value in (motor, *ends)]

    assert points(theirs.inner_product(num, args)) == points(patterns.inner_product(num, args))


@given(columns=st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(positions, min_size=n, max_size=n), min_size=1)))
def test_inner_list_product_is_blueskys(columns: list[list[float]]) -> None:
    """Any lists: the same points in the same order."""
    args = [value for motor, column in zip(MOTORS, columns, strict=False) for value in (motor, column)]

    assert points(theirs.inner_list_product(args)) == points(patterns.inner_list_product(args))


@given(ranges=axes, flags=st.booleans())
def test_chunks_are_blueskys(ranges: Any, flags: bool) -> None:
    """The arguments of a grid are cut where bluesky cuts them, with or without snake flags."""
    args = grid_arguments(ranges, flags=flags)

    chunks = patterns.chunk_outer_product_args(args)

    assert list(theirs.chunk_outer_product_args(args)) == [tuple(axis) for axis in chunks]
    assert (flags and len(ranges) > 1) == patterns.has_snake_flags(args)


def test_lines_take_names_for_motors() -> None:
    """What a start document has, names instead of motors, gives the trajectory again."""
    assert list(patterns.inner_product(2, ["m", 0, 1])) == [{"m": 0.0}, {"m": 1.0}]
    assert list(patterns.inner_list_product(["m", [4], "n", [5]])) == [{"m": 4, "n": 5}]


a, b, c, _ = MOTORS


@pytest.mark.parametrize(
    ("args", "part"),
    [
        ([], "there is none"),
        ([1, 2, 3, 4], "the first argument is no motor but 1"),
        ([a], "'a' has nothing"),
        ([a, 0, 1], "'a' has 0, 1"),
        ([a, 0, 1, 2, True], "'a' has 0, 1, 2, True"),
        ([a, 0, 1, 2, b, 0, 1], "'b' has 0, 1"),
        ([a, 0, 1, 2, b, 0, 1, 2, True, c, 0, 1, 2], "'b' has 0, 1, 2, True"),
        ([a, 0, 1, 2.5], "num of 'a' must be a whole number"),
        ([a, 0, 1, 0], "num of 'a' must be at least 1, not 0"),
    ],
)
def test_a_wrong_grid_is_refused_with_the_axis(args: list[Any], part: str) -> None:
    """A ValueError says which axis is wrong and what it has."""
    with pytest.raises(ValueError, match=r"must be|A grid takes") as caught:
        patterns.outer_product(args)
    assert part in str(caught.value)


def test_a_wrong_line_is_refused() -> None:
    """Incomplete groups and what is no number are refused by name."""
    with pytest.raises(ValueError, match=r"inner_product takes \(motor, start, stop\) once per motor; 2 arguments"):
        patterns.inner_product(3, [a, 1])
    with pytest.raises(ValueError, match=r"inner_list_product takes \(motor, positions\)"):
        patterns.inner_list_product([a])
    with pytest.raises(ValueError, match="inner_list_product of several motors needs at least one point"):
        patterns.inner_list_product([a, [], b, []])
    with pytest.raises(TypeError, match="Start and stop of 'a' must be numbers, not 'x' and 1"):
        patterns.inner_product(3, [a, "x", 1])
    with pytest.raises(TypeError, match="inner_product: num must be a whole number, not None"):
        patterns.inner_product(None, [a, 0, 1])  # type: ignore[arg-type]
