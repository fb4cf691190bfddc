"""Files written into a folder: all of them, or none.

Rules of this file:
1. What somebody else has written, or changed since, is not touched unless that is asked for. What was written is
   remembered in the folder, by its sum.
2. Each file is written whole before the first takes its place. When one cannot, those before it are put back.
3. What will be ours is remembered first, beside what is. So if we are killed half-way, the next one takes all of it for
   ours, the old and the new.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

__all__ = ["NotOurs", "write_all"]

_NOTE = ".reioc-opi.json"
"""Name of the file → sums of what was written into it: the last time, and the time before."""
_Note = Mapping[str, list[str]]


class NotOurs(Exception):
    """There are files that we did not write, or that were changed since. Raised before anything is written; whoever
    asked may ask again with `force`. Not raised for files that are none of those to be written."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        super().__init__(
            f"{folder} has files that were not written by this command, or were changed since: {', '.join(names)}; "
            "move them away, or use --force to overwrite them"
        )
        self.names = names


def write_all(folder: Path, texts: Mapping[str, str], *, force: bool = False) -> None:
    """Write files (name → text) into a folder, which is made if need be; those of an earlier time that are not among
    them are removed if they are unchanged.

    Raises NotOurs; OSError, and then the folder is as it was.
    """
    before = _note(folder)
    strangers = [name for name, text in texts.items() if _is_strange(folder / name, before, text)]
    if strangers and not force:
        raise NotOurs(folder, strangers)
    over = [name for name in before if name not in texts and _is_ours(folder / name, before)]
    note = {name: [_sum(text.encode())] for name, text in texts.items()}
    for name in before:
        if _is_ours(folder / name, before):
            note.setdefault(name, []).append(_sum((folder / name).read_bytes()))
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _replace(folder, {_NOTE: f"{json.dumps(note, indent=1)}\n", **texts}, over)
    except BaseException:
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _replace(folder: Path, texts: Mapping[str, str], over: list[str]) -> None:
    # Inside the folder: a rename is whole on one file system alone.
    with tempfile.TemporaryDirectory(prefix=".reioc-opi-", dir=folder) as aside, ExitStack() as back:
        old, new = Path(aside, "old"), Path(aside, "new")
        old.mkdir()
        new.mkdir()
        for name, text in texts.items():
            (new / name).write_text(text, encoding="utf-8")
        for name in (*texts, *over):
            there = folder / name
            if _is_there(there):
                # A file that is written anew is there all the time, for whoever reads it, and when we are killed.
                keep = shutil.copy2 if name in texts and there.is_file() else Path.replace
                keep(there, old / name)
                back.callback((old / name).replace, there)
            else:
                back.callback(there.unlink, missing_ok=True)
            if name in texts:
                (new / name).replace(there)
        back.pop_all()


def _note(folder: Path) -> _Note:
    try:
        found = json.loads((folder / _NOTE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # nothing is known to be ours
        return {}
    return found if isinstance(found, dict) else {}


def _is_strange(file: Path, before: _Note, text: str) -> bool:
    """Whether there is something that we have not written, and that is not what we would write."""
    if not file.is_file():
        return _is_there(file)
    return not _is_ours(file, before) and file.read_bytes() != text.encode()


def _is_ours(file: Path, before: _Note) -> bool:
    return file.is_file() and _sum(file.read_bytes()) in before.get(file.name, ())


def _is_there(file: Path) -> bool:
    """A link that leads nowhere is."""
    return os.path.lexists(file)


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
