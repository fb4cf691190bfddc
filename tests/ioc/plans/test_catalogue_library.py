"""The plans that are offered, as somebody gives them over a PV: names and numbers."""

from typing import Any

import pytest

from reioc.engine import RunEngine
from reioc.engine.plans import CATALOGUE
from reioc.ioc.plans.catalogue import Catalogue, InvalidParameters

from ..beamline_devices import make_registry

XY = {"detectors": ["det1"], "x_motor": "m1", "y_motor": "m2", "x_range": 2, "y_range": 2}
LINE = {"detectors": ["det1"], "motor": "m1", "start": 0, "stop": 1}
ADAPTIVE = {**LINE, "target_field": "det1", "min_step": 0.05, "max_step": 0.5, "target_delta": 0.2, "backstep": True}

GIVEN: dict[str, tuple[dict[str, Any], int]] = {
    "count": ({"detectors": ["det1"], "num": 2}, 2),
    "scan": ({"detectors": ["det1"], "args": ["m1", 0, 1], "num": 3}, 3),
    "rel_scan": ({"detectors": ["det1"], "args": ["m1", 0, 1], "num": 3}, 3),
    "list_scan": ({"detectors": ["det1"], "args": ["m1", [0, 1, 5]]}, 3),
    "rel_list_scan": ({"detectors": ["det1"], "args": ["m1", [0, 1, 5]]}, 3),
    "grid_scan": ({"detectors": ["det1"], "args": ["m1", 0, 1, 2, "m2", 0, 1, 2], "snake_axes": True}, 4),
    "rel_grid_scan": ({"detectors": ["det1"], "args": ["m1", 0, 1, 2, "m2", 0, 1, 2], "snake_axes": ["m2"]}, 4),
    "list_grid_scan": ({"detectors": ["det1"], "args": ["m1", [0, 1], "m2", [5, 6, 8]], "snake_axes": ["m2"]}, 6),
    "rel_list_grid_scan": ({"detectors": ["det1"], "args": ["m1", [0, 1], "m2", [5, 6, 8]]}, 6),
    "log_scan": ({**LINE, "num": 3}, 3),
    "rel_log_scan": ({**LINE, "num": 3}, 3),
    "x2x_scan": ({"detectors": ["det1"], "motor1": "m1", "motor2": "m2", "start": 0, "stop": 1, "num": 3}, 3),
    "spiral": ({**XY, "x_start": 0, "y_start": 0, "dr": 0.5, "nth": 4, "tilt": 0.1}, 10),
    "rel_spiral": ({**XY, "dr": 1, "nth": 4, "dr_y": None}, 4),
    "spiral_fermat": ({**XY, "x_start": 0, "y_start": 0, "dr": 1, "factor": 2, "dr_y": 1.0}, 5),
    "rel_spiral_fermat": ({**XY, "dr": 1, "factor": 2}, 5),
    "spiral_square": ({**XY, "x_center": 0, "y_center": 0, "x_num": 3, "y_num": 2}, 6),
    "rel_spiral_square": ({**XY, "x_num": 2, "y_num": 2}, 4),
    "adaptive_scan": (ADAPTIVE, 4),
    "rel_adaptive_scan": ({**ADAPTIVE, "threshold": 0.5}, 4),
    "tune_centroid": ({**LINE, "start": -1, "signal": "det1", "min_step": 0.5, "num": 5}, 5),
    "fly": ({"flyers": ["flyer"]}, 0),
    "mv": ({"args": ["m1", 1, "m2", 2]}, 0),
    "mvr": ({"args": ["m1", 1]}, 0),
}


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue(CATALOGUE, make_registry())


@pytest.fixture(scope="module")
def engine():
    made = RunEngine()
    yield made
    made.close()


def test_each_plan_that_is_offered_is_tried():
    """None is left out, in the order of the catalogue."""
    assert [plan.__name__ for plan in CATALOGUE] == list(GIVEN)


@pytest.mark.parametrize("name", GIVEN)
def test_what_is_given_runs(name, catalogue, engine):
    """By names and numbers alone a plan is made, and gives its points."""
    params, points = GIVEN[name]
    documents = []
    token = engine.subscribe(lambda name, doc: documents.append((name, doc)))

    engine(catalogue[name].bind(params).make())

    engine.unsubscribe(token)
    assert sum(kind == "event" for kind, _ in documents) >= points
    assert [doc["exit_status"] for name, doc in documents if name == "stop"] == (
        [] if name in ("mv", "mvr") else ["success"]
    )


@pytest.mark.parametrize("name", [plan.__name__ for plan in CATALOGUE])
def test_what_is_told_of_a_plan_fits_a_screen(name, catalogue):
    """No type of Python's is left in the words for its parameters."""
    words = " ".join(f"{parameter.type} {parameter.doc}" for parameter in catalogue[name].parameters)

    assert not {"Any", "Movable", "Callable", "NoneType", "typing"} & set(words.replace("[", " ").split())


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("spiral", {"x_motor": "det1"}, "x_motor: det1 cannot be moved; those that can: m1, m2"),
        ("spiral", {"tilt": "10"}, "tilt: must be a number, not '10'"),
        ("spiral_square", {"x_num": 2.5}, "x_num: must be an integer, not 2.5"),
        ("adaptive_scan", {"target_field": 1}, "target_field: must be a text, not 1"),
        ("adaptive_scan", {"backstep": 1}, "backstep: must be true or false, not 1"),
        ("fly", {"flyers": ["m1"]}, "flyers[0]: m1 cannot be flown; those that can: flyer"),
        ("list_grid_scan", {"args": ["m1", 1]}, "args[1]: points must be a list of numbers, not 1"),
        ("log_scan", {"nun": 3}, "nun: no such parameter (did you mean 'num'?)"),
    ],
)
def test_a_mistake_is_named(name, wrong, message, catalogue):
    """Before the plan is made."""
    with pytest.raises(InvalidParameters) as caught:
        catalogue[name].bind({**GIVEN[name][0], **wrong})
    assert [str(error).partition("; there are")[0] for error in caught.value.errors] == [message]


def test_units_and_meaning_are_told(catalogue):
    """Where a name alone does not say it."""
    told = {parameter.name: (parameter.doc, parameter.units) for parameter in catalogue["spiral"].parameters}

    assert told["tilt"] == ("how far the ranges lean", "rad")
    assert told["x_range"] == ("full width of the spiral", "")
    assert told["dr_y"] == ("the same along y, for an ellipse; null: dr", "")
