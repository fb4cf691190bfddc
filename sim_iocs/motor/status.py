"""What the record says about its motor: MSTA, MIP, and the alarm.

Rules of this file: MSTA speaks of raw directions; with a negative step the plus switch is the one at the low end of
the dial.
"""

from enum import IntFlag

from caproto import AlarmSeverity, AlarmStatus

from ..physics.axis import Axis


class Status(IntFlag):
    """Bits of MSTA, as in the motor record's reference."""

    DIRECTION = 1 << 0
    DONE = 1 << 1
    PLUS_SWITCH = 1 << 2
    HOME_SWITCH = 1 << 3
    POSITION = 1 << 5
    SLIP_STALL = 1 << 6
    ENCODER_HOME = 1 << 7
    ENCODER = 1 << 8
    PROBLEM = 1 << 9
    MOVING = 1 << 10
    CAN_BE_POWERED = 1 << 11
    LOST = 1 << 12
    MINUS_SWITCH = 1 << 13
    HOMED = 1 << 14


class Phase(IntFlag):
    """Bits of MIP, as in the motor record's source."""

    DONE = 0
    JOG_FORWARD = 1 << 0
    JOG_REVERSE = 1 << 1
    JOG_BACKLASH_1 = 1 << 2
    HOME_FORWARD = 1 << 3
    HOME_REVERSE = 1 << 4
    MOVE = 1 << 5
    RETRY = 1 << 6
    LOAD = 1 << 7
    MOVE_BACKLASH = 1 << 8
    STOP = 1 << 9
    DELAY = 1 << 10
    JOG_STOP = 1 << 13
    JOG_BACKLASH_2 = 1 << 14

    JOG = JOG_FORWARD | JOG_REVERSE
    HOME = HOME_FORWARD | HOME_REVERSE


def status_word(axis: Axis, moving: bool, step: float) -> Status:
    """MSTA of an axis whose `step` (mm, signed) is MRES; `moving` as the record sees it."""
    low, high = axis.dial_switches
    minus, plus = (low, high) if step > 0 else (high, low)
    bits = {
        Status.DIRECTION: axis.dial_upwards == (step > 0),
        Status.DONE: not moving,
        Status.PLUS_SWITCH: plus,
        Status.HOME_SWITCH | Status.ENCODER_HOME: axis.at_mark,
        Status.POSITION: axis.powered,
        Status.SLIP_STALL: axis.stuck,
        Status.ENCODER | Status.CAN_BE_POWERED: True,
        Status.PROBLEM: axis.problem,
        Status.MOVING: moving,
        Status.LOST: axis.lost,
        Status.MINUS_SWITCH: minus,
        Status.HOMED: axis.homed,
    }
    word = Status(0)
    for bit, is_set in bits.items():
        if is_set:
            word |= bit
    return word


def alarm_of(status: Status, beyond: tuple[bool, bool], severity: AlarmSeverity) -> tuple[AlarmStatus, AlarmSeverity]:
    """The record's alarm.

    `beyond`: whether it is at the low or the high limit switch, or its target beyond that soft limit, in the user's
    sense; `severity` is HLSV. A limit hides whatever else is wrong, unless HLSV is NO_ALARM, as in the real record.
    """
    low, high = beyond
    if severity and (high or low):
        return (AlarmStatus.HIGH if high else AlarmStatus.LOW), severity
    if status & Status.LOST:
        return AlarmStatus.COMM, AlarmSeverity.INVALID_ALARM
    if status & (Status.SLIP_STALL | Status.PROBLEM):
        return AlarmStatus.STATE, AlarmSeverity.MAJOR_ALARM
    return AlarmStatus.NO_ALARM, AlarmSeverity.NO_ALARM
