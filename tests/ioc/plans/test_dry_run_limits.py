"""Moves beyond limits are found in a dry run."""

from __future__ import annotations

import math
from typing import Any

import pytest
from ophyd import sim
from ophyd.utils import LimitError

from reioc.engine import Msg
from reioc.engine.plans import stubs
from reioc.ioc.plans.dry_run import dry_run

from .dry_devices import SCAN, AsyncMotor, Detector, Motor, lambda_plan, offered, scanned, tried


def one_set(motor: Any, value: float) -> Any:
    yield Msg("set", motor, value)


@pytest.mark.parametrize(
    ("plan", "given", "error"),
    [
        ("scan", {"args": ["m1", -1, 25], "num": 3}, "args[2]: m1 to 25 is beyond its limits -20 to 20"),
        ("scan", {"args": ["m1", -1, 1000], "num": 3}, "args[2]: m1 to 1000 is beyond its limits -20 to 20"),
        ("scan", {"args": ["m1", -21, 25], "num": 3}, "args[1]: m1 to -21 is beyond its limits -20 to 20"),
        ("scan", {"args": ["m2", 0, 1, "m1", 0, 30], "num": 2}, "args[5]: m1 to 30 is beyond its limits -20 to 20"),
        ("list_scan", {"args": ["m1", [0, 50, 1]]}, "args[1][1]: m1 to 50 is beyond its limits -20 to 20"),
        ("rel_scan", {"args": ["m2", -1, 5], "num": 3}, "args[0]: m2 to 21 is beyond its limits -20 to 20"),
        (
            "log_scan",
            {"motor": "m1", "start": 0, "stop": 2, "num": 3},
            "motor: m1 to 100 is beyond its limits -20 to 20",
        ),
        (
            "tune_centroid",
            {"motor": "m1", "start": -30, "stop": 2, "num": 3, "signal": "det1", "min_step": 1},
            "start: m1 to -30 is beyond its limits -20 to 20",
        ),
        (
            "spiral_square",
            {
                "x_motor": "m1",
                "y_motor": "m2",
                "x_center": 0,
                "y_center": 19,
                "x_range": 1,
                "y_range": 4,
                "x_num": 3,
                "y_num": 3,
            },
            "y_motor: m2 to 21 is beyond its limits -20 to 20",
        ),
    ],
)
def test_a_target_beyond_the_limits_is_a_mistake_of_its_parameter(plan: str, given: dict[str, Any], error: str) -> None:
    """Named is the value, if it was given, else the device."""
    entry = offered(plan, Motor("m1"), Motor("m2", position=16.0), Detector("det1"))

    told = dry_run(entry.bind({"detectors": ["det1"], **given}), longest=math.inf)

    assert [str(problem) for problem in told.problems] == [error]


def test_a_motor_that_the_plan_chooses_itself_is_no_mistake_of_a_parameter() -> None:
    """It is one all the same."""
    (problem,) = tried(lambda_plan(stubs.mv, Motor("m1"), 21)).problems

    assert (problem.parameter, problem.message) == ("", "m1 to 21 is beyond its limits -20 to 20")


@pytest.mark.parametrize("kind", [LimitError, ValueError])
def test_what_a_device_refuses_between_its_limits_is_told(kind: type[Exception]) -> None:
    """It is a mistake if the device calls it a limit; else it may be about how things are now."""
    motor = Motor("m1")

    def no_collision(value: float) -> None:
        if 3 < value < 4:
            raise kind("the detector is in the way")

    motor.check_value = no_collision  # type: ignore[method-assign]

    told = scanned(motor, 0, 10)

    if kind is LimitError:
        assert [str(each) for each in told.problems] == [
            "args[0]: m1 cannot be moved to 3.5: the detector is in the way"
        ]
    else:
        assert told.problems == ()
        assert "limits of m1 are not checked: ValueError: the detector is in the way" in told.lines


def test_axes_that_depend_on_each_other_are_not_checked() -> None:
    """Ophyd asks where the others are now, and refuses a part of a position that it takes when it is set."""
    stage = sim.pseudo3x3

    together = tried(lambda_plan(stubs.mv, stage.pseudo1, 1, stage.pseudo2, 2))
    one = tried(lambda_plan(stubs.mv, stage.pseudo1, 1))

    for told, name in ((together, "pseudo3x3"), (one, "pseudo3x3_pseudo1")):
        assert told.problems == ()
        assert f"limits of {name} are not checked: they depend on where its other axes are by then" in told.lines


def test_limits_without_a_check_count() -> None:
    """A device of another make has only those."""
    motor = Detector("m1")
    motor.limits, motor.set = (0, 1), None  # type: ignore[attr-defined]

    assert [str(each) for each in tried(lambda_plan(one_set, motor, 2)).problems] == [
        "m1 to 2 is beyond its limits 0 to 1"
    ]


def test_equal_limits_are_none() -> None:
    """As everywhere in EPICS."""
    told = scanned(Motor("m1", limits=(0, 0)), -100, 100)

    assert (told.problems, told.lines[1]) == ((), "m1: -100 to 100")


def test_limits_that_would_have_to_be_asked_are_not() -> None:
    """ophyd-async's motors read PVs for it."""
    told = scanned(AsyncMotor("m1"), 0, 100)

    assert told.problems == ()
    assert "limits of m1 are not checked: it checks them when it is moved" in told.lines


def test_limits_of_a_device_that_is_not_connected_are_not_known() -> None:
    """No mistake of the parameters."""
    motor = Motor("m1")

    def check_value(value: float) -> None:
        raise TypeError("'<' not supported between instances of 'float' and 'NoneType'")

    motor.limits, motor.check_value = None, check_value  # type: ignore[assignment,method-assign]
    motor.connected = False

    told = scanned(motor, 0, 100)

    assert told.problems == ()
    assert "limits of m1 are not checked: it is not connected" in told.lines


def test_limits_can_be_checked_again_at_once() -> None:
    """They may be others when the plan is started."""
    motor = Motor("m1")
    plan = offered("scan", motor, Detector("det1")).bind({**SCAN, "args": ["m1", 0, 10]})
    told = dry_run(plan, longest=math.inf)
    motor.limits = (0, 5)

    assert told.problems == ()
    assert [str(each) for each in told.beyond_limits(plan)] == ["args[2]: m1 to 10 is beyond its limits 0 to 5"]
