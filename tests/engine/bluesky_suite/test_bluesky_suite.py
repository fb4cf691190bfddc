"""Bluesky's own tests, run where they are installed, against our engine and our plans."""

import runpy
from importlib.metadata import version
from pathlib import Path

import pytest

from .suite import ENOUGH, THEIRS, Suite, differences

DOCS = Path(__file__).parents[3] / "docs"

pytestmark = [
    pytest.mark.timeout(2 * ENOUGH + 60),
    pytest.mark.skipif(not version("bluesky").startswith("1.15."), reason="the list is for the tests of bluesky 1.15"),
]


@pytest.mark.parametrize(("run", "at_least"), [("engine", 370), ("plans", 220)])
def test_bluesky_suite(run, at_least, tmp_path):
    """Bluesky's tests pass with our engine, with bluesky's plans and with ours, except for those that are listed."""
    suite = Suite(run, tmp_path)

    assert suite.unexpected_failures() == set(), suite.output
    assert suite.unexpected_passes() == set()
    assert suite.passed() >= at_least


def test_each_module_is_accounted_for():
    """Each module of bluesky's tests is run, or listed with why it is not."""
    known = differences()
    listed = {module for entry in known["out"] for module in entry["modules"]}.union(*known["runs"].values())
    there_are = {path.stem for path in (THEIRS / "tests").glob("test_*.py")}

    assert listed == there_are


def test_page_lists_the_differences():
    """The page about compatibility has what is listed."""
    updated = runpy.run_path(str(DOCS / "make_compatibility.py"))["updated"]
    page = (DOCS / "explanation" / "compatibility.md").read_text(encoding="utf-8")

    assert page == updated(page), "run: python docs/make_compatibility.py"
