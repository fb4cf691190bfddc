"""What bluesky.plans and bluesky.plan_patterns offer is here, under the same names."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

import bluesky.plan_patterns
import bluesky.plans
import pytest

from reioc.engine import plans
from reioc.engine.plans import patterns

PAIRS = ((bluesky.plans, plans), (bluesky.plan_patterns, patterns))
TYPES = ("PerShot", "PerStep", "PerStep1D", "PerStepND")

IMPORTED = {
    "CustomPlanMetadata": "the type of md, here dict[str, Any] | None",
    "ScalarOrIterableFloat": "the type of a delay, here spelt out",
    "Msg": "reioc.engine.Msg",
    "Flyable": "a protocol: reioc.engine.protocols",
    "Movable": "a protocol: reioc.engine.protocols",
    "NamedMovable": "a protocol: reioc.engine.protocols",
    "Readable": "a protocol: reioc.engine.protocols",
    "is_movable": "an internal of patterns, here of devices",
    "snake_cyclers": "an internal of patterns, from bluesky.utils",
    "partition": "of toolz",
    "bps": "reioc.engine.plans.stubs",
    "bpp": "reioc.engine.plans.preprocessors",
    "plan_patterns": "reioc.engine.plans.patterns",
    "utils": "bluesky's",
}
"""What passes through bluesky's modules, without being theirs, and is not in ours; besides Python's own and numpy's."""

FOREIGN = {"collections", "inspect", "os", "sys", "time", "typing", "functools", "itertools", "operator", "enum"}
FOREIGN |= {"numpy", "cycler", "collections.abc"}


def defined_in(module: ModuleType) -> list[str]:
    return [name for name, thing in vars(module).items() if getattr(thing, "__module__", "") == module.__name__]


def shape(function: Any) -> list[Any]:
    return [(p.name, p.kind, p.default) for p in inspect.signature(function).parameters.values()]


FUNCTIONS = [
    pytest.param(getattr(theirs, name), ours, name, id=name)
    for theirs, ours in PAIRS
    for name in defined_in(theirs)
    if not name.startswith("_") and inspect.isfunction(getattr(theirs, name))
]


@pytest.mark.parametrize(("function", "module", "name"), FUNCTIONS)
def test_each_has_blueskys_signature(function: Any, module: ModuleType, name: str) -> None:
    """Same parameters in the same order, of the same kinds, with the same defaults; and a text."""
    ours = getattr(module, name)

    assert shape(function) == shape(ours)
    assert ours.__doc__


@pytest.mark.parametrize("name", [name for name in defined_in(bluesky.plans) if not name.startswith("_")])
def test_each_plan_is_a_generator_function(name: str) -> None:
    """Whoever asks `inspect` whether it is a plan gets the answer that bluesky's gives."""
    theirs, ours = getattr(bluesky.plans, name), getattr(plans, name)

    assert inspect.isgeneratorfunction(theirs) == inspect.isgeneratorfunction(ours)


def test_older_names_are_the_same_plans() -> None:
    """A name that bluesky keeps for an older script is here, and is the plan that it is there."""
    older = {name: getattr(bluesky.plans, name).__name__ for name in defined_in(bluesky.plans)}
    older = {name: meant for name, meant in older.items() if name != meant}

    assert len(older) == 8
    assert {name: getattr(plans, name).__name__ for name in older} == older


@pytest.mark.parametrize("name", TYPES)
def test_types_of_steps_are_here(name: str) -> None:
    """For annotations of plans that take a step of the caller's."""
    assert hasattr(bluesky.plans, name)
    assert hasattr(plans, name)


def test_the_patterns_of_arguments_are_blueskys() -> None:
    """Their names and values."""
    pattern = bluesky.plan_patterns.OuterProductArgsPattern

    assert [(p.name, p.value) for p in pattern] == [(p.name, p.value) for p in patterns.OuterProductArgsPattern]


@pytest.mark.parametrize(("theirs", "ours"), PAIRS, ids=["plans", "patterns"])
def test_nothing_else_is_missing(theirs: ModuleType, ours: ModuleType) -> None:
    """What is not here is said to be missing, with the reason, or has only been imported by bluesky."""
    missing = {name: thing for name, thing in vars(theirs).items() if not name.startswith("_")}
    missing = {name: thing for name, thing in missing.items() if not hasattr(ours, name) and name not in IMPORTED}

    assert [name for name, thing in missing.items() if _origin(thing) not in FOREIGN] == []


def _origin(thing: Any) -> str:
    return thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", "")
