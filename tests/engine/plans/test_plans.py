"""Plans: what they refuse, and what they say in the start document."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from ophyd import sim

from reioc.engine import Msg
from reioc.engine.plans import (
    count,
    grid_scan,
    list_scan,
    rel_grid_scan,
    rel_list_scan,
    rel_scan,
    scan,
    scan_nd,
)
from reioc.engine.plans.patterns import inner_product

from .cases import FakeMotor
from .driver import drive

det = sim.det
a, b, c = FakeMotor("a"), FakeMotor("b"), FakeMotor("c")


def step_of_one(detectors: Any, motor: Any, step: Any) -> Any: ...
def unknown_step(x: Any, y: Any) -> Any: ...
def demanding_step(detectors: Any, step: Any, pos_cache: Any, more: Any) -> Any: ...


def start_of(plan: Any) -> dict[str, Any]:
    return next(message[3] for message in drive(plan).messages if message[0] == "open_run")


REFUSED: dict[str, tuple[Any, type[Exception], str]] = {
    "no list": (
        lambda: count(det),
        TypeError,
        "count: detectors must be a list of devices, such as [det], not 'det'",
    ),
    "a text": (
        lambda: count("det"),
        TypeError,
        "count: detectors must be a list of devices, such as [det], not 'det'",
    ),
    "names": (
        lambda: scan(["det"], a, 0, 1, 3),
        TypeError,
        "scan: detectors[0] is no device but 'det' (str)",
    ),
    "a class": (
        lambda: scan([type(det)], a, 0, 1, 3),
        TypeError,
        f"scan: detectors[0] is the class {type(det).__name__}, not a device of that class",
    ),
    "half a count": (lambda: count([det], 2.5), ValueError, "count: num must be a whole number (of points"),
    "negative count": (lambda: count([det], -1), ValueError, "count: num must be at least 0, not -1"),
    "count a text": (lambda: count([det], "x"), TypeError, "count: num must be a whole number, not 'x'"),
    "few delays": (
        lambda: count([det], 4, [1, 2]),
        ValueError,
        "count: 4 times need 3 delays, there are only 2",
    ),
    "delay a text": (
        lambda: count([det], 4, "1"),
        TypeError,
        "count: delay must be seconds or a list of seconds",
    ),
    "no num": (lambda: scan([det], a, 0, 1), ValueError, "scan: say how many points, as num=11"),
    "no num, rel": (lambda: rel_scan([det], a, 0, 1), ValueError, "rel_scan: say how many points, as num=11"),
    "a step": (
        lambda: scan([det], a, 0, 1, 0.1),
        ValueError,
        "scan: num must be a whole number (of points, not a",
    ),
    "no points": (lambda: scan([det], a, 0, 1, num=0), ValueError, "scan: num must be at least 1, not 0"),
    "no motor": (
        lambda: scan([det], num=3),
        ValueError,
        "scan takes (motor, start, stop) once per motor: the number",
    ),
    "no stop": (lambda: scan([det], a, 0, num=3), ValueError, "must be a multiple of 3, not 2"),
    "a name": (
        lambda: scan([det], "a", 0, 1, 3),
        TypeError,
        "scan takes (motor, start, stop) once per motor: argument 1",
    ),
    "second name": (lambda: scan([det], a, 0, 1, "b", 0, 1, 3), TypeError, "argument 4 is no motor but 'b'"),
    "a twice": (
        lambda: scan([det], a, 0, 1, a, 0, 1, 3),
        ValueError,
        "scan: each motor can be named once, 'a' is",
    ),
    "text for a number": (
        lambda: scan([det], a, "0", 1, 3),
        TypeError,
        "Start and stop of 'a' must be numbers",
    ),
    "lists differ": (
        lambda: list_scan([det], a, [1], b, [1, 2]),
        ValueError,
        "same number of points, not 'a' 1, 'b' 2",
    ),
    "no points list": (
        lambda: rel_list_scan([det], a, 3),
        TypeError,
        "rel_list_scan: the points of 'a' must be a list",
    ),
    "no list of points": (
        lambda: list_scan([det], a),
        ValueError,
        "list_scan takes (motor, points) once per motor",
    ),
    "grid without num": (
        lambda: grid_scan([det], a, 0, 1),
        ValueError,
        "motor, start, stop, num once per axis",
    ),
    "grid a twice": (
        lambda: rel_grid_scan([det], a, 0, 1, 2, a, 0, 1, 2),
        ValueError,
        "rel_grid_scan: each motor can",
    ),
    "two ways to snake": (
        lambda: grid_scan([det], a, 0, 1, 2, b, 0, 1, 2, True, snake_axes=True),
        ValueError,
        "grid_scan: say which axes snake either by snake_axes or by flags",
    ),
    "slowest snakes": (
        lambda: grid_scan([det], a, 0, 1, 2, b, 0, 1, 2, snake_axes=[a]),
        ValueError,
        "grid_scan: 'a' cannot snake, it is the slowest, which never goes back; those that can: 'b'",
    ),
    "stranger snakes": (
        lambda: grid_scan([det], a, 0, 1, 2, b, 0, 1, 2, snake_axes=[c]),
        ValueError,
        "grid_scan: 'c' cannot snake, it is not scanned",
    ),
    "snakes twice": (
        lambda: grid_scan([det], a, 0, 1, 2, b, 0, 1, 2, snake_axes=[b, b]),
        ValueError,
        "grid_scan: snake_axes: each motor can be named once, 'b' is named more often",
    ),
    "snakes by name": (
        lambda: grid_scan([det], a, 0, 1, 2, b, 0, 1, 2, snake_axes="b"),
        ValueError,
        "grid_scan: snake_axes must be True, False or a list of motors, not 'b'",
    ),
    "per_step of one": (
        lambda: scan([det], a, 0, 1, b, 0, 1, 3, per_step=step_of_one),
        TypeError,
        "per_step(detectors, motor, step) is for one motor, there are 2: 'a', 'b'",
    ),
    "per_step unknown": (
        lambda: scan([det], a, 0, 1, 3, per_step=unknown_step),
        TypeError,
        "per_step must take (detectors, step, pos_cache) or (detectors, motor, step), not (x, y)",
    ),
    "per_step wants more": (
        lambda: scan([det], a, 0, 1, 3, per_step=demanding_step),
        TypeError,
        "not (detectors, step, pos_cache, more)",
    ),
}


@pytest.mark.parametrize(("make", "error", "part"), REFUSED.values(), ids=REFUSED.keys())
def test_wrong_arguments_are_refused_before_anything_is_sent(make: Any, error: type[Exception], part: str) -> None:
    """The first message never comes; the error says what is wrong and what would be right."""
    trace = drive(make())

    assert trace.messages == []
    assert error.__name__ == trace.result[0]
    assert part in trace.result[1]


@pytest.mark.parametrize("num", [3.0, 3])
def test_a_whole_number_may_be_a_float(num: float) -> None:
    """3.0 points are 3 points."""
    assert start_of(scan([det], a, 0, 1, num))["num_points"] == 3


def test_metadata_of_the_caller_is_left_alone() -> None:
    """Hints that a plan adds do not appear in the dict that it was given."""
    md: dict[str, Any] = {"hints": {}}
    for plan in (
        count([det], md=md),
        scan([det], a, 0, 1, 2, md=md),
        grid_scan([det], sim.motor, 0, 1, 2, md=md),
    ):
        drive(plan)

    assert md == {"hints": {}}


def test_metadata_of_the_caller_outranks_the_plans() -> None:
    """What the caller says of plan name and hints is what the start document says."""
    start = start_of(scan([det], sim.motor, 0, 1, 2, md={"plan_name": "x", "hints": {"dimensions": []}}))

    assert (start["plan_name"], start["hints"]["dimensions"]) == ("x", [])


def test_the_start_document_names_a_function_that_gives_the_trajectory() -> None:
    """Module, name and arguments of the pattern make the points again."""
    start = start_of(scan([det], a, 0, 1, 3))

    assert getattr(import_module(start["plan_pattern_module"]), start["plan_pattern"]) is inner_product
    again = inner_product(**start["plan_pattern_args"])
    assert [position for step in again for position in step.values()] == [0.0, 0.5, 1.0]


def test_points_may_come_from_an_iterator() -> None:
    """An iterator of points is read once, and its points are in the start document."""
    trace = drive(list_scan([det], a, iter([1, 2])))

    assert [message[2][0] for message in trace.messages if message[0] == "set"] == [1, 2]
    assert [str(point) for point in trace.messages[2][3]["plan_args"]["args"][1]] == ["1", "2"]


def test_motors_are_staged_in_the_order_of_the_plan() -> None:
    """Detectors first, then motors as they were named; unstaged in reverse."""
    motors = [FakeMotor(f"m{number}") for number in range(6)]
    args = [value for motor in motors for value in (motor, 0, 1)]

    trace = drive(scan([det], *args, num=2))

    assert [det, *motors] == [message[1] for message in trace.messages if message[0] == "stage"]
    assert [det, *motors][::-1] == [message[1] for message in trace.messages if message[0] == "unstage"]


def test_a_step_sees_where_motors_were_sent() -> None:
    """`pos_cache` begins empty and answers None for motors that were not sent anywhere."""
    seen = []

    def per_step(detectors: Any, step: Any, pos_cache: Any) -> Any:
        seen.append((pos_cache[a], pos_cache["unknown"]))
        pos_cache.update(step)
        yield Msg("null")

    drive(scan_nd([det], inner_product(2, [a, 4, 5]), per_step=per_step))

    assert seen == [(None, None), (4.0, None)]
