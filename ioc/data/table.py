"""The points of one stream that are kept.

Rules of this file:
1. A point is known by its seq_num: one that is taken again replaces the old one.
2. There are never more than `length` points: when there would be, every second one goes, then every fourth …
3. An event costs next to nothing when it comes; columns are made of many at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .numbers import numbers

__all__ = ["SEQ_NUM", "TIME", "Table"]

TIME = "time"
SEQ_NUM = "seq_num"
BATCH = 1000
"""How many events wait at most until columns are made of them."""


class Table:
    """Columns of numbers by field, in the order of the points; NaN where a point has no number.

    Beside the fields there are `time`, in seconds since `began` (epoch seconds), and `seq_num`.
    """

    def __init__(self, length: int, began: float) -> None:
        self._stride = 1
        self._length, self._began = length, began
        self._waiting: list[dict[str, Any]] = []
        self._n = 0
        self._columns = {SEQ_NUM: np.empty(0), TIME: np.empty(0)}

    def want(self, fields: Iterable[str]) -> None:
        """Keep these fields as well, from now on."""
        self.take_in()
        for field in fields:
            if field not in self._columns:
                self._columns[field] = np.full(self._capacity, math.nan)

    def event(self, doc: dict[str, Any]) -> None:
        """Take an event into account."""
        self._waiting.append(doc)
        if len(self._waiting) >= BATCH:
            self.take_in()

    def page(self, doc: dict[str, Any]) -> None:
        """Take a page of events into account."""
        self.take_in()
        seq_nums, times = numbers(doc["seq_num"]), numbers(doc["time"])
        kept = (seq_nums - 1) % self._stride == 0
        batch = {SEQ_NUM: seq_nums[kept], TIME: times[kept] - self._began}
        for field in self._columns.keys() - batch.keys():
            column = doc["data"].get(field, ())
            batch[field] = numbers(column)[kept] if len(column) == len(kept) else np.full(kept.sum(), math.nan)
        self._add(batch)

    def take_in(self) -> None:
        """Make columns of the events that wait, and let go of them."""
        if not self._waiting:
            return
        events = [event for event in self._waiting if (event["seq_num"] - 1) % self._stride == 0]
        self._waiting.clear()
        data = [event["data"] for event in events]
        batch = {field: numbers([each.get(field) for each in data]) for field in self._columns}
        batch[SEQ_NUM] = numbers([event["seq_num"] for event in events])
        batch[TIME] = numbers([event["time"] for event in events]) - self._began
        self._add(batch)

    @property
    def stride(self) -> int:
        """Of how many points one is kept."""
        self.take_in()
        return self._stride

    def column(self, field: str) -> np.ndarray:
        """The numbers of a field that is kept, one a point."""
        self.take_in()
        return self._columns[field][: self._n]

    @property
    def _capacity(self) -> int:
        return len(self._columns[SEQ_NUM])

    def _add(self, batch: dict[str, np.ndarray]) -> None:
        seq_nums = batch[SEQ_NUM]
        if not len(seq_nums):
            return
        before = self._columns[SEQ_NUM][self._n - 1] if self._n else -math.inf
        if before < seq_nums[0] and (np.diff(seq_nums) > 0).all():
            self._append(batch, len(seq_nums))
        else:
            self._replace(batch)
        while self._n > self._length:
            self._thin_out()

    def _append(self, batch: dict[str, np.ndarray], more: int) -> None:
        end = self._n + more
        if end > self._capacity:
            # Twice as much, up to what is ever needed: a long curve is not copied for each few points.
            self._resize(max(end, min(2 * self._capacity, self._length + BATCH)))
        for field, column in self._columns.items():
            column[self._n : end] = batch[field]
        self._n = end

    def _resize(self, capacity: int) -> None:
        for field, column in self._columns.items():
            self._columns[field] = np.full(capacity, math.nan)
            self._columns[field][: self._n] = column[: self._n]

    def _replace(self, batch: dict[str, np.ndarray]) -> None:
        """Points that come again, or in another order: of each seq_num the last counts."""
        both = np.concatenate((self._columns[SEQ_NUM][: self._n], batch[SEQ_NUM]))
        _, from_the_end = np.unique(both[::-1], return_index=True)
        self._pick(len(both) - 1 - from_the_end, batch)

    def _thin_out(self) -> None:
        self._stride *= 2
        self._pick(np.flatnonzero((self._columns[SEQ_NUM][: self._n] - 1) % self._stride == 0))

    def _pick(self, rows: Sequence[int] | np.ndarray, batch: dict[str, np.ndarray] | None = None) -> None:
        """Keep these rows, counted through what is kept and the batch after it."""
        for field, column in self._columns.items():
            kept = column[: self._n]
            self._columns[field] = (kept if batch is None else np.concatenate((kept, batch[field])))[rows]
        self._n = len(rows)
