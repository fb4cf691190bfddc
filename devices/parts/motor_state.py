"""What a motor record tells at the end of a move, and what to make of it.

Rules of this file: pure. The bits of MSTA are those of the motor record's documentation (motorRecord, field MSTA).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..trouble import (
    DeviceTrouble,
    LimitSwitchHit,
    MotorStalled,
    MotorUnpowered,
    MoveStopped,
    NotAtTarget,
    ReadingInvalid,
)
from .moves import within

__all__ = ["Finding", "MotorHeld", "MotorState", "findings", "forbidden", "is_at_switch", "is_held", "is_unpowered"]

_POWERED, _SLIP, _PROBLEM, _CAN_SWITCH_POWER, _COMMUNICATION = 1 << 5, 1 << 6, 1 << 9, 1 << 11, 1 << 12
_HIGH_SWITCH, _LOW_SWITCH = 1 << 2, 1 << 13
_COMPLAINTS = (
    (_SLIP, "slip or stall"),
    (_PROBLEM, "a problem of the controller"),
    (_COMMUNICATION, "an error in the communication with the controller"),
)
_STOP, _PAUSE = 0, 1
_SPMG = ("Stop", "Pause", "Move", "Go")
_SEVERITIES = ("NO_ALARM", "MINOR", "MAJOR", "INVALID")
_INVALID = 3


class MotorHeld(DeviceTrouble):
    """The record's SPMG is Stop or Pause. It passes when somebody puts Go."""


@dataclass(frozen=True, slots=True)
class MotorState:
    """Fields of a motor record, at one time."""

    position: float
    """RBV."""
    severity: int
    """Of RBV."""
    target: float
    """VAL."""
    done: bool
    """DMOV."""
    moving: bool
    """MOVN."""
    status: int
    """MSTA."""
    low_switch: bool
    high_switch: bool
    upwards: bool
    """TDIR: the direction of the last motion, in user units."""
    spmg: int
    set_mode: bool
    """SET: a put to VAL does not move but redefines the position."""
    enabled: bool
    """CNEN: whether the amplifier is to be on, where the controller can switch it."""

    @property
    def over(self) -> bool:
        """Whether the move is over. Held by SPMG it is when it stands: the record goes on only after a Go."""
        return bool(self.done) or (is_held(self.spmg) and not self.moving)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: which trouble, by which field of the record it shows, in words."""

    kind: type[DeviceTrouble]
    field: str
    what: str


def findings(state: MotorState, wanted: float | None, tolerance: float, tolerated_alarm: int) -> Iterator[Finding]:
    """What makes the move to `wanted` (None: it had no target) no success, the most telling first.

    `tolerance` is in user units; an alarm of RBV above `tolerated_alarm` (0 to 3) is one.
    """
    where = f"{state.position:g}" if wanted is None else f"{state.position:g} on its way to {wanted:g}"
    if state.severity >= _INVALID or state.position != state.position:
        yield Finding(ReadingInvalid, "RBV", "is invalid: where it is cannot be told")
    yield from _complaints(state, where)
    if state.set_mode:
        yield Finding(DeviceTrouble, "SET", f"is Set: its position may have been redefined, it says {where}")
    if is_held(state.spmg):
        yield Finding(MotorHeld, "SPMG", f"is {_SPMG[state.spmg]}, it stands at {where}")
    if wanted is not None:
        yield from _misses(state, wanted, tolerance, where)
    if state.severity > tolerated_alarm:
        yield Finding(DeviceTrouble, "RBV", f"has severity {_SEVERITIES[state.severity]} at {where}")


def _complaints(state: MotorState, where: str) -> Iterator[Finding]:
    if is_unpowered(state.status, state.enabled):
        yield Finding(MotorUnpowered, "MSTA", f"tells that it has no power at {where}")
    for bit, words in _COMPLAINTS:
        if state.status & bit:
            yield Finding(MotorStalled, "MSTA", f"tells {words} at {where}")
    if state.high_switch if state.upwards else state.low_switch:
        side = "high" if state.upwards else "low"
        yield Finding(LimitSwitchHit, "HLS" if state.upwards else "LLS", f"the {side} limit switch is hit at {where}")


def _misses(state: MotorState, wanted: float, tolerance: float, where: str) -> Iterator[Finding]:
    if within(state.position, wanted, tolerance):
        return
    if not within(state.target, wanted, tolerance):
        yield Finding(
            MoveStopped,
            "VAL",
            f"is {state.target:g} now, it stands at {where}: somebody has stopped it or sent it elsewhere",
        )
    yield Finding(NotAtTarget, "RBV", f"stands at {where}, which is more than {tolerance:g} away")


def is_held(spmg: int) -> bool:
    """Whether SPMG keeps the motor from moving."""
    return spmg in (_STOP, _PAUSE)


def is_at_switch(status: int) -> bool:
    """Whether MSTA tells of a limit switch that is hit."""
    return bool(status & (_HIGH_SWITCH | _LOW_SWITCH))


def is_unpowered(status: int, enabled: bool) -> bool:
    """Whether a motor is without power, by MSTA and CNEN; a controller that cannot switch it does not tell."""
    return bool(status & _CAN_SWITCH_POWER) and not (enabled and status & _POWERED)


def forbidden(spmg: int, set_mode: bool) -> Finding | None:
    """Why the record would not move if it were told to."""
    if is_held(spmg):
        return Finding(MotorHeld, "SPMG", f"is {_SPMG[spmg]}: put Go there first")
    if set_mode:
        return Finding(DeviceTrouble, "SET", "is Set: a put to VAL would not move it but redefine its position")
    return None
