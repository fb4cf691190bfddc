"""Every PV with its declaration, without anything being made or served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..groups.places import sections
from ..pvs.declaration import Declaration

__all__ = ["Listed", "Listing", "listed"]

DATA_LENGTH = 1000


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


def listed(prefix: str, *, data_length: int = DATA_LENGTH, suspenders: Sequence[str] = ()) -> Listing:
    """All PVs of an engine with this prefix, those of suspenders of these names included."""
    pvs = [
        Listed(f"{prefix}{place}{declared.name}", declared)
        for place, declarations in sections(data_length, suspenders)
        for declared in declarations
    ]
    return Listing(prefix, pvs)
