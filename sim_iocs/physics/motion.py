"""Motion as a pure function of time.

Rules of this file: a trajectory starts and ends at rest, and from its end on its position is *exactly* the
target, so that "arrived" needs no tolerance anywhere else.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Trajectory:
    """From `start` to `target`, begun at `begun`, with trapezoidal velocity.

    `velocity` is the cruising speed (units/s, above 0), `ramp` the seconds from rest to it (0: at once).
    A distance too short to reach the cruising speed is travelled with the same acceleration, as a triangle.
    """

    start: float
    target: float
    begun: float = 0.0
    velocity: float = 1.0
    ramp: float = 0.0

    @property
    def distance(self) -> float:
        """How far it is, without sign."""
        return abs(self.target - self.start)

    @property
    def direction(self) -> int:
        """1 upwards, -1 downwards; 1 when there is nothing to travel."""
        return 1 if self.target >= self.start else -1

    @property
    def ends(self) -> float:
        """When the target is reached."""
        ramp, _, cruise = self._phases()
        return self.begun + 2 * ramp + cruise

    def position(self, now: float) -> float:
        """Where it is at `now`."""
        if now >= self.ends:
            return self.target
        return self.start + self.direction * self._travelled(max(now - self.begun, 0.0))

    def _phases(self) -> tuple[float, float, float]:
        """Seconds of one ramp, peak speed, seconds of cruising."""
        full_ramps = self.velocity * self.ramp
        if self.distance >= full_ramps:
            return self.ramp, self.velocity, (self.distance - full_ramps) / self.velocity
        ramp = math.sqrt(self.distance * self.ramp / self.velocity)
        return ramp, ramp * self.velocity / self.ramp, 0.0

    def _travelled(self, elapsed: float) -> float:
        ramp, peak, cruise = self._phases()
        if elapsed < ramp:
            return 0.5 * peak * elapsed**2 / ramp
        if elapsed <= ramp + cruise:
            return 0.5 * peak * ramp + peak * (elapsed - ramp)
        left = 2 * ramp + cruise - elapsed
        return self.distance - 0.5 * peak * left**2 / ramp


def at_rest(position: float) -> Trajectory:
    """The trajectory of something that stands still."""
    return Trajectory(position, position)
