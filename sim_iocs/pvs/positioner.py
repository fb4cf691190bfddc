"""A setpoint, a readback, whether it is done, and a stop.

Rules of this file:
- Done is 0 before anything moves; the last readback comes before Done 1, Done 1 before the put completes.
- A put that did not end where it asked, as it was stopped or sent elsewhere, fails; the setpoint says where it is.
- What moves may be moved by others as well: readback and Done follow the hardware, not the orders.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol

from caproto import SkipWrite

from ..clock import Clock
from ..physics.axis import Axis
from .puts import RefusedError, SimulationGroup

READBACK_PERIOD = 0.05
"""Real seconds between two readbacks."""


class Mover(Protocol):
    """What moves."""

    @property
    def position(self) -> float:
        """Where it is now."""
        ...

    @property
    def moving(self) -> bool:
        """Whether it moves, whoever sent it."""
        ...

    def missed(self, target: float) -> str:
        """Where it is instead of there, for people; empty when it is there."""
        ...

    async def go(self, target: float) -> None:
        """Move, and come back at rest. Raises RefusedError, before anything moves, if it cannot go there."""
        ...

    async def halt(self) -> None:
        """Stop, and come back at rest."""
        ...


@dataclass
class AxisMover:
    """One axis without a motor record."""

    axis: Axis
    clock: Clock

    @property
    def position(self) -> float:
        """Where the axis is."""
        return self.axis.position

    @property
    def moving(self) -> bool:
        """Whether the axis moves."""
        return self.axis.moving

    def missed(self, target: float) -> str:
        """Where the axis is, if not exactly there."""
        return "" if self.position == target else off(self.position, target)

    async def go(self, target: float) -> None:
        """Move the axis."""
        self.axis.move(target)
        await self._rest()

    async def halt(self) -> None:
        """Stop the axis."""
        self.axis.stop()
        await self._rest()

    async def _rest(self) -> None:
        while self.axis.moving:
            await self.clock.sleep(min(self.axis.remaining, self.clock.simulated(READBACK_PERIOD)))


class PositionerGroup(SimulationGroup):
    """What the PVs of a positioner do; a subclass says what they are called."""

    setpoint: Any
    readback: Any
    done: Any
    stop: Any

    def move_with(self, mover: Mover, clock: Clock) -> None:
        """Show and obey what moves."""
        self._mover = mover
        self._clock = clock
        self._orders = 0
        self._at_rest = asyncio.Event()
        self._at_rest.set()

    async def run(self) -> None:
        """Follow the hardware for ever."""
        await self.setpoint.publish_value(self._mover.position)
        while True:
            await self._publish()
            await self._clock.sleep(self._clock.simulated(READBACK_PERIOD))

    async def group_write(self, instance: Any, value: Any) -> Any:
        """Every put to a PV of this group."""
        if instance is self.setpoint:
            return await self._move(value)
        if instance is self.stop:
            return await self.stop.obey(value, self._halt)
        return value

    async def _move(self, target: float) -> type[SkipWrite]:
        self._orders += 1
        self._at_rest.clear()
        try:
            await self._show_done(False)
            await self._go(target)
        finally:
            self._orders -= 1
            await self._publish()
            if not self._orders:
                self._at_rest.set()
        if missed := self._mover.missed(target):
            raise RefusedError(f"{self.setpoint.pvname}: {missed}: it was stopped, or sent elsewhere")
        return SkipWrite

    async def _go(self, target: float) -> None:
        was = self.setpoint.value
        await self.setpoint.publish_value(target)
        try:
            await self._mover.go(target)
        except RefusedError:
            await self.setpoint.publish_value(was)
            raise
        if self._mover.missed(self.setpoint.value):
            await self.setpoint.publish_value(self._mover.position)

    async def _halt(self) -> None:
        await self._mover.halt()
        await self._at_rest.wait()
        await self._publish()

    async def _publish(self) -> None:
        moving = self._mover.moving or self._orders > 0
        if moving:
            await self._show_done(False)
        at = self._mover.position
        if self.readback.value != at:
            await self.readback.write(at, verify_value=False)
        if not moving:
            await self._show_done(True)

    async def _show_done(self, done: bool) -> None:
        label = self.done.enum_strings[int(done)]
        if self.done.value != label:
            await self.done.write(label, verify_value=False)


def off(position: float, target: float, what: str = "it") -> str:
    """What `Mover.missed` says."""
    return f"{what} is at {position:.4f}, not at {target:.7g}"
