"""Temperature of a sample stage with its controller.

Rules of this file: temperature, ramp and noise are functions of time since the last order (`_order`), never
stepped. The controller ramps its target in a straight line to the setpoint; the stage follows that target as a
first-order lag, dT/dt = (target - T) / lag, whose solution is written here.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

NOISE_PERIOD = 0.1
"""Seconds for which the noise has one value."""


@dataclass(frozen=True)
class TemperatureSettings:
    """Temperature at the start (K), lag of the stage (s), ramp (K/min), noise (K, sigma), and how near is there (K)."""

    start: float = 300.0
    lag: float = 2.0
    ramp: float = 60.0
    noise: float = 0.01
    tolerance: float = 0.1


@dataclass(frozen=True)
class _Order:
    """At `at` the stage had `temperature` and the ramp, then at `target`, set out for `setpoint` (all K)."""

    at: float
    temperature: float
    target: float
    setpoint: float
    slope: float
    """K/s of the ramp, with its sign."""

    @property
    def ramped_in(self) -> float:
        """Seconds from the order to the end of the ramp."""
        return (self.setpoint - self.target) / self.slope if self.slope else 0.0


class Temperature:
    """A stage that is brought to a setpoint."""

    def __init__(self, now: Callable[[], float], seed: int = 0, settings: TemperatureSettings | None = None) -> None:
        self._now = now
        self._seed = seed
        self.settings = settings or TemperatureSettings()
        self.noise = self.settings.noise
        """K, sigma."""
        self._ramp = self.settings.ramp
        start = self.settings.start
        self._order = _Order(now(), start, start, start, 0.0)

    @property
    def setpoint(self) -> float:
        """K."""
        return self._order.setpoint

    @property
    def ramp(self) -> float:
        """K/min; 0: no ramp, the target is the setpoint at once."""
        return self._ramp

    @property
    def target(self) -> float:
        """Where the ramp is now, K."""
        order, elapsed = self._order, self._now() - self._order.at
        return order.target + order.slope * elapsed if elapsed < order.ramped_in else order.setpoint

    @property
    def temperature(self) -> float:
        """K, now, without noise."""
        order, elapsed = self._order, self._now() - self._order.at
        ramping = min(elapsed, order.ramped_in)
        reached = self._following(order.temperature, order.target, order.slope, ramping)
        return self._following(reached, order.setpoint, 0.0, elapsed - ramping)

    @property
    def reading(self) -> float:
        """K, now, with noise."""
        tick = math.floor(self._now() / NOISE_PERIOD)
        return self.temperature + self.noise * np.random.default_rng((self._seed, 1, tick)).standard_normal()

    @property
    def ramping(self) -> bool:
        """Whether the ramp is under way."""
        return self._now() - self._order.at < self._order.ramped_in

    @property
    def settled(self) -> bool:
        """Whether the ramp is over and the stage is there."""
        return not self.ramping and abs(self.temperature - self.setpoint) <= self.settings.tolerance

    def go(self, setpoint: float) -> None:
        """Ramp to a setpoint (K) from where the ramp is now."""
        self._begin(setpoint, self._ramp)

    def set_ramp(self, ramp: float) -> None:
        """Ramp by so many K/min from now on, on the way that is under way, too."""
        self._begin(self.setpoint, ramp)

    def hold(self) -> None:
        """Stay at the temperature of now."""
        here = self.temperature
        self._order = _Order(self._now(), here, here, here, 0.0)

    def _begin(self, setpoint: float, ramp: float) -> None:
        target = self.target if ramp else setpoint
        slope = math.copysign(ramp / 60, setpoint - target)
        self._order = _Order(self._now(), self.temperature, target, setpoint, slope)
        self._ramp = ramp

    def _following(self, temperature: float, target: float, slope: float, elapsed: float) -> float:
        """The stage after `elapsed` s, while its target, at first `target`, has moved by `slope` K/s."""
        lag = self.settings.lag
        behind = target - slope * lag
        return behind + slope * elapsed + (temperature - behind) * math.exp(-elapsed / lag)
