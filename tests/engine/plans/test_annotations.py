"""How a catalogue reads plans."""

from __future__ import annotations

import inspect
from collections.abc import Generator, Sequence
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest

from reioc.engine.plans import CATALOGUE, Repeats, Units, count, grid_scan, list_scan, mv, scan
from reioc.engine.protocols import Movable, Readable

from .cases import OURS


def hints_of(plan: Any) -> dict[str, Any]:
    return get_type_hints(plan, include_extras=True)


def test_repeats_keeps_names_and_types_in_order() -> None:
    """Names and types are tuples in the order in which they were given."""
    repeats = Repeats(motor=Movable, start=float, points=list[float])

    assert repeats.names == ("motor", "start", "points")
    assert (Movable, float, list[float]) == repeats.types


def test_markers_are_values() -> None:
    """Markers are equal and hash alike when they say the same, and cannot be changed."""
    assert {Repeats(a=int), Units("s")} == {Repeats(a=int), Repeats(a=int), Units("s"), Units("s")}
    assert Repeats(a=int, b=float) != Repeats(b=float, a=int)
    with pytest.raises(AttributeError):
        Repeats(a=int).names = ()  # type: ignore[misc]
    with pytest.raises(TypeError, match="at least one name=type"):
        Repeats()


@pytest.mark.parametrize("plan", CATALOGUE, ids=lambda plan: plan.__name__)
def test_each_plan_of_the_catalogue_can_be_read(plan: Any) -> None:
    """Each is a plain generator function with a docstring, and every parameter has a type that resolves."""
    hints = hints_of(plan)

    assert inspect.isgeneratorfunction(plan)
    assert plan.__doc__
    assert set(inspect.signature(plan).parameters) <= set(hints)
    assert Generator is get_origin(hints["return"])


@pytest.mark.parametrize(
    ("plan", "names"),
    [
        (scan, ("motor", "start", "stop")),
        (list_scan, ("motor", "points")),
        (grid_scan, ("motor", "start", "stop", "num")),
        (mv, ("motor", "position")),
    ],
)
def test_positional_arguments_are_described(plan: Any, names: tuple[str, ...]) -> None:
    """What `*args` repeats is in the annotation."""
    base, repeats = get_args(hints_of(plan)["args"])

    assert Any is base
    assert names == repeats.names
    assert Movable is repeats.types[0]


def test_count_is_described() -> None:
    """Detectors are readable devices, the delay is in seconds."""
    hints = hints_of(count)

    assert Sequence[Readable] == hints["detectors"]
    assert Annotated[float | Sequence[float], Units("s")] == hints["delay"]
    assert {"detectors", "num", "delay", "per_shot", "md"} == set(inspect.signature(count).parameters)


@pytest.mark.parametrize("name", [plan.__name__ for plan in CATALOGUE])
def test_signatures_are_blueskys(name: str) -> None:
    """Same parameters in the same order, of the same kinds, with the same defaults."""
    import bluesky.plan_stubs
    import bluesky.plans

    theirs = getattr(bluesky.plans, name, None) or getattr(bluesky.plan_stubs, name)

    assert shape(theirs) == shape(getattr(OURS, name))


def shape(plan: Any) -> list[Any]:
    return [(p.name, p.kind, p.default) for p in inspect.signature(plan).parameters.values()]
