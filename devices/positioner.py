"""Anything that is sent somewhere by a PV, and verifies that it is there.

Rules of this file:
- What the device says (done, put-completion) begins the judgement; the readback decides.
- Monitors and the put's completion come in different threads: each only notes what it brought, and `_judge` looks.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

from ophyd import EpicsSignal, EpicsSignalRO, Kind
from ophyd.status import MoveStatus
from ophyd.utils.epics_pvs import AlarmSeverity

from .checked_signal import CheckedEpicsSignal
from .parts.approach import Approach, Arrival, Missed, arrival_of
from .parts.asking import ask, in_background
from .parts.chosen import optional, with_components
from .parts.moves import VerifiedMoves, check_limits, in_words, pv_of, within
from .trouble import DeviceTrouble, MoveStopped, NotAtTarget, ReadingInvalid, is_nan

__all__ = ["Arrival", "Positioner"]


class Positioner(VerifiedMoves):
    """Setpoint, readback, and as far as there are: done, stop, and a PV that tells problems.

    A Status is a success only if the readback is within `tolerance` of the target. A subclass may say its components
    itself; otherwise they are chosen by keywords, each what follows the prefix.
    """

    setpoint: Any = None
    readback: Any = None
    done: Any = None
    stop_signal: Any = None
    problem: Any = None

    def __new__(
        cls,
        prefix: str = "",  # noqa: ARG004  it is for __init__
        *,
        setpoint: str | None = None,
        readback: str | None = None,
        done: str | None = None,
        stop: str | None = None,
        problem: str | None = None,
        **kwargs: Any,  # noqa: ARG004
    ) -> Any:
        """Make a class that has these components."""
        if setpoint is None and cls.setpoint is None:
            raise ValueError("a Positioner needs the PV of its setpoint: setpoint='…', what follows the prefix")
        if readback is None and cls.readback is None:
            readback = setpoint
        chosen = {
            "setpoint": optional(CheckedEpicsSignal, setpoint, auto_monitor=True),
            "readback": optional(EpicsSignalRO, readback, auto_monitor=True, kind=Kind.hinted),
            "done": optional(EpicsSignalRO, done, auto_monitor=True, kind=Kind.omitted),
            "stop_signal": optional(EpicsSignal, stop, kind=Kind.omitted),
            "problem": optional(EpicsSignalRO, problem, auto_monitor=True, kind=Kind.omitted),
        }
        return super().__new__(with_components(cls, chosen))

    def __init__(
        self,
        prefix: str = "",
        *,
        name: str,
        setpoint: str | None = None,
        readback: str | None = None,
        done: str | None = None,
        stop: str | None = None,
        problem: str | None = None,
        arrival: Arrival | None = None,
        tolerance: float | None = None,
        settle: float = 0.0,
        done_value: int = 1,
        stop_value: Any = 1,
        fine_value: int = 0,
        limits: tuple[float, float] | None = None,
        tolerated_alarm: str = "MAJOR",
        **kwargs: Any,
    ) -> None:
        """`arrival`: what tells that a move is over (None: the done PV, else the put); `tolerance` (None: 10^-PREC).

        `settle`: seconds that it is to stay there. `done_value`: what the done PV says when it is; `stop_value`: what
        is put to stop; `fine_value`: what the problem PV says when there is none. `limits` (None: the setpoint's);
        `tolerated_alarm`: the highest severity of the readback, NO_ALARM, MINOR or MAJOR, that is none of a failure.
        """
        self._arrival = arrival_of(arrival, has_done=type(self).done is not None)
        self._tolerance, self._settle = tolerance, settle
        self._done_value, self._stop_value, self._fine_value = done_value, stop_value, fine_value
        self._limits = limits
        self._tolerated_alarm = AlarmSeverity[tolerated_alarm]
        self._put_complete_for: MoveStatus | None = None
        self._accepted_for: MoveStatus | None = None
        self._approach: Approach | None = None
        self._timer: threading.Timer | None = None
        self._judging = threading.Lock()
        super().__init__(prefix, name=name, **kwargs)
        self.readback.name = self.name
        self._wait_for_first("readback")
        self.readback.subscribe(self._readback_changed)
        self.setpoint.subscribe(self._setpoint_changed)
        for signal in (self.done, self.problem):
            if signal is not None:
                signal.subscribe(self._something_changed)
        self._watch_connections()

    @property
    def _vital(self) -> tuple[Any, ...]:
        signals = (self.setpoint, self.readback, self.done, self.problem)
        return tuple(signal for signal in signals if signal is not None)

    @property
    def egu(self) -> str:
        """The unit of positions; empty where nobody told it."""
        return str(self.readback.metadata.get("units") or "")

    @property
    def precision(self) -> int | None:
        """Digits after the point of the readback; None where nobody told it."""
        return self.readback.precision

    @property
    def limits(self) -> Any:
        """Low and high; equal ones limit nothing."""
        low, high = self.setpoint.limits if self._limits is None else self._limits
        return (0.0, 0.0) if low is None or high is None else (low, high)

    @property
    def tolerance(self) -> float:
        """How far from its target it may be."""
        if self._tolerance is not None:
            return self._tolerance
        return 10.0**-self.precision if self.precision else 1e-9

    def check_value(self, value: Any, **kwargs: Any) -> None:
        """Raise LimitError if the limits do not let it go there."""
        check_limits(self.name, value, self.limits)

    def check_ready(self) -> None:
        """Raise the DeviceTrouble that would keep it from moving now."""
        super().check_ready()
        problem = self._problem()
        if problem is not None:
            raise problem

    def locate(self) -> dict[str, Any]:
        """Where it was sent, and where it is."""
        return {"setpoint": self.setpoint.get(), "readback": self.readback.get()}

    def _start(self, status: MoveStatus) -> None:
        patient = self._arrival == "readback"
        self._put_complete_for = None
        self._approach = Approach(status.target, self.tolerance, self._settle, patient=patient)
        put = self.setpoint.set(status.target)
        put.add_callback(lambda put: self._put_done(status, put.exception()))

    def _halt(self) -> None:
        if self.stop_signal is not None:
            self.stop_signal.put(self._stop_value, wait=False)

    def _put_done(self, status: MoveStatus, error: BaseException | None) -> None:
        if error is not None:
            in_background(self._put_failed, status, error)
        elif self._is_under_way(status):
            self._put_complete_for = status
            in_background(self._judge, status)

    def _put_failed(self, status: MoveStatus, error: BaseException) -> None:
        """A put that had been accepted fails when the move is ended by somebody else, with some servers."""
        if self._accepted_for is status:
            with suppress(DeviceTrouble, TimeoutError):  # lost: the put's own error says so
                error = self._stopped_by_somebody(status) or error
        self._end(status, error)

    def _setpoint_changed(self, value: Any = None, **kwargs: Any) -> None:
        status = self._under_way
        if status is None or value is None:
            return
        if within(value, status.target, self.tolerance):
            self._accepted_for = status
        elif self._arrival == "readback" and status in (self._accepted_for, self._put_complete_for):
            # Nothing else would tell that it will not come there any more.
            in_background(self._look_whether_sent_elsewhere, status)

    def _look_whether_sent_elsewhere(self, status: MoveStatus) -> None:
        try:
            wrong: Exception | None = self._stopped_by_somebody(status)
        except Exception as error:
            wrong = error
        if wrong is not None:
            self._end(status, wrong)

    def _stopped_by_somebody(self, status: MoveStatus) -> DeviceTrouble | None:
        reading, _, setpoint = self._ask()
        missed = self._missed(status.target, reading, setpoint)
        return missed if isinstance(missed, MoveStopped) else None

    def _readback_changed(self, value: Any = None, **kwargs: Any) -> None:
        if value is not None:
            self._progress(value)
            self._set_position(value)
            self._has_come("readback")
            self._something_changed()

    def _something_changed(self, **kwargs: Any) -> None:
        status = self._under_way
        if status is None:
            return
        if self._must_ask(status):
            in_background(self._judge, status)
        else:
            self._judge(status)

    def _must_ask(self, status: MoveStatus) -> bool:
        """Whether the monitors may be behind what began the judgement; a readback that settles brings itself."""
        return self._put_complete_for is status and self._arrival != "readback"

    def _judge(self, status: MoveStatus) -> None:
        wrong: Exception | None = None
        with self._judging:
            if not self._is_under_way(status):
                return
            try:
                again = self._look(status)
            except Exception as error:
                again, wrong = 0.0, error
        if again == 0:
            self._end(status, wrong)
        elif again is not None:
            self._look_again(again, status)

    def _look(self, status: MoveStatus) -> float | None:
        """As `Approach.look`. Raises what has gone wrong with the move."""
        wrong = self._problem() or self._alarm()
        if wrong is not None:
            raise wrong
        if self._put_complete_for is not status or self._approach is None:
            return None
        reading, is_done, setpoint = self._ask() if self._must_ask(status) else (self._position, True, None)
        try:
            return self._approach.look(reading, is_done, time.monotonic())
        except Missed:
            raise self._missed(status.target, reading, setpoint) from None

    def _ask(self) -> tuple[Any, bool, Any]:
        asked = {"readback": self.readback, "setpoint": self.setpoint}
        if self._arrival == "done":
            asked["done"] = self.done
        told = ask(asked)
        reading = told["readback"].value
        if reading != self._position:
            # Its monitor is still on its way; a plan that reads this next gets no older value than was judged.
            self.readback.get(use_monitor=False)
            self._set_position(reading)
        return reading, "done" not in told or told["done"].value == self._done_value, told["setpoint"].value

    def _look_again(self, seconds: float, status: MoveStatus) -> None:
        # One that sleeps already looks early at worst, and then sleeps again.
        if self._timer is None or not self._timer.is_alive():
            self._timer = threading.Timer(seconds, in_background, (self._judge, status))
            self._timer.daemon = True
            self._timer.start()

    def _missed(self, target: Any, reading: Any, setpoint: Any) -> DeviceTrouble:
        where = f"stands at {in_words(reading)} on its way to {in_words(target)}"
        if setpoint is not None and not within(setpoint, target, self.tolerance):
            what = f"is {in_words(setpoint)} now, it {where}: somebody has stopped it or sent it elsewhere"
            return MoveStopped(pv_of(self.setpoint), what)
        return NotAtTarget(self.readback.pvname, f"{where}, which is more than {self.tolerance:g} away")

    def _problem(self) -> DeviceTrouble | None:
        if self.problem is None or not self.problem.connected:
            return None
        value = self.problem.get()
        if value == self._fine_value:
            return None
        labels = self.problem.enum_strs
        what = f"is {labels[value] if labels else value!r}"
        return DeviceTrouble(self.problem.pvname, what, over=lambda: self._problem() is None)

    def _alarm(self) -> DeviceTrouble | None:
        severity = AlarmSeverity(self.readback.alarm_severity or 0)
        if is_nan(self._position):
            kind, what = ReadingInvalid, "is NaN: where it is cannot be told"
        elif severity > self._tolerated_alarm:
            kind = ReadingInvalid if severity == AlarmSeverity.INVALID else DeviceTrouble
            what = f"has severity {severity.name} at {in_words(self._position)}"
        else:
            return None
        return kind(self.readback.pvname, what, over=lambda: self._alarm() is None)
