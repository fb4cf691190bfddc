"""A crystal monochromator behind an undulator.

Rules of this file: the energy is what the Bragg axis says, wherever it was sent; nothing is remembered of what
was asked. Who moves one of the two axes alone loses light.
"""

import math
from dataclasses import dataclass

from .axis import Axis
from .undulator import Undulator

HC = 12.398419843
"""keV Å (exact in SI: Planck's constant times the velocity of light)."""
SI_111 = 5.431020511 / math.sqrt(3)
"""Å between the (111) planes of silicon (CODATA 2018, the lattice parameter at 22.5 °C, in vacuum)."""


@dataclass(frozen=True)
class MonoSettings:
    """Energy at the start and range (keV); width of the flux curve with the gap following (keV, sigma)."""

    energy: float = 8.0
    low: float = 7.0
    high: float = 20.0
    width: float = 6.0


def bragg_angle(energy: float) -> float:
    """Degrees at which Si(111) reflects a photon energy (keV), by Bragg's law 2 d sin(angle) = hc/energy.

    Raises ValueError below 1.98 keV, which it cannot reflect.
    """
    sine = HC / (2 * SI_111 * energy) if energy > 0 else math.inf
    if sine > 1:
        raise ValueError(f"Si(111) cannot reflect {energy} keV, only what is above {HC / (2 * SI_111):.3f} keV")
    return math.degrees(math.asin(sine))


def bragg_energy(angle: float) -> float:
    """The photon energy (keV) that Si(111) reflects at an angle (degrees, above 0)."""
    return HC / (2 * SI_111 * math.sin(math.radians(angle)))


class Monochromator:
    """The energy, and how much light there is at it, by the angle of the crystal and the gap of the undulator."""

    def __init__(
        self, bragg: Axis, gap: Axis, undulator: Undulator | None = None, settings: MonoSettings | None = None
    ) -> None:
        self.bragg = bragg
        self.gap = gap
        self.undulator = undulator or Undulator()
        self.settings = settings or MonoSettings()

    @property
    def energy(self) -> float:
        """keV, now."""
        return bragg_energy(self.bragg.position)

    @property
    def flux(self) -> float:
        """Light now: 1 at the energy of the start with the gap tuned to it, which is the most there is."""
        energy, settings = self.energy, self.settings
        envelope = math.exp(-0.5 * ((energy - settings.energy) / settings.width) ** 2)
        return envelope * self.undulator.tuned(energy, self.gap.position)

    def targets(self, energy: float) -> tuple[float, float]:
        """Angle (degrees) and gap (mm) for an energy (keV). Raises ValueError when there are none."""
        return bragg_angle(energy), self.undulator.gap(energy)
