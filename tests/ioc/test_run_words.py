"""What is told of a run in words."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import datetime

import pytest

from reioc.engine import Outcome, RunResult
from reioc.ioc.begun import BegunPlans
from reioc.ioc.progress import RunStatus
from reioc.ioc.queue.history import About
from reioc.ioc.run_words import run_parameters, run_times

NOON = datetime(2024, 3, 5, 12, 0).timestamp()
OPEN = RunStatus(open=True, uid="run", started=NOON - 725)
SCAN = About("scan", {"detectors": ["det1"], "args": ["m1", -1, 1], "num": 5})
DEVICE = "SynGauss(prefix='', name='det1', read_attrs=['val'])"


@pytest.mark.parametrize(
    ("elapsed", "left", "active", "text"),
    [
        (725.4, 1675, True, "0:12:05 of about 0:40:00, over at 12:27"),
        (725.4, 1675, False, "0:12:05, about 0:27:55 left"),
        (3, 0.0, True, "0:00:03"),
        (3, 0.0, False, "0:00:03"),
        (100_000, 50_000, True, "27:46:40 of about 41:40:00, over at Wed 01:53"),
        (0, 6 * 86400, True, "0:00:00 of about 144:00:00, over at Mon 12:00"),
        (0, 7 * 86400, True, "0:00:00 of about 168:00:00, over at 2024-03-12 12:00"),
        (60, 36e12, True, "0:01:00 of about 10000000000:01:00"),  # no calendar has that day
    ],
)
def test_a_run_that_is_open(elapsed: float, left: float, active: bool, text: str):
    """How long, of how long, until when; what is not known is not told."""
    assert run_times(OPEN, elapsed, left, NOON, active=active) == text


def test_a_run_that_is_over():
    """How long it took; nothing before the first."""
    assert run_times(RunStatus(uid="run"), 2410, 0.0, NOON, active=False) == "took 0:40:10"
    assert run_times(RunStatus(), 0.0, 0.0, NOON, active=False) == ""


@pytest.mark.parametrize(
    ("start", "about", "text"),
    [
        ({"plan_name": "scan"}, SCAN, "detectors=[det1], args=[m1, -1, 1], num=5"),
        ({"plan_name": "scan", "plan_args": {"num": 7}}, SCAN, "detectors=[det1], args=[m1, -1, 1], num=5"),
        ({"plan_name": "count", "plan_args": {"detectors": [DEVICE], "num": 7}}, SCAN, "detectors=[det1], num=7"),
        ({"plan_name": "aligned"}, SCAN, "detectors=[det1], args=[m1, -1, 1], num=5"),
        ({"plan_args": {"detectors": [DEVICE], "delay": None}}, None, "detectors=[det1]"),
        ({"plan_name": "count"}, None, ""),
    ],
)
def test_parameters_of_a_run(start: dict, about: About | None, text: str):
    """As they were given; as the RunStart has them, where the run is another plan's, or was begun from Python."""
    assert run_parameters(start, about) == text


def test_what_was_said_of_the_plan_in_progress():
    """Of the first that is not over; what was begun elsewhere before is not taken for it."""
    now, result = 5.0, RunResult((), None, "success", False, "", None, Outcome.SUCCESS)
    begun = BegunPlans(clock=lambda: now)
    first, second = Future(), Future()
    begun.add(lambda: first, "first")
    now = 6.0
    begun.add(lambda: second, "second")

    assert [begun.about_at(at) for at in (4.9, 5.0, 6.5)] == [None, "first", "first"]
    first.set_result(result)
    assert begun.about(result) == "first"
    begun.ended(result)
    assert [begun.about_at(at) for at in (5.5, 6.5)] == [None, "second"]
