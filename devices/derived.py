"""A position that is derived from that of one axis."""

from __future__ import annotations

from typing import Any

from ophyd.status import MoveStatus
from ophyd.utils import LimitError

from .parts.moves import VerifiedMoves, check_limits
from .pseudo import check_axis, check_axis_ready

__all__ = ["DerivedPosition"]


class DerivedPosition(VerifiedMoves):
    """A position that is a function of one axis, as an energy of an angle; it is moved by moving the axis.

    A subclass has the component `axis`, and says in `forward` where the axis has to be for a position, and in `inverse`
    the other way round. Both may raise ValueError. `unit` is that of the position. A read has the position, by the
    device's name, and what the axis reads.
    """

    axis: Any
    unit = ""

    def __init__(
        self, prefix: str = "", *, name: str, limits: tuple[float, float] | None = None, **kwargs: Any
    ) -> None:
        """`limits` of the position, beside those of the axis."""
        self._limits = limits
        super().__init__(prefix, name=name, **kwargs)
        self.axis.subscribe(self._axis_moved, event_type=self.axis.SUB_READBACK)

    def forward(self, position: float) -> float:
        """Where the axis has to be. Raises ValueError where there is no such place."""
        raise NotImplementedError

    def inverse(self, place: float) -> float:
        """The position, by where the axis is. Raises ValueError where there is none."""
        raise NotImplementedError

    @property
    def _vital(self) -> tuple[Any, ...]:
        return (self.axis,)

    @property
    def egu(self) -> str:
        """The unit of the position."""
        return self.unit

    @property
    def limits(self) -> Any:
        """Low and high: its own, or those that the axis' limits amount to; equal ones limit nothing."""
        if self._limits is not None:
            return self._limits
        low, high = self.axis.limits
        if not low < high:
            return (0.0, 0.0)
        try:
            ends = sorted((self.inverse(low), self.inverse(high)))
        except (ArithmeticError, ValueError):  # the axis may go where the position is not defined
            return (0.0, 0.0)
        return ends[0], ends[1]

    def check_value(self, value: float, **kwargs: Any) -> None:
        """Raise LimitError if it, or the axis, may not go there, or there is no such place."""
        if self._limits is not None:
            check_limits(self.name, value, self._limits)
        check_axis(self.name, self.axis, self._place(value))

    def check_ready(self) -> None:
        """Raise the DeviceTrouble that would keep the axis from moving now."""
        check_axis_ready(self.axis)

    def locate(self) -> dict[str, Any]:
        """Where it was sent, by the setpoint of the axis, and where it is."""
        told = self.axis.locate()
        return {which: self.inverse(place) for which, place in told.items()}

    def read(self) -> Any:
        """The position, and what the axis reads."""
        readings: Any = super().read()
        when = max((reading["timestamp"] for reading in readings.values()), default=0.0)
        return {self.name: {"value": self.inverse(self.axis.position), "timestamp": when}, **readings}

    def describe(self) -> Any:
        """What `read` gives."""
        own = {"source": f"SIM:{self.name}", "dtype": "number", "shape": [], "units": self.unit, "precision": 5}
        return {self.name: own, **super().describe()}

    @property
    def hints(self) -> dict[str, list[str]]:
        """The position is worth a plot, the axis is not."""
        return {"fields": [self.name]}

    def _place(self, value: float) -> float:
        try:
            return self.forward(value)
        except (ArithmeticError, ValueError, TypeError) as error:
            raise LimitError(f"{self.name} cannot be sent to {value}: {error}") from error

    def _start(self, status: MoveStatus) -> None:
        move = self.axis.set(self.forward(status.target))
        move.add_callback(lambda move: self._end(status, move.exception()))

    def _halt(self) -> None:
        self.axis.stop(success=False)

    def _axis_moved(self, value: Any = None, **kwargs: Any) -> None:
        if value is None:
            return
        try:
            position = self.inverse(value)
        except (ArithmeticError, ValueError):
            return  # on the way through a place where it is not defined; a read tells
        self._set_position(position)
