"""Axes that are moved together."""

import pytest
from ophyd import Component
from ophyd.positioner import SoftPositioner
from ophyd.utils import LimitError

from reioc.devices.motion import movers
from reioc.devices.parts.moves import MoveGivenUp
from reioc.devices.pseudo import CoupledAxes, PseudoAxis
from reioc.devices.trouble import Disconnected, MotorUnpowered, MoveStopped, NotAtTarget

from ..system.support import until
from .soft_axis import SoftAxis


class Slit(CoupledAxes):
    """Two blades by gap and centre."""

    gap = Component(PseudoAxis, limits=(0.0, 15.0))
    centre = Component(PseudoAxis)
    left = Component(SoftAxis)
    right = Component(SoftAxis)

    def forward(self, pseudo_pos):
        gap, centre = pseudo_pos
        return self.RealPosition(centre - gap / 2, centre + gap / 2)

    def inverse(self, real_pos):
        left, right = real_pos
        return self.PseudoPosition(right - left, (left + right) / 2)


class Table(CoupledAxes):
    """Two of ophyd's own simulated axes, which move at once."""

    height = Component(PseudoAxis)
    front = Component(SoftPositioner, init_pos=1.0)
    back = Component(SoftPositioner, init_pos=1.0)

    def forward(self, pseudo_pos):
        return self.RealPosition(1 / pseudo_pos[0], pseudo_pos[0])

    def inverse(self, real_pos):
        return self.PseudoPosition(real_pos[1])


@pytest.fixture
def slit():
    return Slit(name="slit")


def begun(slit):
    return [slit.left.begun, slit.right.begun]


class Setpoint:
    """Of an axis that has been stopped: where it stands."""

    def __init__(self, value):
        self.value = value

    def get(self):
        return self.value


def test_all_real_axes_move_and_the_status_is_done_when_all_are_there(slit):
    """By a tuple, a dict, or names."""
    last = [slit.set((2, 1)), slit.set({"gap": 2, "centre": 1}), slit.set(gap=2, centre=1)][-1]
    assert begun(slit) == [[0.0] * 3, [2.0] * 3]
    slit.left.arrive()
    assert not last.done
    slit.right.arrive()
    last.wait(5)

    assert slit.position == (2.0, 1.0)


def test_one_position_alone_keeps_the_others_where_they_were_sent(slit):
    """They may still be on their way there."""
    slit.set((2, 1))
    slit.gap.set(4)

    assert begun(slit) == [[0.0, -1.0], [2.0, 3.0]]


def test_an_axis_that_somebody_has_moved_keeps_where_it_is(slit):
    """The others' targets are not dragged out again."""
    slit.left.setpoint = setpoint = Setpoint(0.0)
    move = slit.set((2, 1))
    slit.left.arrive()
    slit.right.arrive()
    move.wait(5)
    setpoint.value = -4.0
    slit.left._set_position(-4.0)
    slit.gap.set(2)

    assert begun(slit) == [[0.0, -2.0], [2.0, 0.0]]


def stopped_halfway(slit, left, right):
    """Both axes stand at these places, and so do their setpoints, as those of motors that were stopped."""
    for axis, place in ((slit.left, left), (slit.right, right)):
        axis.setpoint = Setpoint(place)
        axis._set_position(place)


def stop(slit, success=True):
    slit.stop(success=success)


def fail(slit, error=None):
    move = slit._under_way
    slit.right.fail(error or NotAtTarget("SIM:right", "stands at 1.5"))
    assert move.exception(5) is not None


@pytest.mark.parametrize("ended_by", [stop, fail])
def test_what_a_move_does_not_name_is_kept_when_it_is_made_again(slit, ended_by):
    """A pause, or a failure that is waited out, in mid-move: the blades stand askew, which nobody has wished for."""
    first = slit.set((2, 1))
    slit.left.arrive()
    slit.right.arrive()
    first.wait(5)
    for again in (lambda: slit.gap.set(4), lambda: slit.set({"gap": 4})):
        again()
        ended_by(slit)
        stopped_halfway(slit, -1.0, 2.25)
        again()

        assert [axis.begun[-1] for axis in (slit.left, slit.right)] == [-1.0, 3.0]
        slit.stop()


def test_a_position_whose_move_was_stopped_is_not_resumed_by_another(slit):
    """It is where it is; the next one may not take it on to where it was sent."""
    slit.set((2, 0))
    slit.centre.set(5)
    slit.stop()
    stopped_halfway(slit, 1.0, 3.0)
    slit.gap.set(4)

    assert begun(slit) == [[-1.0, 4.0, 0.0], [1.0, 6.0, 4.0]]


def test_after_a_stop_by_somebody_else_every_position_is_where_it_is(slit):
    """They may want the axes elsewhere."""
    slit.set((2, 1))
    slit.gap.set(4)
    fail(slit, MoveStopped("SIM:right.VAL", "is 2.5 now"))
    stopped_halfway(slit, -0.5, 2.5)
    slit.stop()  # as at the end of a plan
    slit.gap.set(2)

    assert begun(slit) == [[0.0, -1.0, 0.0], [2.0, 3.0, 2.0]]


def test_the_first_failure_is_the_reason_and_stops_the_others(slit):
    """It is not lost, as in ophyd, where such a move counts as a success."""
    move = slit.set((2, 1))
    slit.right.fail(NotAtTarget("SIM:right", "stands at 1"))
    error = move.exception(5)

    assert isinstance(error, NotAtTarget)
    until(lambda: slit.left.halts == 1, "the stop of the other axis")
    assert slit.right.halts == 0
    assert isinstance(slit.left.status.exception(5), MoveGivenUp)


def test_a_stop_stops_all(slit):
    """And the Status fails as given up."""
    move = slit.set((2, 1))
    slit.stop()

    assert isinstance(move.exception(5), MoveGivenUp)
    assert [slit.left.halts, slit.right.halts] == [1, 1]
    assert movers({"slit": slit}) == {"slit": slit}


@pytest.mark.parametrize(
    ("position", "why"),
    [
        ((16, 0), "slit_gap cannot be sent to 16: its limits are 0 to 15"),
        ((2, 9.5), "slit: slit_right cannot be sent to 10.5: its limits are -10 to 10"),
        ({"gep": 2}, r"slit has no position 'gep' \(did you mean 'gap'\?\): it has gap, centre"),
        (("wide", 0), "no number"),
    ],
)
def test_a_place_that_one_axis_must_not_go_to_is_refused_before_another_moves(slit, position, why):
    """The limits of pseudo and real axes."""
    with pytest.raises(LimitError, match=why):
        slit.set(position)

    assert begun(slit) == [[], []]


def test_a_place_that_was_refused_is_forgotten(slit):
    """It does not forbid the next move of another position."""
    slit.set((2, 1))
    with pytest.raises(LimitError):
        slit.gap.set(16)
    slit.centre.set(3)

    assert begun(slit) == [[0.0, 2.0], [2.0, 4.0]]


def test_the_geometry_may_forbid_a_place():
    """Whatever error that is."""
    table = Table(name="table")
    with pytest.raises(LimitError, match=r"table cannot be sent to .*division by zero"):
        table.check_value((0,))


def test_an_axis_that_cannot_move_now_keeps_all_from_moving(slit):
    """With its own trouble, which may pass."""
    slit.right.wrong = MotorUnpowered("SIM:right.MSTA", "tells that it has no power")
    with pytest.raises(MotorUnpowered):
        slit.set((2, 1))

    assert begun(slit) == [[], []]


def test_an_axis_that_does_not_begin_stops_those_that_have(slit):
    """Its error is raised."""

    def refuse(status):
        raise Disconnected("SIM:right", "is not connected")

    slit.right._start = refuse
    with pytest.raises(Disconnected):
        slit.set((2, 1))

    assert slit.left.halts == 1


def test_axes_of_other_kinds_are_moved_too():
    """Those of ophyd itself, which say nothing of being ready."""
    table = Table(name="table")
    table.set((2,)).wait(5)

    assert table.front.position == 0.5
