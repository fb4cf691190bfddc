"""Connections to a journal, and a look at its first bytes that takes nothing away from them.

Rules of this file
1. A process that closes a file loses all the locks that it has on it, whoever in it has taken them: SQLite's as well.
   Without them, any other program that closes the journal takes itself for the last one that had it open, and deletes
   the -wal file, into which the writer goes on writing for nobody. So as long as this process is connected to a file,
   it is opened in no other way.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from pathlib import Path

__all__ = ["connect", "first_bytes"]

_lock = threading.Lock()
_connected: dict[str, weakref.WeakSet[_Connection]] = {}
"""By the real path of the file."""


class _Connection(sqlite3.Connection):
    """Known as long as it is open."""

    file = ""

    def close(self) -> None:
        super().close()
        with _lock:
            others = _connected.get(self.file)
            if others is not None:
                others.discard(self)
                if not others:
                    del _connected[self.file]


def connect(path: Path, options: str, timeout: float) -> sqlite3.Connection:
    """A connection for one thread at a time; `options` as SQLite's file names have them. Raises sqlite3.Error."""
    uri = f"{path.absolute().as_uri()}?{options}"
    with _lock:
        connection = sqlite3.connect(
            uri, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False, factory=_Connection
        )
        connection.file = os.path.realpath(path)
        _connected.setdefault(connection.file, weakref.WeakSet()).add(connection)
    return connection


def first_bytes(path: Path, number: int) -> bytes | None:
    """The first bytes of a file; None where this process is connected to it already. Raises OSError."""
    with _lock:
        if _connected.get(os.path.realpath(path)):
            return None
        with path.open("rb") as file:
            return file.read(number)
