"""What has changed in a queue, as data for the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .items import QueueItem

__all__ = ["Change", "Cleared", "Dropped", "Entered", "Moved", "Placed", "Valued"]


@dataclass(frozen=True, slots=True)
class Placed:
    """An item has come."""

    item: QueueItem
    rank: int


@dataclass(frozen=True, slots=True)
class Moved:
    """An item has another rank."""

    uid: str
    rank: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """An item has gone."""

    uid: str


@dataclass(frozen=True, slots=True)
class Cleared:
    """All items have gone."""


@dataclass(frozen=True, slots=True)
class Valued:
    """Something by name has another value, which JSON can hold."""

    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class Entered:
    """The history has another entry."""

    entry: dict[str, Any]


Change = Placed | Moved | Dropped | Cleared | Valued | Entered
