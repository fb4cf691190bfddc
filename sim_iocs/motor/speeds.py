"""Speeds, in mm/s and in turns per second, and the resolution that ties the two.

Rules of this file: as in the real record, turns per second stay what they are when the resolution changes. Unlike
there, a speed out of range is refused, not trimmed; only a new VMAX, or VBAS, takes the others along.
"""

from typing import TYPE_CHECKING, Any

from ..pvs.puts import RefusedError
from .show import show

if TYPE_CHECKING:
    from .record import MotorRecord


class Speeds:
    """The fields VELO, VBAS, VMAX, BVEL, JVEL, HVEL, those in turns, and MRES, SREV, UREV, of one record."""

    def __init__(self, record: "MotorRecord") -> None:
        self._record = record
        self._pairs = {
            "VELO": (record.velocity, record.speed),
            "VBAS": (record.base_velocity, record.base_speed),
            "VMAX": (record.max_velocity, record.max_speed),
            "BVEL": (record.bl_velocity, record.bl_speed),
        }
        self._bound = (record.velocity, record.bl_velocity, record.jog_velocity, record.home_velocity)

    async def publish(self) -> None:
        """Publish the turns per second, and what the axis is driven with."""
        for velocity, turns in self._pairs.values():
            await show(turns, velocity.value / self._way_per_turn)
        self._record.motor.axis.velocity = self._record.velocity.value
        self._record.motor.axis.base = self._record.base_velocity.value

    async def put(self, name: str, value: float) -> float:
        """A velocity; raises RefusedError out of VBAS … VMAX, or if it is not above 0."""
        lowest, highest = self._record.base_velocity.value, self._record.max_velocity.value
        if not max(lowest, 0) <= value or value == 0 or (highest and value > highest):
            raise RefusedError(
                f"{self._pvname}: {name} {value} is not above 0, at least {lowest} (VBAS) and at most {highest} (VMAX)"
            )
        await self._store(name, value)
        return value

    async def put_bound(self, name: str, value: float) -> float:
        """VBAS or VMAX: velocities out of the new range go to its end."""
        base = value if name == "VBAS" else self._record.base_velocity.value
        highest = value if name == "VMAX" else self._record.max_velocity.value
        if value < 0 or (highest and base > highest):
            raise RefusedError(f"{self._pvname}: {name} {value}: 0 <= VBAS {base} <= VMAX {highest} is not true")
        await self._store(name, value)
        for velocity in self._bound:
            await show(velocity, min(max(velocity.value, base), highest or float("inf")))
        await self.publish()
        return value

    async def put_turns(self, name: str, value: float) -> float:
        """S, SBAS, SMAX, SBAK: the velocity `name` follows."""
        velocity = value * self._way_per_turn
        put = self.put_bound if name in ("VBAS", "VMAX") else self.put
        await show(self._pairs[name][0], await put(name, velocity))
        return value

    async def put_resolution(self, name: str, value: Any) -> Any:
        """MRES, SREV or UREV; the motor does not move, and its dial position stays."""
        record = self._record
        if not value or (name == "SREV" and value < 0):
            raise RefusedError(f"{self._pvname}: {name} {value} is no resolution; what is not 0 is one")
        record.motor.check_at_rest()
        turns = value if name == "SREV" else record.steps_per_revolution.value
        way = value * turns if name == "MRES" else record.egu_s_per_revolution.value
        way = value if name == "UREV" else way
        await show(record.motor_step_size, way / turns)
        await show(record.egu_s_per_revolution, way)
        for velocity, speed in self._pairs.values():
            await show(velocity, speed.value * self._way_per_turn)
        await show(record.retry_deadband, max(record.retry_deadband.value, abs(way / turns)))
        await self.publish()
        await record.motor.refresh()
        return value

    async def _store(self, name: str, value: float) -> None:
        velocity, turns = self._pairs.get(name, (None, None))
        if velocity is not None:
            await show(velocity, value)
            await show(turns, value / self._way_per_turn)
        await self.publish()

    @property
    def _way_per_turn(self) -> float:
        return abs(self._record.egu_s_per_revolution.value)

    @property
    def _pvname(self) -> str:
        return self._record.motor.val.pvname
