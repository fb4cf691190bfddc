"""Motion as a pure function of time.

Rules of this file: a trajectory starts and ends at rest, and from its end on its position is *exactly* the
target, so that "arrived" needs no tolerance anywhere else.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Trajectory:
    """From `start` to `target`, begun at `begun`, with trapezoidal velocity.

    `velocity` is the cruising speed (units/s, above 0), `ramp` the seconds from `base` to it (0: at once), `base`
    the speed with which it starts and ends (units/s, at most `velocity`). A distance too short to reach the
    cruising speed is travelled with the same acceleration, as a triangle.
    """

    start: float
    target: float
    begun: float = 0.0
    velocity: float = 1.0
    ramp: float = 0.0
    base: float = 0.0

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

    def speed(self, now: float) -> float:
        """How fast it is at `now`, without sign."""
        if not self.begun <= now < self.ends:
            return 0.0
        ramp, peak, _ = self._phases()
        to_nearer_end = min(now - self.begun, self.ends - now)
        if to_nearer_end >= ramp:
            return peak
        return self.base + (peak - self.base) * to_nearer_end / ramp

    def _phases(self) -> tuple[float, float, float]:
        """Seconds of one ramp, peak speed, seconds of cruising."""
        ramps = (self.base + self.velocity) * self.ramp
        if self.distance >= ramps:
            return self.ramp, self.velocity, (self.distance - ramps) / self.velocity
        # Half the way is base * t + (velocity - base) / ramp * t² / 2; in this form nothing overflows.
        gain = (self.velocity - self.base) * (self.distance / self.ramp)
        twice_the_mean = self.base + math.sqrt(self.base**2 + gain)
        if self.distance == 0 or twice_the_mean == 0:  # the least numbers have no root
            return 0.0, self.velocity, 0.0
        ramp = self.distance / twice_the_mean
        return ramp, self.base + (self.velocity - self.base) * ramp / self.ramp, 0.0

    def _travelled(self, elapsed: float) -> float:
        ramp, peak, cruise = self._phases()
        left = 2 * ramp + cruise - elapsed
        if elapsed < ramp:
            return self._ramped(elapsed, ramp, peak)
        if left < ramp:
            return self.distance - self._ramped(left, ramp, peak)
        return 0.5 * (self.base + peak) * ramp + peak * (elapsed - ramp)

    def _ramped(self, elapsed: float, ramp: float, peak: float) -> float:
        """The way made in the first, or before the last, `elapsed` seconds of a ramp."""
        return self.base * elapsed + 0.5 * (peak - self.base) * elapsed**2 / ramp


def at_rest(position: float) -> Trajectory:
    """The trajectory of something that stands still."""
    return Trajectory(position, position)
