"""A temperature controller that is set when the temperature is stable."""

from __future__ import annotations

from typing import Any

from ophyd import EpicsSignal, Kind
from ophyd.status import MoveStatus

from .parts.chosen import optional, with_components
from .parts.moves import in_words, within
from .parts.progress import call_after
from .positioner import Positioner
from .trouble import NotAtTarget

__all__ = ["TemperatureController"]

SLACK = 60.0
"""Seconds that a temperature may take longer than twice its ramp before it has failed."""


class TemperatureController(Positioner):
    """Setpoint and readback of a temperature, by default those of `$(P)Temp`: `:Setpoint`, the record itself, `:Ramp`.

    The Status of a `set` is done when the readback has been within `tolerance` for `stable_for` seconds without a
    break. It fails when the reading has a MAJOR or INVALID alarm, and when it takes far longer than the ramp. Watchers
    of the Status are told how far it is.
    """

    ramp: Any = None

    def __new__(
        cls,
        prefix: str = "",
        *,
        setpoint: str = ":Setpoint",
        readback: str = "",
        ramp: str | None = ":Ramp",
        **kwargs: Any,
    ) -> Any:
        """Make a class that has these components."""
        with_ramp = with_components(cls, {"ramp": optional(EpicsSignal, ramp, auto_monitor=True, kind=Kind.config)})
        return Positioner.__new__(with_ramp, prefix, setpoint=setpoint, readback=readback, **kwargs)

    def __init__(
        self,
        prefix: str = "",
        *,
        name: str,
        setpoint: str = ":Setpoint",
        readback: str = "",
        ramp: str | None = ":Ramp",
        tolerance: float = 0.5,
        stable_for: float = 10.0,
        ramp_rate: float | None = None,
        tolerated_alarm: str = "MINOR",
        **kwargs: Any,
    ) -> None:
        """`tolerance` (K) and `stable_for` (s) say what is stable. `ramp`: the PV of the ramp rate (None: none).

        `ramp_rate` (K/min) is the slowest that is expected, where no PV tells it; by it, or by the PV, a move is
        limited to twice its ramp and `stable_for` and a minute more; without it, only by a `timeout`.
        """
        self._ramp_rate, self._stable_for = ramp_rate, stable_for
        super().__init__(
            prefix,
            name=name,
            arrival="readback",
            tolerance=tolerance,
            settle=stable_for,
            tolerated_alarm=tolerated_alarm,
            **kwargs,
        )

    def expected(self, target: float) -> float | None:
        """Seconds to `target` by the ramp, from the temperature of now; None where nobody knows the ramp."""
        rate = self._ramp_rate or (self.ramp is not None and self.ramp.connected and self.ramp.get()) or 0.0
        here: Any = self._position
        return abs(target - here) / rate * 60 if rate > 0 else None

    def _start(self, status: MoveStatus) -> None:
        expected = self.expected(status.target)
        if expected is not None and status.timeout is None:
            limit = 2 * expected + self._stable_for + SLACK
            call_after(limit, status, self._overdue, status, limit)
        super()._start(status)

    def _overdue(self, status: MoveStatus, seconds: float) -> None:
        what = f"is {in_words(self._position)}, not stable at {in_words(status.target)} after {seconds:.0f} s"
        self._end(status, NotAtTarget(self.readback.pvname, what))

    def _halt(self) -> None:
        """Hold where it is; a temperature that is at its setpoint keeps it, readings are noisy."""
        if self.stop_signal is not None:
            super()._halt()
        elif not within(self._position, self.setpoint.get(), self.tolerance):
            self.setpoint.put(self._position, use_complete=False)
