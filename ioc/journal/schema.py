"""What is in the file, and how a file is known to be a journal.

Rules of this file
1. Whoever changes a table raises VERSION: a file of another version is refused, and nothing in it is touched.
2. `look` reads a file's first bytes and nothing else: SQLite writes beside a file that it merely reads. It reads
   nothing where this process is connected already, and has therefore looked before (connections.py).
"""

from __future__ import annotations

import sqlite3
from enum import Enum, auto
from pathlib import Path

from .connections import first_bytes
from .errors import JournalError

__all__ = ["VERSION", "Found", "look", "make_tables", "require_version"]

VERSION = 1
_APPLICATION = int.from_bytes(b"reio", "big")
_MAGIC = b"SQLite format 3\0"

_TABLES = """
CREATE TABLE documents (
    seq INTEGER PRIMARY KEY,    -- 1, 2, 3 … through all runs
    run INTEGER,                -- runs.number; NULL if it belongs to no run that was open
    name TEXT NOT NULL,         -- "start", "event" …
    doc BLOB NOT NULL           -- packing.py
);
CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    uid TEXT NOT NULL,          -- not unique: two RunStarts with one uid are somebody's mistake, and are stored
    scan_id INTEGER,
    plan_name TEXT NOT NULL,
    started REAL NOT NULL,      -- seconds since 1970, as the RunStart says
    about TEXT NOT NULL,        -- the RunStart's texts and numbers, to be searched
    start_seq INTEGER NOT NULL,
    ended REAL,                 -- from here on NULL while the run is open
    exit_status TEXT,
    reason TEXT,
    events INTEGER,
    stop_seq INTEGER
);
CREATE INDEX runs_by_uid ON runs (uid);
CREATE INDEX runs_by_scan_id ON runs (scan_id);
CREATE INDEX open_runs ON runs (number) WHERE stop_seq IS NULL;
CREATE TABLE streams (          -- of runs that are open
    run INTEGER NOT NULL,
    name TEXT NOT NULL,
    events INTEGER NOT NULL,    -- one that was taken again counts once
    PRIMARY KEY (run, name)
) WITHOUT ROWID;
CREATE TABLE items (            -- the queue
    uid TEXT PRIMARY KEY,
    rank INTEGER NOT NULL,
    item TEXT NOT NULL          -- JSON
);
CREATE TABLE history (
    number INTEGER PRIMARY KEY,
    plan TEXT,
    entry TEXT NOT NULL         -- JSON
);
CREATE INDEX history_by_plan ON history (plan);
CREATE TABLE named_values (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL         -- JSON
);
"""


class Found(Enum):
    """What a file is, by its first bytes."""

    NOTHING = auto()
    """Not there, or empty."""
    JOURNAL = auto()
    GARBAGE = auto()


def look(path: Path) -> Found:
    """What is there. Raises JournalError for a journal of another version and for another program's database."""
    try:
        head = first_bytes(path, 100)
    except FileNotFoundError:
        return Found.NOTHING
    if head is None:
        return Found.JOURNAL
    if not head:
        return Found.NOTHING
    if len(head) < 100 or not head.startswith(_MAGIC):
        return Found.GARBAGE
    version, application = (int.from_bytes(head[at : at + 4], "big") for at in (60, 68))
    _require(path, application, version)
    return Found.JOURNAL


def require_version(path: Path, connection: sqlite3.Connection) -> None:
    """Raises JournalError unless the connection is to a journal that we can read."""
    numbers = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    _require(path, *numbers)


def _require(path: Path, application: int, version: int) -> None:
    if application != _APPLICATION:
        raise JournalError(f"{path} is another program's database, not a journal: name another file; it is left alone")
    if version != VERSION:
        raise JournalError(
            f"{path} is a journal of version {version}, and this reioc has version {VERSION}: use the reioc that wrote "
            f"it, or name another file; nothing was changed in it"
        )


def make_tables(connection: sqlite3.Connection) -> None:
    """Make a new journal, all of it or nothing; the numbers that say so are in the file's first bytes at once."""
    connection.executescript(
        f"BEGIN IMMEDIATE; {_TABLES} PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {VERSION}; COMMIT;"
    )
