"""A motor record that moves.

Rules of this file:
- The order in which a client sees a motion is the real record's: DMOV 0 before anything else, the last RBV before
  DMOV 1, DMOV 1 last. A move to where it is already is a motion, too: clients wait for both edges.
- One task (`_follow`) does what was ordered, however often it is retargeted, stopped or paused on its way. `_lock`
  makes "a motion begins" and "the motion is over" exclude each other, or a target put at the last moment is lost.
- A put that moves completes when `_at_rest` is set, which is when DMOV is 1. A paused motion is not over.
- As in the real record, whatever ends a motion short of its target makes the target follow, except a controller
  that gave up (no power).
"""

import asyncio
from typing import Any, cast

from caproto import SkipWrite

from ..clock import Clock
from ..physics.axis import Axis
from ..pvs.puts import DoublePut, EnumPut, RefusedError, SimulationGroup, pv
from .display import Display
from .frame import Frame
from .record import MotorRecord
from .sequence import Ended, Order, Sequence
from .show import show
from .status import Phase


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
    able = pv(
        EnumPut,
        "_able",
        "Whether the motor takes puts",
        value="Enable",
        enum_strings=("Enable", "Disable"),
        record="bo",
    )

    def link(self, axis: Axis, clock: Clock, description: str, units: str = "mm") -> None:
        """Show and obey this axis, whose lengths are in `units`; the description becomes DESC."""
        self.axis = axis
        self.val.__doc__ = description
        self.display = Display(self.val, self.record, axis)
        self.frame = Frame(self)
        self._units = units
        self._sequence = Sequence(axis, clock, self.display)
        self._lock = asyncio.Lock()
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._news = asyncio.Event()
        self._follower: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        axis.changed = self._look

    @property
    def record(self) -> MotorRecord:
        """The fields."""
        return cast("MotorRecord", self.val.field_inst)

    async def run(self) -> None:
        """Publish what the axis starts with."""
        fields = self.record
        await show(fields.engineering_units, self._units)
        await show(fields.display_precision, 4)
        await show(fields.tweak_step_size, 1.0)
        await show(fields.velocity, self.axis.velocity)
        await show(fields.seconds_to_velocity, self.axis.ramp)
        await show(fields.jog_accel, self.axis.velocity / self.axis.ramp if self.axis.ramp else 0.0)
        await fields.speeds.publish()
        await self._publish_units()
        await self.display.frame()

    async def group_write(self, instance: Any, value: Any) -> Any:
        """A put to VAL, or to the switch that disables the record."""
        if instance is self.able:
            await show(self.record.disable_putfield, int(value == "Disable"))
            return value
        self.check_enabled()
        if self.record.sets:
            await self.frame.redefine(value)
        else:
            await self.move(value)
        return SkipWrite

    async def put_dial(self, dial: float) -> Any:
        """A put to DVAL or, in mm, to RVAL."""
        if self.record.sets:
            await self.frame.redefine_dial(dial)
        else:
            await self.move(self.axis.to_user(dial))
        return SkipWrite

    async def move(self, user: float) -> None:
        """Move to a user position (mm) and wait until it is there, or where it was stopped or sent meanwhile.

        While SPMG is Stop or Pause, that is after it is put to Go. Raises RefusedError when the soft limits forbid it.
        """
        await self.check_target(user)
        await self.carry_out(Phase.MOVE, user)

    async def check_target(self, user: float) -> None:
        """Raises RefusedError, and shows LVIO, when the soft limits forbid this user position, or the way there."""
        if not self._allows(self.axis.to_dial(user)):
            await self._show_violation()
            low, high = self.axis.limits
            raise RefusedError(
                f"{self.val.pvname}: {user:.4f} {self._units} is outside {low:.4f} … {high:.4f} {self._units}"
                + self._by_backlash(user)
            )

    async def carry_out(self, kind: Phase, user: float | None = None) -> None:
        """Do this instead of what is being done, a move to `user`, and wait until it is over."""
        async with self._lock:
            self._at_rest.clear()
            await show(self.record.done_moving_to_value, 0)
            await show(self.record.limit_violation, 0)
            if user is not None:
                await self.display.go_to(user)
            self._sequence.replace(Order(kind))
            if self._follower is None:
                self._follower = asyncio.create_task(self._follow())
            self._news.set()
        await self._at_rest.wait()

    async def halt(self) -> None:
        """Stop, and wait until DMOV says so."""
        self._interrupt(Ended.STOPPED)
        await self._at_rest.wait()

    async def release(self, kind: Phase) -> None:
        """Let go of a jog button, and wait until the motor is at rest."""
        if self._sequence.order is not None and self._sequence.order.kind is kind:
            self._interrupt(Ended.RELEASED)
        await self._at_rest.wait()

    async def switch(self, spmg: str) -> Any:
        """SPMG: Go, or Move, goes on to what was paused, or was put meanwhile."""
        await show(self.record.last_spmg, spmg)
        await self.record.stop_pause_move_go.publish_value(spmg)
        self._news.set()
        if spmg == "Pause":
            self._interrupt(Ended.PAUSED)
        else:
            if spmg == "Stop":
                self._interrupt(Ended.STOPPED)
            await self._at_rest.wait()
        return SkipWrite

    async def sync(self) -> None:
        """Let the target be where the motor is. Raises RefusedError while it moves."""
        self.check_at_rest()
        await self.display.follow()
        await self.refresh()

    async def power(self, on: bool) -> None:
        """Switch the motor's power; without it motions end at once, and do not begin."""
        self.axis.power(on)
        await self.refresh()

    async def refresh(self) -> None:
        """Publish where the axis is, if no motion does."""
        async with self._lock:
            if self._sequence.order is None:
                await self.display.position(moving=False)

    def jog_on(self) -> None:
        """Go on at another velocity, if it jogs."""
        order = self._sequence.order
        if order is not None and order.kind & Phase.JOG and self.axis.moving:
            pace = self.record.jog_pace()
            self.axis.jog(order.kind is Phase.JOG_FORWARD, pace.velocity, pace.ramp, margin=pace.velocity)
            self._sequence.look()

    def check_enabled(self) -> None:
        """Raises RefusedError if the record is disabled."""
        if self.record.disable_putfield.value:
            raise RefusedError(f"{self.val.pvname} is disabled; put Enable to {self.able.pvname}")

    def check_at_rest(self) -> None:
        """Raises RefusedError if it moves."""
        if not self._at_rest.is_set():
            raise RefusedError(f"{self.val.pvname} is moving; its zero can be changed only at rest")

    def check_home(self) -> None:
        """Raises RefusedError if it looks for home already."""
        if self._sequence.order is not None and self._sequence.order.kind & Phase.HOME:
            raise RefusedError(f"{self.val.pvname} looks for its home already")

    async def check_jog(self, forward: bool) -> None:
        """Raises RefusedError if the soft limit is less than a second away, as the real record does not jog then."""
        low, high = self.axis.limits
        here, way = self.axis.to_user(self.display.readback), self.record.jog_velocity.value
        if not self.axis.unlimited and (here > high - way if forward else here < low + way):
            await self._show_violation()
            limit = high if forward else low
            raise RefusedError(f"{self.val.pvname} does not jog: at {here:.4f} it is {way} or less before {limit:.4f}")

    def _allows(self, dial: float) -> bool:
        """Whether the soft limits let it go there, by the way that it would take."""
        if not abs(dial) < float("inf"):
            return False
        low, high, here = self.axis.dial_low, self.axis.dial_high, self.display.readback
        comes_back = here > dial > high or here < dial < low
        lowest, highest = self.record.dynamics().extremes(here, dial)
        # To the dial and back a limit itself can become a bit more than the limit.
        slack = self.record.dynamics().step / 100
        return self.axis.unlimited or comes_back or (low - slack <= lowest and highest <= high + slack)

    def _by_backlash(self, user: float) -> str:
        return f", by its backlash of {self.record.bl_distance.value}" if self.axis.allows(user) else ""

    async def _show_violation(self) -> None:
        """LVIO, and the blink of DMOV for those who wait for it."""
        async with self._lock:
            await show(self.record.limit_violation, 1)
            if self._at_rest.is_set():
                await show(self.record.done_moving_to_value, 0)
                await show(self.record.done_moving_to_value, 1)

    def _interrupt(self, why: Ended) -> None:
        if self._sequence.order is not None:
            self._sequence.interrupt(why)
            self._news.set()
        else:
            self.axis.stop()

    def _look(self) -> None:
        """Something was done to the axis from outside."""
        self._sequence.look()
        try:
            self._looking = asyncio.get_running_loop().create_task(self.refresh())
        except RuntimeError:
            return  # without a loop nobody looks at the PVs

    async def _follow(self) -> None:
        try:
            while not await self._over():
                await self._until_free()
                await self._conclude(await self._sequence.run())
        finally:
            self._follower = None
            self._at_rest.set()

    async def _until_free(self) -> None:
        while self.record.stop_pause_move_go.value in ("Stop", "Pause") and not self._sequence.interrupted:
            self._news.clear()
            await self._news.wait()

    async def _conclude(self, ended: Ended) -> None:
        """What the end of a motion means for the target, the buttons and SPMG."""
        if ended is Ended.PAUSED:
            await self.display.phase(Phase.RETRY)
            return
        kind = self._sequence.order.kind if self._sequence.order is not None else Phase.MOVE
        async with self._lock:
            if not self._sequence.finish():
                return
            if kind is not Phase.MOVE or ended not in (Ended.THERE, Ended.SHORT, Ended.PROBLEM):
                await self.display.follow()
        if ended is Ended.LIMIT:
            await show(self.record.limit_violation, 1)
        if kind is not Phase.MOVE or ended is Ended.STOPPED:
            await self._sequence.settle()
        if self.record.stop_pause_move_go.value == "Move" and ended in (Ended.THERE, Ended.RELEASED):
            await self.record.stop_pause_move_go.publish_value("Pause")
            await show(self.record.last_spmg, "Pause")

    async def _over(self) -> bool:
        async with self._lock:
            if self._sequence.order is not None:
                return False
            await self.display.position(moving=False)
            for button in self.record.buttons:
                await show(button, 0)
            await self.display.phase(Phase.DONE)
            await show(self.record.motor_is_moving, 0)
            await show(self.record.done_moving_to_value, 1)
            return True

    async def _publish_units(self) -> None:
        for channel in (self.val, *self.record.pvdb.values()):
            units = getattr(channel, "units", None)
            if isinstance(units, str) and "mm" in units:
                await channel.write_metadata(units=units.replace("mm", self._units))
