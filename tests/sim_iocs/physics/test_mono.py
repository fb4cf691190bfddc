"""The monochromator."""

import pytest

from reioc.sim_iocs.model import build_model
from reioc.sim_iocs.physics.absorption import Foil, Slit
from reioc.sim_iocs.physics.mono import bragg_angle, bragg_energy

from ..fakes import FakeClock


@pytest.mark.parametrize(("energy", "angle"), [(8.0477, 14.2209), (8.979, 12.7199), (20.0, 5.6731)])
def test_braggs_law(energy: float, angle: float) -> None:
    """Si(111) reflects Cu K alpha at 14.22 degrees (in tables: 2 theta = 28.44), and the law can be turned round."""
    assert bragg_angle(energy) == pytest.approx(angle, abs=1e-3)
    assert bragg_energy(bragg_angle(energy)) == pytest.approx(energy, rel=1e-12)


@pytest.mark.parametrize("energy", [1.9, 0.0, -8.0])
def test_the_crystal_cannot_reflect_less_than_its_spacing(energy: float) -> None:
    """An energy whose wavelength is above 2 d is refused, with what would do."""
    with pytest.raises(ValueError, match=r"Si\(111\) cannot reflect .* above 1\.977 keV"):
        bragg_angle(energy)


def test_the_energy_follows_the_angle_alone() -> None:
    """Turning the crystal changes the energy and loses the light; the gap that follows brings most of it back."""
    mono = build_model(FakeClock()).mono
    angle, gap = mono.targets(9.0)
    assert (mono.energy, mono.flux) == (pytest.approx(8.0), pytest.approx(1.0))

    mono.bragg.redefine(angle, keep_offset=True)
    assert mono.energy == pytest.approx(9.0)
    assert mono.flux < 1e-3

    mono.gap.redefine(gap, keep_offset=True)
    assert mono.flux == pytest.approx(0.986, abs=0.001)


def test_the_foil_has_an_edge() -> None:
    """A foil passes 1 below its edge, 1/e above it, and halfway between at it, all by the natural logarithm."""
    foil = Foil(edge=8.979, width=0.0015, jump=1.0)

    assert foil.transmission(8.0) == 1.0
    assert foil.transmission(8.979) == pytest.approx(0.6065, abs=1e-4)
    assert foil.transmission(9.0) == pytest.approx(0.3679, abs=1e-4)


def test_a_slit_beside_the_beam_passes_less() -> None:
    """One sigma off, on either side, it is lower by sqrt(e)."""
    passed = [Slit(2.0).transmission(at) for at in (-2.0, 0.0, 2.0)]

    assert passed == pytest.approx([0.6065, 1.0, 0.6065], abs=1e-4)
