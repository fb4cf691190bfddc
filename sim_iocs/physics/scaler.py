"""Counters that count until one of them reaches its preset."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np


class Scaler:
    """Counters, each fed with pulses at a rate (1/s) that may change. The first counts a clock of `frequency` (Hz)."""

    def __init__(
        self,
        now: Callable[[], float],
        rates: Mapping[str, Callable[[], float]],
        frequency: float = 1e7,
        seed: int | tuple[int, ...] = 0,
    ) -> None:
        self.frequency = frequency
        self.names = ("time", *rates)
        self.noise = False
        """Whether pulses come at random (Poisson), those of the clock excepted."""
        self._now = now
        self._rates = tuple(rates.values())
        self._random = np.random.default_rng(seed)

    def count(self, presets: Sequence[float | None]) -> "Count":
        """Begin to count, from 0, until a counter reaches its preset; None is none."""
        return Count(self._now, self._sources, presets, self._pulses)

    def _sources(self) -> np.ndarray:
        return np.array([self.frequency, *(rate() for rate in self._rates)])

    def _pulses(self, expected: np.ndarray) -> np.ndarray:
        if not self.noise:
            return expected
        return np.array([expected[0], *self._random.poisson(expected[1:])])


class Count:
    """Counting that is under way, sampled whenever `sample` is called.

    Between samples rates are taken as straight lines, and a preset is met where the line through the counts meets it.
    """

    def __init__(
        self,
        now: Callable[[], float],
        rates: Callable[[], np.ndarray],
        presets: Sequence[float | None],
        pulses: Callable[[np.ndarray], np.ndarray],
    ) -> None:
        self._now = now
        self._rates = rates
        self._pulses = pulses
        self._presets = np.array([math.inf if preset is None else preset for preset in presets])
        self._begun = self._last = now()
        self._last_rates = rates()
        self._counts = np.zeros(len(self._presets))
        self.over = False

    @property
    def elapsed(self) -> float:
        """Seconds that have been counted."""
        return self._last - self._begun

    @property
    def counts(self) -> np.ndarray:
        """Whole counts so far, of each counter."""
        # A preset that was met is met: 0.9999999 of a count is a rounding error.
        return np.floor(self._counts + 1e-6)

    @property
    def remaining(self) -> float:
        """Seconds until a preset will be met if the rates stay; 0 when one was, infinite without any."""
        if self.over:
            return 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            left = (self._presets - self._counts) / self._last_rates
        return float(max(0.0, np.min(np.where(np.isnan(left), math.inf, left))))

    def sample(self) -> None:
        """Count up to now, or to the moment when a preset was met."""
        if self.over:
            return
        upto, rates = self._now(), self._rates()
        gained = self._pulses(0.5 * (self._last_rates + rates) * (upto - self._last))
        part = self._part_until_preset(gained)
        self._counts = self._counts + part * gained
        self._last, self._last_rates = self._last + part * (upto - self._last), rates
        self.over = bool(np.any(self._counts >= self._presets - 1e-6))

    def stop(self) -> None:
        """End it here and now."""
        self.sample()
        self.over = True

    def _part_until_preset(self, gained: np.ndarray) -> float:
        meets = self._counts + gained >= self._presets
        if not meets.any():
            return 1.0
        missing = np.maximum(self._presets - self._counts, 0.0)[meets]
        return float(np.min(np.divide(missing, gained[meets], out=np.zeros_like(missing), where=gained[meets] > 0)))
