"""A point detector that sees the beam through a sample."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

RateT = TypeVar("RateT", float, np.ndarray)


@dataclass(frozen=True)
class Peak:
    """A Gaussian: counts/s at its centre, centre and sigma (mm)."""

    height: float = 100_000.0
    centre: float = 0.0
    sigma: float = 1.0

    def rate(self, position: float) -> float:
        """Counts/s at a position (mm) with the full beam."""
        return self.height * math.exp(-0.5 * ((position - self.centre) / self.sigma) ** 2)


class Exposure(Generic[RateT]):
    """Integrates a rate, or those of many pixels, over `preset` seconds, sampled whenever `sample` is called.

    Between samples the rate is taken as a straight line, so a jump counts as if in the middle between two.
    """

    def __init__(self, now: Callable[[], float], rate: Callable[[], RateT], preset: float) -> None:
        self._now = now
        self._rate = rate
        self._begun = self._last = now()
        self._ends = self._begun + preset
        self._last_rate = rate()
        self.expected = 0.0 * self._last_rate
        """Counts so far, before noise."""

    @property
    def elapsed(self) -> float:
        """Seconds of exposure that have been integrated."""
        return self._last - self._begun

    @property
    def remaining(self) -> float:
        """Seconds still to integrate; 0 when it is over."""
        return self._ends - self._last

    def sample(self) -> None:
        """Integrate up to now, or to the end of the exposure."""
        upto, rate = min(self._now(), self._ends), self._rate()
        self.expected = self.expected + 0.5 * (self._last_rate + rate) * (upto - self._last)
        self._last, self._last_rate = upto, rate

    def stop(self) -> None:
        """End the exposure here and now."""
        self.sample()
        self._ends = self._last


class PointDetector:
    """Counts the light of a `Peak`, scaled by `beam` (0 none, 1 full), at `position` (mm)."""

    def __init__(
        self,
        now: Callable[[], float],
        position: Callable[[], float],
        beam: Callable[[], float],
        peak: Peak | None = None,
        seed: int = 0,
    ) -> None:
        self._now = now
        self._position = position
        self._beam = beam
        self.peak = peak or Peak()
        self._random = np.random.default_rng(seed)

    @property
    def rate(self) -> float:
        """Counts/s that would be seen now."""
        return self.peak.rate(self._position()) * self._beam()

    def expose(self, preset: float) -> Exposure[float]:
        """Begin an exposure of `preset` seconds."""
        return Exposure(self._now, lambda: self.rate, preset)

    def counts(self, expected: float, noise: bool) -> int:
        """Whole counts of an exposure, with Poisson noise or without any."""
        return int(self._random.poisson(expected)) if noise else round(expected)
