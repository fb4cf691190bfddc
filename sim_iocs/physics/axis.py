"""One motor axis without its record: mechanics, and the controller that drives them.

Rules of this file:
- `dial` is what the motor's steps say, `load` where the load is: with play between the two, the load stays behind
  when the direction changes. An encoder sees the load. user = sign * dial + offset.
- Limits are kept in dial units, so that moving the user zero moves the user limits with it. Soft limits bind
  nothing here, whoever commands asks `allows`; the hard switches end any motion towards them.
- What is done to it from outside (stall, switches, power) is told by `changed`, as nobody may be looking.
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
    play: float = 0.0


class Axis:
    """Moves between rest and rest; a new target in mid-move starts again from rest where it is."""

    def __init__(self, now: Callable[[], float], settings: AxisSettings | None = None) -> None:
        self._now = now
        self.settings = settings or AxisSettings()
        self.velocity = self.settings.velocity
        self.ramp = self.settings.ramp
        self.base = 0.0
        self.play = self.settings.play
        self.dial_low = self.settings.low
        self.dial_high = self.settings.high
        self.offset = 0.0
        self.sign = 1
        self.powered = True
        self.problem = False
        self.lost = False
        self.changed: Callable[[], None] = lambda: None
        self._trajectory = at_rest(0.0)
        self._load = 0.0
        self._dial_upwards = True
        self._homed = False
        self._homing = False
        self._stalled = False
        self._stuck = False
        self._forced: dict[str, bool | None] = {"low": None, "high": None}

    @property
    def dial(self) -> float:
        """Position of the motor, now."""
        return self._trajectory.position(self._now())

    @property
    def load(self) -> float:
        """Position of the load in dial units, now."""
        dial = self.dial
        return min(max(self._load, dial - self.play / 2), dial + self.play / 2)

    @property
    def position(self) -> float:
        """Position of the load in user units, now."""
        return self.to_user(self.load)

    @property
    def speed(self) -> float:
        """How fast the motor is (mm/s), without sign."""
        return self._trajectory.speed(self._now())

    @property
    def moving(self) -> bool:
        """Whether the target is still ahead."""
        return self.remaining > 0

    @property
    def remaining(self) -> float:
        """Seconds to the target; not above 0 when it is there, infinite when it will never be."""
        return float("inf") if self._stuck else self._trajectory.ends - self._now()

    @property
    def stuck(self) -> bool:
        """Whether it was told to move, does not, and nobody has given up yet."""
        return self._stuck

    @property
    def dial_upwards(self) -> bool:
        """Whether the last motion goes, or went, to higher dial positions."""
        return self._dial_upwards

    @property
    def upwards(self) -> bool:
        """Whether the last motion goes, or went, to higher user positions."""
        return self._dial_upwards == (self.sign > 0)

    @property
    def at_mark(self) -> bool:
        """Whether the home mark, which is at dial 0, is seen."""
        return self.load == 0.0

    @property
    def homed(self) -> bool:
        """Whether it has ever been at the home mark because it was told to look for it."""
        return self._homed or (self._homing and not self.moving and self.dial == 0.0)

    @property
    def limits(self) -> tuple[float, float]:
        """Soft limits in user units, low and high."""
        low, high = sorted((self.to_user(self.dial_low), self.to_user(self.dial_high)))
        return low, high

    @property
    def unlimited(self) -> bool:
        """Whether the soft limits are off: both are 0 on the dial, as in the motor record."""
        return self.dial_low == self.dial_high == 0.0

    @property
    def dial_switches(self) -> tuple[bool, bool]:
        """Whether the switch at the low and that at the high end of the dial is hit."""
        low, high = self.load <= self.settings.low_switch, self.load >= self.settings.high_switch
        forced_low, forced_high = self._forced["low"], self._forced["high"]
        return low if forced_low is None else forced_low, high if forced_high is None else forced_high

    @property
    def switches(self) -> tuple[bool, bool]:
        """Whether the low and the high limit switch, in the user's sense, are hit."""
        low, high = self.dial_switches
        return (low, high) if self.sign > 0 else (high, low)

    @property
    def blocked(self) -> bool:
        """Whether the switch in the direction of the last motion is hit."""
        return self.dial_switches[self._dial_upwards]

    def to_user(self, dial: float) -> float:
        """A dial position in user units."""
        return self.sign * dial + self.offset

    def to_dial(self, user: float) -> float:
        """A user position in dial units."""
        return self.sign * (user - self.offset)

    def allows(self, user: float) -> bool:
        """Whether the soft limits let it go there."""
        low, high = self.limits
        return low <= user <= high or (self.unlimited and abs(user) < float("inf"))

    def move(self, user: float) -> None:
        """Start towards a user position. The caller has asked `allows`."""
        self.travel(self.to_dial(user))

    def travel(self, dial: float, velocity: float | None = None, ramp: float | None = None) -> None:
        """Start towards a dial position; without power it does not, which is a `problem`."""
        self._travel(dial, velocity, ramp)

    def jog(self, forward: bool, velocity: float, ramp: float | None = None, margin: float = 0.0) -> None:
        """Start towards the place `margin` before the soft limit, to be stopped on the way.

        If there is no soft limit, towards the switch.
        """
        low, high = (limit + inwards for limit, inwards in zip(self.limits, (margin, -margin), strict=True))
        if self.unlimited:
            low, high = sorted((self.to_user(self.settings.low_switch), self.to_user(self.settings.high_switch)))
        self.travel(self.to_dial(high if forward else low), velocity, ramp)

    def home(self, velocity: float) -> None:
        """Start towards the home mark; when it is there, it is homed."""
        self._travel(0.0, velocity, None)
        self._homing = True

    def stop(self) -> None:
        """Stand still, here and now."""
        self._homed, self._homing = self.homed, False
        self._stuck = False
        self._rest()

    def set_limits(self, low: float, high: float) -> None:
        """Soft limits in user units."""
        self.dial_low, self.dial_high = sorted((self.to_dial(low), self.to_dial(high)))

    def redefine(self, user: float, keep_offset: bool = False) -> None:
        """Call the present place `user`, by a new offset or, with `keep_offset`, by a new dial position."""
        if keep_offset:
            self.redefine_dial(self.to_dial(user))
        else:
            self.offset = user - self.sign * self.dial

    def redefine_dial(self, dial: float) -> None:
        """Call the present place `dial` on the dial."""
        behind = self.load - self.dial
        self._trajectory = at_rest(dial)
        self._load = dial + behind

    def stall(self, on: bool) -> None:
        """The mechanics stand while the controller goes on; released, they stand until it is told to move again."""
        self._stalled = on
        if on and self.moving:
            self._rest()
            self._stuck = True
        self.changed()

    def force_switch(self, low: bool | None = None, high: bool | None = None) -> None:
        """Let the limit switches of the dial say this; None: what is true."""
        self._forced = {"low": low, "high": high}
        if self.moving and self.blocked:
            self.stop()
        self.changed()

    def power(self, on: bool) -> None:
        """Switch the motor's power. To lose it while moving, or to be told to move without it, is a `problem`."""
        self.powered = on
        self.problem = not on and (self.problem or self.moving)
        if not on:
            self.stop()
        self.changed()

    def lose_contact(self, on: bool) -> None:
        """The controller does not answer; what it does meanwhile nobody sees."""
        self.lost = on
        self.changed()

    def _travel(self, dial: float, velocity: float | None, ramp: float | None) -> None:
        self.stop()
        start = self._trajectory.target
        reachable = min(max(dial, self.settings.low_switch), self.settings.high_switch)
        self._dial_upwards = dial >= start
        if not self.powered:
            self.problem = True
        elif self._stalled:
            self._stuck = True
        elif not self.blocked:
            velocity = self.velocity if velocity is None else velocity
            ramp = self.ramp if ramp is None else ramp
            self._trajectory = Trajectory(start, reachable, self._now(), velocity, ramp, min(self.base, velocity))

    def _rest(self) -> None:
        self._load = self.load
        self._trajectory = at_rest(self.dial)
