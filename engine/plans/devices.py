"""What plans need to know about devices.

A pseudo positioner (ophyd's PseudoPositioner, known by its `RealPosition`) couples its children: setting one pseudo
axis moves all real ones. Plans therefore move several pseudo axes of one parent by one `set` of the parent.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable, Mapping
from functools import reduce
from typing import Any

from cycler import Cycler, cycler

__all__ = [
    "all_safe_rewind",
    "ancestry",
    "axes_of",
    "get_hinted_fields",
    "is_movable",
    "label",
    "merge_axes",
    "merge_cycler",
    "root_ancestor",
    "separate_devices",
    "with_coupled_axes",
]


def label(thing: Any) -> str:
    """What to call a device in a message: its name, else its repr."""
    return repr(getattr(thing, "name", thing))


def ancestry(device: Any) -> list[Any]:
    """The device, its parent, and so on up to the one without a parent."""
    line = [device]
    while (parent := getattr(line[-1], "parent", None)) is not None:
        line.append(parent)
    return line


def root_ancestor(device: Any) -> Any:
    """The device that `device` is ultimately a part of; itself, when it has no parent."""
    return ancestry(device)[-1]


def separate_devices(devices: Iterable[Any]) -> list[Any]:
    """The devices in their order, without those that are (a part of) another one of them."""
    kept: list[Any] = []
    for device in devices:
        if any(ancestor in kept for ancestor in ancestry(device)):
            continue
        kept = [other for other in kept if device not in ancestry(other)]
        kept.append(device)
    return kept


def all_safe_rewind(devices: Iterable[Any]) -> bool:
    """Whether all of them may be triggered again when a plan is replayed; a device's `rewindable` signal can say no."""
    return all(device.rewindable.get() for device in devices if hasattr(device, "rewindable"))


def get_hinted_fields(device: Any) -> list[str]:
    """The data keys of a device that are worth looking at, by its own account; empty without hints."""
    return (getattr(device, "hints", None) or {}).get("fields", [])


def is_movable(thing: Any) -> bool:
    """Whether it can be set and read, as a motor can."""
    return all(callable(getattr(thing, method, None)) for method in ("set", "read", "describe"))


def axes_of(trajectory: Cycler) -> list[Any]:
    """The motors of a trajectory in the order in which they were given (`Cycler.keys` is a set: any order)."""
    return list(next(iter(trajectory), None) or trajectory.keys)


def merge_cycler(trajectory: Cycler) -> Cycler:
    """The trajectory with the pseudo axes of one parent merged into one axis, the parent, set to dicts of positions.

    Raises ValueError when a parent and its child, or pseudo and real axes of one parent, are both in it.
    """
    axes = axes_of(trajectory)
    if not _children_of_coupled(axes):
        return trajectory  # without copying the points
    points_of = trajectory.by_key()
    merged = merge_axes({axis: points_of[axis] for axis in axes})
    return reduce(operator.add, (cycler(axis, points) for axis, points in merged.items()))


def merge_axes(columns: dict[Any, list[Any]]) -> dict[Any, list[Any]]:
    """As `merge_cycler`, for a dict of axis → positions. Nothing to merge: the same dict."""
    children = _children_of_coupled(columns)
    pseudo = {parent: _checked_pseudo(parent, found, columns) for parent, found in children.items()}
    shared = {axis: parent for parent, axes in pseudo.items() if len(axes) > 1 for axis in axes}
    if not shared:
        return columns
    merged: dict[Any, list[Any]] = {}
    for axis, points in columns.items():
        parent = shared.get(axis)
        if parent is None:
            merged[axis] = points
        elif parent not in merged:
            merged[parent] = _zipped(parent, pseudo[parent], columns)
    return merged


def with_coupled_axes(devices: Iterable[Any]) -> tuple[set[Any], set[Any]]:
    """The devices and every axis that moves with one of them; and the pseudo positioners among the causes."""
    named = list(devices)
    parents = {device for device in named if _couples(device)}
    for parent, found in _children_of_coupled(named).items():
        if _among(found, parent.pseudo_positioners):
            parents.add(parent)
    siblings = {axis for parent in parents for axis in parent.pseudo_positioners}
    owners = set(_children_of_coupled(named))
    return set(named) | owners | siblings, parents


def _couples(device: Any) -> bool:
    return hasattr(device, "RealPosition")


def _children_of_coupled(devices: Iterable[Any]) -> dict[Any, list[Any]]:
    """Pseudo positioner → which of `devices` are its children."""
    found: dict[Any, list[Any]] = {}
    for device in devices:
        parent = getattr(device, "parent", None)
        if parent is not None and _couples(parent) and not _couples(device):
            found.setdefault(parent, []).append(device)
    return found


def _among(devices: Iterable[Any], group: Collection[Any]) -> list[Any]:
    return [device for device in devices if device in group]


def _checked_pseudo(parent: Any, found: list[Any], columns: Mapping[Any, Any]) -> list[Any]:
    """Which of `found`, children of `parent`, are pseudo axes. Raises ValueError when they contradict each other."""
    pseudo = _among(found, parent.pseudo_positioners)
    real = _among(found, parent.real_positioners)
    if parent in columns and (pseudo or real):
        names = ", ".join(map(label, pseudo + real))
        raise ValueError(f"{label(parent)} cannot be moved together with its own axes ({names}): name one or the other")
    if pseudo and real:
        names = f"{', '.join(map(label, pseudo))} are pseudo, {', '.join(map(label, real))} are real"
        raise ValueError(f"Pseudo and real axes of {label(parent)} cannot be moved together: {names}")
    return pseudo


def _zipped(parent: Any, axes: list[Any], columns: Mapping[Any, list[Any]]) -> list[dict[str, Any]]:
    names = [next(name for name in parent.component_names if getattr(parent, name) is axis) for axis in axes]
    return [dict(zip(names, step, strict=True)) for step in zip(*(columns[axis] for axis in axes), strict=True)]
