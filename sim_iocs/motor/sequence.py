"""What the motor does for one order: the legs of a move, a jog, a search for home.

Rules of this file:
- An order is replaced, never changed; who wants to know whether it is still the same one compares identities.
- A new target in mid-move is the same motion. As in the motor record, the leg under way goes on to its end, unless
  the new target lies behind (NTM).
- Nothing here touches VAL or DMOV: what the outcome means for them is the group's decision.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ..clock import Clock, Nap
from ..physics.axis import Axis
from .approach import Dynamics, Pace, Way
from .display import Display
from .show import show
from .status import Phase

READBACK_PERIOD = 0.05
"""Real seconds between two readbacks of a motion."""


@dataclass(eq=False, frozen=True)
class Order:
    """What is to be done, as the bit of MIP."""

    kind: Phase


class Ended(Enum):
    """Why a motion is over."""

    THERE = "it arrived"
    TURNED = "its target is behind it now"
    SHORT = "it arrived, retries did not help"
    LIMIT = "a soft limit ended a jog"
    SWITCH = "a limit switch is hit"
    PROBLEM = "the controller gave up"
    STOPPED = "somebody stopped it"
    PAUSED = "it was paused, to go on later"
    RELEASED = "the jog button was released"
    REPLACED = "something else is to be done"


class Sequence:
    """Carries out one order after the other."""

    def __init__(self, axis: Axis, clock: Clock, display: Display) -> None:
        self.order: Order | None = None
        self._taken: Order | None = None
        self._interruption: tuple[Order | None, Ended] | None = None
        self._axis = axis
        self._clock = clock
        self._nap = Nap(clock)
        self._display = display

    @property
    def interrupted(self) -> bool:
        """Whether the order under way is to end."""
        return self._interruption is not None and self._interruption[0] is self.order

    def replace(self, order: Order) -> None:
        """Do this from now on."""
        if self.order is not None and not (self.order.kind == order.kind == Phase.MOVE):
            self.interrupt(Ended.REPLACED)
        self.order = order
        self._nap.wake()

    def interrupt(self, why: Ended) -> None:
        """End the order under way."""
        self._axis.stop()
        self._interruption = (self.order, why)
        self._nap.wake()

    def look(self) -> None:
        """See at once what has changed."""
        self._nap.wake()

    def finish(self) -> bool:
        """Be done with the order just carried out; False if there is another one by now."""
        if self.order is not self._taken:
            return False
        self.order = None
        return True

    async def run(self) -> Ended:
        """Carry the order out."""
        self._taken = self.order
        if self._interruption is not None and self._interruption[0] is not self.order:
            self._interruption = None
        ended = Ended.REPLACED
        if self.order is not None and self._interruption is None:
            ended = await self._do(self.order.kind)
        interruption, self._interruption = self._interruption, None
        return interruption[1] if interruption else ended

    async def settle(self) -> None:
        """Wait for DLY."""
        delay = self._display.record.readback_settle_time.value
        if delay > 0:
            await self._display.phase(self._display.shown_phase | Phase.DELAY)
            await self._nap.take(delay)

    async def _do(self, kind: Phase) -> Ended:
        if kind & Phase.JOG:
            return await self._jog(kind)
        if kind & Phase.HOME:
            velocity = self._display.record.home_velocity.value
            return await self._leg(kind, lambda: self._axis.home(velocity))
        return await self._move()

    async def _move(self) -> Ended:
        count = 0
        while True:
            self._taken, target = self.order, self._display.target
            await self._display.accept_target()
            await show(self._display.record.retry_count, count)
            dynamics = self._display.record.dynamics()
            if not count and dynamics.is_nowhere(self._display.readback, target):
                return Ended.THERE
            ended = await self._approach(target, dynamics, count)
            if ended not in (Ended.THERE, Ended.TURNED):
                return ended
            if target == self._display.target and ended is Ended.THERE:
                await self.settle()
                await self._display.position(moving=False)
            if self._interruption:
                return ended
            if target != self._display.target:
                count = 0
            elif abs(self._display.readback - target) < dynamics.deadband or dynamics.retries == 0:
                await show(self._display.record.ran_out_of_retries, 0)
                return Ended.THERE
            elif count == dynamics.retries:
                await show(self._display.record.ran_out_of_retries, 1)
                return Ended.SHORT
            else:
                count += 1

    async def _approach(self, target: float, dynamics: Dynamics, count: int) -> Ended:
        """One attempt; the `count`-th retry, if not 0."""
        here = self._display.readback
        if count and dynamics.retry_mode == "In-Position":
            return Ended.THERE
        phase = Phase.MOVE | Phase.RETRY if count else Phase.MOVE
        share, way = dynamics.retry_share(count), dynamics.way(here, target)
        if way is Way.ROUNDABOUT:
            before = here + (target - dynamics.before - here) * share
            ended = await self._leg_to(phase, before, dynamics.slew, dynamics)
            if ended is not Ended.THERE or target != self._display.target:
                return ended
            phase, share, here = Phase.MOVE_BACKLASH, 1.0, self._start(target - dynamics.before, dynamics)
        pace = dynamics.slew if way is Way.STRAIGHT else dynamics.final
        return await self._leg_to(phase, here + (target - here) * dynamics.fraction * share, pace, dynamics)

    async def _jog(self, kind: Phase) -> Ended:
        record, axis = self._display.record, self._axis
        pace = record.jog_pace()
        forward = bool(kind & Phase.JOG_FORWARD)
        ended = await self._leg(kind, lambda: axis.jog(forward, pace.velocity, pace.ramp, margin=pace.velocity))
        dynamics = record.dynamics()
        if ended is Ended.THERE:
            return Ended.LIMIT
        if ended is not Ended.RELEASED or not dynamics.has_backlash:
            return ended
        self._interruption = None
        await self._display.phase(Phase.JOG_STOP)
        await self._display.follow()
        target = self._display.target
        ended = await self._leg_to(Phase.JOG_BACKLASH_1, target - dynamics.before, dynamics.slew, dynamics)
        if ended is Ended.THERE:
            here = self._start(target - dynamics.before, dynamics)
            aim = here + (target - here) * dynamics.fraction
            ended = await self._leg_to(Phase.JOG_BACKLASH_2, aim, dynamics.final, dynamics)
        return ended

    def _start(self, planned: float, dynamics: Dynamics) -> float:
        """Where the last leg begins: where the readback says, if it is to be believed."""
        return self._display.readback if dynamics.by_readback else planned

    async def _leg_to(self, phase: Phase, aim: float, pace: Pace, dynamics: Dynamics) -> Ended:
        motor = self._axis.dial + aim - self._display.readback if dynamics.by_readback else aim
        turn = dynamics.turn_deadband if phase & Phase.MOVE else None
        return await self._leg(phase, lambda: self._axis.travel(motor, pace.velocity, pace.ramp), turn)

    async def _leg(self, phase: Phase, begin: Callable[[], None], turn_deadband: float | None = None) -> Ended:
        """One motion from rest to rest."""
        axis = self._axis
        await self._display.phase(phase)
        if self._interruption:
            return self._interruption[1]
        begin()
        await self._display.under_way()
        while axis.moving or axis.lost:
            await self._display.position(moving=True)
            if turn_deadband is not None and self._is_behind(turn_deadband):
                axis.stop()
                await self._display.phase(phase | Phase.STOP)
                return Ended.TURNED
            period = self._clock.simulated(READBACK_PERIOD)
            # It may have arrived since `moving` was asked; then there is nothing to wait for.
            await self._nap.take(period if axis.lost else max(min(axis.remaining, period), 0.0))
        await self._display.position(moving=False)
        await show(self._display.record.motor_is_moving, 0)
        if self._interruption:
            return self._interruption[1]
        if axis.problem:
            return Ended.PROBLEM
        return Ended.SWITCH if axis.blocked else Ended.THERE

    def _is_behind(self, deadband: float) -> bool:
        missing = self._display.target - self._display.readback
        return abs(missing) > deadband and (missing > 0) != self._axis.dial_upwards
