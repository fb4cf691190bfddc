"""Moves that end once, and tell the truth."""

import pytest
from ophyd.utils import LimitError, StatusTimeoutError

from reioc.devices.no_hardware import HardwareInDryRun, no_hardware
from reioc.devices.parts.moves import MoveGivenUp, check_limits, within
from reioc.devices.trouble import Disconnected, MotorStalled, NotAtTarget

from ...system.support import until
from ..soft_axis import SoftAxis


def test_a_move_is_done_when_the_axis_says_so():
    """Not before."""
    axis = SoftAxis(name="x")
    move = axis.set(3)

    assert not move.done
    axis.arrive()
    move.wait(5)
    assert (axis.begun, axis.halts) == ([3], 0)


def test_what_befell_a_move_is_in_its_status():
    """And nothing is stopped by itself: that would end what has begun since."""
    axis = SoftAxis(name="x")
    move = axis.set(3)
    axis.fail(NotAtTarget("SIM:x", "stands at 1"))

    assert isinstance(move.exception(5), NotAtTarget)
    assert axis.halts == 0


def test_the_next_set_gives_a_move_up():
    """Whoever waited for it is told so."""
    axis = SoftAxis(name="x")
    first = axis.set(3)
    second = axis.set(4)
    axis.arrive()

    assert str(first.exception(5)) == "x: sent to 4 before it was there"
    assert isinstance(first.exception(5), MoveGivenUp)
    assert second.exception(5) is None


def test_what_comes_late_is_about_a_move_that_is_over():
    """It does not end the one that is under way."""
    axis = SoftAxis(name="x")
    first = axis.set(3)
    second = axis.set(4)
    axis._end(first)

    assert not second.done
    axis.arrive()


@pytest.mark.parametrize(("success", "kind"), [(True, type(None)), (False, MoveGivenUp)])
def test_a_stop_halts_and_ends_the_move(success, kind):
    """With or without success, as whoever stops it says."""
    axis = SoftAxis(name="x")
    move = axis.set(3)
    axis.stop(success=success)

    assert isinstance(move.exception(5), kind)
    assert axis.halts == 1


def test_a_stop_that_fails_ends_the_move_all_the_same():
    """Nobody waits for ever, and the caller hears of it."""

    class Broken(SoftAxis):
        def _halt(self):
            raise TimeoutError("SIM:x.STOP")

    axis = Broken(name="x")
    move = axis.set(3)
    with pytest.raises(TimeoutError, match="STOP"):
        axis.stop()

    assert isinstance(move.exception(5), MoveGivenUp)


def test_a_move_that_takes_too_long_is_halted():
    """Its Status fails as ophyd's does."""
    axis = SoftAxis(name="x")
    move = axis.set(3, timeout=0.02)

    assert isinstance(move.exception(5), StatusTimeoutError)
    until(lambda: axis.halts == 1, "the halt")


def test_a_move_without_progress_is_halted_and_fails():
    """With where it stands, and for how long."""
    axis = SoftAxis(name="x", stall_after=0.03)
    move = axis.set(3)
    axis._progress(1.0)
    error = move.exception(5)

    assert isinstance(error, MotorStalled)
    assert "stands at 0, on its way to 3, without progress for 0.03 s" in str(error)
    assert axis.halts == 1


def test_a_connection_lost_fails_the_move():
    """It may come back, and the move may be done again."""
    axis = SoftAxis(name="x")
    move = axis.set(3)
    axis._connection_changed(axis, connected=False)

    error = move.exception(5)
    assert isinstance(error, Disconnected)
    assert error.is_over()


def test_what_forbids_a_move_is_raised_before_anything_is_begun():
    """Limits, and what the device says of itself; a move under way goes on."""
    axis = SoftAxis(name="x")
    move = axis.set(3)
    with pytest.raises(LimitError, match="x cannot be sent to 11: its limits are -10 to 10"):
        axis.set(11)
    axis.wrong = Disconnected("SIM:x", "is not connected")
    with pytest.raises(Disconnected):
        axis.set(4)

    assert not move.done
    assert axis.begun == [3]


def test_one_that_has_not_told_all_is_not_moved():
    """It might be without its limits."""
    axis = SoftAxis(name="x")
    axis._wait_for_first("limits")
    with pytest.raises(Disconnected, match="x_place: is connected, and has told no limits yet"):
        axis.set(3)
    axis._has_come("limits")
    axis.set(3)

    assert axis.begun == [3]


def test_a_start_that_fails_is_raised_and_leaves_nothing_under_way():
    """The next one begins as ever."""

    class Refusing(SoftAxis):
        refuses = True

        def _start(self, status):
            if self.refuses:
                raise Disconnected("SIM:x", "is not connected")
            super()._start(status)

    axis = Refusing(name="x")
    with pytest.raises(Disconnected):
        axis.set(3)
    axis.refuses = False
    move = axis.set(4)
    axis.arrive()

    assert move.exception(5) is None


def test_a_dry_run_leaves_a_move_alone():
    """Neither is it given up, nor does another begin."""
    axis = SoftAxis(name="x")
    move = axis.set(3)
    with no_hardware() as tried:
        for act in (lambda: axis.set(4), lambda: axis.move(4), axis.stop):
            with pytest.raises(HardwareInDryRun):
                act()

    assert tried == ["x"] * 3
    assert not move.done
    assert (axis.begun, axis.halts) == ([3], 0)


def test_move_waits_and_calls_back():
    """As ophyd's positioners do."""
    told = []

    class Quick(SoftAxis):
        def _start(self, status):
            super()._start(status)
            self.arrive()

    axis = Quick(name="x")
    move = axis.move(3, moved_cb=lambda status, obj: told.append((status.success, obj.name)))

    assert move.done
    assert told == [(True, "x")]


def test_whoever_watches_is_told_how_far_it_is():
    """By ophyd's keywords."""
    axis, told = SoftAxis(name="x"), []
    move = axis.set(4)
    move.watch(lambda **told_now: told.append((told_now["current"], told_now["fraction"], told_now["unit"])))
    axis._set_position(1.0)
    axis.arrive()

    assert told[0] == (1.0, 0.75, "mm")


@pytest.mark.parametrize("position", ["here", float("nan"), float("inf"), None])
def test_only_a_finite_number_is_within_limits(position):
    """Also where equal limits limit nothing."""
    with pytest.raises(LimitError, match="number"):
        check_limits("x", position, (0.0, 0.0))


def test_positions_that_are_no_numbers_are_compared():
    """A filter's name."""
    assert within("Al 50", "Al 50", 0.1)
    assert not within("Al 50", "Al 60", 0.1)
