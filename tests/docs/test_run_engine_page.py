"""What the page about the RunEngine lists is what there is."""

import inspect
import re

import pytest

import reioc.engine
from reioc.engine import RunEngine, State

from .markdown import ROOT, first_cells, section

PAGE = ROOT / "docs" / "reference" / "run-engine.md"
OF_THE_ENGINE = (
    "## Calls that wait",
    "## Asking without waiting",
    "## Suspending",
    "## Seeing what it does",
    "## Documents and metadata",
    "## Settings and hooks",
    "## Commands",
)


def listed(heading: str) -> list[str]:
    """The names in the first cells of the tables under a heading; a cell may have several."""
    cells = [row[0] for row in first_cells(section(PAGE, heading))]
    names = [name for cell in cells for name in re.split(r"`?, `", cell.removesuffix("` +").removesuffix(" +"))]
    return [re.split(r"[(`]", name, maxsplit=1)[0] for name in names]


@pytest.fixture(scope="module")
def RE():
    """An engine whose names can be listed."""
    engine = RunEngine()
    engine.close()
    return engine


def test_arguments() -> None:
    """The page lists the constructor's arguments, in their order."""
    assert listed("## Making one") == list(inspect.signature(RunEngine).parameters)


def test_names(RE: RunEngine) -> None:
    """The page lists each public name of the engine, once or where it belongs twice."""
    names = {name for heading in OF_THE_ENGINE for name in listed(heading)}

    assert names - {"RE"} == {name for name in dir(RE) if not name.startswith("_")}


@pytest.mark.parametrize("heading", OF_THE_ENGINE)
def test_parameters(RE: RunEngine, heading: str) -> None:
    """Where the page shows parameters, a method has them, in that order."""
    for name, shown in re.findall(r"`(\w+)\((.*?)\)`", section(PAGE, heading)):
        if name in ("RE", "func", "block"):  # not methods
            continue
        wanted = [each.partition("=")[0].strip(" *") for each in shown.split(",") if each]
        parameters = inspect.signature(getattr(RE, name)).parameters
        assert [each for each in parameters if each in wanted] == wanted, name


def test_states() -> None:
    """The page lists the questions that a state answers."""
    questions = {name for name in vars(State) if name.startswith(("is_", "can_"))}

    assert set(listed("## States")) == questions


def test_exceptions() -> None:
    """The page lists each exception that the package offers, or names it beside another."""
    offered = {
        name for name, each in vars(reioc.engine).items() if inspect.isclass(each) and issubclass(each, BaseException)
    }
    text = section(PAGE, "## Exceptions")

    assert {name for name in offered if f"`{name}`" not in text} == set()
    assert set(listed("## Exceptions")) <= offered
