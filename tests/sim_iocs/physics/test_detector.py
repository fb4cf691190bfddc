"""The point detector."""

import math

import pytest

from reioc.sim_iocs.physics.detector import Peak, PointDetector

from ..fakes import FakeClock


class Light:
    """A sample position and a beam that a test may change."""

    position = 0.0
    beam = 1.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def light() -> Light:
    return Light()


@pytest.fixture
def detector(clock: FakeClock, light: Light) -> PointDetector:
    """1000 counts/s at its centre, sigma 1 mm."""
    return PointDetector(clock.now, lambda: light.position, lambda: light.beam, Peak(height=1000.0))


def test_it_sees_a_gaussian(light: Light, detector: PointDetector) -> None:
    """The rate is the height at the centre, and lower by sqrt(e) one sigma off, on both sides."""
    assert detector.rate == 1000.0

    for light.position in (-1.0, 1.0):
        assert detector.rate == pytest.approx(1000.0 / math.sqrt(math.e))


def test_it_sees_the_beam(light: Light, detector: PointDetector) -> None:
    """Half the beam is half the rate, no beam is none."""
    light.beam = 0.5
    assert detector.rate == 500.0

    light.beam = 0.0
    assert detector.rate == 0.0


def test_steady_light_counts_rate_times_preset(clock: FakeClock, detector: PointDetector) -> None:
    """However late the last sample comes, the exposure is as long as its preset."""
    exposure = detector.expose(0.5)
    for clock.time in (0.1, 0.3, 0.77):
        exposure.sample()

    assert (exposure.expected, exposure.elapsed, exposure.remaining) == (pytest.approx(500.0), 0.5, 0.0)


def test_a_dump_in_the_middle_costs_half_the_counts(clock: FakeClock, light: Light, detector: PointDetector) -> None:
    """Light is integrated over the exposure, not taken from one moment of it."""
    exposure = detector.expose(1.0)
    for step in range(1, 101):
        clock.time = step / 100
        light.beam = 1.0 if clock.time <= 0.5 else 0.0
        exposure.sample()

    assert exposure.expected == pytest.approx(500.0, abs=10.0)


def test_a_stopped_exposure_keeps_what_it_has(clock: FakeClock, detector: PointDetector) -> None:
    """Stop integrates up to now; nothing is added afterwards."""
    exposure = detector.expose(1.0)
    clock.time = 0.25
    exposure.stop()
    clock.time = 2.0
    exposure.sample()

    assert (exposure.expected, exposure.elapsed, exposure.remaining) == (250.0, 0.25, 0.0)


def test_without_noise_counts_are_what_is_expected(detector: PointDetector) -> None:
    """Counts are whole, and the same every time."""
    assert [detector.counts(99.6, noise=False) for _ in range(3)] == [100, 100, 100]


def test_noise_is_poisson_and_repeatable(clock: FakeClock) -> None:
    """The same seed gives the same counts; their mean and variance are those of a Poisson distribution."""

    def counts(seed: int) -> list[int]:
        detector = PointDetector(clock.now, lambda: 0.0, lambda: 1.0, seed=seed)
        return [detector.counts(100.0, noise=True) for _ in range(2000)]

    sample = counts(1)
    mean = sum(sample) / len(sample)
    variance = sum((one - mean) ** 2 for one in sample) / len(sample)

    assert sample == counts(1) != counts(2)
    assert mean == pytest.approx(100.0, abs=1.5)
    assert variance == pytest.approx(100.0, rel=0.15)
