"""The beamline's physics, put together."""

from dataclasses import dataclass

from .clock import Clock
from .physics.axis import Axis
from .physics.detector import PointDetector
from .physics.ring import Ring
from .physics.shutter import Shutter


@dataclass(frozen=True)
class BeamlineModel:
    """What the PVs show: `det1` sees the light of `ring` through `shutter`, on a sample moved by `m1`."""

    clock: Clock
    ring: Ring
    shutter: Shutter
    m1: Axis
    m2: Axis
    det1: PointDetector


def build_model(clock: Clock, seed: int = 0) -> BeamlineModel:
    """A beamline with beam, its shutter open and its motors at 0; `seed` is that of the detector's noise."""
    ring, shutter = Ring(clock.now), Shutter(clock.now)
    m1, m2 = Axis(clock.now), Axis(clock.now)

    def beam() -> float:
        return ring.current / ring.settings.full * shutter.transmission

    det1 = PointDetector(clock.now, lambda: m1.position, beam, seed=seed)
    return BeamlineModel(clock, ring, shutter, m1, m2, det1)
