"""An axis without its record."""

import pytest

from reioc.sim_iocs.physics.axis import Axis, AxisSettings

from ..fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def axis(clock: FakeClock) -> Axis:
    """1 mm/s, no ramp, soft limits ±10, switches ±12."""
    return Axis(clock.now, AxisSettings(velocity=1.0, ramp=0.0))


def test_it_moves_and_arrives(clock: FakeClock, axis: Axis) -> None:
    """A move of 3 mm is under way for 3 s and then over."""
    axis.move(3.0)
    clock.time = 1.0
    assert (axis.position, axis.moving, axis.upwards) == (1.0, True, True)

    clock.time = 3.0
    assert (axis.position, axis.moving) == (3.0, False)


def test_stop_leaves_it_where_it_is(clock: FakeClock, axis: Axis) -> None:
    """A stopped axis stands still from then on."""
    axis.move(3.0)
    clock.time = 1.0
    axis.stop()
    clock.time = 2.0

    assert (axis.position, axis.moving) == (1.0, False)


def test_a_new_target_starts_from_where_it_is(clock: FakeClock, axis: Axis) -> None:
    """A retargeted axis does not jump."""
    axis.move(3.0)
    clock.time = 2.0
    axis.move(-1.0)
    assert (axis.position, axis.remaining, axis.upwards) == (2.0, 3.0, False)

    clock.time = 5.0
    assert axis.position == -1.0


@pytest.mark.parametrize(("target", "allowed"), [(10.0, True), (-10.0, True), (10.1, False), (float("nan"), False)])
def test_soft_limits_include_their_ends(axis: Axis, target: float, allowed: bool) -> None:
    """The limits themselves may be reached; beyond them, or nowhere, nothing goes."""
    assert axis.allows(target) is allowed


def test_equal_limits_limit_nothing(axis: Axis) -> None:
    """As in the motor record, HLM = LLM switches the soft limits off."""
    axis.set_limits(0.0, 0.0)

    assert axis.allows(11.0)


def test_a_limit_switch_ends_the_motion(clock: FakeClock, axis: Axis) -> None:
    """With soft limits beyond the switch, the motion ends at the switch, which is hit."""
    axis.set_limits(-50.0, 50.0)
    axis.move(20.0)
    clock.time = 100.0

    assert (axis.position, axis.moving, axis.switches) == (12.0, False, (False, True))


def test_an_offset_moves_positions_and_limits(axis: Axis) -> None:
    """Calling the present place 3 moves the user's numbers, not the hardware."""
    axis.redefine(3.0)

    assert (axis.position, axis.dial, axis.offset, axis.limits) == (3.0, 0.0, 3.0, (-7.0, 13.0))


def test_a_frozen_offset_redefines_the_dial(axis: Axis) -> None:
    """With the offset kept, the dial takes the new position."""
    axis.redefine(3.0, keep_offset=True)

    assert (axis.position, axis.dial, axis.offset) == (3.0, 3.0, 0.0)


def test_a_negative_direction_swaps_everything_the_user_sees(clock: FakeClock, axis: Axis) -> None:
    """User up is dial down; limits and switches are in the user's sense."""
    axis.sign = -1
    axis.set_limits(-50.0, 20.0)
    assert (axis.limits, axis.dial_low, axis.dial_high) == ((-50.0, 20.0), -20.0, 50.0)

    axis.move(20.0)
    assert axis.upwards
    clock.time = 100.0
    assert (axis.dial, axis.position, axis.switches) == (-12.0, 12.0, (False, True))


def test_jog_goes_to_the_limit(clock: FakeClock, axis: Axis) -> None:
    """A jog that nobody stops ends at the soft limit, at the jog velocity."""
    axis.jog(forward=False, velocity=2.0)
    assert axis.remaining == 5.0

    clock.time = 5.0
    assert axis.position == -10.0


def test_home_is_dial_zero(clock: FakeClock, axis: Axis) -> None:
    """Homing ends at dial 0, whatever the user calls that place."""
    axis.redefine(3.0)
    axis.move(5.0)
    clock.time = 2.0
    axis.home(velocity=1.0)
    clock.time = 4.0

    assert (axis.dial, axis.position) == (0.0, 3.0)


def test_a_jog_can_end_before_the_limit(clock: FakeClock, axis: Axis) -> None:
    """By a margin, and with a ramp of its own; without soft limits it goes to the switch."""
    axis.jog(forward=True, velocity=2.0, ramp=1.0, margin=2.0)
    assert axis.remaining == 5.0

    axis.set_limits(0.0, 0.0)
    axis.jog(forward=True, velocity=2.0)
    assert axis.remaining == 6.0


def test_it_is_homed_when_it_has_found_the_mark(clock: FakeClock, axis: Axis) -> None:
    """Passing the mark by chance, or being stopped on the way to it, is not to find it."""
    axis.move(5.0)
    clock.time = 5.0
    axis.home(velocity=1.0)
    clock.time = 9.0
    axis.stop()
    axis.move(-1.0)
    clock.time = 12.0
    assert not axis.homed

    axis.home(velocity=1.0)
    clock.time = 13.0
    assert axis.homed
    axis.move(3.0)
    assert axis.homed


def test_play_leaves_the_load_behind(clock: FakeClock, axis: Axis) -> None:
    """Half of it after each change of direction; until then the load stands. Renaming the place keeps that."""
    axis.play = 0.4
    axis.move(2.0)
    clock.time = 2.0
    assert (axis.dial, axis.load, axis.position) == pytest.approx((2.0, 1.8, 1.8))

    axis.move(1.0)
    clock.time = 2.3
    assert (axis.dial, axis.load) == pytest.approx((1.7, 1.8))
    clock.time = 3.0
    assert (axis.dial, axis.load) == pytest.approx((1.0, 1.2))

    axis.redefine_dial(5.0)
    assert (axis.dial, axis.load) == pytest.approx((5.0, 5.2))


def test_a_stalled_axis_stands_and_is_never_there(clock: FakeClock, axis: Axis) -> None:
    """Released it stands on; it moves when it is told to, from where it stood."""
    axis.move(5.0)
    clock.time = 2.0
    axis.stall(True)
    clock.time = 100.0
    assert (axis.position, axis.moving, axis.stuck) == (2.0, True, True)

    axis.stall(False)
    clock.time = 200.0
    assert (axis.position, axis.moving) == (2.0, True)

    axis.move(3.0)
    clock.time = 201.0
    assert (axis.position, axis.moving, axis.stuck) == (3.0, False, False)


def test_a_forced_switch_ends_motions_towards_it(clock: FakeClock, axis: Axis) -> None:
    """And lets the other direction be; None makes the real switch count again."""
    axis.move(5.0)
    clock.time = 2.0
    axis.force_switch(high=True)
    assert (axis.position, axis.moving, axis.blocked, axis.switches) == (2.0, False, True, (False, True))

    axis.move(6.0)
    assert (axis.moving, axis.blocked) == (False, True)
    axis.move(1.0)
    clock.time = 3.0
    assert (axis.position, axis.blocked) == (1.0, False)

    axis.force_switch()
    assert axis.switches == (False, False)


def test_without_power_it_is_a_problem_to_move(clock: FakeClock, axis: Axis) -> None:
    """At rest, to have no power is none; with power again there is none."""
    axis.power(False)
    assert not axis.problem

    axis.move(5.0)
    clock.time = 1.0
    assert (axis.position, axis.moving, axis.problem) == (0.0, False, True)

    axis.power(True)
    assert not axis.problem
    axis.move(5.0)
    clock.time = 2.0
    axis.power(False)
    assert (axis.position, axis.moving, axis.problem) == (1.0, False, True)


def test_what_is_done_to_it_is_told(axis: Axis) -> None:
    """`changed` is called for what comes from outside, not for commands."""
    told: list[str] = []
    axis.changed = lambda: told.append("changed")

    axis.move(5.0)
    axis.stop()
    assert told == []

    axis.stall(False)
    axis.force_switch()
    axis.power(True)
    axis.lose_contact(False)
    assert len(told) == 4
