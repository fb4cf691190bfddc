"""What one scan of an sscan record measures.

Rules of this file: arrays have their full length at all times, the rest filled with the last value, as the record posts
them: who plots them sees no line back to 0. Without ATIME they are posted at the end only, but can be read before.
"""

from collections.abc import Iterable

import numpy as np

from ..clock import Clock
from .sscan_access import ScanAccess
from .sscan_fields import MOST_POINTS
from .sscan_links import Link

_SHORTEST_PERIOD = 0.1
"""Seconds; a shorter ATIME is none."""


class ScanData:
    """Reads positions and detectors into the arrays of a record."""

    def __init__(self, record: ScanAccess, clock: Clock) -> None:
        self._record = record
        self._clock = clock
        self._begun = self._posted = 0.0
        self._positioners: list[str] = []
        self._detectors: list[str] = []
        self._arrays: dict[str, list[float]] = {}

    def begin(self, positioners: Iterable[str]) -> None:
        """Read, from now on, these positioners, and the readbacks and detectors that have a name."""
        self._begun = self._posted = self._clock.now()
        self._positioners = sorted({*positioners, *self._record.named("R")})
        self._detectors = self._record.named("D")
        names = [*(f"P{each}CA" for each in self._positioners), *(f"D{each}CA" for each in self._detectors)]
        self._arrays = {name: [] for name in names}

    def positions(self, number: str) -> list[float]:
        """Where a positioner was, at each point."""
        return self._arrays[f"P{number}CA"]

    def detector(self, number: int) -> list[float]:
        """What a detector read, at each point; empty for one that has no name."""
        return self._arrays.get(f"D{number:02d}CA", [])

    def readback(self, number: str) -> Link | None:
        """The PV that says where a positioner is; itself, if no other is named."""
        return self._record.link(f"R{number}PV") or self._record.link(f"P{number}PV")

    async def read(self, point: int) -> None:
        """Read all at a point. Raises LinkError for a PV that is no number (any more)."""
        for number in self._positioners:
            await self._add(f"R{number}", f"P{number}CA", await self._position(number))
        for number in self._detectors:
            link = self._record.link(f"D{number}PV")
            if link is not None:
                await self._add(f"D{number}", f"D{number}CA", await link.read())
        await self._record.show("CPT", point + 1)
        await self._record.show("VAL", self._record.value("VAL") + 1)
        await self._post()

    async def finish(self) -> None:
        """Post all arrays, as those of the last scan, too."""
        for name, values in self._arrays.items():
            done = f"{name[:-2]}{'RA' if name[0] == 'P' else 'DA'}"
            await self._record.show(name, _filled(values))
            await self._record.show(done, _filled(values))

    async def _position(self, number: str) -> float:
        if str(self._record.value(f"R{number}PV")).strip().upper() == "TIME":
            return self._clock.now() - self._begun
        link = self.readback(number)
        return await link.read() if link is not None else self._record.value(f"P{number}DV")

    async def _add(self, name: str, array: str, value: float) -> None:
        await self._record.show(f"{name}LV", self._record.value(f"{name}CV"))
        await self._record.show(f"{name}CV", value)
        self._arrays[array].append(value)

    async def _post(self) -> None:
        period, now = self._record.value("ATIME"), self._clock.now()
        post = period >= _SHORTEST_PERIOD and now - self._posted >= period
        for name, values in self._arrays.items():
            if post:
                await self._record.show(name, _filled(values))
            else:
                self._record.keep(name, _filled(values))
        if post:
            self._posted = now


def _filled(values: list[float]) -> np.ndarray:
    rest = values[-1] if values else 0.0
    return np.array(values + [rest] * (MOST_POINTS - len(values)))
