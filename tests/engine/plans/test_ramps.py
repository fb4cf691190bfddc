"""Taking data while something ramps, by a clock that is the test's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reioc.engine import Msg
from reioc.engine.errors import RampFail
from reioc.engine.plans import (
    ramp_plan,
)

from .cases import signal as monitored
from .driver import drive
from .library import ramp


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds; the only item is now."""
    now = [0.0]
    monkeypatch.setattr("reioc.engine.plans.flying.time.monotonic", lambda: now[0])
    return now


def taking(clock: list[float], seconds: float) -> Any:
    def point() -> Iterator[Msg]:
        yield Msg("null", None, clock[0])
        clock[0] += seconds

    return point


def test_a_ramp_that_takes_too_long_fails(clock: list[float]) -> None:
    """After the first point that is later than the time it was given, which counts from the beginning of the run."""
    trace = drive(ramp_plan(ramp(10), monitored, taking(clock, 2), timeout=5))

    assert trace.result == ("RampFail", "ramp_plan: the ramp has taken more than 5 s")
    assert issubclass(RampFail, RuntimeError)
    assert [m[2][0] for m in trace.messages if m[0] == "null"] == [0, 2, 4]


def test_a_ramp_is_watched_at_its_pace(clock: list[float]) -> None:
    """What is left of the period is slept, nothing when the point took longer."""
    for seconds, sleeps in ((2, [3.0, 3.0]), (6, [])):
        trace = drive(ramp_plan(ramp(2), monitored, taking(clock, seconds), period=5))

        assert [m[2][0] for m in trace.messages if m[0] == "sleep"] == sleeps
        assert trace.commands.count("null") == 4
        assert trace.commands[-2:] == ["unmonitor", "close_run"]
