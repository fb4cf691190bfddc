"""The journal that somebody means by a file."""

from __future__ import annotations

import os
from pathlib import Path

from ..config.beamline import load
from ..journal import JournalReader
from ..journal.place import journal_path
from ..journal.schema import Found, look
from .errors import StoredError

__all__ = ["journal_of", "opened"]


def opened(file: str | os.PathLike[str]) -> JournalReader:
    """Open for reading the journal that a file is, or that a beamline.toml names.

    Raises StoredError, JournalError; ConfigError for a beamline.toml with mistakes.
    """
    return JournalReader(journal_of(file))


def journal_of(file: str | os.PathLike[str]) -> Path:
    """Where that journal is. Raises as `opened` does."""
    path = Path(file)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise StoredError(f"{path} {what}: name a beamline.toml, or the journal itself")
    try:
        found = look(path)
    except OSError as error:
        raise StoredError(f"{path} cannot be read: {error.strerror or error}") from error
    return path if found is Found.JOURNAL else _named_by(path)


def _named_by(path: Path) -> Path:
    if path.read_bytes()[:1024].count(b"\0"):  # a TOML file has none, and its reader would complain of UTF-8
        raise StoredError(f"{path} is neither a journal nor a beamline.toml")
    config = load(path).journal
    if not config.enabled:
        raise StoredError(f"{path} keeps no journal: enabled = false in its [journal]")
    journal = journal_path(path, config.file)
    if not journal.exists():
        hint = "" if config.file else "; under systemd it is in the service's state directory: name it, or set it there"
        raise StoredError(f"{path} has no journal yet: {journal} does not exist, the service makes it{hint}")
    return journal
