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


lists = st.lists(st.lists(positions, min_size=1, max_size=4), min_size=1, max_size=3)


@given(columns=lists, snakes=st.sampled_from([True, False, "last", "none"]))
def test_outer_list_product_is_blueskys(columns: list[list[float]], snakes: Any) -> None:
    """Any lists, any axes snaking: the same points in the same order, and as many as the lists make."""
    motors = MOTORS[: len(columns)]
    listed = {"last": motors[1:][-1:], "none": []}
    snake_axes = listed.get(snakes, snakes)
    args = [value for pair in zip(motors, columns, strict=True) for value in pair]

    ours = points(patterns.outer_list_product(args, snake_axes))

    assert points(theirs.outer_list_product(args, snake_axes)) == ours
    assert np.prod([len(column) for column in columns]) == len(ours)


@given(columns=lists)
def test_a_snake_visits_what_a_grid_visits(columns: list[list[float]]) -> None:
    """Snaking changes the order alone."""
    args = [value for pair in zip(MOTORS, columns, strict=False) for value in pair]

    snake, plain = (map(tuple, map(dict.values, points(patterns.outer_list_product(args, s)))) for s in (True, False))

    assert sorted(snake) == sorted(plain)


@given(ranges=axes, flags=st.booleans())
def test_chunks_are_blueskys(ranges: Any, flags: bool) -> None:
    """The arguments of a grid are cut where bluesky cuts them, with or without snake flags."""
    args = grid_arguments(ranges, flags=flags)

    chunks = patterns.chunk_outer_product_args(args)

    assert list(theirs.chunk_outer_product_args(args)) == [tuple(axis) for axis in chunks]
    assert (flags and len(ranges) > 1) == patterns.has_snake_flags(args)
    found = patterns.classify_outer_product_args_pattern(args)
    assert theirs.classify_outer_product_args_pattern(args).name == found.name
    assert patterns.chunk_outer_product_args(iter(args), found) == chunks


def test_names_do_for_motors() -> None:
    """What a start document has, names instead of motors, gives the trajectory again."""
    assert list(patterns.inner_product(2, ["m", 0, 1])) == [{"m": 0.0}, {"m": 1.0}]
    assert list(patterns.inner_list_product(["m", [4], "n", [5]])) == [{"m": 4, "n": 5}]
    assert list(patterns.outer_product(["m", 0, 1, 2])) == [{"m": 0.0}, {"m": 1.0}]
    assert list(patterns.outer_product(["m", 0, 0, 1, "n", 5, 6, 2, True])) == [{"m": 0, "n": 5}, {"m": 0, "n": 6}]
    assert list(patterns.outer_list_product(["m", [4, 3], "n", [5]], False)) == [{"m": 4, "n": 5}, {"m": 3, "n": 5}]


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
        ([a, 0, 1, float("nan")], "num of 'a' must be a whole number, not nan"),
        ([a, 0, float("inf"), 2], "Start and stop of 'a' must be finite, not 0 and inf"),
        ([a, 0, 1, 5000, b, 0, 1, 5000], "outer_product: that makes about 2.5e+07 points, at most 10,000,000"),
    ],
)
def test_a_wrong_grid_is_refused_with_the_axis(args: list[Any], part: str) -> None:
    """A ValueError says which axis is wrong and what it has."""
    with pytest.raises(ValueError, match=r"must be|A grid takes|that makes") as caught:
        patterns.outer_product(args)
    assert part in str(caught.value)


def test_a_grid_is_not_taken_for_what_it_is_not() -> None:
    """Who says how the axes are written is told when they are not."""
    pattern = patterns.OuterProductArgsPattern

    assert patterns.chunk_outer_product_args([a, 0, 1, 2], pattern.PATTERN_2) == [(a, 0, 1, 2, False)]
    with pytest.raises(ValueError, match=r"written as .*PATTERN_1, not as .*PATTERN_2"):
        patterns.chunk_outer_product_args([a, 0, 1, 2, b, 0, 1, 2], pattern.PATTERN_2)
    with pytest.raises(ValueError, match=r"written as .*PATTERN_1, not as 1"):
        patterns.chunk_outer_product_args([a, 0, 1, 2], 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("args", "snake_axes", "part"),
    [
        ([], False, r"outer_list_product takes \(motor, positions\) once per motor; 0 arguments"),
        ([a], False, "1 arguments are not a multiple of 2"),
        ([a, [1], b, []], False, "at least one position of 'b'"),
        ([a, [1], b, [1]], [a], "'a' cannot snake, it is the slowest, which never goes back; those that can: 'b'"),
        ([a, [1], b, [1]], [c], "'c' cannot snake, it is not scanned"),
        ([a, [1], b, [1]], "b", "snake_axes must be True, False or a list of motors, not 'b'"),
        ([a, range(5000), b, range(5000)], False, "that makes about 2.5e"),
    ],
)
def test_a_wrong_grid_of_lists_is_refused(args: list[Any], snake_axes: Any, part: str) -> None:
    """A ValueError says which axis is wrong."""
    with pytest.raises(ValueError, match=part):
        patterns.outer_list_product(args, snake_axes)


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
    with pytest.raises(ValueError, match="inner_product: that makes about 1e"):
        patterns.inner_product(10**9, [a, 0, 1])


def test_a_line_of_vectors() -> None:
    """A device that takes several numbers at once moves along a line between two points."""
    assert [list(step[a]) for step in patterns.inner_product(3, [a, (0, 4), (1, 2)])] == [[0, 4], [0.5, 3], [1, 2]]
