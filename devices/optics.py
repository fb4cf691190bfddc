"""Slits by gap and centre, a monochromator by energy."""

from __future__ import annotations

import math
from typing import Any

from ophyd import Component

from .derived import DerivedPosition
from .motor import Motor
from .parts.chosen import with_components
from .pseudo import CoupledAxes, PseudoAxis

__all__ = ["HC", "SI_111", "BraggEnergy", "Slit"]

HC = 12.398419843320026
"""Planck's constant times the speed of light, keV Å (exact, SI of 2019)."""

SI_111 = 5.431020511 / math.sqrt(3)
"""Spacing of the lattice planes (111) of silicon, Å (CODATA 2018)."""


class Slit(CoupledAxes):
    """Two blades by the gap between them and its centre.

    `Slit("SIM:", name="slit", positive="m3", negative="m4")`. Positions of both blades count in the same direction; the
    gap is that of the positive one minus that of the negative one.
    """

    gap = Component(PseudoAxis, egu="mm")
    centre = Component(PseudoAxis, egu="mm")
    positive: Any
    negative: Any

    def __new__(cls, prefix: str = "", *, positive: str = "", negative: str = "", **kwargs: Any) -> Any:  # noqa: ARG004
        """Make a class that has these motors."""
        blades = {"positive": Component(Motor, positive), "negative": Component(Motor, negative)}
        return super().__new__(with_components(cls, blades))

    def __init__(self, prefix: str = "", *, name: str, positive: str, negative: str, **kwargs: Any) -> None:
        """The blades' motors: what follows the prefix."""
        super().__init__(prefix, name=name, **kwargs)

    def forward(self, pseudo_pos: Any) -> Any:
        """Where the blades have to be. Raises ValueError for a gap below 0."""
        gap, centre = pseudo_pos
        if gap < 0:
            raise ValueError(f"a gap of {gap:g} mm: the blades would touch")
        return self.RealPosition(positive=centre + gap / 2, negative=centre - gap / 2)

    def inverse(self, real_pos: Any) -> Any:
        """Gap and centre of blades that are there."""
        positive, negative = real_pos
        return self.PseudoPosition(gap=positive - negative, centre=(positive + negative) / 2)


class BraggEnergy(DerivedPosition):
    """The photon energy (keV) of a crystal monochromator, by its Bragg angle (degrees): E = hc / (2 d sin θ).

    `BraggEnergy("SIM:Mono:", name="energy", axis="bragg")`.
    """

    unit = "keV"

    def __new__(cls, prefix: str = "", *, axis: str = "bragg", **kwargs: Any) -> Any:  # noqa: ARG004
        """Make a class that has this motor."""
        return super().__new__(with_components(cls, {"axis": Component(Motor, axis)}))

    def __init__(
        self, prefix: str = "", *, name: str, axis: str = "bragg", d_spacing: float = SI_111, **kwargs: Any
    ) -> None:
        """`axis`: the motor of the Bragg angle, what follows the prefix; `d_spacing`: of the lattice planes, Å."""
        self._least = HC / (2 * d_spacing)
        super().__init__(prefix, name=name, **kwargs)

    def forward(self, position: float) -> float:
        """The Bragg angle. Raises ValueError for an energy that the crystal does not diffract."""
        if not position >= self._least:
            raise ValueError(f"{position:g} keV is below {self._least:.4f} keV, the least that it diffracts")
        return math.degrees(math.asin(self._least / position))

    def inverse(self, place: float) -> float:
        """The energy at a Bragg angle. Raises ValueError where there is none."""
        sine = math.sin(math.radians(place))
        if sine <= 0:
            raise ValueError(f"there is no energy at a Bragg angle of {place:g} degrees")
        return self._least / sine
