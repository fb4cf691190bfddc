"""Trajectories."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reioc.sim_iocs.physics.motion import Trajectory, at_rest

POSITIONS = st.floats(-100, 100)
SPEEDS = st.floats(0.01, 100)
RAMPS = st.floats(0, 10)


def test_a_long_way_has_two_ramps_and_a_cruise() -> None:
    """10 mm at 2 mm/s with ramps of 1 s take 6 s; half the ramp's time is a quarter of its way."""
    way = Trajectory(0.0, 10.0, begun=100.0, velocity=2.0, ramp=1.0)

    assert way.ends == pytest.approx(106.0)
    assert [way.position(100 + t) for t in (0, 0.5, 1, 3, 5, 5.5)] == pytest.approx([0, 0.25, 1, 5, 9, 9.75])


def test_a_short_way_never_reaches_the_velocity() -> None:
    """0.5 mm with 2 mm/s² take 1 s, the first half speeding up, the second slowing down."""
    way = Trajectory(1.0, 0.5, velocity=2.0, ramp=1.0)

    assert way.ends == pytest.approx(1.0)
    assert [way.position(t) for t in (0, 0.5, 1)] == pytest.approx([1.0, 0.75, 0.5])


def test_without_a_ramp_the_velocity_is_constant() -> None:
    """3 mm at 2 mm/s take 1.5 s."""
    way = Trajectory(0.0, 3.0, velocity=2.0)

    assert [way.position(t) for t in (0.5, 1.0, 1.5)] == [1.0, 2.0, 3.0]


def test_the_speed_is_that_of_the_way() -> None:
    """It grows and falls evenly, and is 0 outside the motion."""
    way = Trajectory(0.0, -10.0, begun=100.0, velocity=2.0, ramp=1.0)

    assert [way.speed(100 + t) for t in (-1, 0, 0.5, 1, 3, 5.5, 6)] == pytest.approx([0, 0, 1, 2, 2, 1, 0])


def test_a_base_speed_is_there_at_once() -> None:
    """From 1 to 3 mm/s in 1 s are 2 mm; so 7 mm take two ramps and 1 s, and 2.5 mm never come to 3 mm/s."""
    long = Trajectory(0.0, 7.0, velocity=3.0, ramp=1.0, base=1.0)
    assert long.ends == pytest.approx(3.0)
    assert [long.position(t) for t in (1, 2, 3)] == pytest.approx([2.0, 5.0, 7.0])
    assert [long.speed(t) for t in (0.0, 0.5, 1.5)] == pytest.approx([1.0, 2.0, 3.0])

    short = Trajectory(0.0, 2.5, velocity=3.0, ramp=1.0, base=1.0)
    top = 6**0.5  # v² - 1 = 2 * 2 mm/s² * 1.25 mm
    assert short.ends == pytest.approx(top - 1)
    assert short.position(short.ends / 2) == pytest.approx(1.25)
    assert short.speed(short.ends / 2) == pytest.approx(top)


def test_the_least_way_takes_no_time() -> None:
    """A distance whose root is 0 to the computer is none."""
    assert Trajectory(0.0, 5e-324, ramp=2.0).ends == 0.0


@settings(deadline=None)  # a busy machine is not a failure
@given(POSITIONS, POSITIONS, SPEEDS, RAMPS)
def test_the_end_is_exactly_the_target(start: float, target: float, velocity: float, ramp: float) -> None:
    """Whatever the rounding, the position from the end on is the target, and the target when it never moved."""
    way = Trajectory(start, target, 7.0, velocity, ramp)

    assert way.position(way.ends) == target
    assert at_rest(target).position(0.0) == target


@settings(deadline=None)  # a busy machine is not a failure
@given(POSITIONS, POSITIONS, SPEEDS, RAMPS, st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_it_never_turns_back_or_leaves_the_way(
    start: float, target: float, velocity: float, ramp: float, base: float, first: float, second: float
) -> None:
    """Later is never farther from the target, and no position is outside start … target."""
    way = Trajectory(start, target, 0.0, velocity, ramp, base * velocity)
    earlier, later = sorted((first * way.ends, second * way.ends))

    left = [abs(target - way.position(t)) for t in (0.0, earlier, later)]

    assert left == sorted(left, reverse=True) or left == pytest.approx(sorted(left, reverse=True), abs=1e-9)
    assert min(start, target) - 1e-9 <= way.position(later) <= max(start, target) + 1e-9


@settings(deadline=None)  # a busy machine is not a failure
@given(POSITIONS, POSITIONS, SPEEDS, RAMPS, st.floats(0, 1))
def test_it_is_never_faster_than_its_velocity(
    start: float, target: float, velocity: float, ramp: float, part: float
) -> None:
    """In any interval it travels at most velocity times the interval."""
    way = Trajectory(start, target, 0.0, velocity, ramp)
    now, step = part * way.ends, way.ends / 50

    assert abs(way.position(now + step) - way.position(now)) <= velocity * step + 1e-9
