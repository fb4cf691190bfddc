"""Every PV with its declaration, without anything being made or served."""

from __future__ import annotations

from dataclasses import dataclass

from ..groups.places import Served, aliases, sections
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
    """The PVs of one engine. `aliases` are second names of some of them, by which they are not to be archived again."""

    prefix: str
    pvs: list[Listed]
    aliases: dict[str, str]
    """Their own names, by the second ones."""


def listed(prefix: str, served: Served = _PLAIN) -> Listing:
    """All PVs of an engine with this prefix, those of its suspenders, keys and sinks included, each once."""
    pvs = [
        Listed(f"{prefix}{place}{declared.name}", declared)
        for place, declarations in sections(served)
        for declared in declarations
    ]
    return Listing(prefix, pvs, {f"{prefix}{second}": f"{prefix}{own}" for second, own in aliases(served)})
