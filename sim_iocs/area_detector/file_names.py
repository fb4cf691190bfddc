"""Folders and names of files, as areaDetector makes them."""

import os
import re
from pathlib import Path

_CONVERSION = re.compile(r"%[-+ #0]*\d*(?:\.\d+)?([sd])")
"""Of C's printf, those that a FileTemplate may have."""


class TemplateError(Exception):
    """A FileTemplate that cannot be used; says what it must have."""


def check_template(template: str) -> None:
    """Raise TemplateError unless it takes a folder and a name as %s, and after them at most a number as %d."""
    kinds = "".join(_CONVERSION.findall(template))
    if kinds not in ("ss", "ssd") or "%" in _CONVERSION.sub("", template).replace("%%", ""):
        raise TemplateError(
            f"'{template}' does not have %s for the folder, %s for the name, and at most %d for the number"
        )


def file_name(template: str, folder: str, name: str, number: int) -> str:
    """The whole name. Raises TemplateError."""
    check_template(template)
    words = (folder, name, number)
    return template % words[: len(_CONVERSION.findall(template))]


def with_separator(folder: str) -> str:
    """The folder with a `/` at its end, as the readback of FilePath shows it; an empty one stays empty."""
    return folder if not folder or folder.endswith("/") else folder + "/"


def is_usable(folder: str) -> bool:
    """Whether files can be written there."""
    return bool(folder) and Path(folder).is_dir() and os.access(folder, os.W_OK)


def make_folder(folder: str, depth: int) -> None:
    """Make a folder that is missing, if CreateDirectory allows it; raises OSError if the system does not.

    A `depth` of -2 allows the last two parts of the path to be made, 2 all but the first two, 0 none.
    """
    path = Path(folder)
    missing = [each for each in (path, *path.parents) if not each.exists()]
    parts = len(path.parts) - 1  # but for the root
    allowed = -depth if depth < 0 else max(0, parts - depth) if depth else 0
    if missing and len(missing) <= allowed:
        path.mkdir(parents=True, exist_ok=True)
