"""The journal's file: opened, set aside, put back."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from .connections import connect
from .errors import JournalError, damage_of, in_words
from .lock import Lock
from .schema import Found, look, make_tables, require_version
from .transaction import prepare

__all__ = ["JournalFile"]

log = logging.getLogger("reioc.ioc")

T = TypeVar("T")
_Identity = tuple[int, int]

_PATIENCE = 0.25
"""Seconds that SQLite waits for another program's lock before it says that there is one."""
_AT_OPENING = 5.0


class JournalFile:
    """The only connection that writes, and the lock that makes it the only one.

    `first` is what is done with it first, and what a damaged file fails at: then the file is set aside, and it is done
    with a new one. Raises JournalError.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._name = path, str(path)
        self.set_aside = ""
        """Why the file that was there is not the one that is used; or nothing."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JournalError(f"{path} cannot be made: {path.parent}: {in_words(error)}") from error
        self._lock = Lock(path)
        self.connection: sqlite3.Connection

    def open(self, first: Callable[[sqlite3.Connection], T]) -> T:
        """Connect, making what is not there, and return what `first` makes of it. Raises JournalError."""
        try:
            try:
                if look(self.path) is not Found.GARBAGE:
                    return self._opened(first)
                why = "it is no journal"
            except sqlite3.DatabaseError as error:
                if not damage_of(error):
                    raise
                why = in_words(error)
            self._set_aside(why)
            return self._opened(first)
        except (OSError, sqlite3.Error) as error:
            self._lock.close()
            raise JournalError(f"{self.path} cannot be opened: {in_words(error)}") from error
        except JournalError:
            self._lock.close()
            raise

    def _opened(self, first: Callable[[sqlite3.Connection], T]) -> T:
        connection = connect(self.path, "mode=rwc", _AT_OPENING)
        try:
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                make_tables(connection)
            require_version(self.path, connection)
            _prepare(connection)
            found = first(connection)
            connection.execute(f"PRAGMA busy_timeout = {int(1000 * _PATIENCE)}")
        except BaseException:
            connection.close()
            raise
        self.connection = connection
        self._identity = self._identities()
        return found

    def _set_aside(self, why: str) -> None:
        aside = f"{self.path.name}.{time.strftime('%Y%m%d-%H%M%S')}.broken"
        for end in ("", "-wal", "-shm", "-journal"):
            with contextlib.suppress(FileNotFoundError):
                self.path.with_name(self.path.name + end).rename(self.path.with_name(aside + end))
        self.set_aside = f"{self.path} cannot be read ({why}): it is set aside as {aside}, a new journal is begun"
        log.error("%s", self.set_aside)

    def check_place(self) -> None:
        """If the file or its -wal was deleted or moved away, write all of it anew: as long as they are open, nothing is
        lost.

        Without this SQLite would go on writing into a file that nobody can open any more. Raises JournalError if
        another file is there now; OSError and sqlite3.Error if it cannot be written.
        """
        now = self._identities()
        if now == self._identity:
            return
        if now[0] not in (None, self._identity[0]):
            raise JournalError("another file has taken its place: move that one away")
        self._lock.renew()
        self._put_back()
        log.error("%s was deleted or moved away: all of it was written anew", self.path)

    def _put_back(self) -> None:
        new = self.path.with_name(f"{self.path.name}.new")
        new.unlink(missing_ok=True)
        copy = connect(new, "mode=rwc", _PATIENCE)
        try:
            self.connection.backup(copy)
        finally:
            copy.close()
        for end in ("-wal", "-shm"):  # the old file's: SQLite would take them for the new one's
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)
        new.replace(self.path)
        try:
            connection = self._prepared()
        except BaseException:  # else it would be taken for another's, the next time
            self.path.unlink()
            raise
        self.connection.close()
        self.connection, self._identity = connection, self._identities()

    def _prepared(self) -> sqlite3.Connection:
        connection = connect(self.path, "mode=rw", _PATIENCE)
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _identities(self) -> tuple[_Identity | None, _Identity | None]:
        """Of the file, and of its -wal."""
        return _identity(self._name), _identity(f"{self._name}-wal")

    def close(self) -> None:
        """Everything into the one file, and let others have it. What does not succeed is done at the next opening."""
        try:
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            log.warning("%s: its -wal file stays beside it: %s", self.path, in_words(error))
        finally:
            self.connection.close()
            self._lock.close()


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    prepare(connection)


def _identity(path: str) -> _Identity | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - each commit asks, and Path.stat takes twice as long
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino
