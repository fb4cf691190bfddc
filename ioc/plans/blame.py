"""Which of a plan's parameters a mistake comes from, where it was found out by trying the plan."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...engine.plans.devices import ancestry
from .entry import BoundPlan
from .parameter_errors import ParameterError, place

__all__ = ["blamed_for_move", "blamed_for_refusal"]

Path = Sequence[int | str]


def blamed_for_move(plan: BoundPlan, device: Any, value: Any, message: str) -> ParameterError:
    """The error that a device would be moved to `value`.

    Named is the parameter that has this value for the device, else the one that has the device, else none: the plan has
    chosen it by itself.
    """
    arguments = _arguments(plan)
    whole = ancestry(device)
    leaves = list(_leaves(arguments))
    found = next((index for index, (_, leaf) in enumerate(leaves) if any(leaf is part for part in whole)), None)
    if found is None:
        return ParameterError("", message)
    path = leaves[found][0]
    if len(path) > 1:
        path = next((where for where, leaf in _of_its_round(leaves[found:]) if _is(leaf, value)), path)
    else:
        same = [name for name, leaf in arguments.items() if _is(leaf, value) and _is_position(plan, name)]
        path = same if len(same) == 1 else path
    name = str(path[0])
    return ParameterError(name, message, place(name, path[1:]))


def blamed_for_refusal(plan: BoundPlan, error: Exception) -> ParameterError:
    """The error that a plan has refused its arguments, `scan: num must be …`; the parameter, if it begins with that."""
    text = str(error) or type(error).__name__
    said = re.match(r"(?:\w+: )?(\w+)((?:\[\d+\])*) (.*)", text, re.DOTALL)
    if said is not None and said[1] in _arguments(plan):
        return ParameterError(said[1], said[3], f"{said[1]}{said[2]}")
    return ParameterError("", text)


def _arguments(plan: BoundPlan) -> dict[str, Any]:
    try:
        return inspect.signature(plan.function).bind(*plan.args, **plan.kwargs).arguments
    except (TypeError, ValueError):
        return dict(plan.kwargs)


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, (*path, str(key)))
    elif isinstance(value, list | tuple) and path:
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path, value


def _of_its_round(leaves: list[tuple[Path, Any]]) -> Iterator[tuple[Path, Any]]:
    """What comes after a device in the same list, up to the next device."""
    (beginning, _), *others = leaves
    for path, leaf in others:
        if path[: len(beginning) - 1] != beginning[:-1] or hasattr(leaf, "name"):
            return
        yield path, leaf


def _is(leaf: Any, value: Any) -> bool:
    return isinstance(leaf, int | float) and not isinstance(leaf, bool) and leaf == value


def _is_position(plan: BoundPlan, name: str) -> bool:
    """A number that is not a count: what is annotated as a float."""
    return "float" in str(inspect.signature(plan.function).parameters[name].annotation)
