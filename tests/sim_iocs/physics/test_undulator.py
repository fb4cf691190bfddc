"""The undulator."""

import math

import pytest

from reioc.sim_iocs.physics.undulator import Undulator


@pytest.mark.parametrize("energy", [7.0, 8.0, 8.979, 12.0, 20.0])
def test_the_gap_for_an_energy_gives_that_energy(energy: float) -> None:
    """`gap` is the inverse of `energy`, and within what the magnets can do."""
    undulator = Undulator()

    gap = undulator.gap(energy)

    assert 10 < gap < 20
    assert undulator.energy(gap) == pytest.approx(energy, rel=1e-12)


def test_an_open_gap_gives_the_highest_energy() -> None:
    """The peak rises with the gap; 6 GeV, 33 mm and the third harmonic end at 0.9498 * 3 * 36 / 3.3 keV."""
    undulator = Undulator()
    energies = [undulator.energy(gap) for gap in (11, 15, 20, 30, 50)]

    assert energies == sorted(energies)
    with pytest.raises(ValueError, match=r"harmonic 3 does not reach 32 keV, only 31\.1 keV"):
        undulator.gap(32)


def test_beyond_its_formula_there_is_no_gap() -> None:
    """Close to the highest energy the field would have to be weaker than the formula knows."""
    with pytest.raises(ValueError, match=r"no gap gives 31\.08 keV"):
        Undulator().gap(31.08)


def test_a_detuned_gap_costs_light() -> None:
    """One width beside the peak the light is lower by sqrt(e)."""
    undulator = Undulator(width=0.01)
    gap = undulator.gap(10.0)

    assert undulator.tuned(10.0, gap) == pytest.approx(1.0)
    assert undulator.tuned(10.1, gap) == pytest.approx(1 / math.sqrt(math.e))
