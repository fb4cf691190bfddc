"""One process at a time."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path
from typing import TextIO

from .errors import JournalError, in_words

__all__ = ["Lock"]


class Lock:
    """A lock on a file beside the journal, which says who holds it; it goes with the process, however that ends.

    Not on the journal itself: SQLite has locks of its own there, and loses them when anybody else closes the file.
    """

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self.path = journal.with_name(f"{journal.name}.lock")
        self._file = self._held()

    def _held(self) -> TextIO:
        try:
            file = self.path.open("a+", encoding="utf-8")
        except OSError as error:
            raise JournalError(f"{self._journal} cannot be locked: {self.path}: {in_words(error)}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()}")
            file.flush()
        except BlockingIOError:
            file.seek(0)
            holder = file.read(200) or "another process"
            file.close()
            raise JournalError(f"{self._journal} is in use by {holder}: end that, or name another file") from None
        except OSError as error:
            file.close()
            raise JournalError(f"{self._journal} cannot be locked: {self.path}: {in_words(error)}") from error
        return file

    def renew(self) -> None:
        """Hold it again if the file was deleted. Raises JournalError if somebody else holds a new one."""
        if not _is_at(self._file, self.path):
            held = self._held()
            self._file.close()
            self._file = held

    def close(self) -> None:
        """Let others have it."""
        self._file.close()


def _is_at(file: TextIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
