"""A shutter that takes its time, and its permit."""

from collections.abc import Callable

from .motion import Trajectory, at_rest

TRAVEL_TIME = 0.1
"""Seconds from closed to open."""


class Shutter:
    """Open at the start, with its permit; passes light in proportion to how far open it is.

    Without a permit it closes and cannot be opened. A permit that comes back opens nothing.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._blade = at_rest(1.0)
        self._permitted = True

    @property
    def transmission(self) -> float:
        """0 (closed) to 1 (open), now."""
        return self._blade.position(self._now())

    @property
    def remaining(self) -> float:
        """Seconds until it is where it was sent; not above 0 when it is there."""
        return self._blade.ends - self._now()

    @property
    def heads_open(self) -> bool:
        """Whether it was last sent to open."""
        return self._blade.target == 1.0

    @property
    def permitted(self) -> bool:
        """Whether it may be open."""
        return self._permitted

    def permit(self, given: bool) -> None:
        """Give the permit, or withdraw it."""
        self._permitted = given
        if not given:
            self.send(to_open=False)

    def send(self, to_open: bool) -> None:
        """Start to open or to close; a repeated order goes on with the motion under way.

        The caller has asked `permitted`.
        """
        if to_open != self.heads_open:
            target = 1.0 if to_open else 0.0
            self._blade = Trajectory(self.transmission, target, self._now(), velocity=1 / TRAVEL_TIME)
