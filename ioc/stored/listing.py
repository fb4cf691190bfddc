"""`reioc runs list`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..journal import JournalReader, RunSummary
from ..sinks.json_text import json_text
from .choosing import Filters
from .texts import clock, cut, duration, iso, points, sample_of, table

__all__ = ["OPEN", "as_json", "listed", "status_of", "summary_json"]

OPEN = "open"
_HEAD = ("scan", "when", "plan", "points", "status", "took", "sample", "uid", "reason")
_NUMBERS = (0, 3, 5)
_WIDTH = 120
_LONGEST_PLAN, _LONGEST_SAMPLE = 18, 16


def listed(reader: JournalReader, filters: Filters, limit: int | None) -> str:
    """A line for each run, newest first, of at most 120 columns; or why there is none. Raises JournalError."""
    runs = filters.runs(reader, limit)
    if not runs:
        return _none(reader)
    rows = [_HEAD, *(_cells(run) for run in runs)]
    if not any(row[-1] for row in rows[1:]):
        rows = [row[:-1] for row in rows]
    return "\n".join(cut(line, _WIDTH) for line in table(rows, _NUMBERS))


def as_json(runs: Sequence[RunSummary]) -> str:
    """Runs as a JSON list, with all of their metadata."""
    return json_text([summary_json(run) for run in runs], indent=1)


def _none(reader: JournalReader) -> str:
    newest = reader.runs(1)
    return f"no run of {newest[0].number} is like that" if newest else "no runs"


def status_of(run: RunSummary) -> str:
    """How it ended, or that it has not."""
    return run.exit_status or OPEN


def _cells(run: RunSummary) -> tuple[str, ...]:
    return (
        "" if run.scan_id is None else str(run.scan_id),
        clock(run.started),
        cut(run.plan_name, _LONGEST_PLAN),
        str(points(run)),
        status_of(run),
        "" if run.ended is None else duration(max(0.0, run.ended - run.started)),
        cut(sample_of(run.start), _LONGEST_SAMPLE),
        run.uid[:8],
        " ".join(run.reason.split()),
    )


def summary_json(run: RunSummary) -> dict[str, Any]:
    """A run in a few words, for programs."""
    return {
        "scan_id": run.scan_id,
        "uid": run.uid,
        "plan_name": run.plan_name,
        "started": iso(run.started),
        "ended": None if run.ended is None else iso(run.ended),
        "seconds": None if run.ended is None else run.ended - run.started,
        "exit_status": status_of(run),
        "reason": run.reason,
        "points": points(run),
        "events": run.events,
        "start": run.start,
        "stop": run.stop,
    }
