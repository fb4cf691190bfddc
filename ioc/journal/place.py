"""Where the journal of a configuration is."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["journal_path"]


def journal_path(configuration: str | os.PathLike[str], named: str | None = None) -> Path:
    """The file that `[journal]` names, relative to the configuration; else one in systemd's state directory if it
    gives one; else one beside the configuration.
    """
    file = Path(configuration)
    if named is not None:
        return file.parent / named
    folder = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    return (Path(folder) if folder else file.parent) / f"{file.stem}.journal.sqlite"
