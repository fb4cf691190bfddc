"""A motor whose moves are successes only if it is there.

Rules of this file:
- A move is over when the put to VAL is complete *and* DMOV is 1; what it amounts to is asked of the server then.
- Whether it may begin is decided by what monitors have brought: `set()` waits for nothing.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from typing import Any, Literal

from ophyd import Component, EpicsMotor, EpicsSignal, EpicsSignalRO, Kind
from ophyd.epics_motor import HomeEnum
from ophyd.status import MoveStatus

from .checked_signal import CheckedEpicsSignal
from .parts.asking import ask, in_background
from .parts.motor_state import Finding, MotorState, findings, forbidden, is_at_switch, is_held, is_unpowered
from .parts.moves import VerifiedMoves, check_limits
from .trouble import DeviceTrouble, LimitSwitchHit, MotorUnpowered, NotAtTarget, ReadingInvalid, is_valid

__all__ = ["Motor"]

_ASKED = {
    "position": "user_readback",
    "target": "user_setpoint",
    "done": "motor_done_move",
    "moving": "motor_is_moving",
    "status": "status_bits",
    "low_switch": "low_limit_switch",
    "high_switch": "high_limit_switch",
    "upwards": "direction_of_travel",
    "spmg": "stop_pause_move_go",
    "set_mode": "set_use_switch",
    "enabled": "power_enabled",
}
"""Which signal tells what of a MotorState."""

_REMEMBERED = (
    *("motor_egu", "low_limit_travel", "high_limit_travel", "status_bits", "power_enabled"),
    *("stop_pause_move_go", "set_use_switch", "retry_deadband", "step", "readback_settle_time"),
)
"""Signals whose last value is enough, and of which none may be asked while a plan waits."""


class Motor(VerifiedMoves, EpicsMotor):  # pyright: ignore[reportIncompatibleMethodOverride]
    """An EpicsMotor that verifies its moves.

    A Status is a success only if the motor is within the tolerance of its target, was not stopped or sent elsewhere,
    and tells no limit switch, stall, problem or missing power. Else it fails with a DeviceTrouble, PutFailed, or
    MoveGivenUp.
    """

    # Its limits are HLM and LLM, see `limits`: the PV's own come only with a request to the server.
    user_setpoint = Component(CheckedEpicsSignal, ".VAL", auto_monitor=True)
    home_forward = Component(CheckedEpicsSignal, ".HOMF", kind=Kind.omitted)
    home_reverse = Component(CheckedEpicsSignal, ".HOMR", kind=Kind.omitted)

    status_bits = Component(EpicsSignalRO, ".MSTA", kind=Kind.omitted, auto_monitor=True)
    stop_pause_move_go = Component(EpicsSignal, ".SPMG", kind=Kind.omitted, auto_monitor=True)
    power_enabled = Component(EpicsSignal, ".CNEN", kind=Kind.omitted, auto_monitor=True)
    retry_deadband = Component(EpicsSignal, ".RDBD", kind=Kind.omitted, auto_monitor=True)
    step = Component(EpicsSignalRO, ".MRES", kind=Kind.omitted, auto_monitor=True)
    readback_settle_time = Component(EpicsSignal, ".DLY", kind=Kind.omitted, auto_monitor=True)

    def __init__(
        self,
        prefix: str = "",
        *,
        name: str,
        tolerance: float | None = None,
        retries: int = 0,
        stall_after: float | None = 10.0,
        powers_itself: bool = False,
        at_limit: Literal["fail", "wait"] = "fail",
        **kwargs: Any,
    ) -> None:
        """`tolerance` in user units (None: RDBD, at least MRES); `retries`: how often it is sent again if it missed.

        `stall_after`: seconds without progress that are a failure (None: never). `powers_itself`: it gets power when it
        is moved, so that a motor without power is no reason to refuse. `at_limit`: with "wait" a move that has ended at
        a limit switch is a trouble that is over when no switch is hit.
        """
        if at_limit not in ("fail", "wait"):
            raise ValueError(f"at_limit is 'fail' or 'wait', not {at_limit!r}")
        self._waits_at_limit = at_limit == "wait"
        self._last: dict[str, Any] = {}
        self._heard: Counter[str] = Counter()
        """How often a monitor has brought each of them."""
        self._tolerance, self._retries, self._powers_itself = tolerance, retries, powers_itself
        self._retries_left = 0
        self._put_complete_for: MoveStatus | None = None
        super().__init__(prefix, name=name, stall_after=stall_after, **kwargs)
        for attribute in _REMEMBERED:
            self._wait_for_first(attribute)
            getattr(self, attribute).subscribe(functools.partial(self._remember, attribute))
        self._wait_for_first("user_readback")
        if self._position is not None:  # its monitor was there before
            self._has_come("user_readback")
        for signal in (self.stop_pause_move_go, self.motor_is_moving):
            signal.subscribe(self._look_whether_held)
        self._watch_connections()

    @property
    def _vital(self) -> tuple[Any, ...]:
        return (self.user_setpoint, self.user_readback, self.motor_done_move)

    @property
    def egu(self) -> str:
        """The unit of positions; empty as long as nobody has told it."""
        return str(self._last.get("motor_egu", ""))

    @property
    def position(self) -> Any:
        """Where it was last; not an error without connection, as a Status that fails for that wants to know it."""
        return self._position

    @property
    def limits(self) -> Any:
        """Soft limits in user units, low and high; equal ones limit nothing."""
        return self._last.get("low_limit_travel", 0.0), self._last.get("high_limit_travel", 0.0)

    @property
    def tolerance(self) -> float:
        """How far from its target the motor may be, in user units."""
        if self._tolerance is not None:
            return self._tolerance
        return max(abs(self._last.get("retry_deadband", 0.0)), abs(self._last.get("step", 0.0)))

    def check_value(self, pos: float, **kwargs: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Raise LimitError if the soft limits do not let it go there."""
        check_limits(self.name, pos, self.limits)

    def check_ready(self) -> None:
        """Raise the DeviceTrouble that would keep it from moving now."""
        super().check_ready()
        finding = self._forbidden()
        if finding is not None:
            raise self._trouble(finding, over=lambda: self._forbidden() is None)
        if not self._powers_itself and self._is_unpowered():
            raise MotorUnpowered(f"{self.prefix}.MSTA", "tells that it has no power", over=self._has_power)

    def home(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        direction: HomeEnum | str,
        wait: bool = True,
        *,
        moved_cb: Callable[..., Any] | None = None,
        timeout: float | None = None,
    ) -> MoveStatus:
        """Search the home mark, "forward" or "reverse"; the Status fails if it was stopped, or anything complains."""
        signal = self.home_forward if HomeEnum(direction) == HomeEnum.forward else self.home_reverse
        return self._begin(None, lambda status: self._put(status, signal, 1), wait, moved_cb, timeout)

    def locate(self) -> dict[str, Any]:
        """Where it was sent, and where it is."""
        return {"setpoint": self.user_setpoint.get(), "readback": self.user_readback.get()}

    def _start(self, status: MoveStatus) -> None:
        self._retries_left = self._retries
        self._put(status, self.user_setpoint, status.target)

    def _put(self, status: MoveStatus, signal: CheckedEpicsSignal, value: float) -> None:
        self._put_complete_for = None
        self._started_moving = False
        put = signal.set(value)
        put.add_callback(lambda put: self._put_done(status, put.exception()))

    def _put_done(self, status: MoveStatus, error: BaseException | None) -> None:
        if error is not None:
            self._end(status, error)
        elif self._is_under_way(status):
            self._put_complete_for = status
            in_background(self._verify, status)

    def _halt(self) -> None:
        self.motor_stop.put(1, wait=False)

    def _may_stand(self) -> float:
        return float(self._last.get("readback_settle_time", 0.0))

    def _pos_changed(self, timestamp: Any = None, value: Any = None, **kwargs: Any) -> None:
        if value is None:
            return
        self._progress(value, abs(self._last.get("step", 0.0)))
        self._set_position(value)
        self._has_come("user_readback")

    def _move_changed(self, timestamp: Any = None, value: Any = None, sub_type: Any = None, **kwargs: Any) -> None:
        if value is None:
            return
        was_moving, self._moving = self._moving, value != 1
        if self._moving and not self._started_moving:
            self._started_moving = True
            self._run_subs(sub_type=self.SUB_START, timestamp=timestamp, value=value, **kwargs)
        status = self._put_complete_for
        if was_moving and not self._moving and status is not None:
            in_background(self._verify, status)

    def _look_whether_held(self, **kwargs: Any) -> None:
        """Held by SPMG the put does not complete, and whoever waits for it would wait for ever."""
        status = self._under_way
        if status is not None and is_held(self._last.get("stop_pause_move_go", 3)):
            in_background(self._verify, status)

    def _verify(self, status: MoveStatus) -> None:
        if not self._is_under_way(status):
            return
        try:
            state = self._ask()
        except Exception as error:  # on this thread nobody else would hear of it
            self._end(status, error)
            return
        if not state.over:
            return  # somebody else moves it on; the monitor of DMOV will bring us here again
        finding = next(findings(state, status.target, self.tolerance, int(self.tolerated_alarm)), None)
        if finding is None:
            self._end(status)
        elif finding.kind is NotAtTarget and self._retries_left > 0:
            self._retry(status)
        else:
            self._end(status, self._trouble(finding))

    def _retry(self, status: MoveStatus) -> None:
        self._retries_left -= 1
        try:
            self._put(status, self.user_setpoint, status.target)
        except Exception as error:
            self._end(status, error)

    def _ask(self) -> MotorState:
        heard = self._heard.copy()
        answers = ask({name: getattr(self, attribute) for name, attribute in _ASKED.items()})
        told: dict[str, Any] = {name: answer.value for name, answer in answers.items()}
        for name in ("status", "spmg", "set_mode", "enabled"):
            # Its monitor may be on its way yet, and the next move is begun at once. One that has come since we asked
            # knows better: no other may come, and what was true then would be believed for ever.
            if self._heard[_ASKED[name]] == heard[_ASKED[name]]:
                self._last[_ASKED[name]] = told[name]
        if told["position"] != self._position:
            # Its monitor is still on its way; a plan that reads the motor next gets no older value than was judged.
            self.user_readback.get(use_monitor=False)
            self._set_position(told["position"])
        return MotorState(severity=answers["position"].severity, **told)

    def _trouble(self, finding: Finding, over: Callable[[], bool] | None = None) -> DeviceTrouble:
        if finding.field == "SPMG":
            over = over or (lambda: self._forbidden() is None)
        elif finding.kind is MotorUnpowered:
            over = self._has_power
        elif finding.kind is LimitSwitchHit and self._waits_at_limit:
            over = self._is_off_the_switches
        elif finding.kind is ReadingInvalid:
            over = is_valid(self.user_readback)
        return finding.kind(f"{self.prefix}.{finding.field}", finding.what, over=over)

    def _forbidden(self) -> Finding | None:
        return forbidden(self._last.get("stop_pause_move_go", 3), bool(self._last.get("set_use_switch", 0)))

    def _is_unpowered(self) -> bool:
        return is_unpowered(self._last.get("status_bits", 0), bool(self._last.get("power_enabled", 1)))

    def _has_power(self) -> bool:
        return self.connected and not self._is_unpowered()

    def _is_off_the_switches(self) -> bool:
        return self.connected and not is_at_switch(self._last.get("status_bits", 0))

    def _remember(self, attribute: str, value: Any = None, **kwargs: Any) -> None:
        if value is not None:
            self._heard[attribute] += 1
            self._last[attribute] = value
            self._has_come(attribute)
