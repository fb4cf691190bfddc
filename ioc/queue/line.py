"""The items that wait, in their order.

Rules of this file:
1. The order is that of integer ranks with room in between: a move is one row in the journal, however long the line.
2. Each operation returns what it has changed, in the order in which it is to be kept; nothing else changes.
3. An item is named by its uid, never by its place: another client may have moved it meanwhile.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice

from .changes import Change, Cleared, Dropped, Moved, Placed
from .items import QueueItem

__all__ = ["Line"]

STEP = 2**32
"""Between two ranks that are given anew: 32 items can be put into the same place before all get others."""
FARTHEST = 2**62
"""A rank fits into the 64 bits that a database gives it."""


class Line:
    """Items in order. What names an item raises KeyError if it is not there."""

    def __init__(self) -> None:
        # In parallel, both sorted by rank; a Python list of 10,000 moves its elements in microseconds.
        self._ranks: list[int] = []
        self._uids: list[str] = []
        self._items: dict[str, QueueItem] = {}
        self._rank_of: dict[str, int] = {}

    def restore(self, rows: Iterable[tuple[int, QueueItem]]) -> list[Change]:
        """Take the place of what is here: items with their ranks, as they were kept."""
        self.clear()
        for rank, item in sorted(rows, key=lambda row: row[0]):
            self._insert(len(self._uids), item, rank)
        doubled = len(set(self._ranks)) < len(self._ranks)
        return self._give_room() if doubled else []

    def __len__(self) -> int:
        return len(self._uids)

    def __contains__(self, uid: object) -> bool:
        return uid in self._items

    def __getitem__(self, uid: str) -> QueueItem:
        return self._items[uid]

    def __iter__(self) -> Iterator[QueueItem]:
        return (self._items[uid] for uid in self._uids)

    def first(self, number: int) -> list[QueueItem]:
        """The first so many."""
        return list(islice(self, number))

    def index(self, uid: str) -> int:
        """Its place, from 0."""
        return bisect_left(self._ranks, self._rank_of[uid])

    def add(self, item: QueueItem, *, front: bool = False) -> list[Change]:
        """To the end, or to the front. Raises ValueError if it is here."""
        if item.uid in self._items:
            raise ValueError(f"{item.uid} is in the line")
        index = 0 if front else len(self._uids)
        changes = self._make_room(index)
        rank = self._rank_for(index)
        self._insert(index, item, rank)
        return [*changes, Placed(item, rank)]

    def remove(self, uid: str) -> list[Change]:
        """Take it out."""
        self._take(uid)
        return [Dropped(uid)]

    def clear(self) -> list[Change]:
        """Take all out."""
        had = bool(self._uids)
        for each in (self._ranks, self._uids, self._items, self._rank_of):
            each.clear()
        return [Cleared()] if had else []

    def move(self, uid: str, index: int) -> list[Change]:
        """To a place from 0 on; beyond the end is the end."""
        index = min(max(index, 0), len(self._uids) - 1)
        if index == self.index(uid):
            return []
        item = self._take(uid)
        changes = self._make_room(index)
        rank = self._rank_for(index)
        self._insert(index, item, rank)
        return [*changes, Moved(uid, rank)]

    def up(self, uid: str) -> list[Change]:
        """One place to the front."""
        return self.move(uid, self.index(uid) - 1)

    def down(self, uid: str) -> list[Change]:
        """One place to the end."""
        return self.move(uid, self.index(uid) + 1)

    # Ranks

    def _insert(self, index: int, item: QueueItem, rank: int) -> None:
        self._ranks.insert(index, rank)
        self._uids.insert(index, item.uid)
        self._items[item.uid] = item
        self._rank_of[item.uid] = rank

    def _take(self, uid: str) -> QueueItem:
        index = self.index(uid)
        del self._ranks[index], self._uids[index], self._rank_of[uid]
        return self._items.pop(uid)

    def _rank_for(self, index: int) -> int:
        if not self._ranks:
            return 0
        if index == 0:
            return self._ranks[0] - STEP
        if index == len(self._ranks):
            return self._ranks[-1] + STEP
        return (self._ranks[index - 1] + self._ranks[index]) // 2

    def _make_room(self, index: int) -> list[Change]:
        rank = self._rank_for(index)
        taken = 0 < index < len(self._ranks) and rank == self._ranks[index - 1]
        return self._give_room() if taken or abs(rank) > FARTHEST else []

    def _give_room(self) -> list[Change]:
        self._ranks = [place * STEP for place in range(len(self._uids))]
        self._rank_of = dict(zip(self._uids, self._ranks, strict=True))
        return [Moved(uid, rank) for uid, rank in self._rank_of.items()]
