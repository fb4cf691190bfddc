"""A position that is derived from that of one axis."""

import math

import pytest
from ophyd import Component
from ophyd.utils import LimitError

from reioc.devices.derived import DerivedPosition
from reioc.devices.optics import HC, SI_111
from reioc.devices.parts.moves import MoveGivenUp
from reioc.devices.trouble import NotAtTarget

from .soft_axis import SoftAxis


class Wedge(DerivedPosition):
    """A thickness that falls as the axis goes up; none beyond 8."""

    axis = Component(SoftAxis)
    unit = "um"

    def forward(self, position):
        if position < 0:
            raise ValueError("no thickness is below 0")
        return 8 - position

    def inverse(self, place):
        if place > 8:
            raise ValueError("beyond the wedge")
        return 8 - place


@pytest.fixture
def wedge():
    return Wedge(name="wedge")


def test_its_axis_moves_and_it_is_there_when_that_is(wedge):
    """Position and readings follow."""
    move = wedge.set(3)
    assert not move.done
    wedge.axis.arrive()
    move.wait(5)

    assert (wedge.axis.begun, wedge.position) == ([5], 3)
    assert wedge.read()["wedge"]["value"] == 3
    assert wedge.describe()["wedge"]["units"] == "um"
    assert wedge.hints == {"fields": ["wedge"]}


def test_what_befell_the_axis_befell_it(wedge):
    """The same error."""
    move = wedge.set(3)
    wedge.axis.fail(NotAtTarget("SIM:wedge", "stands at 1"))

    assert isinstance(move.exception(5), NotAtTarget)


def test_a_stop_stops_the_axis(wedge):
    """And gives the move up."""
    move = wedge.set(3)
    wedge.stop()

    assert isinstance(move.exception(5), MoveGivenUp)
    assert wedge.axis.halts == 1


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (19, "wedge: wedge_axis cannot be sent to -11: its limits are -10 to 10"),
        (-1, "wedge cannot be sent to -1: no thickness is below 0"),
        ("thick", "wedge cannot be sent to thick"),
    ],
)
def test_where_its_axis_must_not_go_it_must_not_be(wedge, value, why):
    """Nor where there is no such place."""
    with pytest.raises(LimitError, match=why):
        wedge.set(value)

    assert wedge.axis.begun == []


def test_its_limits_are_those_of_its_axis_unless_it_has_its_own(wedge):
    """A limit where it is not defined is none."""
    assert wedge.limits == (0.0, 0.0)
    wedge.axis._limits = (-10.0, 8.0)
    assert wedge.limits == (0.0, 18.0)
    assert Wedge(name="own", limits=(0.0, 2.0)).limits == (0.0, 2.0)
    with pytest.raises(LimitError, match="own cannot be sent to 3: its limits are 0 to 2"):
        Wedge(name="own", limits=(0.0, 2.0)).set(3)


def test_a_place_where_it_is_not_defined_is_passed(wedge):
    """A read tells."""
    wedge.axis._set_position(4.0)
    wedge.axis._set_position(9.0)

    assert wedge.position == 4.0
    with pytest.raises(ValueError, match="beyond the wedge"):
        wedge.read()


def test_the_constants_give_the_known_energy():
    """Copper's Kα1, 8.0478 keV, is diffracted by Si(111) at 14.221 degrees."""
    assert math.isclose(HC / (2 * SI_111 * math.sin(math.radians(14.221))), 8.0478, rel_tol=1e-4)
