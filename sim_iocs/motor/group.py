"""A motor record that moves.

Rules of this file:
- The order in which a client sees a motion is the real record's: DMOV 0 before anything moves, the last RBV
  before DMOV 1, DMOV 1 last. A move to where it is already is a motion, too: clients wait for both edges.
- One task (`_follow`) publishes a motion, however often it is retargeted or stopped on its way. `_lock` makes
  "a motion begins" and "the motion is over" exclude each other, or a target put at the last moment is lost.
- A put that moves completes when `_at_rest` is set, which is when DMOV is 1.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from caproto import SkipWrite

from ..clock import Clock, Nap
from ..physics.axis import Axis
from ..pvs.puts import DoublePut, RefusedError, SimulationGroup, pv
from .record import STEP, MotorRecord

READBACK_PERIOD = 0.05
"""Real seconds between two readbacks of a motion."""

_DIRECTION, _DONE, _HIGH_SWITCH, _MOVING, _LOW_SWITCH = 1 << 0, 1 << 1, 1 << 2, 1 << 10, 1 << 13
"""Bits of MSTA."""


class MotorValue(DoublePut):
    """VAL. Its control limits show HLM and LLM; the axis decides, as with SET any value is right."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # With the record given as a class, caproto would report the class as the record's type.
        self.reported_record_type = "motor"

    async def verify_value(self, value: Any) -> Any:
        """Ask the putter only."""
        return await self.putter(self, value) if self.putter is not None else value


class MotorGroup(SimulationGroup):
    """One motor: `SubGroup(MotorGroup, prefix="m1")`, then `link`."""

    val = pv(MotorValue, "", "Motor", value=0.0, record=MotorRecord, units="mm", precision=4)

    def link(self, axis: Axis, clock: Clock, description: str) -> None:
        """Show and obey this axis; the description becomes DESC."""
        self.axis = axis
        self.val.__doc__ = description
        self._clock = clock
        self._nap = Nap(clock)
        self._lock = asyncio.Lock()
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._follower: asyncio.Task[None] | None = None

    @property
    def record(self) -> MotorRecord:
        """The fields."""
        return cast("MotorRecord", self.val.field_inst)

    async def run(self) -> None:
        """Publish what the axis starts with."""
        fields = self.record
        await _show(fields.engineering_units, "mm")
        await _show(fields.display_precision, 4)
        await _show(fields.motor_step_size, STEP)
        await _show(fields.tweak_step_size, 1.0)
        await _show(fields.velocity, self.axis.velocity)
        await _show(fields.seconds_to_velocity, self.axis.ramp)
        await self._publish_frame()

    async def group_write(self, instance: Any, value: Any) -> Any:
        """A put to VAL."""
        if self.record.set_use_switch.value == "Set":
            await self.redefine(value)
        else:
            await self.move(value)
        return SkipWrite

    async def move(self, user: float) -> None:
        """Move to a user position (mm) and wait until it is there, or where it was stopped or sent meanwhile.

        Raises RefusedError when the soft limits or SPMG forbid it.
        """
        self._check_free()
        if not self.axis.allows(user):
            await _show(self.record.limit_violation, 1)
            low, high = self.axis.limits
            raise RefusedError(f"{self.val.pvname}: {user:.4f} mm is outside {low:.4f} … {high:.4f} mm")
        await _show(self.record.limit_violation, 0)
        await self._travel(lambda: self.axis.move(user), target=user)

    async def jog(self, forward: bool) -> None:
        """Move until it is stopped or meets a limit, and wait for that."""
        self._check_free()
        await self._travel(lambda: self.axis.jog(forward, self.record.jog_velocity.value))

    async def home(self) -> None:
        """Move to the home mark and wait until it is there."""
        self._check_free()
        await self._travel(lambda: self.axis.home(self.record.home_velocity.value))

    async def halt(self) -> None:
        """Stop, and wait until DMOV says so."""
        self.axis.stop()
        self._nap.wake()
        await self._at_rest.wait()

    async def redefine(self, user: float) -> None:
        """Call the present position `user` (mm). Raises RefusedError while it moves."""
        self._check_at_rest()
        self.axis.redefine(user, keep_offset=self.record.offset_freeze_switch.value == "Frozen")
        await self._publish_frame()

    async def change_zero(self, offset: float | None = None, sign: int | None = None) -> None:
        """Another user offset (mm) or direction. Raises RefusedError while it moves."""
        self._check_at_rest()
        self.axis.offset = self.axis.offset if offset is None else offset
        self.axis.sign = sign or self.axis.sign
        await self._publish_frame()

    async def change_limits(self, low: float | None = None, high: float | None = None) -> None:
        """Another soft limit (mm). Raises RefusedError when low would be above high."""
        was_low, was_high = self.axis.limits
        low, high = was_low if low is None else low, was_high if high is None else high
        if low > high:
            raise RefusedError(f"{self.val.pvname}: a low limit of {low} mm is above a high one of {high} mm")
        self.axis.set_limits(low, high)
        await self._publish_limits()

    def _check_free(self) -> None:
        spmg = self.record.stop_pause_move_go.value
        if spmg in ("Stop", "Pause"):
            raise RefusedError(f"{self.val.pvname} does not move: its SPMG is {spmg}, put Go there first")

    def _check_at_rest(self) -> None:
        if not self._at_rest.is_set():
            raise RefusedError(f"{self.val.pvname} is moving; its zero can be changed only at rest")

    async def _travel(self, begin: Callable[[], None], target: float | None = None) -> None:
        async with self._lock:
            self._at_rest.clear()
            begin()
            if target is not None:
                await self._publish_target(target)
            await _show(self.record.direction_of_travel, int(self.axis.upwards))
            await _show(self.record.done_moving_to_value, 0)
            await _show(self.record.motor_is_moving, 1)
            if self._follower is None:
                self._follower = asyncio.create_task(self._follow())
            self._nap.wake()
        await self._at_rest.wait()

    async def _follow(self) -> None:
        try:
            while not await self._finished():
                while self.axis.moving:
                    await self._publish_position(moving=True)
                    await self._nap.take(min(self.axis.remaining, self._clock.simulated(READBACK_PERIOD)))
                await self._clock.sleep(self.record.readback_settle_time.value)
        finally:
            self._follower = None
            self._at_rest.set()

    async def _finished(self) -> bool:
        async with self._lock:
            if self.axis.moving:
                return False
            await self._publish_position(moving=False)
            # Stopped, jogged, homed: the target follows. Paused: it is kept, and Go goes on to it.
            if self.record.stop_pause_move_go.value != "Pause" and self.val.value != self.axis.position:
                await self._publish_target(self.axis.position)
            await _show(self.record.motor_is_moving, 0)
            await _show(self.record.done_moving_to_value, 1)
            return True

    async def _publish_target(self, user: float) -> None:
        await self.val.publish_value(user)
        await _show(self.record.dial_desired_value, self.axis.to_dial(user))

    async def _publish_position(self, moving: bool) -> None:
        fields, dial = self.record, self.axis.dial
        at_low, at_high = self.axis.switches
        await _show(fields.motor_status, self._status(moving, at_low, at_high))
        await _show(fields.user_low_limit_switch, int(at_low))
        await _show(fields.user_high_limit_switch, int(at_high))
        await _show(fields.at_home, int(dial == 0.0))
        await _show(fields.raw_readback_value, round(dial / STEP))
        await _show(fields.dial_readback_value, dial)
        await _show(fields.user_readback_value, self.axis.to_user(dial))

    def _status(self, moving: bool, at_low: bool, at_high: bool) -> int:
        bits = (
            (_DIRECTION, self.axis.upwards),
            (_MOVING if moving else _DONE, True),
            (_HIGH_SWITCH, at_high),
            (_LOW_SWITCH, at_low),
        )
        return sum(bit for bit, is_set in bits if is_set)

    async def _publish_frame(self) -> None:
        await _show(self.record.user_offset, self.axis.offset)
        await self._publish_limits()
        await self._publish_target(self.axis.position)
        await self._publish_position(moving=False)

    async def _publish_limits(self) -> None:
        low, high = self.axis.limits
        # Before HLM and LLM, whose monitors make clients read these.
        await self.val.write_metadata(lower_ctrl_limit=low, upper_ctrl_limit=high)
        await self.val.write_metadata(lower_disp_limit=low, upper_disp_limit=high)
        await _show(self.record.dial_low_limit, self.axis.dial_low)
        await _show(self.record.dial_high_limit, self.axis.dial_high)
        await _show(self.record.user_low_limit, low)
        await _show(self.record.user_high_limit, high)


async def _show(field: Any, value: Any) -> None:
    """Publish a field that changed, without asking its putter."""
    if field.value != value:
        await field.write(value, verify_value=False)
