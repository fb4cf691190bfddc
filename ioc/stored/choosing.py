"""Which runs are meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..journal import JournalError, JournalReader, RunSummary
from .errors import StoredError
from .texts import argument

__all__ = ["Filters", "chosen", "chosen_one", "moment", "scan_ids", "setting"]

_RANGE = re.compile(r"(\d{1,7})-(\d+)")
"""Eight digits and a hyphen are how a uid begins."""
_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*(s|sec|seconds?|min|minutes?|h|hours?|d|days?|w|weeks?)(?:\s+ago)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_FIRST_LOOK = 200
_NEAR = 3


@dataclass(frozen=True, slots=True)
class Filters:
    """What runs must be like to be listed; times in seconds since 1970, an `exit_status` of "" is that of open runs."""

    plan: str | None = None
    exit_status: str | None = None
    scan_ids: tuple[int, int] | None = None
    since: float | None = None
    until: float | None = None
    where: Sequence[tuple[str, str]] = field(default=())

    def runs(self, reader: JournalReader, limit: int | None) -> list[RunSummary]:
        """Runs that are like that, newest first, at most `limit`. Raises JournalError."""
        if self.scan_ids is None and not self.where:
            return self._look(reader, limit)
        # What the journal cannot search for is looked at here: further and further back, until there are enough.
        look = None if limit is None else max(_FIRST_LOOK, limit)
        while True:
            found = self._look(reader, look)
            fitting = [run for run in found if self._fits(run)][:limit]
            if look is None or len(fitting) == limit or len(found) < look:
                return fitting
            look *= 8

    def _look(self, reader: JournalReader, limit: int | None) -> list[RunSummary]:
        scan_id = self.scan_ids[0] if self.scan_ids and self.scan_ids[0] == self.scan_ids[1] else None
        return reader.runs(
            limit,
            since=self.since,
            until=self.until,
            plan=self.plan,
            exit_status=self.exit_status,
            scan_id=scan_id,
        )

    def _fits(self, run: RunSummary) -> bool:
        return _in_range(run, self.scan_ids) and all(_has(run.start, key, text) for key, text in self.where)


def _in_range(run: RunSummary, scan_ids: tuple[int, int] | None) -> bool:
    return scan_ids is None or (run.scan_id is not None and scan_ids[0] <= run.scan_id <= scan_ids[1])


def _has(start: Mapping[str, Any], key: str, text: str) -> bool:
    """Whether the metadata have that value there: `sample.name` is the name in the sample; of a list any item does."""
    found: Any = start
    for part in [key] if key in start else key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return False
        found = found[part]
    return any(_is(each, text) for each in (found if isinstance(found, list | tuple) else [found]))


def _is(value: Any, text: str) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(text) == value
        except ValueError:
            return False
    return argument(value).lower() == text.strip().lower() or str(value).lower() == text.strip().lower()


def chosen(reader: JournalReader, texts: Sequence[str]) -> list[RunSummary]:
    """The runs that a person means, each once, in that order: "12", "-1", "4710a6", or a range "3-9" of scan ids.

    Of several runs with one scan id the last is meant. Raises StoredError if there is none, and names some near.
    """
    runs = [run for text in texts for run in _meant(reader, text)]
    return list({run.number: run for run in runs}.values())


def chosen_one(reader: JournalReader, text: str) -> RunSummary:
    """The one run that a person means. Raises StoredError."""
    runs = chosen(reader, [text])
    if len(runs) > 1:
        raise StoredError(f"{text} are {len(runs)} runs: name one of them")
    return runs[0]


def _meant(reader: JournalReader, text: str) -> list[RunSummary]:
    if found := _RANGE.fullmatch(text):
        within = Filters(scan_ids=(int(found[1]), int(found[2]))).runs(reader, None)
        last = {run.scan_id: run for run in reversed(within)}
        if last:
            return [last[scan_id] for scan_id in sorted(last, key=lambda scan_id: scan_id or 0)]
        raise StoredError(f"{reader.path}: there is no run with a scan id from {found[1]} to {found[2]}{_near(reader)}")
    try:
        return [reader.find(text)]
    except JournalError as error:
        what = f"{reader.path}: there is no scan {text}" if text.isdecimal() else error
        raise StoredError(f"{what}{_near(reader, text)}") from error


def _near(reader: JournalReader, text: str = "") -> str:
    """Runs that may be meant instead: the nearest numbers, or the last ones."""
    runs = reader.runs(_FIRST_LOOK)
    if text.isdecimal():
        wanted = int(text)
        runs.sort(key=lambda run: float("inf") if run.scan_id is None else abs(run.scan_id - wanted))
    shown = "; ".join(f"scan {run.scan_id}, {run.uid[:8]} ({run.plan_name})" for run in runs[:_NEAR])
    what = "the nearest are" if text.isdecimal() else "the last are"
    return f" ({what} {shown})" if shown else " (there are no runs)"


# What is written on the command line


def scan_ids(text: str) -> tuple[int, int]:
    """ "12" or "3-9". Raises ValueError."""
    first, is_range, last = text.partition("-")
    last = last if is_range else first
    if not first.isdecimal() or not last.isdecimal() or int(first) > int(last):
        raise ValueError(f"{text!r} is no scan id and no range: write 12, or 3-9")
    return int(first), int(last)


def setting(text: str) -> tuple[str, str]:
    """ "key=value". Raises ValueError."""
    key, found, value = text.partition("=")
    if not found or not key.strip():
        raise ValueError(f"{text!r} must be key=value, like sample.name=Cu")
    return key.strip(), value.strip()


def moment(text: str, *, is_end: bool = False, now: Callable[[], datetime] = datetime.now) -> float:
    """A time in seconds since 1970: a date, a date with a time, "2 days" (ago), "today" or "yesterday".

    A date alone is its beginning; as an end it is the day's end. Raises ValueError.
    """
    text = text.strip()
    if ago := _AGO.fullmatch(text):
        return now().timestamp() - float(ago[1]) * _SECONDS[ago[2][0]]
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"today": midnight, "yesterday": midnight - timedelta(days=1)}
    try:
        found = days.get(text.lower()) or datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is no time: write 2026-11-01, '2026-11-01 12:30', '2 days', '3 h', today or yesterday"
        ) from None
    is_day = text.lower() in days or len(text) <= len("2026-11-01")
    return (found + timedelta(days=1) if is_end and is_day else found).timestamp()
