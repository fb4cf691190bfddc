"""What an sscan record is told to scan."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..hints import did_you_mean

__all__ = ["apply", "settings_of"]

PATIENCE = 10.0
"""Seconds that the record may take for a setting."""

_KEYS = ("points", "positioners", "relative", "detectors", "triggers")
_LINEAR = 0
_MAX_PV = 39

Setting = tuple[Any, Any]
"""A signal, and its value."""


def settings_of(
    name: str, d: Mapping[str, Any], points: Any, positioners: list[Any], detectors: list[Any], triggers: list[Any]
) -> list[Setting]:
    """The settings, in the order in which the record needs them: the number of points before what it divides.

    `d` is what `Sscan.configure` takes, the others are the signal and parts of the record. Raises ValueError, which
    names the key.
    """
    for key in d:
        if key not in _KEYS:
            raise ValueError(f"{name}: {key!r} is none of {', '.join(_KEYS)}{did_you_mean(key, _KEYS)}")
    settings: list[Setting] = []
    if "points" in d:
        settings.append((points, _count(name, d["points"])))
    if "positioners" in d:
        settings += _lines(name, d["positioners"], positioners, bool(d.get("relative", False)))
    elif "relative" in d:
        raise ValueError(f"{name}: relative belongs to positioners, and there are none")
    for key, parts in (("detectors", detectors), ("triggers", triggers)):
        if key in d:
            settings += _names(name, key, d[key], parts)
    return settings


def apply(settings: Sequence[Setting]) -> None:
    """Put all of these. Raises ValueError when the record has something else in the end, PutFailed when it refuses."""
    for signal, value in settings:
        signal.set(value).wait(PATIENCE)
    for signal, value in settings:
        taken = signal.get()
        if taken != value and not (isinstance(value, float) and math.isclose(taken, value, rel_tol=1e-6)):
            raise ValueError(f"{signal.pvname} is {taken!r} after it was set to {value!r}: is it frozen, or limited?")


def _count(name: str, points: Any) -> int:
    if not isinstance(points, int) or points < 1:
        raise ValueError(f"{name}: points must be a whole number from 1, not {points!r}")
    return points


def _lines(name: str, lines: Any, parts: list[Any], relative: bool) -> list[Setting]:
    if not isinstance(lines, Mapping) or len(lines) > len(parts):
        raise ValueError(f"{name}: positioners must be up to {len(parts)} PVs with [start, end], not {lines!r}")
    settings: list[Setting] = []
    for part, (pv, line) in zip(parts, lines.items(), strict=False):
        start, end = _ends(name, pv, line)
        settings += [(part.pv, _pv(name, "positioners", pv)), (part.mode, _LINEAR), (part.relative, int(relative))]
        settings += [(part.start, start), (part.end, end)]
    return settings + [(part.pv, "") for part in parts[len(lines) :]]


def _ends(name: str, pv: str, line: Any) -> tuple[float, float]:
    try:
        start, end = (float(position) for position in line)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: positioners: {pv} needs [start, end], not {line!r}") from None
    return start, end


def _names(name: str, key: str, pvs: Any, parts: list[Any]) -> list[Setting]:
    if isinstance(pvs, str) or not isinstance(pvs, Sequence) or len(pvs) > len(parts):
        raise ValueError(f"{name}: {key} must be a list of up to {len(parts)} PVs, not {pvs!r}")
    wanted = [_pv(name, key, pv) for pv in pvs] + [""] * (len(parts) - len(pvs))
    return [(part.pv, pv) for part, pv in zip(parts, wanted, strict=True)]


def _pv(name: str, key: str, pv: Any) -> str:
    if not isinstance(pv, str) or not 1 <= len(pv) <= _MAX_PV or pv.split() != [pv]:
        raise ValueError(f"{name}: {key}: {pv!r} is not the name of a PV of up to {_MAX_PV} characters")
    return pv
