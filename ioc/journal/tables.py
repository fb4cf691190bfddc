"""What is stored besides documents: the queue, its history, named values.

Rules of this file
1. A statement takes its rows as one JSON text, however many they are: SQLite's module lets go of Python's lock for each
   row that it is given, and while a plan computes it takes up to 5 ms to have that again.
2. What JSON does not know is refused where the statement is made, with TypeError or ValueError, not in the writer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

__all__ = ["Statement", "add_history", "drop_item", "drop_items", "grouped", "move_item", "put_item", "put_value"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One change of what is stored; made by the functions below."""

    sql: str
    row: tuple[Any, ...]


_PUT_ITEM = """
INSERT INTO items (uid, rank, item)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
FROM json_each(?) WHERE true
ON CONFLICT (uid) DO UPDATE SET rank = excluded.rank, item = excluded.item
"""
_MOVE_ITEM = """
UPDATE items SET rank = json_extract(moved.value, '$[1]') FROM json_each(?) AS moved
WHERE items.uid = json_extract(moved.value, '$[0]')
"""
_DROP_ITEM = "DELETE FROM items WHERE uid IN (SELECT json_extract(value, '$[0]') FROM json_each(?))"
_DROP_ITEMS = "DELETE FROM items WHERE ? IS NOT NULL"
_PUT_VALUE = """
INSERT INTO named_values (key, value)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?) WHERE true
ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""
_ADD_HISTORY = """
INSERT INTO history (plan, entry)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)
"""


def put_item(uid: str, rank: int, item: Mapping[str, Any]) -> Statement:
    """An item of the queue, new or changed."""
    return Statement(_PUT_ITEM, (_uid(uid), _rank(rank), _json(dict(item))))


def move_item(uid: str, rank: int) -> Statement:
    """An item has another rank."""
    return Statement(_MOVE_ITEM, (_uid(uid), _rank(rank)))


def drop_item(uid: str) -> Statement:
    """An item is not in the queue any more."""
    return Statement(_DROP_ITEM, (_uid(uid),))


def drop_items() -> Statement:
    """The queue is empty."""
    return Statement(_DROP_ITEMS, ())


def put_value(key: str, value: Any) -> Statement:
    """A value by name; JSON's kinds, and numpy's numbers and arrays, which come back as JSON's."""
    return Statement(_PUT_VALUE, (_uid(key), _json(value)))


def add_history(entry: Mapping[str, Any]) -> Statement:
    """What became of an item; its `plan` is what it can be asked for by."""
    return Statement(_ADD_HISTORY, (_plain(str(entry.get("plan") or "")), _json(dict(entry))))


def grouped(statements: Iterable[Statement]) -> Iterator[tuple[str, str]]:
    """SQL and the one text that it takes, in order; those of one kind that follow each other in one."""
    for sql, same in groupby(statements, key=lambda each: each.sql):
        for rows in _without_repeats([each.row for each in same]):
            yield sql, json.dumps(rows)


def _without_repeats(rows: list[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """In parts that name nothing twice: which of two rows an UPDATE takes is not said anywhere."""
    part: list[tuple[Any, ...]] = []
    named: set[Any] = set()
    for row in rows:
        if row and row[0] in named:
            yield part
            part, named = [], set()
        part.append(row)
        named.update(row[:1])
    yield part


def _uid(uid: str) -> str:
    if not isinstance(uid, str) or not uid:
        raise TypeError(f"a uid or a key is a text that is not empty, not {uid!r}")
    return _plain(uid)


def _rank(rank: int) -> int:
    if not isinstance(rank, int) or not -(2**63) <= rank < 2**63:
        raise TypeError(f"a rank is a whole number of 64 bits, not {rank!r}")
    return int(rank)


def _plain(text: str) -> str:
    """Without halves of surrogate pairs and zeros, which SQLite does not take."""
    return text.encode(errors="replace").decode().replace("\0", "?")


def _json(value: Any) -> str:
    return json.dumps(value, default=_known_to_json)


def _known_to_json(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, set | frozenset):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be stored as JSON: {value!r:.100}")
