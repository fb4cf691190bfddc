"""Photon energy of an undulator harmonic, by its gap."""

import math
from dataclasses import dataclass

_B0, _LINEAR, _SQUARE = 3.694, -5.068, 1.520
"""Peak field in T of a hybrid undulator, B0 exp(linear x + square x²) with x = gap/period (P. Elleaume et al.,
Nucl. Instrum. Methods A 455 (2000) 503); good for 0.1 < x < 1."""
_K_PER_FIELD = 0.09337
"""Deflection parameter per T and mm of period: e / (2 pi m c)."""
_KEV_CM_PER_GEV2 = 0.9498
"""Energy of the first harmonic on axis: 0.9498 keV · E² [GeV²] / (period [cm] · (1 + K²/2))."""


@dataclass(frozen=True)
class Undulator:
    """Electron energy (GeV), magnetic period (mm), the harmonic that is used, its relative width (sigma)."""

    electrons: float = 6.0
    period: float = 33.0
    harmonic: int = 3
    width: float = 0.01

    def energy(self, gap: float) -> float:
        """Photon energy (keV) of the harmonic's peak at a gap (mm)."""
        ratio = gap / self.period
        field = _B0 * math.exp(_LINEAR * ratio + _SQUARE * ratio**2)
        deflection = _K_PER_FIELD * self.period * field
        return self._highest / (1 + deflection**2 / 2)

    def gap(self, energy: float) -> float:
        """The gap (mm) that puts the peak at a photon energy (keV).

        Raises ValueError for an energy that the harmonic does not reach, however far the magnets are apart.
        """
        if not 0 < energy < self._highest:
            raise ValueError(f"harmonic {self.harmonic} does not reach {energy} keV, only {self._highest:.1f} keV")
        deflection = math.sqrt(2 * (self._highest / energy - 1))
        field = deflection / (_K_PER_FIELD * self.period)
        root = _LINEAR**2 + 4 * _SQUARE * math.log(field / _B0)
        if root < 0:
            raise ValueError(f"no gap gives {energy} keV: beyond gap/period {-_LINEAR / (2 * _SQUARE):.2f}")
        return self.period * (-_LINEAR - math.sqrt(root)) / (2 * _SQUARE)

    def tuned(self, energy: float, gap: float) -> float:
        """What the gap gives at a photon energy, from 0 to 1 at the peak of the harmonic: a Gaussian."""
        peak = self.energy(gap)
        return math.exp(-0.5 * ((energy - peak) / (self.width * peak)) ** 2)

    @property
    def _highest(self) -> float:
        """The energy (keV) towards which the peak goes as the gap opens."""
        return _KEV_CM_PER_GEV2 * self.harmonic * self.electrons**2 / (self.period / 10)
