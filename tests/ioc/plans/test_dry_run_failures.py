"""Plans that fail, write, or do not end, in a dry run."""

from __future__ import annotations

import math
from typing import Any

import pytest
from ophyd import Signal

from reioc.engine import Msg
from reioc.engine.plans import stubs
from reioc.ioc.plans.dry_run import dry_run

from .dry_devices import Detector, Motor, offered, tried


@pytest.mark.parametrize(
    ("plan", "given", "error"),
    [
        ("scan", {"args": ["m1", 0, 1], "num": 0}, "num: must be at least 1, not 0"),
        ("scan", {"args": ["m1", 0, 1]}, "scan: say how many points"),
        ("count", {"num": -1}, "num: must be"),
    ],
)
def test_arguments_that_a_plan_refuses_are_mistakes(plan: str, given: dict[str, Any], error: str) -> None:
    """Of the parameter, if it says which."""
    entry = offered(plan, Motor("m1"), Detector("det1"))

    (problem,) = dry_run(entry.bind({"detectors": ["det1"], **given}), longest=math.inf).problems

    assert str(problem).startswith(error)


def test_the_parameter_that_a_refusal_begins_with_is_named() -> None:
    """As people write it in plans of their own."""

    def plan(exposure: float) -> Any:
        raise ValueError(f"exposure must be at most 5 s, not {exposure:g}")
        yield

    (problem,) = tried(plan, 10.0).problems

    assert (problem.parameter, problem.message) == ("exposure", "must be at most 5 s, not 10")


def test_what_a_plan_refuses_after_a_reading_is_none() -> None:
    """It may be our imagination that it complains of; points so far are told."""
    det = Detector("det1")

    def plan() -> Any:
        yield from stubs.open_run()
        yield from stubs.trigger_and_read([det])
        raise ValueError("the beam is too weak")

    told = tried(plan)

    assert (told.problems, told.points, told.is_exact) == ((), 1, False)
    assert told.lines[0] == "1 run, at least 1 point"
    assert any("ended after" in line and "the beam is too weak" in line for line in told.lines)


@pytest.mark.parametrize("error", [RuntimeError("stuck"), SystemExit(3), TimeoutError(), KeyError("x")])
def test_other_exceptions_are_no_mistakes_of_parameters(error: BaseException) -> None:
    """They may have to do with the hardware as it is now."""

    def plan() -> Any:
        yield Msg("null")
        raise error

    told = tried(plan)

    assert told.problems == ()
    assert any(type(error).__name__ in line for line in told.lines)


def test_ctrl_c_is_for_who_has_called() -> None:
    """Not for the plan."""

    def plan() -> Any:
        yield Msg("null")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tried(plan)


def test_a_plan_that_writes_by_itself_is_not_followed_further() -> None:
    """Nothing is written, and that is no mistake."""
    signal = Signal(name="shutter", value=0)

    def plan() -> Any:
        yield Msg("null")
        signal.put(1)
        yield Msg("null")

    told = tried(plan)

    assert signal.get() == 0
    assert (told.points, told.seconds, told.problems) == (None, None, ())
    assert told.lines[0] == "the plan writes shutter itself: points and duration are unknown"


def test_a_plan_that_passes_over_it_is_not_followed_further() -> None:
    """It would have gone another way."""
    signal, sent = Signal(name="shutter", value=0), []

    def plan() -> Any:
        while True:
            try:
                signal.put(1)
            except Exception:
                sent.append(1)
            yield Msg("null")

    told = tried(plan)

    assert (len(sent), signal.get()) == (1, 0)
    assert told.lines[0].startswith("the plan writes shutter itself")


def test_a_plan_without_an_end_is_given_up() -> None:
    """After so many messages."""
    det = Detector("det1")

    def plan() -> Any:
        yield from stubs.open_run()
        while True:
            yield from stubs.trigger_and_read([det])

    told = tried(plan, most=1000)

    assert told.points is not None
    assert told.points > 100
    assert not told.is_exact
    assert told.lines[0] == f"1 run, at least {told.points} points"
    assert "it was followed for its first 1000 messages" in told.lines


def test_a_plan_that_says_how_many_points_there_are_is_believed() -> None:
    """Where it was too long to be followed."""
    entry = offered("count", Detector("det1"))

    told = dry_run(entry.bind({"detectors": ["det1"], "num": 5000}), most=500, longest=math.inf)

    assert (told.points, told.is_exact) == (5000, False)
    assert told.lines[0] == "1 run, 5000 points, as it says of itself"


def test_a_plan_that_takes_too_long_is_given_up() -> None:
    """After so many seconds of work."""

    def plan() -> Any:
        while True:
            yield Msg("null")

    told = tried(plan, longest=0.01)

    assert any(line.startswith("it was followed for its first ") for line in told.lines)


def test_a_plan_is_closed() -> None:
    """Whether it came to its end or not, and whatever it makes of that."""
    closed = []

    def plan() -> Any:
        try:
            while True:
                yield Msg("null")
        finally:
            closed.append(True)
            yield Msg("null")

    tried(plan, most=10)

    assert closed == [True]


def test_a_plan_may_be_a_list_of_messages() -> None:
    """As the engine takes it."""
    told = tried(lambda: [Msg("open_run"), Msg("close_run")])

    assert told.lines == ("1 run, 0 points",)


def test_a_plan_that_only_waits_is_followed_to_where_it_waits() -> None:
    """A loop without an end costs milliseconds, not the longest time that is allowed; what came before it counts."""

    motor = Motor("m1")

    def watch() -> Any:
        yield Msg("open_run")
        yield Msg("set", motor, 2.0)
        while True:
            yield Msg("checkpoint")
            yield Msg("sleep", None, 0.1)

    told = tried(watch, longest=math.inf)

    assert (told.points, told.is_exact) == (0, False)
    assert "it was followed for its first 1002 messages" in told.lines
