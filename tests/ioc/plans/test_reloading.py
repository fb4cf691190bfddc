"""Plans read anew, while the rest of the process stays."""

import importlib
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

from reioc.devices import Registry
from reioc.ioc.plans.allow import Allow, Rules
from reioc.ioc.plans.catalogue import Catalogue, UnknownPlan

from ..beamline_devices import make_registry
from .beamline import Beamline, importable


@pytest.fixture
def beamline(tmp_path: Path) -> Iterator[Beamline]:
    """A package `line` with plans that use `line.moves`."""
    with importable(tmp_path) as made:
        made.write(
            line__moves="STEP = 1\n",
            line__plans="""
                from .moves import STEP
                def align():
                    yield STEP
                def focus():
                    yield
                """,
        )
        made.write(line="")
        yield made


def load(*modules: str, rules: Rules | None = None) -> Catalogue:
    return Catalogue.load(modules or ("line.plans",), make_registry(), rules)


def first(catalogue: Catalogue, plan: str = "align") -> object:
    return next(catalogue[plan].bind({}).make())


def test_two_who_read_anew_at_once_do_so_one_after_the_other(beamline):
    """Otherwise the second takes away what the first is importing."""
    beamline.write(gate="import threading\nbegun, second = threading.Event(), threading.Event()\n")
    gate = importlib.import_module("gate")
    catalogue = load()
    beamline.write(
        line__plans="""
            import gate
            (gate.second if gate.begun.is_set() else gate.begun).set()
            gate.second.wait(0.05)
            def align():
                yield 7
            """
    )
    with ThreadPoolExecutor(2) as pool:
        first_report = pool.submit(catalogue.reload)
        assert gate.begun.wait(10)
        second_report = pool.submit(catalogue.reload)
        assert (first_report.result(10).failed, second_report.result(10).failed) == ({}, {})
    assert first(catalogue) == 7


def test_what_cannot_be_compared_counts_as_changed(beamline):
    """A partial may have filled in an array; the reload is reported all the same."""
    beamline.write(
        line__plans="""
            from functools import partial
            import numpy as np
            def _at(points):
                yield points
            at_three = partial(_at, np.arange(3))
            """
    )
    assert load().reload().changed == ("at_three",)


def test_an_edited_plan_is_read_anew(beamline):
    """Added, removed and changed plans are told."""
    catalogue = load()
    beamline.write(line__plans="def align():\n    yield 7\ndef tune():\n    yield\n")
    report = catalogue.reload()
    assert (report.added, report.removed, report.changed, report.failed) == (("tune",), ("focus",), ("align",), {})
    assert (catalogue.names, first(catalogue)) == (["align", "tune"], 7)


def test_what_the_plans_import_of_their_package_is_read_anew(beamline):
    """Who edits moves.py need not know that plans.py is what is listed; an edit of the same size counts."""
    catalogue = load()
    beamline.write(line__moves="STEP = 2\n")
    report = catalogue.reload()
    assert first(catalogue) == 2
    assert set(report.modules) == {"line", "line.plans", "line.moves"}


def test_a_plan_that_only_moved_in_its_file_is_not_changed(beamline):
    """Line numbers are no change."""
    catalogue = load()
    path = beamline.folder / "line" / "plans.py"
    path.write_text(f"# a comment\n{path.read_text()}")
    assert catalogue.reload().changed == ()


@pytest.mark.parametrize(
    "edit",
    [
        "def align(num: int = 3):\n    yield 1\n",
        'def align():\n    "Other words."\n    yield 1\n',
        "def align():\n    yield 1\n    yield 2\n",
        "def align():\n    yield from (None for _ in 'ab')\n",
    ],
)
def test_parameters_words_and_code_are_changes(beamline, edit):
    """Each of them is told."""
    beamline.write(line__plans="def align():\n    yield 1\n")
    catalogue = load()
    beamline.write(line__plans=edit)
    assert catalogue.reload().changed == ("align",)


def test_module_beside_a_module_without_package_is_read_anew(beamline):
    """Its folder is what belongs to it."""
    beamline.write(own_moves="STEP = 1\n", own_plans="from own_moves import STEP\ndef align():\n    yield STEP\n")
    catalogue = load("own_plans")
    beamline.write(own_moves="STEP = 2\n")
    assert sorted(catalogue.reload().modules) == ["own_moves", "own_plans"]
    assert first(catalogue) == 2


@pytest.mark.parametrize(
    ("file", "source"), [("line__plans", "def align(:\n"), ("line__moves", "raise SystemExit\n"), ("line__plans", "")]
)
def test_plans_of_a_module_that_fails_now_stay(beamline, file, source):
    """All of them, with what they use, and the problem says so."""
    catalogue = load()
    beamline.write(**{file: source})
    report = catalogue.reload()
    assert (catalogue.names, first(catalogue)) == (["align", "focus"], 1)
    assert list(report.failed) == ["line.plans"]
    assert catalogue.problems["line.plans"].endswith("; its plans are as they were")
    assert importlib.import_module("line.plans").align is catalogue["align"].function


def test_a_listed_plan_that_cannot_be_offered_now_keeps_all_as_it_was(beamline):
    """All of a module or nothing: no mixture of old and new."""
    catalogue = load()
    beamline.write(line__plans="def align():\n    yield 7\nCATALOGUE = (align, 'focus')\n")
    catalogue.reload()
    assert (catalogue.names, first(catalogue)) == (["align", "focus"], 1)


def test_a_mended_module_is_offered(beamline):
    """Of one that failed at the start too."""
    beamline.write(line__plans="def align(:\n")
    catalogue = load("line.plans", "no_such_plans")
    beamline.write(line__plans="def align():\n    yield 7\n", no_such_plans="def tune():\n    yield\n")
    assert catalogue.reload().added == ("align", "tune")
    assert catalogue.problems == {}


def test_other_modules_are_read_anew_when_one_fails(beamline):
    """One mistake does not hold up the rest."""
    beamline.write(line__more="def tune():\n    yield 1\n")
    catalogue = load("line.plans", "line.more")
    beamline.write(line__plans="def align(:\n", line__more="def tune():\n    yield 2\n")
    catalogue.reload()
    assert (first(catalogue), first(catalogue, "tune")) == (1, 2)


def test_what_was_bound_stays_valid(beamline):
    """A queued plan that was made before runs as it was."""
    catalogue = load()
    bound = catalogue["align"].bind({})
    beamline.write(line__plans="def tune():\n    yield\n")
    catalogue.reload()
    assert next(bound.make()) == 1
    with pytest.raises(UnknownPlan):
        catalogue["align"]


def test_installed_plans_are_not_read_anew(beamline):
    """Ours and bluesky's are what they were, the entries too."""
    catalogue = load("reioc.engine.plans", "bluesky.plans", "line.plans")
    before = catalogue["scan"], catalogue["tweak"], importlib.import_module("bluesky.plans")
    catalogue.reload()
    assert (catalogue["scan"], catalogue["tweak"], importlib.import_module("bluesky.plans")) == before


def test_what_devices_are_made_of_is_not_read_anew(beamline):
    """They were made before the plans were loaded, and a device is still one of its class."""
    beamline.write(
        line__devices="class Slit:\n    name = 'slit'\n    def read(self): ...\n    def describe(self): ...\n",
        line__plans="from .devices import Slit\ndef open(slit: Slit):\n    yield slit, Slit\n",
    )
    slit = importlib.import_module("line.devices").Slit()
    catalogue = Catalogue.load(["line.plans"], Registry([slit]))
    report = catalogue.reload()
    assert next(catalogue["open"].bind({"slit": "slit"}).make()) == (slit, type(slit))
    assert report.kept == ("line", "line.devices")


def test_device_of_a_class_in_the_module_of_the_plans_still_fits(beamline):
    """The class is made anew, its devices are not."""
    beamline.write(
        line__plans="""
            class Slit:
                name = 'slit'
                def read(self): ...
                def describe(self): ...
            def open(slit: Slit):
                yield slit
            """
    )
    slit = importlib.import_module("line.plans").Slit()
    catalogue = Catalogue.load(["line.plans"], Registry([slit]))
    catalogue.reload()
    assert catalogue["open"].function is importlib.import_module("line.plans").open
    assert next(catalogue["open"].bind({"slit": "slit"}).make()) is slit


def test_readers_see_all_of_the_old_until_all_is_new(beamline):
    """While modules are imported, the catalogue is what it was."""
    catalogue = load()
    beamline.write(
        line__plans="""
            import line
            line.seen.append((list(line.catalogue.names), "align" in line.catalogue))
            def tune():
                yield
            """,
        line="from line_witness import catalogue, seen\n",
    )
    witness = ModuleType("line_witness")
    witness.catalogue, witness.seen = catalogue, []  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "line_witness", witness)
        catalogue.reload()
    assert witness.seen == [(["align", "focus"], True)]
    assert catalogue.names == ["tune"]


def test_groups_of_users_are_looked_up_again(beamline):
    """Who has joined since may run plans."""
    staff = ["alice"]
    catalogue = load(rules=Rules([Allow(("*",), groups=("staff",))], lambda _: list(staff)))
    staff.append("bob")
    assert catalogue.refusal("align", "bob")
    catalogue.reload()
    assert catalogue.refusal("align", "bob") == ""


def test_report_is_a_line_for_people(beamline):
    """What was read, and what is new."""
    catalogue = load()
    beamline.write(line__plans="def align():\n    yield 7\n")
    assert str(catalogue.reload()) == "read anew: line, line.moves, line.plans; removed: focus; changed: align"


def test_nothing_to_read_is_said():
    """With our own plans alone a reload does nothing."""
    assert str(load("reioc.engine.plans").reload()) == "there is nothing to be read anew"
