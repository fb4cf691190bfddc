"""What became of the last plans, the newest first."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from itertools import count, groupby
from typing import Any

from caproto.server import PVGroup

from ..pvs import post, strings_display, text_display
from ..queue.history import SHOWN, History
from ..stored.texts import clock, cut, table
from .lines import that_fit

__all__ = ["HistoryGroup"]

JSON_LENGTH, TEXT_LENGTH = 60_000, 8000
LONGEST_REASON = 75
"""Characters, in a line of the text."""


class HistoryGroup(PVGroup):
    """Of every plan of the engine, whoever has started it."""

    plans = strings_display("Plans", "The last plans, the newest first", SHOWN)
    exit_status = strings_display("ExitStatus", "How each has ended", SHOWN)
    scan_ids = strings_display("ScanIDs", "The numbers of its runs", SHOWN)
    times = strings_display("Times", "When it began, how long it took", SHOWN)
    reasons = strings_display("Reasons", "Why it has ended so", SHOWN)
    text = text_display("Text", "The last plans, one a line", length=TEXT_LENGTH)
    json_ = text_display("JSON", "The last plans as JSON", length=JSON_LENGTH)

    def __init__(self, *args: Any, history: History, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.history = history
        self._dirty = True
        self._writing = asyncio.Lock()
        history.observers.append(self._changed)

    def _changed(self) -> None:
        self._dirty = True

    async def publish(self) -> None:
        """Write what is new."""
        async with self._writing:  # who waits for it finds everything in place
            if not self._dirty:
                return
            self._dirty = False
            entries = list(self.history.entries)
            await post(self.plans, [entry["plan"] for entry in entries])
            await post(self.exit_status, [entry["exit_status"] for entry in entries])
            await post(self.scan_ids, [_ranges(entry["scan_ids"]) for entry in entries])
            await post(self.times, [_times(entry) for entry in entries])
            await post(self.reasons, [entry["reason"] for entry in entries])
            await post(self.text, that_fit(_lines(entries), TEXT_LENGTH - 1))
            await post(self.json_, _as_many(entries))


def _lines(entries: list[dict[str, Any]]) -> list[str]:
    """When, the numbers of its runs, plan, how it has ended, why."""
    return table([_row(entry) for entry in entries])


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    ids, reason = cut(_ranges(entry["scan_ids"]), 15), cut(" ".join(entry["reason"].split()), LONGEST_REASON)
    return clock(entry["started"]), ids, cut(entry["plan"], 24), entry["exit_status"], reason


def _ranges(numbers: list[int]) -> str:
    """`4, 7-9`: plans of a hundred runs are in a row, too."""
    counter = count()
    runs = [list(run) for _, run in groupby(numbers, key=lambda number: number - next(counter))]
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _times(entry: dict[str, Any]) -> str:
    began = datetime.fromtimestamp(entry["started"]).isoformat(sep=" ", timespec="seconds")
    return f"{began}, {max(0.0, entry['ended'] - entry['started']):.1f} s"


def _as_many(entries: list[dict[str, Any]]) -> str:
    """A list of as many of the first as have room."""
    rows: list[str] = []
    room = JSON_LENGTH - 3
    for entry in entries:
        text = json.dumps(entry, ensure_ascii=False)
        room -= len(text.encode()) + 2
        if room < 0:
            break
        rows.append(text)
    return f"[{', '.join(rows)}]"
