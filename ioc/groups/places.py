"""Which PVs there are, and what comes before their names.

Rules of this file:
1. A group that is served has its place here: `reioc pvs` and the documentation list what this file says. A test
   compares it with what the IOC serves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from caproto.server import PVGroup, pvproperty

from ..metadata import MetadataKey
from ..pvs.declaration import Declaration
from ..suspending.naming import free_name
from .audit import AuditGroup
from .commands import AcknowledgementGroup, CommandGroup
from .data import data_group
from .data_field import FIELDS, DataFieldGroup
from .devices import DevicesGroup
from .engine import EngineGroup
from .history import HistoryGroup
from .journal import JournalGroup
from .metadata import metadata_group
from .metadata_row import ROWS as METADATA_ROWS
from .metadata_row import MetadataRowGroup
from .parameter import ParameterGroup
from .plan import PARAMETERS, PlanGroup
from .queue import QueueGroup
from .queue_row import QUEUE_ROWS, QueueRowGroup
from .run import RunGroup
from .sink import SinkGroup
from .stats import StatsGroup
from .suspender import SuspenderGroup
from .suspender_row import ROWS, SuspenderRowGroup
from .suspenders import SuspendersGroup

__all__ = ["Section", "Served", "aliases", "declarations", "sections"]

Section = tuple[str, list[Declaration]]
"""What comes between the prefix and the names of some PVs, and their declarations."""


@dataclass(frozen=True, slots=True)
class Served:
    """What decides which PVs there are: the length of the data's arrays, and names."""

    data_length: int = 1000
    suspenders: Sequence[str] = ()
    keys: Sequence[MetadataKey] = ()
    sinks: Sequence[str] = ()


def sections(served: Served) -> Iterator[Section]:
    """Everything that is served, in the order of the manual."""
    for place, group in _places(served):
        yield place, declarations(group)


def _places(served: Served) -> Iterator[tuple[str, type[PVGroup]]]:
    yield "", EngineGroup
    yield "", CommandGroup
    yield "Cmd:", AcknowledgementGroup
    yield "Run:", RunGroup
    yield "Plan:", PlanGroup
    for number in range(PARAMETERS):
        yield f"Plan:P{number + 1}:", ParameterGroup
    yield "Queue:", QueueGroup
    yield from ((f"Queue:Row{number + 1}:", QueueRowGroup) for number in range(QUEUE_ROWS))
    yield "History:", HistoryGroup
    yield "Data:", data_group(served.data_length)
    yield from ((f"Data:F{number + 1}:", DataFieldGroup) for number in range(FIELDS))
    yield "MD:", metadata_group(served.keys)
    yield from ((f"MDRow{number + 1}:", MetadataRowGroup) for number in range(METADATA_ROWS))
    yield "Dev:", DevicesGroup
    yield "Journal:", JournalGroup
    for name in served.sinks:
        yield f"Sink:{name}:", SinkGroup
    yield "Susp:", SuspendersGroup
    yield from ((f"SuspRow{number + 1}:", SuspenderRowGroup) for number in range(ROWS))
    yield from ((f"Susp:{name}:", SuspenderGroup) for name in _suspenders(served))
    yield "", AuditGroup
    yield "", StatsGroup


def aliases(served: Served) -> Iterator[tuple[str, str]]:
    """Second names of PVs, and their own; a suspender that is added later takes the first row that is free."""
    for number, key in enumerate(served.keys[:METADATA_ROWS]):
        yield f"MDRow{number + 1}:Value", f"MD:{key.name}"
    declared = declarations(SuspenderGroup)
    for number, name in enumerate(_suspenders(served)[:ROWS]):
        yield from ((f"SuspRow{number + 1}:{each.name}", f"Susp:{name}:{each.name}") for each in declared)


def _suspenders(served: Served) -> list[str]:
    """What they are called in PV names."""
    names: list[str] = []
    for name in served.suspenders:
        names.append(free_name(name, names))
    return names


def declarations(group: type[PVGroup]) -> list[Declaration]:
    """What a group declares, in its order."""
    declared: list[Any] = [each for each in vars(group).values() if isinstance(each, pvproperty)]
    return [each.pvspec.cls_kwargs["declared"] for each in declared]
