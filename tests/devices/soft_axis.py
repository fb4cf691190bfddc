"""An axis without hardware, which arrives when the test says so."""

from ophyd import Component, Signal
from ophyd.status import MoveStatus

from reioc.devices.parts.moves import VerifiedMoves, check_limits


class SoftAxis(VerifiedMoves):
    """It remembers what it was told; `arrive()` and `fail(error)` end a move."""

    place = Component(Signal, value=0.0, kind="omitted")
    egu = "mm"

    def __init__(self, prefix="", *, name, limits=(-10.0, 10.0), **kwargs):
        self.begun, self.halts, self.wrong = [], 0, None
        self._limits = limits
        super().__init__(prefix, name=name, **kwargs)
        self._set_position(0.0)

    @property
    def _vital(self):
        return (self.place,)

    @property
    def limits(self):
        return self._limits

    def check_value(self, value, **kwargs):
        check_limits(self.name, value, self.limits)

    def check_ready(self):
        super().check_ready()
        if self.wrong is not None:
            raise self.wrong

    def _start(self, status: MoveStatus) -> None:
        self.begun.append(status.target)
        self.status = status

    def _halt(self) -> None:
        self.halts += 1

    def arrive(self, position=None):
        self._set_position(self.status.target if position is None else position)
        self._end(self.status)

    def fail(self, error):
        self._end(self.status, error)
