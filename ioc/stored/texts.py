"""Times, values and tables, for people."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from ..journal import RunSummary

__all__ = [
    "argument",
    "clock",
    "cut",
    "duration",
    "iso",
    "name_of",
    "plan_arguments",
    "plan_call",
    "points",
    "sample_of",
    "table",
    "value",
]

_DEVICE = re.compile(r"^<?[\w.]+[( ].*?\bname='?([\w.-]+)'?.*[)>]$", re.DOTALL)
_SAMPLES = ("sample", "sample_name", "title", "purpose", "comment")
_LONGEST = 60


def clock(seconds: float) -> str:
    """A time in seconds since 1970, as the clock on the wall has it."""
    try:
        return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return "?"


def iso(seconds: float) -> str:
    """A time in ISO 8601, with the offset of the local time."""
    try:
        return datetime.fromtimestamp(seconds).astimezone().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def duration(seconds: float) -> str:
    """So many seconds, as one says it."""
    if seconds < 60:
        return f"{seconds:.{1 if seconds >= 1 else 2}f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours / 24:.1f} days"


def name_of(run: RunSummary) -> str:
    """What people call a run."""
    return f"run {run.uid[:8]}" if run.scan_id is None else f"scan {run.scan_id}"


def points(run: RunSummary) -> int:
    """Events of the primary stream, else of all that are measured; of an open run all that there are."""
    found = (run.stop or {}).get("num_events")
    if not isinstance(found, Mapping):
        return run.events
    counts = {name: count for name, count in found.items() if isinstance(count, int) and name != "interruptions"}
    return counts.get("primary", sum(counts.values()))


def sample_of(start: Mapping[str, Any]) -> str:
    """What a run was about, in a word: the sample, or what comes nearest to it."""
    for key in _SAMPLES:
        found = start.get(key)
        found = found.get("name") if isinstance(found, Mapping) else found
        if not (found is None or (isinstance(found, str) and not found)):
            return argument(found)
    return ""


def plan_call(start: Mapping[str, Any]) -> str:
    """The plan with its arguments, devices by their names: `count(detectors=[det], num=3)`."""
    return f"{start.get('plan_name') or 'a plan'}({plan_arguments(start)})"


def plan_arguments(start: Mapping[str, Any]) -> str:
    """What the plan was given: `detectors=[det], num=3`."""
    arguments = start.get("plan_args")
    given = arguments.items() if isinstance(arguments, Mapping) else ()
    return ", ".join(f"{key}={argument(each)}" for key, each in given if not _is_none(each))


def _is_none(given: Any) -> bool:
    return given is None or (isinstance(given, str) and given == "None")


def argument(given: Any) -> str:
    """A value of the metadata in one line; what was a device is its name."""
    match given:
        case str():
            device = _DEVICE.match(given)
            return device[1] if device else " ".join(given.split())
        case Mapping():
            return ", ".join(f"{key}={argument(each)}" for key, each in given.items())
        case list() | tuple():
            more = ", …" if len(given) > 12 else ""
            return f"[{', '.join(map(argument, given[:12]))}{more}]"
        case _:
            return value(given)


def value(reading: Any, precision: Any = None) -> str:
    """A reading, with so many digits after the point where that is said; of an array only what it is."""
    match reading:
        case None:
            return ""
        case str():
            return cut(" ".join(reading.split()), _LONGEST)
        case bool() | np.bool_() | int() | np.integer():
            return str(reading)
        case float() | np.floating():
            return _number(float(reading), precision)
        case np.ndarray() if reading.ndim:
            return f"({' × '.join(map(str, reading.shape))} {reading.dtype})"
        case list() | tuple():
            return f"({len(reading)} values)"
        case _:
            return cut(" ".join(str(reading).split()), _LONGEST)


def _number(number: float, precision: Any) -> str:
    # What the precision would show as nothing is shown as it is.
    if isinstance(precision, int) and 0 <= precision <= 15 and math.isfinite(number) and abs(number) < 1e9:
        text = f"{number:.{precision}f}"
        if float(text) or not number:
            return text
    return f"{number:.6g}"


def cut(text: str, width: int) -> str:
    """At most so many characters."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = (), indent: str = "") -> list[str]:
    """Lines with aligned columns; the columns of these numbers end at the same place instead of beginning there."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [indent + "  ".join(_cells(row, widths, right)).rstrip() for row in rows]


def _cells(row: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> list[str]:
    cells = zip(row, widths, strict=True)
    return [cell.rjust(width) if at in right else cell.ljust(width) for at, (cell, width) in enumerate(cells)]
