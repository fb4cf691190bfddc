"""What the files of a run are called.

Rules of this file:
1. What comes from metadata never leads out of the folder: in a name it is letters, digits, and _ . + - only.
2. A name has the run's uid in it, so that no two runs share one.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import PurePosixPath
from string import Formatter
from typing import Any

__all__ = ["DEFAULT_TEMPLATE", "FIELDS", "check_template", "run_name", "safe"]

DEFAULT_TEMPLATE = "{date}/{scan_id:05d}-{plan}-{uid8}"
FIELDS = ("date", "year", "month", "time", "scan_id", "plan", "sample", "operator", "uid", "uid8")

_NOT_IN_NAMES = re.compile(r"[^\w.+-]+")
_LONGEST_FIELD = 40
"""Bytes."""
_LONGEST_NAME = 190
"""Bytes, of one part of a path; file systems take 255, and the stream and the ending are still to come."""


def check_template(template: str) -> str:
    """The template, if every run gets a name by it. ValueError says what is wrong and what would be right."""
    fields = _fields_of(template)
    strangers = [field for field in fields if field not in FIELDS]
    if strangers:
        raise ValueError(f"{{{strangers[0]}}} is nothing that a file can be named by; there are: {', '.join(FIELDS)}")
    if not {"uid", "uid8"} & set(fields):
        raise ValueError(f"{template!r} has no {{uid8}} (or {{uid}}): two runs could get the same file")
    path = PurePosixPath(template)
    if path.is_absolute() or ".." in path.parts or template.endswith("/"):
        raise ValueError(f"{template!r} must name a file inside the folder: no leading '/', no '..', no '/' at the end")
    try:
        longest = template.format_map(dict.fromkeys(FIELDS, "x" * _LONGEST_FIELD) | {"scan_id": 10**9})
    except (ValueError, TypeError, LookupError) as error:
        raise ValueError(f"{template!r} cannot be filled in: {error}; write it like {DEFAULT_TEMPLATE!r}") from None
    if any(len(part.encode()) > _LONGEST_NAME for part in PurePosixPath(longest).parts):
        raise ValueError(f"{template!r} makes names that are too long: use fewer fields between two '/'")
    return template


def _fields_of(template: str) -> list[str]:
    try:
        return [field for _, field, _, _ in Formatter().parse(template) if field is not None]
    except ValueError as error:
        raise ValueError(f"{template!r} is no template: {error}; write it like {DEFAULT_TEMPLATE!r}") from None


def run_name(template: str, start: dict[str, Any]) -> PurePosixPath:
    """The name of a run's files, relative to their folder and without ending. `start` is its RunStart document."""
    uid = str(start["uid"])
    texts = {
        "plan": start.get("plan_name"),
        "sample": _sample(start.get("sample")),
        "operator": start.get("operator"),
        "uid": uid,
        "uid8": uid[:8],
    }
    values = _times(start.get("time")) | {field: safe(text) for field, text in texts.items()}
    return PurePosixPath(template.format_map({**values, "scan_id": _whole(start.get("scan_id"))}))


def safe(text: Any) -> str:
    """A text as it can be a part of a file's name; "none" for what is nothing."""
    clean = _NOT_IN_NAMES.sub("_", "" if text is None else str(text)).encode(errors="replace")[:_LONGEST_FIELD]
    # A leading dot would hide the file, or be the folder above.
    return clean.decode(errors="ignore").lstrip(".") or "none"


def _sample(sample: Any) -> Any:
    """Its name, where it is described by a dictionary."""
    return sample.get("name") if isinstance(sample, dict) else sample


def _times(when: Any) -> dict[str, str]:
    try:
        began = datetime.fromtimestamp(when)
    except (TypeError, ValueError, OverflowError, OSError):
        return dict.fromkeys(("date", "year", "month", "time"), "undated")
    return {field: began.strftime(form) for field, form in _TIME_FORMS.items()}


_TIME_FORMS = {"date": "%Y-%m-%d", "year": "%Y", "month": "%m", "time": "%H%M%S"}


def _whole(scan_id: Any) -> int:
    try:
        return int(scan_id)
    except (TypeError, ValueError, OverflowError):
        return 0
