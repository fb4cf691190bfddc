"""A loss of the beam that is announced, and passes."""

from ..clock import Clock, Nap
from ..physics.ring import Ring


class Outage:
    """Notice, dump, time without beam, injection; one at a time."""

    def __init__(self, ring: Ring, clock: Clock) -> None:
        self._ring = ring
        self._clock = clock
        self._nap = Nap(clock)
        self._dumps_at = 0.0
        self.under_way = False

    @property
    def dump_in(self) -> float:
        """Seconds to the announced dump; 0 when none is."""
        return max(self._dumps_at - self._clock.now(), 0.0) if self.under_way else 0.0

    def cancel(self) -> None:
        """End the outage: no dump if it has not come yet, else the beam comes back now."""
        self.under_way = False
        self._nap.wake()

    async def go_through(self, notice: float, length: float) -> bool:
        """Dump the beam in `notice` s and begin to inject `length` s later; False if it was cancelled."""
        self.under_way = True
        self._dumps_at = self._clock.now() + notice
        try:
            await self._nap.take(notice)
            if not self.under_way:
                return False
            self._ring.dump()
            await self._nap.take(length)
            self._ring.restore()
            return self.under_way
        finally:
            self.under_way = False
