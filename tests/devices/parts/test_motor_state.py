"""What to make of a motor record at the end of a move."""

import math
from dataclasses import replace

import pytest

from reioc.devices.parts.motor_state import MotorHeld, MotorState, findings, forbidden, is_unpowered
from reioc.devices.trouble import (
    DeviceTrouble,
    LimitSwitchHit,
    MotorStalled,
    MotorUnpowered,
    MoveStopped,
    NotAtTarget,
    ReadingInvalid,
)

POWERED, SLIP, PROBLEM, CAN_SWITCH_POWER, COMMUNICATION = 0x20, 0x40, 0x200, 0x800, 0x1000
THERE = MotorState(
    position=5.0,
    severity=0,
    target=5.0,
    done=True,
    moving=False,
    status=POWERED | CAN_SWITCH_POWER,
    low_switch=False,
    high_switch=False,
    upwards=True,
    spmg=3,
    set_mode=False,
    enabled=True,
)


def told(wanted=5.0, tolerance=0.001, tolerated=0, **differs):
    return [(each.kind, each.field) for each in findings(replace(THERE, **differs), wanted, tolerance, tolerated)]


@pytest.mark.parametrize("position", [5.0, 5.001, 4.999])
def test_a_motor_that_is_there_and_fine_is_a_success(position):
    """Within the tolerance, whatever floats make of it."""
    assert told(position=position) == []


@pytest.mark.parametrize(
    ("differs", "kind", "field"),
    [
        ({"position": 5.0011}, NotAtTarget, "RBV"),
        ({"position": 3.0, "target": 3.0}, MoveStopped, "VAL"),
        ({"position": 3.0, "spmg": 1}, MotorHeld, "SPMG"),
        ({"position": 3.0, "spmg": 0, "target": 3.0}, MotorHeld, "SPMG"),
        ({"high_switch": True}, LimitSwitchHit, "HLS"),
        ({"low_switch": True, "upwards": False}, LimitSwitchHit, "LLS"),
        ({"status": SLIP}, MotorStalled, "MSTA"),
        ({"status": PROBLEM}, MotorStalled, "MSTA"),
        ({"status": COMMUNICATION}, MotorStalled, "MSTA"),
        ({"status": CAN_SWITCH_POWER | PROBLEM}, MotorUnpowered, "MSTA"),
        ({"enabled": False}, MotorUnpowered, "MSTA"),
        ({"set_mode": True}, DeviceTrouble, "SET"),
        ({"severity": 3}, ReadingInvalid, "RBV"),
        ({"position": math.nan}, ReadingInvalid, "RBV"),
        ({"severity": 1}, DeviceTrouble, "RBV"),
    ],
)
def test_the_most_telling_finding_comes_first(differs, kind, field):
    """A stop or a limit switch explains why it is not there, and is told instead."""
    assert (kind, field) == told(**differs)[0]


@pytest.mark.parametrize("differs", [{"low_switch": True}, {"high_switch": True, "upwards": False}])
def test_a_switch_behind_the_motor_does_not_count(differs):
    """It may just have moved away from there."""
    assert told(**differs) == []


def test_an_alarm_can_be_tolerated():
    """Up to a severity; INVALID never is."""
    assert told(severity=2, tolerated=2) == []
    assert told(severity=3, tolerated=3)


def test_a_move_without_a_target_is_judged_by_the_rest():
    """Homing ends somewhere; a stall or a switch is a failure all the same."""
    assert told(wanted=None, position=1.0) == []
    assert told(wanted=None, status=PROBLEM)


def test_what_is_told_says_where_and_on_its_way_where():
    """An operator reads it."""
    state = replace(THERE, position=3.25, target=3.25)

    assert next(findings(state, 5.0, 0.001, 0)).what == (
        "is 3.25 now, it stands at 3.25 on its way to 5: somebody has stopped it or sent it elsewhere"
    )


def test_a_motor_that_cannot_switch_its_power_does_not_lack_it():
    """MSTA's power bit and CNEN mean nothing then."""
    assert not is_unpowered(0, enabled=False)
    assert is_unpowered(CAN_SWITCH_POWER, enabled=True)


def test_held_by_spmg_a_move_is_over_when_it_stands():
    """The record completes no put until somebody puts Go."""
    held = replace(THERE, done=False, spmg=1)

    assert held.over
    assert not replace(held, moving=True).over
    assert not replace(held, spmg=3).over


@pytest.mark.parametrize(
    ("spmg", "set_mode", "field"), [(0, False, "SPMG"), (1, False, "SPMG"), (3, True, "SET"), (2, False, None)]
)
def test_what_forbids_a_move(spmg, set_mode, field):
    """Stop, Pause, and Set; Move and Go let it go."""
    finding = forbidden(spmg, set_mode)

    assert field == (finding and finding.field)
