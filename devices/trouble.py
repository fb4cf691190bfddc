"""Failures of hardware that may pass.

Rules of this file:
- A trouble names the PV and what is wrong, in words that an operator can act on.
- `is_over()` is asked in the engine's thread: it looks at what monitors have brought, and never at the network.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

__all__ = [
    "DeviceTrouble",
    "Disconnected",
    "LimitSwitchHit",
    "MotorStalled",
    "MotorUnpowered",
    "MoveStopped",
    "NoPermit",
    "NotAtTarget",
    "ReadingInvalid",
    "is_connected",
    "is_nan",
    "is_valid",
]

IsOver = Callable[[], bool]

_INVALID = 3


class DeviceTrouble(Exception):
    """A failure of the hardware that may pass, found in a failed Status or raised by a read.

    `pv` is the PV by which it shows. `over` tells whether it is worth trying again now; without it that is so at once
    if `may_pass`, and else never. Who guards devices suspends the plan meanwhile; else the plan gets it as any error.
    """

    may_pass: ClassVar[bool] = True
    """False: somebody meant it, or will have to do something about it; a plan is not to go on by itself."""

    def __init__(self, pv: str, what: str, *, over: IsOver | None = None) -> None:
        self.pv = pv
        self.what = what
        self._over = over
        super().__init__(f"{pv}: {what}")

    @property
    def passes(self) -> bool:
        """Whether a plan may wait for its end."""
        return self.may_pass or self._over is not None

    def is_over(self) -> bool:
        """Whether it is worth trying again now. Never blocks; what fails on the way counts as not over."""
        if self._over is None:
            return self.may_pass
        try:
            return self._over()
        except Exception:
            return False


class Disconnected(DeviceTrouble):
    """A PV was lost, or is not there. What was asked for may have begun all the same."""


class ReadingInvalid(DeviceTrouble):
    """A PV has severity INVALID, or is not a number: its value is no measurement."""


class MoveStopped(DeviceTrouble):
    """A move was ended by somebody else before it was there. Not a stop by the plan or the engine."""

    may_pass = False


class LimitSwitchHit(DeviceTrouble):
    """A move ended at a limit switch. Not a soft limit, which is refused before anything moves.

    What has been driven there stays there. `Motor(at_limit="wait")` is for switches that are released from outside.
    """

    may_pass = False


class MotorUnpowered(DeviceTrouble):
    """A motor has no power, or its amplifier is off."""


class MotorStalled(DeviceTrouble):
    """A motor was told to move and does not: slip, stall, a controller's problem, or no progress for too long."""


class NotAtTarget(DeviceTrouble):
    """A move is over, nothing complains, and it is not where it was to be."""


class NoPermit(DeviceTrouble):
    """An interlock does not allow what was asked for."""


def is_connected(signal: Any) -> IsOver:
    """Over once an ophyd signal, or device, is connected."""
    return lambda: bool(signal.connected)


def is_valid(signal: Any) -> IsOver:
    """Over once an ophyd signal is connected and neither INVALID nor NaN, as far as is known without asking.

    Of a signal that nothing monitors only the last read is known: whether that is over is seen by trying again.
    """

    def over() -> bool:
        if not signal.connected:
            return False
        if not is_monitored(signal):
            return True
        value = getattr(signal, "_readback", None)  # `get()` might ask
        return getattr(signal, "alarm_severity", None) != _INVALID and not is_nan(value)

    return over


def is_nan(value: Any) -> bool:
    """Whether it is a number that is none; arrays may have gaps."""
    return isinstance(value, float) and math.isnan(value)


def is_monitored(signal: Any) -> bool:
    """Whether an ophyd signal hears of changes by itself."""
    monitors: dict[str, Any] = getattr(signal, "_monitors", {})
    return monitors.get(getattr(signal, "pvname", "")) is not None
