"""The beamline's physics, put together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .clock import Clock
from .physics.absorption import Foil, Slit
from .physics.axis import Axis, AxisSettings
from .physics.detector import Peak, PointDetector
from .physics.image import Camera
from .physics.mono import Monochromator
from .physics.ring import Ring
from .physics.scaler import Scaler
from .physics.shutter import Shutter
from .physics.temperature import Temperature

_BRAGG = AxisSettings(velocity=1.0, low=3.0, high=30.0, low_switch=2.0, high_switch=32.0)
"""Degrees."""
_GAP = AxisSettings(velocity=2.0, low=10.0, high=40.0, low_switch=9.0, high_switch=100.0)
"""mm; the magnets must not touch."""


@dataclass(frozen=True)
class BeamlineModel:
    """What the PVs show, from the ring to the detector."""

    clock: Clock
    seed: int
    """Of all noise: each source of it draws from a generator of its own, seeded with this and a number of its own."""
    ring: Ring
    front_end: Shutter
    shutter: Shutter
    slit: Axis
    mono: Monochromator
    temperature: Temperature
    axes: Mapping[str, Axis]
    """Those of motor records, by the PV name without prefix."""
    beam: Callable[[], float]
    """The light that comes to the sample now: 0 none, 1 with the ring full, all open, and the energy of the start."""
    transmitted: Callable[[], float]
    """What of it the foil behind the sample lets through: the same but for the foil's absorption edge."""
    det1: PointDetector
    scaler: Scaler
    camera: Camera

    def stop_all(self) -> None:
        """Everything that moves stands still, here and now."""
        for axis in (*self.axes.values(), self.slit):
            axis.stop()


def build_model(clock: Clock, seed: int = 0) -> BeamlineModel:
    """A beamline with beam, its shutters open, its motors at 0, and the monochromator at 8 keV."""
    now = clock.now
    ring, front_end, shutter = Ring(now), Shutter(now), Shutter(now)
    axes = {name: Axis(now) for name in ("m1", "m2", "m3", "m4")}
    sample, slit, foil = axes["m1"], Axis(now), Foil()
    mono = _tuned_mono(Axis(now, _BRAGG), Axis(now, _GAP))
    axes |= {"Mono:bragg": mono.bragg, "Mono:gap": mono.gap}

    def beam() -> float:
        stored = ring.current / ring.settings.full
        opened = front_end.transmission * shutter.transmission
        return stored * opened * mono.flux * Slit().transmission(slit.position)

    def transmitted() -> float:
        return beam() * foil.transmission(mono.energy)

    def white_beam() -> float:
        return ring.current / ring.settings.full * front_end.transmission

    counters = {
        "I0": lambda: 100_000 * beam(),
        "It": lambda: Peak().rate(sample.position) * transmitted(),
        "fluo": lambda: 0.2 * Peak().rate(sample.position) * (beam() - transmitted()),
        "dark": lambda: 50.0,
        "ring": lambda: 1000 * ring.current,
        "white": lambda: 1_000_000 * white_beam(),
        "pulser": lambda: 1000.0,
    }

    return BeamlineModel(
        clock=clock,
        seed=seed,
        ring=ring,
        front_end=front_end,
        shutter=shutter,
        slit=slit,
        mono=mono,
        temperature=Temperature(now, seed),
        axes=axes,
        beam=beam,
        transmitted=transmitted,
        det1=PointDetector(now, lambda: sample.position, transmitted, seed=seed),
        scaler=Scaler(now, counters, seed=(seed, 3)),
        camera=Camera(
            now,
            x=lambda: sample.position,
            y=lambda: axes["m3"].position,
            z=lambda: axes["m2"].position,
            beam=transmitted,
            seed=(seed, 4),
        ),
    )


def _tuned_mono(bragg: Axis, gap: Axis) -> Monochromator:
    mono = Monochromator(bragg, gap)
    angle, opening = mono.targets(mono.settings.energy)
    bragg.redefine(angle, keep_offset=True)
    gap.redefine(opening, keep_offset=True)
    return mono
