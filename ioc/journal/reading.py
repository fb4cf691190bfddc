"""Reading a journal, also while it is written, from any process.

Rules of this file
1. What is read is what was durable. Nothing is ever written.
2. No statement is left half-way: as long as one is, the writer's -wal file grows. So documents are read in parts.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .connections import connect
from .errors import JournalError, in_words
from .packing import unpack
from .schema import Found, look
from .summaries import RunSummary, condition, select, summary

__all__ = ["JournalReader"]

_PART = 500
_PART_BYTES = 16_000_000
_SHORTEST_PREFIX = 6
_PATIENCE = 5.0

Document = tuple[int, str, dict[str, Any]]


class JournalReader:
    """Reads a journal that anybody, or nobody, is writing. For one thread at a time, whichever that is.

    Every method raises JournalError for what cannot be read.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        try:
            found = look(self.path)
        except OSError as error:
            raise JournalError(f"{self.path} cannot be read: {in_words(error)}") from error
        if found is not Found.JOURNAL:
            what = "there is no journal" if found is Found.NOTHING else "this is no journal"
            raise JournalError(f"{self.path}: {what}; the service makes one where its configuration says")
        with self._in_words():
            self._connection = self._connected()

    def _connected(self) -> sqlite3.Connection:
        connection = connect(self.path, "mode=ro", _PATIENCE)
        try:
            connection.execute("SELECT 1 FROM documents LIMIT 1").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                raise
            # Nobody has it open, and here it may not make the files that it shares with a writer.
            connection = connect(self.path, "immutable=1", _PATIENCE)
        except BaseException:
            connection.close()
            raise
        return connection

    @property
    def last_seq(self) -> int:
        """The number of the last document; 0 if there is none."""
        return self._all("SELECT coalesce(max(seq), 0) FROM documents")[0][0]

    def runs(
        self,
        limit: int | None = None,
        *,
        since: float | None = None,
        until: float | None = None,
        plan: str | None = None,
        exit_status: str | None = None,
        scan_id: int | None = None,
        text: str | None = None,
    ) -> list[RunSummary]:
        """Runs, newest first, for which all of these are true.

        `since` and `until` are about their start, in seconds since 1970; an `exit_status` of "" is that of runs that
        are open; `text` is somewhere in the metadata, the reason or the uid.
        """
        where, parameters = condition(since, until, plan, exit_status, scan_id, text)
        return self._runs(where, *parameters, limit=limit)

    def find(self, text: str) -> RunSummary:
        """The run that a person means by that.

        A scan id ("12": the last run that has it), a place counted from the end ("-1": the last run), or at least six
        characters of a uid. Raises JournalError if there is none, or several, which it names.
        """
        text = text.strip()
        if text.startswith("-") and text[1:].isdecimal():
            return self._from_the_end(int(text[1:]))
        if text.isdecimal() and len(text) < 19 and (found := self._runs("scan_id = ?", int(text), limit=1)):
            return found[0]
        return self._by_uid(text)

    def _from_the_end(self, place: int) -> RunSummary:
        if place:
            found = self._runs("true", limit=place)
            if len(found) == place:
                return found[-1]
        there = self._all("SELECT count(*) FROM runs")[0][0]
        raise JournalError(f"{self.path}: there is no run -{place}: it has {there} runs, the last one is -1")

    def _by_uid(self, text: str) -> RunSummary:
        if found := self._runs("uid = ?", text, limit=1):
            return found[0]
        if len(text) < _SHORTEST_PREFIX:
            why = "a scan id, -1 for the last run, or at least six characters of a uid say which one"
            raise JournalError(f"{self.path}: there is no run {text!r}: {why}")
        found = self._runs("uid >= ? AND uid < ?", text, text + "\U0010ffff", limit=_PART)
        if len({run.uid for run in found}) > 1:
            some = ", ".join(f"{run.uid} (scan {run.scan_id})" for run in found[:5])
            raise JournalError(f"{self.path}: {text!r} may be {some}{' …' if len(found) > 5 else ''}: write more of it")
        if not found:
            raise JournalError(f"{self.path}: there is no run whose uid begins with {text!r}")
        return found[0]

    def documents(self, uid: str) -> Iterator[Document]:
        """The documents (number, name, document) of the run with this uid, in order; of one that is open, so far."""
        found = self._all(
            "SELECT number, start_seq, stop_seq FROM runs WHERE uid = ? ORDER BY number DESC LIMIT 1", uid
        )
        if not found:
            raise JournalError(f"{self.path}: there is no run with the uid {uid!r}")
        number, start, stop = found[0]
        return self._documents(number, start - 1, self.last_seq if stop is None else stop)

    def _documents(self, run: int, seq: int, last: int) -> Iterator[Document]:
        where = "seq > ? AND seq <= ? AND run = ?"
        while part := self._part(where, seq, last, run, limit=_PART):
            yield from part
            seq = part[-1][0]

    def after(self, seq: int, limit: int = _PART) -> list[Document]:
        """Documents (number, name, document) of all runs after that number, at most `limit`; fewer if they are large.

        None is left out: an empty list means that there are no more.
        """
        return self._part("seq > ?", seq, limit=limit)

    def history(self, limit: int | None = None, plan: str | None = None) -> list[dict[str, Any]]:
        """What became of the items of the queue, newest first; of one plan, or of all."""
        where, parameters = ("true", ()) if plan is None else ("plan = ?", (plan,))
        sql = f"SELECT entry FROM history WHERE {where} ORDER BY number DESC LIMIT ?"
        return [json.loads(entry) for (entry,) in self._all(sql, *parameters, _limit(limit))]

    def items(self) -> list[tuple[str, int, dict[str, Any]]]:
        """The queue as (uid, rank, item), by rank."""
        found = self._all("SELECT uid, rank, item FROM items ORDER BY rank, rowid")
        return [(uid, rank, json.loads(item)) for uid, rank, item in found]

    def value(self, key: str, default: Any = None) -> Any:
        """The value of that name."""
        found = self._all("SELECT value FROM named_values WHERE key = ?", key)
        return json.loads(found[0][0]) if found else default

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        """As a context it closes itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def _runs(self, where: str, *parameters: Any, limit: int | None) -> list[RunSummary]:
        found = self._all(select(where), *parameters, _limit(limit))
        with self._in_words():
            return [summary(row) for row in found]

    def _part(self, where: str, *parameters: Any, limit: int) -> list[Document]:
        sql = f"SELECT seq, name, doc FROM documents WHERE {where} ORDER BY seq LIMIT ?"
        part, size = [], 0
        with self._in_words(), contextlib.closing(self._connection.execute(sql, (*parameters, limit))) as rows:
            for seq, name, packed in rows:
                part.append((seq, name, unpack(packed)))
                size += len(packed)
                if size > _PART_BYTES:
                    break
        return part

    def _all(self, sql: str, *parameters: Any) -> list[Any]:
        with self._in_words():
            return self._connection.execute(sql, parameters).fetchall()

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError) as error:
            raise JournalError(f"{self.path} cannot be read: {in_words(error)}") from error


def _limit(limit: int | None) -> int:
    return -1 if limit is None else limit
