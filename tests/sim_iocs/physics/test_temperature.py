"""The temperature controller."""

import math

import pytest

from reioc.sim_iocs.physics.temperature import Temperature, TemperatureSettings

from ..fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def stage(clock: FakeClock) -> Temperature:
    """At 300 K, 60 K/min, and 2 s behind."""
    return Temperature(clock.now)


def test_it_starts_settled(stage: Temperature) -> None:
    """Nothing moves until it is told to."""
    assert (stage.temperature, stage.target, stage.ramping, stage.settled) == (300.0, 300.0, False, True)


def test_without_a_ramp_it_is_a_first_order_lag(clock: FakeClock, stage: Temperature) -> None:
    """After one lag 1/e of the way is left."""
    stage.set_ramp(0.0)
    stage.go(310.0)
    clock.time = 2.0

    assert (stage.target, stage.ramping) == (310.0, False)
    assert stage.temperature == pytest.approx(310.0 - 10.0 / math.e)


def test_it_follows_the_ramp_behind_by_its_lag(clock: FakeClock, stage: Temperature) -> None:
    """In the middle of a long ramp it is slope times lag behind, whichever way the ramp goes."""
    for setpoint, sign in ((360.0, 1), (300.0, -1)):
        began = clock.time
        stage.go(setpoint)
        clock.time = began + 30.0

        assert stage.ramping
        assert (stage.target - stage.temperature) * sign == pytest.approx(2.0, abs=1e-4)

        clock.time = began + 100.0
        assert (stage.temperature, stage.settled) == (pytest.approx(setpoint), True)


def test_it_does_not_matter_who_looks_when(clock: FakeClock, stage: Temperature) -> None:
    """An order repeated in mid-ramp, as anything asked in between, changes nothing."""
    other = Temperature(clock.now)
    for each in (stage, other):
        each.go(320.0)
    for clock.time in (1.0, 5.5, 19.9, 20.1, 21.0):
        stage.go(320.0)
        assert stage.temperature == pytest.approx(other.temperature, abs=1e-9)


def test_another_setpoint_turns_round_where_the_ramp_is(clock: FakeClock, stage: Temperature) -> None:
    """Neither temperature nor target jump."""
    stage.go(360.0)
    clock.time = 10.0
    before = stage.temperature
    stage.go(300.0)

    assert (stage.temperature, stage.target) == (before, pytest.approx(310.0))
    clock.time = 15.0
    assert stage.target == pytest.approx(305.0)


def test_hold_stays_at_the_temperature_of_now(clock: FakeClock, stage: Temperature) -> None:
    """After hold it is settled, however long one waits."""
    stage.go(360.0)
    clock.time = 10.0
    stage.hold()
    held = stage.temperature
    clock.time = 100.0

    assert (stage.temperature, stage.setpoint, stage.settled) == (held, held, True)
    assert 300.0 < held < 310.0


def test_it_is_settled_within_its_tolerance(clock: FakeClock) -> None:
    """After the ramp it is not there before the lag has brought it within 0.1 K."""
    stage = Temperature(clock.now, settings=TemperatureSettings(ramp=0.0))
    stage.go(310.0)

    clock.time = 2.0 * math.log(100) - 0.01
    assert not stage.settled
    clock.time = 2.0 * math.log(100) + 0.01
    assert stage.settled


def test_noise_is_a_function_of_time_and_seed(clock: FakeClock) -> None:
    """Whoever looks twice sees the same; it scatters by its sigma; another seed gives other noise."""

    def readings(seed: int) -> list[float]:
        stage = Temperature(FakeClock().now, seed)
        stage.noise = 0.5
        values = []
        for clock.time in range(400):
            stage._now = clock.now
            values.append(stage.reading)
        return values

    first = readings(1)
    mean = sum(first) / len(first)

    assert first == readings(1) != readings(2)
    assert mean == pytest.approx(300.0, abs=0.1)
    assert math.sqrt(sum((one - mean) ** 2 for one in first) / len(first)) == pytest.approx(0.5, rel=0.15)
