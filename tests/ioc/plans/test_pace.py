"""How long plans take, learned from the history."""

from __future__ import annotations

from typing import Any

import pytest

from reioc.ioc.plans.pace import MOST_KINDS, Pace, detectors_of

from .dry_devices import Detector, Motor, bound, offered

DET = frozenset({"det1"})


def run(points: Any, seconds: Any, **other: Any) -> dict[str, Any]:
    """An entry of the history."""
    return {
        "plan": "scan",
        "params": {"detectors": ["det1"]},
        "exit_status": "success",
        "points": points,
        "seconds": seconds,
        **other,
    }


def seconds(pace: Pace, points: int | None, plan: str = "scan", detectors: frozenset[str] = DET) -> float | None:
    """What is estimated."""
    found = pace.estimate(plan, detectors, points)
    return None if found is None else found.seconds


def test_nothing_is_known_of_a_plan_that_was_never_run() -> None:
    """Others tell nothing of it."""
    assert seconds(Pace([run(10, 5.0)]), 10, plan="count") is None


def test_one_run_tells_how_long_a_point_takes() -> None:
    """In proportion."""
    assert seconds(Pace([run(10, 20.0)]), 25) == pytest.approx(50)


def test_runs_of_several_lengths_tell_what_comes_beside_the_points() -> None:
    """3 s, and 2 s for each point."""
    pace = Pace([run(10, 23.0), run(20, 43.0), run(5, 13.0)])

    assert seconds(pace, 100) == pytest.approx(203)


def test_a_run_that_hung_changes_little() -> None:
    """The median counts."""
    pace = Pace([run(10, 20.0), run(10, 20.0), run(10, 5000.0), run(20, 40.0), run(20, 40.0)])

    assert seconds(pace, 10) == pytest.approx(20, rel=0.1)


def test_only_the_last_runs_count() -> None:
    """A beamline that has become faster is known to be in a day."""
    pace = Pace([run(10, 100.0) for _ in range(50)] + [run(10, 10.0) for _ in range(20)])

    assert seconds(pace, 10) == pytest.approx(10)
    assert pace.estimate("scan", DET, 10).text == "learned from 20 runs of scan"  # type: ignore[union-attr]


def test_the_same_detectors_count_first() -> None:
    """A camera is slower than a counter; where neither was used, both tell something."""
    camera = {"params": {"detectors": ["cam1"]}}
    pace = Pace([run(10, 10.0), run(10, 100.0, **camera)])

    assert seconds(pace, 10) == pytest.approx(10)
    assert seconds(pace, 10, detectors=frozenset({"cam1"})) == pytest.approx(100)
    assert seconds(pace, 10, detectors=frozenset({"other"})) == pytest.approx(55)


def test_a_plan_without_points_takes_what_it_took() -> None:
    """A move, for instance; and a plan of which nobody knows the points."""
    pace = Pace([run(0, 4.0), run(0, 6.0), run(None, 5.0)])

    assert (seconds(pace, 0), seconds(pace, None)) == (5.0, 5.0)


@pytest.mark.parametrize(
    "entry",
    [
        {},
        run(10, 5.0, exit_status="abort"),
        run(10, 5.0, exit_status="fail"),
        run(10, None),
        run(10, -1.0),
        run(10, float("nan")),
        run(10, 5.0, plan=""),
    ],
)
def test_what_tells_nothing_is_passed_over(entry: dict[str, Any]) -> None:
    """What has not ended well, or lacks something."""
    assert seconds(Pace([entry]), 10) is None


def test_params_that_are_odd_are_no_reason_to_fail() -> None:
    """A plan that was run from Python has none."""
    pace = Pace([run(10, 5.0, params=None), run(10, 5.0, params={"detectors": "det1"})])

    assert seconds(pace, 10) == pytest.approx(5)


def test_a_faster_run_with_more_points_makes_no_negative_time() -> None:
    """By chance, or since something else was changed."""
    pace = Pace([run(10, 30.0), run(20, 20.0)])

    assert seconds(pace, 1000) == pytest.approx(25)


def test_what_is_kept_stays_small() -> None:
    """Those that were run last are kept."""
    pace = Pace(run(1, 1.0, plan=f"plan{number}") for number in range(MOST_KINDS + 10))

    assert (seconds(pace, 1, plan="plan0"), seconds(pace, 1, plan=f"plan{MOST_KINDS + 9}")) == (None, 1.0)


def test_the_detectors_of_a_plan_are_told_by_name() -> None:
    """However they are given."""
    entry = offered("scan", Motor("m1"), Detector("det1"))

    assert detectors_of(entry.bind({"detectors": ["det1"], "args": ["m1", 0, 1], "num": 2})) == DET
    assert detectors_of(bound(lambda_without_detectors, 3)) == frozenset()


def lambda_without_detectors(number: int) -> Any:
    yield from ()
