"""What a dry run tells of a plan."""

from __future__ import annotations

import math
from typing import Any

import pytest

from reioc.engine import Msg
from reioc.engine.plans import stubs
from reioc.ioc.plans.dry_run import dry_run
from reioc.ioc.plans.pace import Pace

from .dry_devices import SCAN, Detector, Motor, offered, partial_named, scanned, tried


def test_everything_is_told_in_lines() -> None:
    """Runs and points, ranges with limits, readings, staging, moves."""
    told = scanned(Motor("m1"), -1, 1)

    assert told.lines == (
        "1 run, 21 points",
        "m1: -1 to 1 (limits -20 to 20)",
        "det1 read 21 times",
        "stages: det1, m1",
        "moves: 21",
    )
    assert (told.points, told.is_exact, told.problems) == (21, True, ())


def test_a_range_is_told_in_the_direction_of_the_scan() -> None:
    """From where it begins to where it ends."""
    assert "m1: 5 to -5 (limits -20 to 20)" in scanned(Motor("m1"), 5, -5).lines


def test_places_that_are_no_numbers_are_told() -> None:
    """A filter is set by name."""
    filter_wheel = Motor("filter", limits=(0, 0))
    filter_wheel.check_value = lambda _: None  # type: ignore[method-assign]

    def plan() -> Any:
        yield from stubs.mv(filter_wheel, "Cu")
        yield from stubs.mv(filter_wheel, "Al")

    told = tried(plan)

    assert told.lines == ("no run", "filter: Cu to Al", "moves: 2")
    assert (told.ranges[0].low, told.ranges[0].high) == (None, None)


def test_sleeps_are_summed_up() -> None:
    """They are the least that it takes where nothing was learned yet."""

    def plan() -> Any:
        for _ in range(3):
            yield Msg("sleep", None, 1.4)

    told = tried(plan)

    assert told.seconds == pytest.approx(4.2)
    assert "sleeps 4.2 s in all" in told.lines
    assert told.lines[-1] == "at least 4.2 s: how long the rest takes is not known yet"


def test_the_delays_of_a_count_pass_in_no_time() -> None:
    """They are messages."""
    entry = offered("count", Detector("det1"))

    told = dry_run(entry.bind({"detectors": ["det1"], "num": 4, "delay": 100}), longest=math.inf)

    assert told.points == 4
    assert told.seconds == pytest.approx(400, abs=1)


def test_a_plan_that_has_refused_its_parameters_takes_no_time() -> None:
    """What was learned is of runs, and there will be none."""
    entry = offered("scan", Motor("m1"), Detector("det1"))
    past = {"plan": "scan", "params": {"detectors": ["det1"]}, "exit_status": "success", "points": 21, "seconds": 42.0}
    told = dry_run(entry.bind({**SCAN, "args": ["m1", 0, 1], "num": 0}), Pace([past]))

    assert (told.seconds, told.lines) == (None, ("it has refused its parameters",))


def test_a_plan_without_an_end_takes_at_least_what_was_followed() -> None:
    """How far it would go nobody knows."""
    entry = offered("count", Detector("det1"))
    past = {"plan": "count", "params": {"detectors": ["det1"]}, "exit_status": "success", "points": 1, "seconds": 2.0}
    told = dry_run(entry.bind({"detectors": ["det1"], "num": None}), Pace([past]), most=100)

    assert told.lines[-1].startswith("at least ")


def test_what_was_learned_is_told_as_the_duration() -> None:
    """With what it was learned from."""
    past = {"plan": "scan", "params": {"detectors": ["det1"]}, "exit_status": "success", "points": 10, "seconds": 20.0}
    entry = offered("scan", Motor("m1"), Detector("det1"))

    told = dry_run(entry.bind({**SCAN, "args": ["m1", 0, 1]}), Pace([past]), longest=math.inf)

    assert told.seconds == pytest.approx(42)
    assert told.lines[-1] == "about 42 s (learned from 1 run of scan)"


def test_only_events_of_the_primary_stream_are_points() -> None:
    """A baseline is none, nor is what is dropped, nor an event of nothing."""
    det = Detector("det1")

    def plan() -> Any:
        yield from stubs.open_run()
        for name, device, end in (
            ("baseline", det, "save"),
            ("primary", det, "drop"),
            ("primary", None, "save"),
            ("primary", det, "save"),
        ):
            yield Msg("create", None, name=name)
            if device is not None:
                yield Msg("read", device)
            yield Msg(end)
        yield from stubs.close_run()

    assert tried(plan).points == 1


def test_runs_that_are_open_together_are_counted_together() -> None:
    """Each has its bundle."""
    det = Detector("det1")

    def plan() -> Any:
        for run in "ab":
            yield Msg("open_run", run=run)
        for run in "ab":
            yield Msg("create", None, name="primary", run=run)
        for run in "ab":
            yield Msg("read", det, run=run)
        for run in "ab":
            yield Msg("save", run=run)

    told = tried(plan)

    assert (told.points, told.lines[0]) == (2, "2 runs, 2 points")


def test_points_of_flyers_are_not_known() -> None:
    """Unless the plan says how many there will be."""
    flyer = Detector("flyer")

    def plan(**md: Any) -> Any:
        yield Msg("open_run", **md)
        yield Msg("kickoff", flyer)
        yield Msg("collect", flyer)
        yield Msg("close_run")

    unknown, announced = tried(plan), tried(partial_named(plan, num_points=7))

    assert (unknown.points, unknown.is_exact) == (None, False)
    assert unknown.lines[:2] == ("1 run; how many points the flyers bring is not known", "flyer flown once")
    assert announced.points == 7
