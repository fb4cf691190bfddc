"""How a move comes to its target: backlash, and what a retry does.

Rules of this file: pure, all positions are dial positions (mm). The preferred direction is that of BDST: a move
ends in it, or does not need to because there is no backlash to take out.
"""

from dataclasses import dataclass
from enum import Enum

_MOST_STEPS = 2**31 - 1
"""Of the fields that count steps."""


class Way(Enum):
    """The three ways of the motor record."""

    STRAIGHT = "at VELO"
    SLOWLY = "at BVEL: the way is within the backlash"
    ROUNDABOUT = "at VELO to one backlash before the target, from there at BVEL"


@dataclass(frozen=True)
class Pace:
    """A speed (mm/s), and the seconds to it."""

    velocity: float
    ramp: float


@dataclass(frozen=True)
class Dynamics:
    """What the record's fields say about moves."""

    slew: Pace
    final: Pace
    backlash: float
    fraction: float
    step: float
    least_way: float
    deadband: float
    retries: int
    retry_mode: str
    turn_deadband: float | None
    """How far in the wrong direction a motion may go before it is turned back; None: to its end."""
    by_readback: bool
    """Whether the readback comes from the load: moves are then relative to it, in motor steps."""

    @property
    def has_backlash(self) -> bool:
        """Whether BDST is a step at least."""
        return abs(self.backlash) >= self.step

    @property
    def before(self) -> float:
        """How far before a target the last leg begins; with sign, to be subtracted."""
        return self.backlash if self.has_backlash else 0.0

    def way(self, here: float, target: float) -> Way:
        """How to go there."""
        preferred = (target > here) == (self.backlash > 0)
        if not self.has_backlash or (preferred and self.final == self.slew):
            return Way.STRAIGHT
        if preferred and abs(target - here) <= abs(self.backlash) + self.step:
            return Way.SLOWLY
        return Way.ROUNDABOUT

    def extremes(self, here: float, target: float) -> tuple[float, float]:
        """The lowest and highest position on the way after `here`."""
        turn = target - self.before if self.way(here, target) is Way.ROUNDABOUT else target
        return min(turn, target), max(turn, target)

    def is_nowhere(self, here: float, target: float) -> bool:
        """Whether the way is less than a step, or than SPDB."""
        return steps(here, self.step) == steps(target, self.step) or abs(target - here) < self.least_way

    def retry_share(self, count: int) -> float:
        """Which part of what is missing the `count`-th retry goes, by RMOD. Only relative moves know it."""
        if not self.by_readback or count == 0:
            return 1.0
        if self.retry_mode == "Arithmetic":
            return (self.retries - count + 1) / self.retries
        return 0.5 ** (count - 1) if self.retry_mode == "Geometric" else 1.0


def steps(way: float, step: float) -> int:
    """A way (mm, or mm/s) in steps of so many mm; more than a field can tell are as many as it can."""
    return round(min(max(way / step, -_MOST_STEPS), _MOST_STEPS))
