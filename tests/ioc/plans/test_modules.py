"""Modules of plans, of which some are not right."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from reioc.engine.plans import CATALOGUE
from reioc.ioc.plans.catalogue import Catalogue, CatalogueError

from ..beamline_devices import make_registry
from .beamline import Beamline, importable

OURS = [plan.__name__ for plan in CATALOGUE]
REGISTRY = make_registry()
ALIGN = "def align(num: int = 3):\n    yield\n"


@pytest.fixture
def beamline(tmp_path: Path) -> Iterator[Beamline]:
    with importable(tmp_path) as made:
        yield made


def load(*modules: str) -> Catalogue:
    return Catalogue.load(modules, REGISTRY)


def test_module_that_is_not_there_is_a_problem_and_the_rest_works():
    """It is named, with the reason."""
    catalogue = load("no_such_plans", "reioc.engine.plans")
    assert catalogue.names == OURS
    assert catalogue.problems == {
        "no_such_plans": "cannot be imported: ModuleNotFoundError: No module named 'no_such_plans'"
    }


@pytest.mark.parametrize(
    ("source", "problem", "line"),
    [
        ("import math\nmath.sine(1)\n", "AttributeError: module 'math' has no attribute 'sine'", 2),
        ("def align(:\n    yield\n", "SyntaxError: ", 1),
        ("import sys\n\nsys.exit('no beam')\n", "SystemExit: no beam", 3),
        ("raise BaseException('odd')\n", "BaseException: odd", 1),
        ("raise ValueError\n", "ValueError", 1),
        ("class Mute(Exception):\n    def __str__(self): return 1\nraise Mute\n", "Mute: (its text cannot be made)", 3),
        ("import no_such_library\n", "ModuleNotFoundError: No module named 'no_such_library'", 1),
    ],
)
def test_whatever_a_module_raises_is_a_problem_with_its_place(beamline, source, problem, line):
    """Kind, text, file and line of the beamline's own code."""
    beamline.write(own_plans=source)
    found = load("own_plans", "reioc.engine.plans").problems["own_plans"]
    assert found.startswith(f"cannot be imported: {problem}")
    assert found.endswith(f" [{beamline.folder / 'own_plans.py'}:{line}]")


def test_place_is_the_beamlines_own_when_a_library_raises(beamline):
    """Where somebody can mend it, not where in json it was found."""
    beamline.write(own_plans="import json\nSETTINGS = json.loads('{')\n")
    assert load("own_plans").problems["own_plans"].endswith("own_plans.py:2]")


def test_interrupting_from_the_keyboard_is_no_problem_of_a_module(beamline):
    """Who presses Ctrl-C wants to stop."""
    beamline.write(own_plans="raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        load("own_plans")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("", "offers no plan; wanted is a CATALOGUE of plans, or public generator functions"),
        ("CATALOGUE = 5\n", "CATALOGUE is 5: a list of plans is wanted"),
        ("CATALOGUE = 'align'\n", "CATALOGUE is 'align': a list of plans is wanted"),
        ("CATALOGUE = (1 / 0 for _ in 'a')\n", "CATALOGUE cannot be read: ZeroDivisionError: division by zero ["),
        (f"{ALIGN}CATALOGUE = {{1: align}}\n", "CATALOGUE has a plan whose name is 1: a text is wanted"),
        (f"{ALIGN}CATALOGUE = (align, 'focus')\n", "plan 'focus' cannot be offered: it is no function"),
        (
            f"{ALIGN}def focus(lens: 'Lens'): yield\nCATALOGUE = (align, focus)\n",
            "plan own_plans.focus cannot be offered: its annotations cannot be read: NameError: name 'Lens'",
        ),
        (
            f"from collections.abc import Callable\n{ALIGN}def fit(f: Callable): yield\nCATALOGUE = (align, fit)\n",
            "plan own_plans.fit cannot be offered: its parameter 'f' cannot be given: a function cannot be given",
        ),
    ],
)
def test_what_a_module_lists_and_does_not_offer_is_a_problem(beamline, source, problem):
    """Who lists a plan wants it, and is told why it is not there."""
    beamline.write(own_plans=source)
    assert load("own_plans", "reioc.engine.plans").problems["own_plans"].startswith(problem)


def test_other_plans_of_a_list_are_offered(beamline):
    """One that cannot be does not take the others with it."""
    beamline.write(own_plans=f"{ALIGN}CATALOGUE = (5, align)\n")
    assert load("own_plans").names == ["align"]


def test_the_first_of_two_plans_of_one_name_is_offered(beamline):
    """The other one is a problem that names both."""
    beamline.write(own_plans="def scan():\n    yield\ndef align():\n    yield\n")
    catalogue = load("reioc.engine.plans", "own_plans")
    assert catalogue.names == [*OURS, "align"]
    assert catalogue["scan"].function.__module__ == "reioc.engine.plans.scans"
    assert catalogue.problems["own_plans"] == (
        "two plans are called 'scan': reioc.engine.plans.scans.scan and own_plans.scan; "
        "list in CATALOGUE which one you want; the first is offered"
    )


def test_many_names_that_are_taken_are_told_in_one_line():
    """Plans of bluesky beside ours."""
    problem = load("reioc.engine.plans", "bluesky.plans").problems["bluesky.plans"]
    assert problem.startswith("plans of other modules have these names, and are offered: ")
    assert "scan, grid_scan" in problem


def test_catalogue_of_plans_alone_raises():
    """Who gives functions is there to mend them."""
    with pytest.raises(CatalogueError, match="plan 5 cannot be offered: it is no function"):
        Catalogue([5], REGISTRY)  # type: ignore[list-item]


def test_a_table_of_plans_gives_them_names(beamline):
    """A plan with some of its arguments filled in has no name of its own."""
    beamline.write(
        own_plans="""
            from functools import partial
            def align(motor: str, num: int = 3):
                yield motor, num
            CATALOGUE = {"align": align, "align_m1": partial(align, "m1")}
            """
    )
    catalogue = load("own_plans")
    assert catalogue.names == ["align", "align_m1"]
    assert [parameter.name for parameter in catalogue["align_m1"].parameters] == ["num"]
    bound = catalogue["align_m1"].bind({"num": 5})
    assert (next(bound.make()), bound.text) == (("m1", 5), "align_m1(num=5)")


def test_what_makes_generators_is_a_plan_and_what_does_not_is_none(beamline):
    """Decorated, partial, written with `return`; no context manager, and no helper."""
    beamline.write(
        own_plans="""
            from __future__ import annotations
            from collections.abc import Generator
            from contextlib import contextmanager
            from functools import partial, wraps
            from typing import TYPE_CHECKING, Any
            if TYPE_CHECKING:
                from bluesky.utils import MsgGenerator
            def decorated(plan):
                @wraps(plan)
                def inner(*args, **kwargs):
                    return plan(*args, **kwargs)
                return inner
            @decorated
            def align(num: int = 3) -> MsgGenerator[None]:
                yield
            def careless(plan):
                def wrapper():
                    return (yield from plan())
                return wrapper
            @careless
            def focus():
                yield
            align_five = partial(align, 5)
            def both() -> MsgGenerator:
                return align()
            def typed() -> Generator[Any, Any, None]:
                return align()
            @contextmanager
            def beam():
                yield
            def positions() -> list[float]:
                return []
            default = partial(int, 5)
            """
    )
    assert sorted(load("own_plans").names) == ["align", "align_five", "both", "focus", "typed"]


def test_method_of_an_object_is_a_plan_when_it_is_listed(beamline):
    """The object is not asked for."""
    beamline.write(
        own_plans="""
            class Aligner:
                def align(self, num: int = 3):
                    yield num
            CATALOGUE = [Aligner().align]
            """
    )
    assert next(load("own_plans")["align"].bind({"num": 5}).make()) == 5


def test_all_plans_of_bluesky_are_offered_but_those_that_need_objects():
    """scan_nd wants a cycler, ramp_plan a function."""
    import bluesky.plans

    catalogue = load("bluesky.plans")
    plans = {
        member.__name__
        for name, member in vars(bluesky.plans).items()
        if inspect.isgeneratorfunction(inspect.unwrap(member))
        and not name.startswith("_")
        and getattr(member, "__module__", "") == bluesky.plans.__name__
    }
    assert plans - set(catalogue.names) == set(catalogue.left_out) == {"scan_nd", "ramp_plan"}
    assert catalogue.problems == {}


def test_parameters_of_bluesky_have_the_words_of_its_docstrings():
    """A screen shows what bluesky says of them."""
    docs = {parameter.name: parameter.doc for parameter in load("bluesky.plans")["spiral"].parameters}
    assert (docs["nth"], docs["x_range"]) == ("Number of theta steps", "x width of spiral")
