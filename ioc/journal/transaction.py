"""One batch into the file: all of it or nothing.

Rules of this file
1. A batch of events is one statement, however many they are: SQLite's module lets go of Python's lock several times for
   each statement, and for each row of `executemany`, and while a plan computes it takes up to 5 ms to have that again.
   So a trigger takes the batch apart, in SQLite.
2. A statement that cannot be stored, whenever it is tried, costs nothing but the `store` that it belongs to.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from .errors import fault_of
from .ledger import Changes
from .tables import Statement, grouped

__all__ = ["LARGEST_BATCH", "Batch", "prepare", "transaction", "write", "write_changes"]

LARGEST_BATCH = 4096
"""Documents, so that others are served in between."""

_PREPARE = """
PRAGMA temp_store = MEMORY;
CREATE TEMP VIEW batch (documents, packed, streams) AS SELECT 0, 0, 0;
CREATE TEMP TRIGGER write_batch INSTEAD OF INSERT ON batch BEGIN
    INSERT INTO documents (seq, run, name, doc)
    SELECT part.seq + place.key, part.run, part.name,
        substr(NEW.packed, 1 + (place.atom >> 32), place.atom & 0xFFFFFFFF)
    FROM (
        SELECT json_extract(value, '$[0]') AS seq, json_extract(value, '$[1]') AS run,
            json_extract(value, '$[2]') AS name, json_extract(value, '$[3]') AS places
        FROM json_each(NEW.documents) LIMIT -1  -- so that it is taken apart once, not for each document
    ) AS part, json_each(part.places) AS place;
    INSERT INTO streams (run, name, events)
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
    FROM json_each(NEW.streams) WHERE true
    ON CONFLICT (run, name) DO UPDATE SET events = excluded.events;
END;
"""
_BATCH = "INSERT INTO batch (documents, packed, streams) VALUES (?, ?, ?)"
_START = """
INSERT INTO runs (number, uid, scan_id, plan_name, started, about, start_seq) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_STOP = "UPDATE runs SET ended = ?, exit_status = ?, reason = ?, events = ?, stop_seq = ? WHERE number = ?"
_FORGET_STREAMS = "DELETE FROM streams WHERE run = ?"


@dataclass(slots=True)
class Batch:
    """What goes into one transaction."""

    changes: Changes
    stores: Sequence[Sequence[Statement]]


def prepare(connection: sqlite3.Connection) -> None:
    """Make ready for `write`, once for each connection."""
    connection.executescript(_PREPARE)


def write(connection: sqlite3.Connection, batch: Batch) -> list[Exception | None]:
    """Write it, durably. Returns for each of its stores what kept it from being stored, or None.

    Raises what keeps the whole of it from being written; then nothing of it is.
    """
    changes = batch.changes
    if not (changes.started or changes.stopped or batch.stores):
        write_changes(connection, changes)  # rule 1: one statement is a transaction by itself
        return []
    with transaction(connection):
        write_changes(connection, changes)
        return [_stored(connection, statements) for statements in batch.stores]


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Committed at the end, and durable then; rolled back if anything is raised."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # of a full disk SQLite rolls back by itself
            with contextlib.suppress(sqlite3.Error):  # what was raised first is what people have to know
                connection.execute("ROLLBACK")
        raise


def write_changes(connection: sqlite3.Connection, changes: Changes) -> None:
    """Write documents and what they change; within a transaction if there is a start or a stop among them."""
    if changes.packed:
        connection.execute(_BATCH, (_places(changes), b"".join(changes.packed), json.dumps(changes.streams)))
    if changes.started:
        connection.executemany(_START, changes.started.values())
    if changes.stopped:
        connection.executemany(_STOP, changes.stopped)
        connection.executemany(_FORGET_STREAMS, [row[-1:] for row in changes.stopped if row[-1] not in changes.started])


def _places(changes: Changes) -> str:
    """[number of the first, run, name, places] of each part; a place says where a document begins, and its length."""
    lengths = [len(packed) for packed in changes.packed]
    places = [(end - length) << 32 | length for end, length in zip(accumulate(lengths), lengths, strict=True)]
    begins = [seq - changes.first_seq for seq, _, _ in changes.parts]
    ends = [*begins[1:], len(places)]
    return json.dumps(
        [(*part, places[begin:end]) for part, begin, end in zip(changes.parts, begins, ends, strict=True)]
    )


def _stored(connection: sqlite3.Connection, statements: Sequence[Statement]) -> Exception | None:
    refused = None
    connection.execute("SAVEPOINT store")
    try:
        for sql, rows in grouped(statements):
            connection.execute(sql, (rows,))
    except Exception as error:
        if not fault_of(error) or not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO store")
        refused = error
    connection.execute("RELEASE store")
    return refused
