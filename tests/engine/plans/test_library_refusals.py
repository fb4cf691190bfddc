"""What the library's plans refuse, before anything is staged, opened or moved."""

from __future__ import annotations

import math
from typing import Any

import pytest
from cycler import Cycler, cycler
from ophyd import sim

from reioc.engine import Msg
from reioc.engine.plans import (
    adaptive_scan,
    count,
    fly,
    inner_product_scan,
    list_grid_scan,
    list_scan,
    log_scan,
    ramp_plan,
    rel_adaptive_scan,
    rel_list_grid_scan,
    rel_log_scan,
    rel_spiral,
    rel_spiral_square,
    relative_inner_product_scan,
    scan,
    scan_nd,
    spiral,
    spiral_fermat,
    spiral_square,
    tune_centroid,
    tweak,
    x2x_scan,
)

from .cases import FakeMotor, note, signal
from .driver import drive
from .library import ramp

det = sim.det
a, b, c = FakeMotor("a"), FakeMotor("b"), FakeMotor("c")


def two_arguments(x: Any, y: Any) -> Any: ...


def adaptive(**wrong: Any) -> Any:
    given = {"start": 0, "stop": 1, "min_step": 0.1, "max_step": 0.5, "target_delta": 1, "backstep": True, **wrong}
    return adaptive_scan([det], given.pop("field", "det"), a, **given)


def tune(**wrong: Any) -> Any:
    given = {"start": 0, "stop": 1, "min_step": 0.1, **wrong}
    return tune_centroid([det], given.pop("field", "det"), a, **given)


REFUSED: dict[str, tuple[Any, type[Exception], str]] = {
    "delay of nan": (lambda: count([det], 3, math.nan), ValueError, "count: delay in seconds must be finite"),
    "delays of text": (
        lambda: count([det], 3, [1, "2"]),
        TypeError,
        "count: delay in seconds must be a number, not '2'",
    ),
    "scan to infinity": (lambda: scan([det], a, 0, math.inf, 3), ValueError, "Start and stop of 'a' must be finite"),
    "scan of nan points": (lambda: scan([det], a, 0, 1, num=math.nan), ValueError, "must be a whole number, not nan"),
    "scan of text points": (lambda: scan([det], a, 0, 1, "3"), ValueError, "scan: num must be a whole number"),
    "far too many points": (lambda: scan([det], a, 0, 1, 10**8), ValueError, "at most 10,000,000 are allowed"),
    "a point of nan": (
        lambda: list_scan([det], a, [0.0, math.nan]),
        ValueError,
        "list_scan: point 1 of 'a' must be finite, not nan",
    ),
    "no cycler": (
        lambda: scan_nd([det], [1, 2]),
        TypeError,
        "scan_nd: cycler must be a Cycler, such as cycler(motor, [0, 1])",
    ),
    "an empty cycler": (lambda: scan_nd([det], Cycler(None)), ValueError, "the cycler has no motor"),
    "a cycler of names": (
        lambda: scan_nd([det], cycler("a", [1])),
        TypeError,
        "scan_nd: each key of the cycler must be a device that can be set, not 'a' (str)",
    ),
    "inner product of text": (lambda: inner_product_scan([det], "x", a, 0, 1), TypeError, "num must be a whole number"),
    "inner product without num": (
        lambda: relative_inner_product_scan([det], a, 0, 1),
        TypeError,
        "relative_inner_product_scan: num must be a whole number",
    ),
    "inner product incomplete": (lambda: inner_product_scan([det], 3, a, 0), ValueError, "must be a multiple of 3"),
    "x2x of one motor": (lambda: x2x_scan([det], a, a, 0, 1, 3), ValueError, "x2x_scan: each motor can be named once"),
    "x2x without motor": (
        lambda: x2x_scan([det], a, det, 0, 1, 3),
        TypeError,
        "x2x_scan: motor2 must be a device that",
    ),
    "x2x of text": (lambda: x2x_scan([det], a, b, "0", 1, 3), TypeError, "x2x_scan: start must be a number, not '0'"),
    "x2x of no points": (lambda: x2x_scan([det], a, b, 0, 1, 0), ValueError, "x2x_scan: num must be at least 1"),
    "list grid incomplete": (
        lambda: list_grid_scan([det], a, [1], b),
        ValueError,
        "list_grid_scan takes (motor, points) once per motor: the number of arguments must be a multiple of 2, not 3",
    ),
    "list grid without a list": (lambda: list_grid_scan([det], a, 3), TypeError, "the points of 'a' must be a list"),
    "list grid of nothing": (
        lambda: rel_list_grid_scan([det], a, [1], b, []),
        ValueError,
        "rel_list_grid_scan: there must be at least one point of 'b'",
    ),
    "list grid of one twice": (lambda: list_grid_scan([det], a, [1], a, [2]), ValueError, "'a' is named more often"),
    "list grid's slowest snakes": (
        lambda: list_grid_scan([det], a, [1], b, [2], snake_axes=[a]),
        ValueError,
        "list_grid_scan: 'a' cannot snake, it is the slowest",
    ),
    "list grid's stranger snakes": (
        lambda: rel_list_grid_scan([det], a, [1], b, [2], snake_axes=[c]),
        ValueError,
        "rel_list_grid_scan: 'c' cannot snake, it is not scanned",
    ),
    "list grid of no detectors": (lambda: list_grid_scan(det, a, [1]), TypeError, "detectors must be a list"),
    "log without detectors": (lambda: log_scan(det, a, 0, 1, 3), TypeError, "log_scan: detectors must be a list"),
    "log without motor": (lambda: rel_log_scan([det], "a", 0, 1, 3), TypeError, "rel_log_scan: motor must be a device"),
    "log of text": (lambda: log_scan([det], a, 0, "1", 3), TypeError, "log_scan: stop must be a number, not '1'"),
    "log of a step": (lambda: log_scan([det], a, 0, 1, 0.5), ValueError, "log_scan: num must be a whole number"),
    "log of positions": (
        lambda: log_scan([det], a, 1, 1000, 3),
        ValueError,
        "log_scan: start and stop are exponents of 10, 10**1000 is no position",
    ),
    "log with another step": (
        lambda: log_scan([det], a, 0, 1, 3, per_step=two_arguments),
        TypeError,
        "per_step must take (detectors, motor, step), not (x, y)",
    ),
    "spiral of one motor": (lambda: spiral([det], a, a, 0, 0, 1, 1, 0.1, 3), ValueError, "spiral: each motor can be"),
    "spiral without motor": (lambda: rel_spiral([det], a, det, 1, 1, 0.1, 3), TypeError, "rel_spiral: y_motor must be"),
    "spiral without rings": (lambda: spiral([det], a, b, 0, 0, 1, 1, 0, 3), ValueError, "spiral: dr must be above 0"),
    "spiral without points": (lambda: rel_spiral([det], a, b, 1, 1, 9, 3), ValueError, "no point lies in the ranges"),
    "spiral in degrees": (
        lambda: spiral_fermat([det], a, b, 0, 0, 1, 1, 0.1, 1, tilt=45),
        ValueError,
        "spiral_fermat: tilt must be between -π/2 and π/2, in radians, not 45",
    ),
    "fermat without factor": (
        lambda: spiral_fermat([det], a, b, 0, 0, 1, 1, 0.1, 0),
        ValueError,
        "spiral_fermat: factor must be above 0, not 0",
    ),
    "half a square": (
        lambda: spiral_square([det], a, b, 0, 0, 1, 1, 2.5, 3),
        ValueError,
        "spiral_square: x_num must be a whole number",
    ),
    "no square": (lambda: rel_spiral_square([det], a, b, 1, 1, 3, 0), ValueError, "y_num must be at least 1, not 0"),
    "adaptive without step": (lambda: adaptive(min_step=0), ValueError, "adaptive_scan: min_step must be above 0"),
    "adaptive, small above large": (
        lambda: adaptive(min_step=0.5),
        ValueError,
        "adaptive_scan: min_step must be smaller than max_step, not 0.5 and 0.5",
    ),
    "adaptive without target": (lambda: adaptive(target_delta=0), ValueError, "target_delta must be above 0"),
    "adaptive, target of text": (lambda: adaptive(target_delta="1"), TypeError, "target_delta must be a number"),
    "adaptive for ever": (lambda: adaptive(threshold=1.5), ValueError, "threshold must be between 0 and 1, not 1.5"),
    "adaptive by a device": (lambda: adaptive(field=det), TypeError, "target_field must be the name of a value"),
    "adaptive to nan": (lambda: adaptive(stop=math.nan), ValueError, "adaptive_scan: stop must be finite, not nan"),
    "rel_adaptive": (
        lambda: rel_adaptive_scan([det], "det", a, 0, 1, 0.5, 0.1, 1, True),
        ValueError,
        "rel_adaptive_scan: min_step must be smaller than max_step",
    ),
    "tune one point": (lambda: tune(num=1), ValueError, "tune_centroid: num must be at least 2, not 1"),
    "tune without narrowing": (lambda: tune(step_factor=1), ValueError, "step_factor must be above 1, not 1"),
    "tune without step": (lambda: tune(min_step=0), ValueError, "tune_centroid: min_step must be above 0, not 0"),
    "tune nothing": (
        lambda: tune(min_step=0.5),
        ValueError,
        "tune_centroid: min_step must be at most the first step, 0.111111, not 0.5",
    ),
    "tune by a number": (lambda: tune(field=1), TypeError, "tune_centroid: signal must be the name of a value"),
    "tweak no motor": (lambda: tweak(det, "det", det, 1), TypeError, "tweak: motor must be a device that can be set"),
    "tweak a text": (lambda: tweak("det", "det", a, 1), TypeError, "tweak: detectors[0] is no device but 'det'"),
    "tweak by text": (lambda: tweak(det, "det", a, "1"), TypeError, "tweak: step must be a number, not '1'"),
    "fly one": (lambda: fly(a), TypeError, "fly: flyers must be a list"),
    "fly a motor": (lambda: fly([a]), TypeError, "fly: 'a' cannot fly, it has no kickoff(), complete()"),
    "ramp without plan": (
        lambda: ramp_plan(ramp, a, note("x")),
        TypeError,
        "ramp_plan: go_plan must be a plan, such as",
    ),
    "ramp without data": (
        lambda: ramp_plan(ramp(1), a, [Msg("null")]),
        TypeError,
        "ramp_plan: inner_plan_func must be a function",
    ),
    "ramp, time of text": (
        lambda: ramp_plan(ramp(1), a, note("x"), timeout="5"),
        TypeError,
        "ramp_plan: timeout in seconds must be a number, not '5'",
    ),
    "ramp, a bad pace": (
        lambda: ramp_plan(ramp(1), a, note("x"), period=math.inf),
        ValueError,
        "ramp_plan: period in seconds must be finite",
    ),
}


@pytest.mark.parametrize(("make", "error", "part"), REFUSED.values(), ids=REFUSED.keys())
def test_wrong_arguments_are_refused_before_anything_is_sent(make: Any, error: type[Exception], part: str) -> None:
    """The first message never comes; the error says what is wrong and what would be right."""
    plan = make()
    with pytest.raises(error) as caught:
        next(plan)
    assert part in str(caught.value)


def test_a_ramp_without_status_is_refused_when_it_has_begun() -> None:
    """Only then can it be known; the run fails with what would be right."""
    trace = drive(ramp_plan(note("go")(), signal, note("x")))

    assert trace.result == ("TypeError", "ramp_plan: go_plan must return a status, as abs_set(motor, 5) does, not 'go'")
    assert trace.messages[-1][3]["exit_status"] == "fail"
