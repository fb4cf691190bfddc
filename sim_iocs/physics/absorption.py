"""An absorbing foil."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Foil:
    """What a foil passes of the light, relative to below its edge: by default a few µm of copper.

    `edge` (keV) is the K edge of Cu (J. A. Bearden and A. F. Burr, Rev. Mod. Phys. 39 (1967) 125), `width` (keV,
    sigma) what core hole and monochromator make of it, `jump` the absorption (mu times thickness) that begins there.
    """

    edge: float = 8.979
    width: float = 0.0015
    jump: float = 1.0

    def transmission(self, energy: float) -> float:
        """1 below the edge, exp(-jump) above it, smoothly, at an energy (keV)."""
        step = 0.5 * (1 + math.erf((energy - self.edge) / (math.sqrt(2) * self.width)))
        return math.exp(-self.jump * step)


@dataclass(frozen=True)
class Slit:
    """What a slit passes of a Gaussian beam, relative to its middle; sigma in mm."""

    sigma: float = 2.0

    def transmission(self, centre: float) -> float:
        """1 with the slit's centre (mm) on the beam, less beside it."""
        return math.exp(-0.5 * (centre / self.sigma) ** 2)
