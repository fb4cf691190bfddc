"""Current of a storage ring.

Rules of this file: the current is a pure function of time since the last order (`_order`), never stepped, so
that whoever looks at it at whatever rate sees the same ring.
"""

import enum
import math
from collections.abc import Callable
from dataclasses import dataclass, replace


class RingMode(enum.Enum):
    """What the ring does; the values are the labels of `Ring:Mode`, in this order."""

    NO_BEAM = "no beam"
    INJECTION = "injection"
    TOP_UP = "top-up"
    DECAY = "decay"


@dataclass(frozen=True)
class RingSettings:
    """Full current (mA), lifetime (s), seconds from nothing to full, and the loss at which top-up refills."""

    full: float = 500.0
    lifetime: float = 3600.0
    fill_time: float = 1.0
    refill_below: float = 0.99


@dataclass(frozen=True)
class _Order:
    """Since `at`, with `current` mA then in the ring: is there beam, was it filled, is it kept topped up."""

    at: float
    current: float
    beam: bool
    fill: bool
    top_up: bool


class Ring:
    """A ring that decays, is topped up, loses its beam and gets it back."""

    def __init__(self, now: Callable[[], float], settings: RingSettings | None = None) -> None:
        self._now = now
        self.settings = settings or RingSettings()
        self._order = _Order(now(), self.settings.full, beam=True, fill=False, top_up=True)

    @property
    def current(self) -> float:
        """mA, now."""
        order, elapsed = self._order, self._now() - self._order.at
        if not order.beam:
            return 0.0
        filling = self._filling_time()
        if elapsed < filling:
            return order.current + elapsed * self.settings.full / self.settings.fill_time
        return self._stored(self.settings.full if order.fill else order.current, elapsed - filling)

    @property
    def mode(self) -> RingMode:
        """What the ring does now."""
        if not self._order.beam:
            return RingMode.NO_BEAM
        if self.filled_in > 0:
            return RingMode.INJECTION
        return RingMode.TOP_UP if self._order.top_up else RingMode.DECAY

    @property
    def filled_in(self) -> float:
        """Seconds until the ring is full; not above 0 when no injection is going on."""
        return self._order.at + self._filling_time() - self._now()

    @property
    def refilled_in(self) -> float:
        """Seconds until top-up refills the ring; 0 when it does not, or is just doing it."""
        order = self._order
        if not (order.beam and order.top_up) or self.filled_in > 0:
            return 0.0
        period = self._refill_period()
        return period - (self._now() - order.at - self._filling_time()) % period

    def dump(self) -> None:
        """Lose the beam at once."""
        self._order = _Order(self._now(), 0.0, beam=False, fill=False, top_up=self._order.top_up)

    def restore(self) -> None:
        """Inject up to the full current, then decay or top up as before."""
        self._order = _Order(self._now(), self.current, beam=True, fill=True, top_up=self._order.top_up)

    def top_up(self, on: bool) -> None:
        """Keep the ring full, or let it decay from now on; without beam: once there is some."""
        beam = self._order.beam
        self._order = _Order(self._now(), self.current, beam, fill=beam and on, top_up=on)

    def lose(self, fraction: float) -> None:
        """Lose a part of the current, 0 to 1, at once; top-up then refills it."""
        order = self._order
        self._order = _Order(
            self._now(), self.current * (1 - fraction), order.beam, order.beam and order.top_up, order.top_up
        )

    def change(self, lifetime: float | None = None, fill_time: float | None = None) -> None:
        """Another lifetime or time from nothing to full (s) from now on; the current does not jump."""
        order, filling = self._order, self.filled_in > 0
        fill = order.beam and (filling or order.top_up)
        self._order = _Order(self._now(), self.current, order.beam, fill, order.top_up)
        self.settings = replace(
            self.settings,
            lifetime=self.settings.lifetime if lifetime is None else lifetime,
            fill_time=self.settings.fill_time if fill_time is None else fill_time,
        )

    def _filling_time(self) -> float:
        """How long the injection takes that this order began with; 0 when there was none."""
        missing = 1 - self._order.current / self.settings.full
        return missing * self.settings.fill_time if self._order.fill else 0.0

    def _stored(self, current: float, elapsed: float) -> float:
        """What is left of `current` after `elapsed` seconds, with the refills of the mode."""
        if self._order.top_up:
            elapsed %= self._refill_period()
        return current * math.exp(-elapsed / self.settings.lifetime)

    def _refill_period(self) -> float:
        """Seconds from full to where top-up refills."""
        return -self.settings.lifetime * math.log(self.settings.refill_below)
