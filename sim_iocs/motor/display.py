"""What the record shows of its axis.

Rules of this file: fields are published only when they changed, and RBV after everything that explains it: a client
that waits for RBV or DMOV finds limit switches, MSTA and severity up to date.
"""

from typing import Any

from caproto import AlarmSeverity

from ..physics.axis import Axis
from .approach import steps
from .record import MotorRecord
from .show import show
from .status import Phase, Status, alarm_of, status_word

_SEVERITIES = {
    "NO_ALARM": AlarmSeverity.NO_ALARM,
    "MINOR": AlarmSeverity.MINOR_ALARM,
    "MAJOR": AlarmSeverity.MAJOR_ALARM,
    "INVALID": AlarmSeverity.INVALID_ALARM,
}


class Display:
    """Publishes an axis in the fields of a record; `val` is the record's VAL."""

    def __init__(self, val: Any, record: MotorRecord, axis: Axis) -> None:
        self.record = record
        self._val = val
        self._axis = axis

    @property
    def target(self) -> float:
        """DVAL (mm)."""
        return self.record.dial_desired_value.value

    @property
    def readback(self) -> float:
        """Where it is (mm, dial): by the motor's steps, the encoder (UEIP) or another PV (URIP, RDBL)."""
        if self.record.uses_link:
            elsewhere = self.record.linked_readback()
            # As the real record: what cannot be read stays what it was.
            return self.record.dial_readback_value.value if elsewhere is None else elsewhere
        return self._axis.load if self.record.uses_encoder else self._axis.dial

    @property
    def shown_phase(self) -> Phase:
        """MIP."""
        return Phase(self.record.motion_in_progress.value)

    async def phase(self, phase: Phase) -> None:
        """Publish MIP."""
        await show(self.record.motion_in_progress, int(phase))

    async def go_to(self, user: float) -> None:
        """Publish a target."""
        dial = self._axis.to_dial(user)
        await self._val.publish_value(user)
        await show(self.record.dial_desired_value, dial)
        await show(self.record.raw_desired_value, self._raw(dial))

    async def accept_target(self) -> None:
        """Publish that the target is the one that the motor moves to."""
        await show(self.record.last_user_des_val, self._val.value)
        await show(self.record.last_dial_des_val, self.target)
        await show(self.record.last_raw_des_val, self._raw(self.target))

    async def follow(self) -> None:
        """Let the target be where it is."""
        here = self._axis.to_user(self.readback)
        if self._val.value != here or self.target != self.readback:
            await self.go_to(here)
        await self.accept_target()

    async def under_way(self) -> None:
        """Publish that it moves, and where to."""
        upwards = int(self._axis.dial_upwards == (self.record.motor_step_size.value > 0))
        await show(self.record.raw_cmnd_direction, upwards)
        await show(self.record.direction_of_travel, upwards)
        await show(self.record.motor_is_moving, 1)

    async def position(self, moving: bool) -> None:
        """Publish where it is, its switches, and the alarm; without contact only that."""
        fields, axis = self.record, self._axis
        status = status_word(axis, moving, fields.motor_step_size.value)
        await show(fields.motor_status, int(status))
        if axis.lost:
            await self._show_alarm(status)
            return
        await self._show_switches(status)
        await show(fields.enable_control, "Enable" if axis.powered else "Disable")
        await show(fields.at_home, int(axis.at_mark))
        await show(fields.raw_velocity, steps(axis.speed, abs(fields.motor_step_size.value)))
        await show(fields.raw_motor_position, self._raw(axis.dial))
        await show(fields.raw_encoder_position, steps(axis.load, fields.encoder_step_size.value))
        await self._show_alarm(status)
        await self._show_readback(self.readback)

    async def frame(self) -> None:
        """Publish the offset, the limits, and what follows from them; the target is where it is."""
        await show(self.record.user_offset, self._axis.offset)
        await self.limits()
        await self.follow()
        await self.position(moving=False)

    async def limits(self) -> None:
        """Publish the soft limits."""
        low, high = self._axis.limits
        fields, axis = self.record, self._axis
        # Before HLM and LLM, whose monitors make clients read these.
        for channel, lowest, highest in (
            (self._val, low, high),
            (fields.user_readback_value, low, high),
            (fields.dial_desired_value, axis.dial_low, axis.dial_high),
            (fields.dial_readback_value, axis.dial_low, axis.dial_high),
        ):
            await channel.write_metadata(lower_ctrl_limit=lowest, upper_ctrl_limit=highest)
            await channel.write_metadata(lower_disp_limit=lowest, upper_disp_limit=highest)
        await show(fields.dial_low_limit, axis.dial_low)
        await show(fields.dial_high_limit, axis.dial_high)
        await show(fields.user_low_limit, low)
        await show(fields.user_high_limit, high)

    def _raw(self, dial: float) -> int:
        return steps(dial, self.record.motor_step_size.value)

    async def _show_switches(self, status: Status) -> None:
        fields, (low, high) = self.record, self._axis.switches
        await show(fields.raw_low_limit_switch, int(bool(status & Status.MINUS_SWITCH)))
        await show(fields.raw_high_limit_switch, int(bool(status & Status.PLUS_SWITCH)))
        await show(fields.user_low_limit_switch, int(low))
        await show(fields.user_high_limit_switch, int(high))

    async def _show_readback(self, dial: float) -> None:
        fields = self.record
        step = fields.encoder_step_size.value if fields.uses_encoder else fields.motor_step_size.value
        seen = self._axis.load if fields.uses_encoder else self._axis.dial
        await show(fields.raw_readback_value, steps(seen, step))
        await show(fields.difference_dval_drbv, self.target - dial)
        await show(fields.difference_rval_rrbv, self._raw(self.target - dial))
        await show(fields.dial_readback_value, dial)
        await show(fields.user_readback_value, self._axis.to_user(dial))

    async def _show_alarm(self, status: Status) -> None:
        axis = self._axis
        low, high = axis.switches
        soft_low, soft_high = axis.limits
        user = axis.to_user(self.target)
        beyond = low or (user < soft_low and not axis.unlimited), high or (user > soft_high and not axis.unlimited)
        alarm = alarm_of(status, beyond, _SEVERITIES[self.record.hw_limit_violation_svr.value])
        if alarm != (self._val.alarm.status, self._val.alarm.severity):
            await self._val.alarm.write(status=alarm[0], severity=alarm[1])
