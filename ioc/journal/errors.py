"""What goes wrong with a journal, in words for people."""

from __future__ import annotations

import sqlite3

__all__ = ["JournalError", "damage_of", "fault_of", "in_words"]


class JournalError(Exception):
    """A journal cannot be opened, read or written, or has not what was asked for.

    The text names the file, what is wrong with it, and what can be done. Raised to whoever opens a journal or reads
    one; it is the result of what was to be stored when the journal was closed before. It never reaches a plan.
    """


_WORDS = {
    sqlite3.SQLITE_PERM: "permission denied",
    sqlite3.SQLITE_BUSY: "it is locked by another program",
    sqlite3.SQLITE_LOCKED: "it is locked by another program",
    sqlite3.SQLITE_NOMEM: "out of memory",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_INTERRUPT: "it was interrupted",
    sqlite3.SQLITE_IOERR: "the disk has an input/output error",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_PROTOCOL: "it is locked by another program",
    sqlite3.SQLITE_AUTH: "permission denied",
    sqlite3.SQLITE_NOTADB: "it is no database",
}
"""Those that are the file's or its disk's fault, not that of what is written."""


def in_words(error: BaseException) -> str:
    """Why it failed, as people say it, without the name of the file."""
    if isinstance(error, sqlite3.Error):
        words = _WORDS.get(_primary(error))
        return f"{words} ({error.sqlite_errorname})" if words else str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror[0].lower()}{error.strerror[1:]}"
    return str(error) or type(error).__name__


def fault_of(error: Exception) -> bool:
    """Whether the statement is to blame: tried again, it would fail again."""
    if isinstance(error, sqlite3.Error):
        return _primary(error) not in _WORDS
    return isinstance(error, TypeError | ValueError | OverflowError)


def damage_of(error: Exception) -> bool:
    """Whether the file is no database, or one that is damaged."""
    return isinstance(error, sqlite3.Error) and _primary(error) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def _primary(error: sqlite3.Error) -> int:
    # Python's own refusals ("type 'set' is not supported") have no code.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
