"""Every PV with its declaration, without anything being made or served."""

from __future__ import annotations

from dataclasses import dataclass

from ..groups.places import Served, sections
from ..pvs.declaration import Declaration

__all__ = ["Listed", "Listing", "listed"]

_PLAIN = Served()


@dataclass(frozen=True, slots=True)
class Listed:
    """A PV: its whole name, and what is said of it."""

    name: str
    declared: Declaration


@dataclass(frozen=True, slots=True)
class Listing:
    """The PVs of one engine."""

    prefix: str
    pvs: list[Listed]


def listed(prefix: str, served: Served = _PLAIN) -> Listing:
    """All PVs of an engine with this prefix, those of its suspenders, keys and sinks included."""
    pvs = [
        Listed(f"{prefix}{place}{declared.name}", declared)
        for place, declarations in sections(served)
        for declared in declarations
    ]
    return Listing(prefix, pvs)
