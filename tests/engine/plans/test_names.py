"""What bluesky's two modules offer is here, under the same names."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

import bluesky.plan_stubs
import bluesky.preprocessors
import pytest

from reioc.engine.plans import preprocessors, stubs

PAIRS = ((bluesky.plan_stubs, stubs), (bluesky.preprocessors, preprocessors))

ABSENT = {
    "plan": "our plans are plain generator functions: generators.py says why",
    "merge_axis": "an internal of relative moves, here devices.with_coupled_axes",
    "normalize_subs_input": "an internal of subs_wrapper",
    "RunEngineControlException": "it is PlanInterruption, in reioc.engine",
}
"""What passes through bluesky's modules, without being theirs, and is not in ours."""


def defined_in(module: ModuleType, *origins: str) -> list[str]:
    return [
        name
        for name, thing in vars(module).items()
        if not name.startswith("_") and callable(thing) and getattr(thing, "__module__", "") in origins
    ]


def shape(function: Any) -> list[Any]:
    return [(p.name, p.kind, p.default) for p in inspect.signature(function).parameters.values()]


DEFINED = [
    pytest.param(getattr(theirs, name), ours, name, id=name)
    for theirs, ours in PAIRS
    for name in defined_in(theirs, theirs.__name__)
]


@pytest.mark.parametrize(("function", "module", "name"), DEFINED)
def test_each_has_blueskys_signature(function: Any, module: ModuleType, name: str) -> None:
    """Same parameters in the same order, of the same kinds, with the same defaults."""
    assert name in module.__all__
    assert shape(function) == shape(getattr(module, name))


@pytest.mark.parametrize(
    "function", [getattr(stubs, name) for name in defined_in(bluesky.plan_stubs, "bluesky.plan_stubs")]
)
def test_stubs_are_generator_functions_with_docstrings(function: Any) -> None:
    """Whoever asks `inspect`, or for help, gets an answer."""
    assert inspect.isgeneratorfunction(function)
    assert function.__doc__


@pytest.mark.parametrize(("theirs", "ours"), PAIRS, ids=["stubs", "preprocessors"])
def test_helpers_of_plan_authors_are_at_hand(theirs: ModuleType, ours: ModuleType) -> None:
    """What those who write plans take from bluesky.utils by way of these modules they find in ours."""
    missing = [name for name in defined_in(theirs, "bluesky.utils") if not hasattr(ours, name)]

    assert set(missing) <= set(ABSENT)


def test_absences_are_absent() -> None:
    """What is said to be missing is missing, and known to bluesky."""
    assert [name for name in ABSENT if hasattr(stubs, name) or hasattr(preprocessors, name)] == []
    assert [name for name in ABSENT if not (hasattr(PAIRS[0][0], name) or hasattr(PAIRS[1][0], name))] == []


def test_more_than_bluesky_has_is_meant() -> None:
    """More on purpose: a decorator whose wrapper is bluesky's, and stubs that change suspenders; bluesky has none."""
    more = [name for theirs, ours in PAIRS for name in ours.__all__ if not hasattr(theirs, name)]

    assert more == ["bypass_suspender", "configure_suspender", "rewindable_decorator"]


@pytest.mark.parametrize("label", [None, "flyers"])
def test_short_uids_are_short_and_new(label: str | None) -> None:
    """As long as asked for, after the label, and another one each time."""
    first, second = (stubs.short_uid(label, 7) for _ in range(2))

    assert first != second
    assert len(first) == len(bluesky.plan_stubs.short_uid(label, 7))
    assert first.startswith(label or "")
