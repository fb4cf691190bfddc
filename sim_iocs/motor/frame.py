"""The user's zero, direction and limits.

Rules of this file: they change at rest only; the real record lets them change in mid-move, and the motion ends
somewhere else than it was told.
"""

from typing import TYPE_CHECKING

from ..pvs.puts import RefusedError
from .show import show

if TYPE_CHECKING:
    from .group import MotorGroup


class Frame:
    """OFF, DIR, FOFF, SET, HLM, LLM, DHLM, DLLM of one motor."""

    def __init__(self, motor: "MotorGroup") -> None:
        self._motor = motor

    async def redefine(self, user: float) -> None:
        """Call the present position `user` (mm). Raises RefusedError while it moves."""
        self._motor.check_at_rest()
        record, axis = self._motor.record, self._motor.axis
        if record.offset_freeze_switch.value == "Frozen":
            axis.redefine_dial(axis.to_dial(user))
        else:
            axis.offset += user - axis.to_user(self._motor.display.readback)
        await self._publish_as_a_move()

    async def redefine_dial(self, dial: float) -> None:
        """Call the present place `dial` (mm); unless the offset is frozen, it keeps its user position.

        Raises RefusedError while it moves.
        """
        self._motor.check_at_rest()
        axis, user = self._motor.axis, self._motor.val.value
        axis.redefine_dial(dial)
        if self._motor.record.offset_freeze_switch.value != "Frozen":
            axis.offset = user - axis.sign * dial
        await self._publish_as_a_move()

    async def change_zero(self, offset: float) -> float:
        """Another user offset (mm). Raises RefusedError while it moves."""
        self._motor.check_at_rest()
        self._motor.axis.offset = offset
        await self._motor.display.frame()
        return offset

    async def change_direction(self, sign: int) -> None:
        """1: user up is dial up; the user position stays unless the offset is frozen.

        Raises RefusedError while it moves.
        """
        self._motor.check_at_rest()
        axis, user = self._motor.axis, self._motor.val.value
        dial, axis.sign = axis.to_dial(user), sign
        if self._motor.record.offset_freeze_switch.value != "Frozen":
            axis.offset = user - sign * dial
        await self._motor.display.frame()

    async def change_limits(self, low: float | None = None, high: float | None = None) -> None:
        """Another soft limit (mm). Raises RefusedError when low would be above high."""
        was_low, was_high = self._motor.axis.limits
        low, high = was_low if low is None else low, was_high if high is None else high
        self._check_limits(low, high)
        self._motor.axis.set_limits(low, high)
        await self._motor.display.limits()

    async def change_dial_limits(self, low: float | None = None, high: float | None = None) -> None:
        """Another soft limit on the dial (mm). Raises RefusedError when low would be above high."""
        axis = self._motor.axis
        low, high = axis.dial_low if low is None else low, axis.dial_high if high is None else high
        self._check_limits(low, high)
        axis.dial_low, axis.dial_high = low, high
        await self._motor.display.limits()

    def _check_limits(self, low: float, high: float) -> None:
        if low > high:
            raise RefusedError(f"{self._motor.val.pvname}: a low limit of {low} mm is above a high one of {high} mm")

    async def _publish_as_a_move(self) -> None:
        """As the real record: who put a target waits for DMOV to go and come back."""
        await show(self._motor.record.done_moving_to_value, 0)
        await self._motor.display.frame()
        await show(self._motor.record.done_moving_to_value, 1)
