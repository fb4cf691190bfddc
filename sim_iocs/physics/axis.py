"""One motor axis without its record.

Rules of this file: `dial` is what the hardware knows; user = sign * dial + offset; limits are kept in dial
units, so that moving the user zero moves the user limits with it. Soft limits bind `move`; the hard switches
end any motion.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .motion import Trajectory, at_rest


@dataclass(frozen=True)
class AxisSettings:
    """What an axis starts with (mm, mm/s, s)."""

    velocity: float = 2.0
    ramp: float = 0.1
    low: float = -10.0
    high: float = 10.0
    low_switch: float = -12.0
    high_switch: float = 12.0


class Axis:
    """Moves between rest and rest; a new target in mid-move starts again from rest where it is."""

    def __init__(self, now: Callable[[], float], settings: AxisSettings | None = None) -> None:
        self._now = now
        self.settings = settings or AxisSettings()
        self.velocity = self.settings.velocity
        self.ramp = self.settings.ramp
        self.dial_low = self.settings.low
        self.dial_high = self.settings.high
        self.offset = 0.0
        self.sign = 1
        self._trajectory = at_rest(0.0)

    @property
    def dial(self) -> float:
        """Position of the hardware, now."""
        return self._trajectory.position(self._now())

    @property
    def position(self) -> float:
        """Position in user units, now."""
        return self.to_user(self.dial)

    @property
    def moving(self) -> bool:
        """Whether the target is still ahead."""
        return self.remaining > 0

    @property
    def remaining(self) -> float:
        """Seconds to the target; not above 0 when it is there."""
        return self._trajectory.ends - self._now()

    @property
    def upwards(self) -> bool:
        """Whether the last motion goes, or went, to higher user positions."""
        return self._trajectory.direction * self.sign > 0

    @property
    def limits(self) -> tuple[float, float]:
        """Soft limits in user units, low and high; equal ones limit nothing."""
        low, high = sorted((self.to_user(self.dial_low), self.to_user(self.dial_high)))
        return low, high

    @property
    def switches(self) -> tuple[bool, bool]:
        """Whether the low and the high limit switch, in the user's sense, are hit."""
        low, high = self.dial <= self.settings.low_switch, self.dial >= self.settings.high_switch
        return (low, high) if self.sign > 0 else (high, low)

    def to_user(self, dial: float) -> float:
        """A dial position in user units."""
        return self.sign * dial + self.offset

    def to_dial(self, user: float) -> float:
        """A user position in dial units."""
        return self.sign * (user - self.offset)

    def allows(self, user: float) -> bool:
        """Whether the soft limits let it go there."""
        low, high = self.limits
        return low == high or low <= user <= high

    def move(self, user: float) -> None:
        """Start towards a user position. The caller has asked `allows`."""
        self._travel(self.to_dial(user), self.velocity)

    def jog(self, forward: bool, velocity: float) -> None:
        """Start towards the soft limit, or the switch if there is no soft limit, to be stopped on the way."""
        low, high = self.limits
        if low == high:
            low, high = sorted((self.to_user(self.settings.low_switch), self.to_user(self.settings.high_switch)))
        self._travel(self.to_dial(high if forward else low), velocity)

    def home(self, velocity: float) -> None:
        """Start towards the home mark, which is at dial 0."""
        self._travel(0.0, velocity)

    def stop(self) -> None:
        """Stand still, here and now."""
        self._trajectory = at_rest(self.dial)

    def set_limits(self, low: float, high: float) -> None:
        """Soft limits in user units."""
        self.dial_low, self.dial_high = sorted((self.to_dial(low), self.to_dial(high)))

    def redefine(self, user: float, keep_offset: bool = False) -> None:
        """Call the present place `user`, by a new offset or, with `keep_offset`, by a new dial position."""
        if keep_offset:
            self._trajectory = at_rest(self.to_dial(user))
        else:
            self.offset = user - self.sign * self.dial

    def _travel(self, dial: float, velocity: float) -> None:
        reachable = min(max(dial, self.settings.low_switch), self.settings.high_switch)
        self._trajectory = Trajectory(self.dial, reachable, self._now(), velocity, self.ramp)
