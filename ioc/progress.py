"""How far the run is, from its documents.

Rules of this file:
- Time comes from the documents and from whoever calls `tick`; no clock is read here.
- With several runs open, it is about the one that was opened last.
- Called from one thread; the snapshots may go anywhere.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..engine import Outcome, RequestStop

__all__ = ["RunProgress", "RunStatus"]


@dataclass(frozen=True, slots=True)
class RunStatus:
    """A run as people see it: the open one, or the last one. Times are seconds since the epoch, 0.0 when unknown."""

    open: bool = False
    plan: str = ""
    uid: str = ""
    scan_id: int = 0
    exit_status: str = "none"
    """none, success, stop, abort, halt or fail."""
    reason: str = ""
    started: float = 0.0
    ended: float = 0.0
    points: int = 0
    """How many there will be; 0 when unknown."""
    point: int = 0
    """How many of the primary stream there are; one that is taken again counts once."""
    progress: float = 0.0
    """Per cent; 0 when the number of points is unknown."""
    events: int = 0
    """How many of all streams there are, as the RunStop counts them."""
    streams: tuple[str, ...] = ()
    metadata: str = "{}"
    """The RunStart as JSON."""


class _ActiveTime:
    """Seconds during which the run went on, holds and pauses not counted."""

    def __init__(self, now: float) -> None:
        self.seconds = 0.0
        self.at_last_point = 0.0
        self._active = True
        self._now = now

    def advance(self, now: float, active: bool | None = None) -> None:
        """Now it is `now`, and from now on it is active or not; None: as before."""
        if self._active:
            self.seconds += max(0.0, now - self._now)
        self._now = max(now, self._now)
        self._active = self._active if active is None else active


class RunProgress:
    """Folds documents into a RunStatus."""

    def __init__(self) -> None:
        self.status = RunStatus()
        self._streams: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._time = _ActiveTime(0.0)
        self._refinable = False

    def document(self, name: str, doc: dict[str, Any]) -> None:
        """Take a document of the engine into account; those of other runs and of other kinds change nothing."""
        match name:
            case "start":
                self._start(doc)
            case "descriptor" if doc["run_start"] == self.status.uid:
                self._descriptor(doc)
            case "event" if doc["descriptor"] in self._streams:
                self._event(doc)
            case "stop" if doc["run_start"] == self.status.uid:
                self._stop(doc)

    def ended(self, outcome: Outcome, reason: str) -> None:
        """The plan is over: tells stop from success and halt from abort, which a RunStop cannot.

        Changes nothing about a run that this plan did not open, or that had ended before the plan was interrupted.
        """
        if not self._refinable:
            return
        self._refinable = False
        cut_short = outcome is Outcome.SUCCESS or bool(self.status.reason)
        if self.status.open or (outcome.exit_status == self.status.exit_status and cut_short):
            reason = reason or self.status.reason
            self.status = replace(self.status, open=False, exit_status=str(outcome), reason=reason)
        elif outcome is Outcome.HALT and self.status.reason.startswith(RequestStop.verb):
            # The halt came while the plan was stopping; its run had ended by then, as one that was stopped.
            self.status = replace(self.status, exit_status=str(Outcome.STOP))

    def tick(self, now: float, active: bool) -> tuple[float, float]:
        """Return the seconds since the run began and those that it will still take, 0.0 when unknown.

        `active`: whether the plan goes on from now on, neither paused nor suspended; while it does not the second
        number stands still. Call it regularly, and when that changes. After the end the first one stands still.
        """
        status = self.status
        if not status.open:
            return max(0.0, status.ended - status.started), 0.0
        self._time.advance(now, active)
        return max(0.0, now - status.started), self._remaining()

    def _remaining(self) -> float:
        points, point = self.status.points, self.status.point
        if not point or point >= points:
            return 0.0
        per_point = self._time.at_last_point / point
        since_last = self._time.seconds - self._time.at_last_point
        return max(0.0, per_point * (points - point) - since_last)

    def _start(self, doc: dict[str, Any]) -> None:
        self._streams, self._counts, self._refinable = {}, {}, True
        self._time = _ActiveTime(doc["time"])
        self.status = RunStatus(
            open=True,
            plan=str(doc.get("plan_name", "")),
            uid=doc["uid"],
            scan_id=_count(doc.get("scan_id")),
            started=doc["time"],
            points=_count(doc.get("num_points")),
            metadata=json.dumps(_jsonable(doc), ensure_ascii=False),
        )

    def _descriptor(self, doc: dict[str, Any]) -> None:
        name = doc.get("name", "")
        self._streams[doc["uid"]] = name
        self._counts.setdefault(name, 0)
        self.status = replace(self.status, streams=tuple(self._counts))

    def _event(self, doc: dict[str, Any]) -> None:
        stream = self._streams[doc["descriptor"]]
        self._counts[stream] = max(self._counts[stream], doc["seq_num"])
        point, points = self._counts.get("primary", 0), self.status.points
        self._time.advance(doc["time"])
        if point > self.status.point:
            self._time.at_last_point = self._time.seconds
        progress = min(100.0, 100.0 * point / points) if points else 0.0
        self.status = replace(self.status, point=point, progress=progress, events=sum(self._counts.values()))

    def _stop(self, doc: dict[str, Any]) -> None:
        self.status = replace(
            self.status, open=False, exit_status=doc["exit_status"], reason=doc.get("reason", ""), ended=doc["time"]
        )


def _count(value: Any) -> int:
    return int(value) if isinstance(value, int | np.integer) else 0


def _jsonable(value: Any) -> Any:
    """Metadata may hold numpy's arrays and scalars, NaN, tuples, and whatever else has a text."""
    match value:
        case np.ndarray() | np.generic():
            return _jsonable(value.tolist())
        case dict():
            return {str(key): _jsonable(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_jsonable(item) for item in value]
        case float() if not math.isfinite(value):
            return None
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)
