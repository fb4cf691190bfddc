"""What start documents of the library say, and what its steps are, where they are better than bluesky's."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from ophyd import sim

from reioc.engine import Msg
from reioc.engine.plans import (
    CATALOGUE,
    adaptive_scan,
    derive_default_hints,
    inner_product_scan,
    list_grid_scan,
    log_scan,
    relative_inner_product_scan,
    spiral,
    spiral_fermat,
    spiral_square,
    tweak,
    x2x_scan,
)

from .cases import OURS, FakeMotor, note, per_step_nd
from .driver import drive

det, motor = sim.det, sim.motor
a, b = FakeMotor("a"), FakeMotor("b")


def test_older_scans_return_the_uid() -> None:
    """As all plans do; bluesky's return nothing."""
    for plan in (
        inner_product_scan([det], 2, a, 0, 1),
        relative_inner_product_scan([det], 2, a, 0, 1),
        x2x_scan([det], a, b, 0, 1, 2),
    ):
        assert drive(plan).result == "uid-of-run"


def test_an_inner_product_scan_takes_its_steps() -> None:
    """Bluesky's forgets `per_step`."""
    trace = drive(inner_product_scan([det], 2, a, 0, 1, per_step=per_step_nd))

    assert trace.commands.count("null") == 2
    assert trace.commands.count("read") == 0


def test_metadata_of_the_caller_is_left_alone() -> None:
    """Plan names and hints that a plan adds do not appear in the dict that it was given."""
    md: dict[str, Any] = {"hints": {}}
    for plan in (
        inner_product_scan([det], 2, motor, 0, 1, md=md),
        relative_inner_product_scan([det], 2, motor, 0, 1, md=md),
        list_grid_scan([det], motor, [0, 1], md=md),
        log_scan([det], motor, 0, 1, 2, md=md),
        spiral_square([det], motor, sim.motor1, 0, 0, 1, 1, 2, 2, md=md),
        adaptive_scan([det], "det", motor, 0, 1, 0.1, 1, 1, False, md=md),
        tweak(det, "det", motor, 1, md=md),
    ):
        drive(plan)

    assert md == {"hints": {}}


def test_hints_of_motors() -> None:
    """All fields that motors hint at are one dimension, and motors without hints are none."""
    assert derive_default_hints([motor, sim.motor1]) == {"dimensions": [(["motor", "motor1"], "primary")]}
    assert derive_default_hints([sim.motor_no_hints1]) == {}


@pytest.mark.parametrize(
    "plan",
    [
        spiral([det], a, b, 0, 0, 2, 2, 1, 3),
        spiral_fermat([det], a, b, 0, 0, 2, 2, 1, 3, dr_y=1.5, tilt=0.1),
        list_grid_scan([det], a, [1, 2], b, [3, 4]),
        log_scan([det], a, 0, 1, 3),
    ],
    ids=["spiral", "spiral_fermat", "list_grid_scan", "log_scan"],
)
def test_the_start_document_names_a_function_that_gives_the_trajectory(plan: Any) -> None:
    """Module, name and arguments of the pattern make the points again, names in place of motors."""
    trace = drive(plan)
    start = next(message[3] for message in trace.messages if message[0] == "open_run")
    pattern = getattr(import_module(start["plan_pattern_module"]), start["plan_pattern"])
    arguments = dict(start["plan_pattern_args"])
    if "snake_axes" in arguments:
        arguments["snake_axes"] = False  # the document has its text

    again = [step.values() if isinstance(step, dict) else [step] for step in pattern(**arguments)]
    sent = {message[1].name: message[2][0] for message in trace.messages if message[0] == "set"}
    assert len(again) == start["num_points"]
    assert list(again[-1]) == list(sent.values())


def test_each_plan_of_the_catalogue_is_one_of_the_library() -> None:
    """What is offered is found by its name."""
    assert [plan.__name__ for plan in CATALOGUE if getattr(OURS, plan.__name__) is not plan] == []


def test_a_step_for_many_motors_does_for_one() -> None:
    """`log_scan` takes either form, as `scan` does; bluesky's calls it with the wrong arguments."""
    seen = []

    def per_step(detectors: Any, step: Any, pos_cache: Any) -> Any:
        seen.append((dict(step), pos_cache[a]))
        pos_cache.update(step)
        yield Msg("null", note)

    drive(log_scan([det], a, 0, 1, 2, per_step=per_step))

    assert seen == [({a: 1.0}, None), ({a: 10.0}, 1.0)]
