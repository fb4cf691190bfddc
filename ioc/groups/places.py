"""Which PVs there are, and what comes before their names.

Rules of this file:
1. A group that is served has its place here: `reioc pvs` and the documentation list what this file says. A test
   compares it with what the IOC serves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from caproto.server import PVGroup, pvproperty

from ..pvs.declaration import Declaration
from ..suspending.naming import free_name
from .audit import AuditGroup
from .commands import AcknowledgementGroup, CommandGroup
from .data import data_group
from .engine import EngineGroup
from .plan import PlanGroup
from .run import RunGroup
from .stats import StatsGroup
from .suspender import SuspenderGroup
from .suspenders import SuspendersGroup

__all__ = ["Section", "declarations", "sections"]

Section = tuple[str, list[Declaration]]
"""What comes between the prefix and the names of some PVs, and their declarations."""


def sections(data_length: int, suspenders: Sequence[str]) -> Iterator[Section]:
    """Everything that is served for arrays of this length and suspenders of these names, in the order of the manual."""
    for place, group in _places(data_length, suspenders):
        yield place, declarations(group)


def _places(data_length: int, suspenders: Sequence[str]) -> Iterator[tuple[str, type[PVGroup]]]:
    yield "", EngineGroup
    yield "", CommandGroup
    yield "Cmd:", AcknowledgementGroup
    yield "Run:", RunGroup
    yield "Plan:", PlanGroup
    yield "Data:", data_group(data_length)
    yield "Susp:", SuspendersGroup
    names: list[str] = []
    for name in suspenders:
        names.append(free_name(name, names))
        yield f"Susp:{names[-1]}:", SuspenderGroup
    yield "", AuditGroup
    yield "", StatsGroup


def declarations(group: type[PVGroup]) -> list[Declaration]:
    """What a group declares, in its order."""
    declared: list[Any] = [each for each in vars(group).values() if isinstance(each, pvproperty)]
    return [each.pvspec.cls_kwargs["declared"] for each in declared]
