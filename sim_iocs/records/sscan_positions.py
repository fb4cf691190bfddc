"""Where an sscan record goes: ranges that stay consistent, and what comes after the scan.

Rules of this file: pure. A range is five numbers of which two say all, with the number of points; when one of them is
changed, another is kept, and the rest follow. What is frozen is never changed by that.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

KEPT = {
    "SP": ("EP", "SI", "CP"),
    "EP": ("SP", "SI", "CP"),
    "CP": ("WD", "SP", "EP"),
    "WD": ("CP", "SP", "EP"),
    "SI": ("SP", "CP", "EP"),
}
"""By what is changed: what is kept, the first that the freeze flags allow."""


class FrozenError(Exception):
    """The freeze flags allow no consistent range; says what was asked. The record alerts, and changes nothing."""


@dataclass(frozen=True)
class Range:
    """From `start` to `end` in `points` positions."""

    start: float = 0.0
    end: float = 0.0
    points: int = 100

    @property
    def values(self) -> dict[str, float]:
        """Start, end, centre, width and step, by the last letters of their fields."""
        return {
            "SP": self.start,
            "EP": self.end,
            "CP": (self.start + self.end) / 2,
            "WD": self.end - self.start,
            "SI": (self.end - self.start) / self._steps,
        }

    @property
    def positions(self) -> list[float]:
        """Where to go."""
        return [float(each) for each in np.linspace(self.start, self.end, self.points)]

    def changed(self, name: str, value: float, frozen: Collection[str] = ()) -> "Range":
        """This range with one of its numbers changed. Raises FrozenError."""
        for kept in KEPT[name]:
            one = self._with({name: value, kept: self.values[kept]})
            if not self._breaks(one, {*frozen} - {name}):
                return one
        raise FrozenError(f"{name} {value:g}: parameters are frozen")

    def with_points(self, points: int, frozen: Collection[str] = ()) -> "Range":
        """This range with another number of points: other steps, or another end if the step is frozen.

        Raises FrozenError.
        """
        steps = max(points - 1, 1)
        for end in (self.end, self.start + self.values["SI"] * steps):
            one = Range(self.start, end, points)
            if not self._breaks(one, frozen):
                return one
        raise FrozenError(f"NPTS {points}: parameters are frozen")

    @property
    def _steps(self) -> int:
        return max(self.points - 1, 1)

    def _breaks(self, other: "Range", frozen: Collection[str]) -> bool:
        return any(not np.isclose(other.values[name], self.values[name], rtol=1e-12, atol=1e-12) for name in frozen)

    def _with(self, known: dict[str, float]) -> "Range":
        """The range of two of its numbers, which are not width and step."""
        if "SP" in known and "EP" in known:
            return Range(known["SP"], known["EP"], self.points)
        width = self._width(known)
        if "SP" in known:
            return Range(known["SP"], known["SP"] + width, self.points)
        if "EP" in known:
            return Range(known["EP"] - width, known["EP"], self.points)
        return Range(known["CP"] - width / 2, known["CP"] + width / 2, self.points)

    def _width(self, known: dict[str, float]) -> float:
        if "WD" in known:
            return known["WD"]
        if "SI" in known:
            return known["SI"] * self._steps
        return 2 * (known["CP"] - known["SP"] if "SP" in known else known["EP"] - known["CP"])


def after_scan(mode: str, places: Sequence[float], data: Sequence[float], prior: float) -> float | None:
    """Where PASM sends a positioner that was at these places with these data; None: it stays."""
    if mode == "STAY" or not len(places):
        return None
    if mode in ("START POS", "PRIOR POS"):
        return places[0] if mode == "START POS" else prior
    if len(data) != len(places):
        return None
    if mode == "CNTR OF MASS":
        weights = np.asarray(data, dtype=float)
        return float(np.dot(weights, places) / weights.sum()) if weights.sum() else None
    curve = np.asarray(data, dtype=float)
    if "EDGE" in mode and len(curve) > 1:
        curve = np.gradient(curve)
    return places[int(curve.argmin() if mode in ("VALLEY POS", "-EDGE POS") else curve.argmax())]
