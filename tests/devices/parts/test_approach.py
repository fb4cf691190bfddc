"""Whether something has come where it was sent, and stays there."""

import pytest

from reioc.devices.parts.approach import GRACE, Approach, Missed


def approach(settle=0.0, patient=False):
    return Approach(5.0, 0.1, settle, patient=patient)


def test_it_is_there_when_device_and_readback_say_so():
    """At once, if it need not stay."""
    assert approach().look(5.1, True, 0.0) == 0


def test_it_is_not_there_before_the_device_says_so():
    """A readback that passes by is none."""
    move = approach()

    assert move.look(5.0, False, 0.0) is None
    assert move.look(5.0, True, 9.0) == 0


def test_it_has_to_stay():
    """Without a break."""
    move = approach(settle=2.0)

    assert move.look(5.0, True, 0.0) == 2
    assert move.look(5.05, True, 1.5) == 0.5
    move.look(5.2, True, 1.75)
    assert move.look(5.0, True, 2.0) == 2
    assert move.look(5.0, True, 4.0) == 0


def test_a_readback_may_be_a_little_late():
    """And not more."""
    move = approach()

    assert move.look(3.0, True, 10.0) == GRACE
    assert move.look(4.0, True, 10.0 + GRACE / 2) == GRACE / 2
    with pytest.raises(Missed):
        move.look(4.0, True, 10.0 + GRACE)


def test_a_device_that_goes_on_moving_gets_the_grace_anew():
    """It said that it was done before it had begun."""
    move = approach()
    move.look(3.0, True, 0.0)
    move.look(3.0, False, 0.5)

    assert move.look(3.0, True, 100.0) == GRACE


def test_one_that_is_patient_waits_for_ever():
    """A change will tell."""
    move = approach(settle=1.0, patient=True)

    assert move.look(3.0, True, 0.0) is None
    assert move.look(3.0, True, 1e6) is None
    assert move.look(5.0, True, 1e6) == 1
