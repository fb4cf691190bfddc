"""Plans that go by what they read: where they go next, and where they are better than bluesky's."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from ophyd import sim

from reioc.engine.plans import (
    adaptive_scan,
    rel_adaptive_scan,
    tune_centroid,
    tweak,
)
from reioc.engine.plans.adaptive import AdaptiveSteps
from reioc.engine.plans.tuning import CentroidSearch

from .driver import Driver, Trace, drive
from .library import PeakDriver

det, motor = sim.det, sim.motor


def positions(trace: Trace) -> list[float]:
    """Where the motor was sent."""
    return [message[2][0] for message in trace.messages if message[0] == "set"]


def walked(steps: AdaptiveSteps, signal: Any, limit: int = 1000) -> list[float]:
    """Where the steps lead over a signal."""
    visited: list[float] = []
    while not steps.done:
        visited.append(steps.position)
        assert len(visited) < limit
        steps.measured(signal(steps.position))
    return visited


def peak(x: float) -> float:
    return 100 * math.exp(-(x**2))


@pytest.mark.parametrize("backstep", [True, False])
def test_adaptive_steps_are_dense_where_it_is_steep(backstep: bool) -> None:
    """Between the limits, and smallest on the flanks of the peak."""
    visited = walked(AdaptiveSteps(-4, 4, 0.05, 0.5, 10, backstep, 0.8), peak)

    steps = [later - earlier for earlier, later in pairwise(visited)]
    flanks = [step for step, x in zip(steps, visited, strict=False) if 0.5 < abs(x) < 1]
    assert max(map(abs, steps)) <= 0.5
    assert min(flanks) < 0.3 < max(steps)
    assert visited[0] == -4
    assert 3.4 < visited[-1] < 4


def test_adaptive_scans_go_back_in_either_direction() -> None:
    """Downwards a scan is the mirror image of that upwards. bluesky's jumps ahead where it should go back."""
    upwards = walked(AdaptiveSteps(-4, 4, 0.05, 0.5, 10, True, 0.8), peak)
    downwards = walked(AdaptiveSteps(4, -4, 0.05, 0.5, 10, True, 0.8), peak)

    assert any(later < earlier for earlier, later in pairwise(upwards))
    assert downwards == [-x for x in upwards]


@pytest.mark.parametrize("threshold", [None, 0])
def test_adaptive_scans_without_threshold_never_go_back(threshold: float | None) -> None:
    """No step is too large then; bluesky fails for None."""
    visited = walked(AdaptiveSteps(-4, 4, 0.05, 0.5, 10, True, threshold), peak)

    assert visited == sorted(visited)


def test_adaptive_scans_that_are_listed_come_to_an_end() -> None:
    """Without replies it is as if there were no signal, so that limits can be checked; bluesky's raises."""
    for plan in (
        adaptive_scan([det], "det", motor, 0, 4, 0.1, 1, 1, True),
        rel_adaptive_scan([det], "det", motor, 0, 4, 0.1, 1, 1, True),
    ):
        trace = drive(plan, driver=Driver(replies=False))

        assert trace.ending == "returned"
        assert len(positions(trace)) > 4


class Answering(PeakDriver):
    """Reads the detector as whatever the test says."""

    def __init__(self, *values: Any) -> None:
        super().__init__()
        self.values = iter(values)

    def _read(self, msg: Any) -> dict[str, Any]:
        readings = super()._read(msg)
        if not hasattr(msg.obj, "set"):
            readings["det"]["value"] = next(self.values)
        return readings


DECIDING = {
    "adaptive_scan": lambda field: adaptive_scan([det], field, motor, 0, 4, 0.1, 1, 1, True),
    "tune_centroid": lambda field: tune_centroid([det], field, motor, 0, 4, 0.1),
    "tweak": lambda field: tweak(det, field, motor, 1),
}


@pytest.mark.parametrize("name", DECIDING)
def test_a_value_that_is_not_read_is_named(name: str) -> None:
    """With those that are, and the run fails: bluesky's adaptive_scan goes on to the end with one and the same step."""
    trace = drive(DECIDING[name]("nope"), driver=PeakDriver())

    there = "det" if name == "tweak" else "det, motor"
    assert trace.result == ("ValueError", f"{name}: no 'nope' was read; there are: {there}")
    assert [m[3]["exit_status"] for m in trace.messages if m[0] == "close_run"] == ["fail"]


@pytest.mark.parametrize("name", DECIDING)
@pytest.mark.parametrize(("value", "kind"), [(math.nan, "ValueError"), ("on", "TypeError"), ([1, 2], "TypeError")])
def test_a_value_that_is_no_number_is_refused(name: str, value: Any, kind: str) -> None:
    """Nothing is moved after it: bluesky's tune_centroid would send the motor to NaN."""
    trace = drive(DECIDING[name]("det"), driver=Answering(value))

    assert trace.result[0] == kind
    assert trace.result[1].startswith(f"{name}: what is read as 'det' must be ")
    assert positions(trace) in ([0], [])


def searched(search: CentroidSearch, signal: Any, limit: int = 1000) -> list[float]:
    visited: list[float] = []
    while not search.done:
        visited.append(search.position)
        assert len(visited) < limit
        search.measured(search.position, signal(search.position))
    return visited


@pytest.mark.parametrize(("start", "stop"), [(-2, 4), (4, -2)])
@pytest.mark.parametrize("snake", [True, False])
@pytest.mark.parametrize("centre", [-1.0, 0.7, 3.0])
def test_the_centroid_is_found(start: float, stop: float, snake: bool, centre: float) -> None:
    """Wherever it is in the range, from either side; and the range is never left."""
    search = CentroidSearch(start, stop, 0.01, 10, 3.0, snake)

    visited = searched(search, lambda x: math.exp(-((x - centre) ** 2) / 0.1))

    assert search.peak == pytest.approx(centre, abs=0.02)
    assert min(visited) >= -2
    assert max(visited) <= 4


def test_without_signal_the_search_ends_after_a_pass() -> None:
    """There is no peak to go to."""
    search = CentroidSearch(0, 9, 0.01, 10, 3.0, False)

    assert searched(search, lambda _: 0.0) == list(range(10))
    assert search.peak is None
    trace = drive(tune_centroid([det], "det", motor, 0, 9, 0.01), driver=PeakDriver(height=0))
    assert positions(trace) == list(range(10))


def test_a_search_that_is_listed_is_one_pass() -> None:
    """Without replies, so that limits can be checked; bluesky's raises."""
    trace = drive(tune_centroid([det], "det", motor, 0, 9, 0.01), driver=Driver(replies=False))

    assert (trace.ending, positions(trace)) == ("returned", list(range(10)))


def test_the_motor_ends_at_the_centroid() -> None:
    """It is moved there last."""
    trace = drive(tune_centroid([det], "det", motor, -1, 2, 0.01), driver=PeakDriver(centre=0.6, width=0.2))

    assert positions(trace)[-1] == pytest.approx(0.6, abs=0.02)


def test_tuning_a_motor_with_empty_hints() -> None:
    """Its name is its field then; bluesky's raises KeyError."""
    unhinted = sim.motor_empty_hints1

    trace = drive(tune_centroid([det], "det", unhinted, -1, 2, 0.1), driver=PeakDriver())

    assert trace.ending == "returned"


@pytest.mark.parametrize(
    ("typed", "steps"),
    [([], []), (["0.5", "", "-1"], [0.5, 1.0, 0.0]), (["nan"], []), (["inf"], []), (["2", "stop"], [2.0])],
)
def test_tweak_moves_by_what_is_typed(typed: list[str], steps: list[float]) -> None:
    """Nothing repeats the step, what is no finite number ends the plan."""
    trace = drive(tweak(det, "det", motor, 0.25), driver=PeakDriver(typed=typed))

    assert trace.ending == "returned"
    assert positions(trace) == steps


def test_tweak_writes_nothing_but_its_prompt(capfd: pytest.CaptureFixture[str]) -> None:
    """Name, position, value and step are in the prompt; bluesky's writes to the terminal besides."""
    trace = drive(tweak(det, "det", motor, 0.25), driver=PeakDriver(typed=["1"]))

    assert [m[3]["prompt"] for m in trace.messages if m[0] == "input"] == [
        "motor, 0.0, 32.5, (0.25) ",
        "motor, 1.0, 60.7, (1.0) ",
    ]
    assert capfd.readouterr() == ("", "")
