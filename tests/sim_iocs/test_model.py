"""The physics, put together."""

import pytest

from reioc.sim_iocs.model import BeamlineModel, build_model

from .fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def model(clock: FakeClock) -> BeamlineModel:
    return build_model(clock)


def test_at_the_start_there_is_all_the_light(model: BeamlineModel) -> None:
    """Beam and what the foil passes are 1, and the detector counts what its peak says."""
    assert (model.beam(), model.transmitted()) == (pytest.approx(1.0), pytest.approx(1.0))
    assert model.det1.rate == pytest.approx(model.det1.peak.height)


@pytest.mark.parametrize("closed", ["front_end", "shutter"])
def test_either_shutter_takes_the_light(clock: FakeClock, model: BeamlineModel, closed: str) -> None:
    """Front end and photon shutter are one behind the other."""
    getattr(model, closed).send(to_open=False)
    clock.time = 1.0

    assert (model.beam(), model.det1.rate) == (0.0, 0.0)


def test_ring_slit_and_energy_scale_the_light(clock: FakeClock, model: BeamlineModel) -> None:
    """Half the current is half the light; the slit and a detuned crystal take more of it."""
    model.ring.top_up(False)
    model.ring.lose(0.5)
    assert model.beam() == pytest.approx(0.5)

    model.slit.move(2.0)
    clock.time = 10.0
    assert model.beam() == pytest.approx(0.5 * 0.6065, rel=0.01)

    model.mono.bragg.move(13.0)
    clock.time = 20.0
    assert model.beam() < 1e-3


def test_the_detector_sees_the_edge(model: BeamlineModel) -> None:
    """Above 8.979 keV the foil takes the light from the detector, but not from the sample."""
    for axis, target in zip((model.mono.bragg, model.mono.gap), model.mono.targets(9.0), strict=True):
        axis.redefine(target, keep_offset=True)

    assert model.transmitted() / model.beam() == pytest.approx(0.368, abs=0.001)
    assert model.det1.rate == pytest.approx(model.det1.peak.height * model.transmitted())


def test_its_seed_makes_its_noise() -> None:
    """Two beamlines with one seed count the same, one with another seed does not."""

    def counts(seed: int) -> list[int]:
        detector = build_model(FakeClock(), seed).det1
        return [detector.counts(1000.0, noise=True) for _ in range(5)]

    assert counts(3) == counts(3) != counts(4)
