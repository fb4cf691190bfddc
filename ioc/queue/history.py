"""What became of each plan of the engine, whoever has started it.

Rules of this file:
1. An entry is made in one place, from what the engine tells: its documents, its states, the plan's result. What only
   the one who has started it knows comes with it (`About`).
2. The result of a plan comes after its documents. Those of other runs are not its own, whenever they come.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

from ...engine import RunResult, State, StateChange
from ..bridge import Document, EngineBridge, News
from .changes import Entered
from .items import QueueItem
from .keeping import Keeping

__all__ = ["ENGINE_DIED", "SHOWN", "About", "BrokenRun", "History"]

SHOWN = 50
"""Entries that PVs show."""
ENGINE_DIED = "engine died"
Entry = dict[str, Any]


class BrokenRun(Protocol):
    """A run that the journal has closed, since the engine had died in the middle of it."""

    @property
    def uid(self) -> str:
        """That of its RunStart."""
        ...

    @property
    def scan_id(self) -> int | None:
        """Its number, if it has one."""
        ...

    @property
    def plan_name(self) -> str:
        """What its RunStart tells of the plan."""
        ...

    @property
    def stop(self) -> dict[str, Any]:
        """The RunStop that it has been given."""
        ...


@dataclass(frozen=True, slots=True)
class About:
    """What who starts a plan knows of it: its name, its parameters as JSON has them, who; its uid in the queue."""

    plan: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""
    item_uid: str = ""


@dataclass(slots=True)
class _Run:
    start: dict[str, Any]
    points: int = 0


@dataclass(slots=True)
class _Stretch:
    """From one idle to the next: when it began, and how long a plan ran in it (s)."""

    began: float
    active: float = 0.0


class History:
    """The last entries, the newest first; listens to the bridge."""

    def __init__(self, bridge: EngineBridge, keeping: Keeping, clock: Callable[[], float] = time.time) -> None:
        self._bridge, self._keeping, self._clock = bridge, keeping, clock
        self._runs: dict[str, _Run] = {}
        self._stretches: deque[_Stretch] = deque()
        self._last: StateChange | None = None
        self._of_items: dict[str, Entry] = {}
        self.entries: deque[Entry] = deque(maxlen=SHOWN)
        self.observers: list[Callable[[], None]] = []
        """Each is called when there is another entry."""
        bridge.listeners.append(self.note)

    def restore(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """What was kept, the newest first."""
        self.entries.clear()
        self.entries.extend(dict(entry) for entry in entries)
        self._tell()

    def note(self, item: News) -> None:
        """Take into account what the engine tells, in order."""
        match item:
            case Document("start", doc):
                self._runs[doc["uid"]] = _Run(doc)
            case Document("stop", doc) if doc["run_start"] in self._runs:
                self._runs[doc["run_start"]].points = _points(doc)
            case StateChange():
                self._change(item)
            case RunResult():
                self._result(item)

    def take(self, item: QueueItem) -> Entry:
        """The entry of an item of the queue that has just ended; it is in `entries`, and whoever takes it keeps it."""
        return self._of_items.pop(item.uid)

    def not_run(self, item: QueueItem, why: str, runs: Iterable[BrokenRun] = ()) -> Entry:
        """Another entry: of an item that was not started, or that was broken off with the engine."""
        broken, now = tuple(runs), self._clock()
        about = About(item.plan, item.params, item.by, item.uid)
        return self._add(_entry(about, "fail", why, started=now, ended=now) | _of_broken(broken))

    def broken(self, run: BrokenRun) -> Entry:
        """Another entry: of a run that the engine has died in, and that nobody in the queue had asked for."""
        now = self._clock()
        return self._add(_entry(About(run.plan_name), "fail", ENGINE_DIED, started=now, ended=now) | _of_broken([run]))

    def _change(self, change: StateChange) -> None:
        if change.old is State.IDLE:
            self._stretches.append(_Stretch(change.time))
        elif change.old is State.RUNNING and self._last is not None and self._stretches:
            self._stretches[-1].active += max(0.0, change.time - self._last.time)
        self._last = change

    def _result(self, result: RunResult) -> None:
        ended = self._last.time if self._last is not None else self._clock()
        stretch = self._stretches.popleft() if self._stretches else _Stretch(ended)
        runs = [self._runs.pop(uid) for uid in result.run_start_uids if uid in self._runs]
        about = self._bridge.begun.about(result) or _from_documents(runs)
        entry = _entry(about, str(result.outcome), result.reason, started=stretch.began, ended=ended)
        entry |= {
            "scan_ids": [run.start.get("scan_id", 0) for run in runs],
            "run_uids": list(result.run_start_uids),
            "points": sum(run.points for run in runs),
            "seconds": round(stretch.active, 6),
        }
        self._add(entry)
        if about.item_uid:
            self._of_items[about.item_uid] = entry  # kept together with what else changes in the queue
        else:
            self._keeping.keep([Entered(entry)])

    def _add(self, entry: Entry) -> Entry:
        self.entries.appendleft(entry)
        self._tell()
        return entry

    def _tell(self) -> None:
        for observer in self.observers:
            observer()


def _of_broken(runs: Sequence[BrokenRun]) -> Entry:
    return {
        "scan_ids": [run.scan_id or 0 for run in runs],
        "run_uids": [run.uid for run in runs],
        "points": sum(_points(run.stop) for run in runs),
    }


def _points(stop: Mapping[str, Any]) -> int:
    return int(stop.get("num_events", {}).get("primary", 0))


def _from_documents(runs: list[_Run]) -> About:
    """Of a plan that was started from Python, as far as its first run tells."""
    start = runs[0].start if runs else {}
    params = start.get("plan_args")
    if not isinstance(params, dict):
        params = {}
    # What JSON has no word for is told as Python would: arrays, infinities, whatever else is in a script.
    plain = json.loads(json.dumps(params, default=str, skipkeys=True), parse_constant=str)
    return About(str(start.get("plan_name", "")), plain, str(start.get("operator", "")))


def _entry(about: About, exit_status: str, reason: str, *, started: float, ended: float) -> Entry:
    return {
        "uid": str(uuid4()),
        "item_uid": about.item_uid,
        "plan": about.plan,
        "params": dict(about.params),
        "exit_status": exit_status,
        "reason": reason,
        "scan_ids": [],
        "run_uids": [],
        "started": started,
        "ended": ended,
        "by": about.by,
        "points": 0,
        "seconds": 0.0,
    }
