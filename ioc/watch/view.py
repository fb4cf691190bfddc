"""What is shown, for which values.

Rules of this file:
1. Pure: readings and two clocks in, a frozen View out.
2. What is not known to be so now is never shown as if it were: a View says whether it is live, and the last known state
   is no state of now.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

from .readings import Reading, Readings, engine_names

__all__ = ["SILENT", "Curve", "Link", "Queued", "Run", "SuspenderRow", "View", "view_of"]

SILENT = 4.0
"""Seconds without a heartbeat, which comes once per second, after which nothing counts as known."""
_CURVES = ("Y", "Y2", "Y3", "Y4")
_SHOWN_LOST = 3


@dataclass(frozen=True, slots=True)
class Link:
    """Whether what is shown is so now; `trouble` says what is wrong, for people, also where only some PVs are lost."""

    is_live: bool
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """The open run, or the last one."""

    is_open: bool
    plan: str
    scan_id: int
    params: str
    point: int
    points: int
    fraction: float | None
    """How much of it is done, 0 to 1; None if that is not known."""
    times: str
    end: str
    """How the last one ended, and why; empty while one is open."""


@dataclass(frozen=True, slots=True)
class SuspenderRow:
    """One suspender; `state` is good, tripped, settling, warning, bypassed, disabled, disconnected or unknown."""

    name: str
    state: str
    value: str
    limits: str
    note: str
    """Seconds left of it, or why it is tripped."""


@dataclass(frozen=True, slots=True)
class Queued:
    """One plan that waits."""

    plan: str
    summary: str
    by: str


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One curve of the open or the last run."""

    x_name: str
    y_name: str
    x: Any
    y: Any


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """All that is shown of an engine."""

    prefix: str
    clock: str
    link: Link
    state: str
    """The engine's, if it is live; else the last that was known, which is empty if none was."""
    state_time: float
    message: str
    reasons: tuple[str, ...]
    """Why it is suspended or blocked, or what is wrong otherwise; empty when nothing is."""
    pause_pending: bool
    error: str
    last_command: str
    """What became of the last command, whoever gave it."""
    run: Run
    suspenders: tuple[SuspenderRow, ...]
    suspenders_off: bool
    queue_state: str
    queue_size: int
    queue_message: str
    queue: tuple[Queued, ...]
    curves: tuple[Curve, ...]


def view_of(prefix: str, readings: Readings, now: float, wall: float) -> View:
    """What these readings show at `now` on the clock of `time.monotonic`, `wall` in epoch seconds."""
    return View(
        prefix=prefix,
        clock=_clock(wall),
        link=_link(readings, now, wall),
        state=readings.text("State"),
        state_time=readings.number("StateTime") or 0.0,
        message=readings.text("Message"),
        reasons=_reasons(readings),
        pause_pending=readings.text("PausePending") == "Yes",
        error=readings.text("Error"),
        last_command=_last_command(readings),
        run=_run(readings),
        suspenders=tuple(_suspender(readings, name) for name in readings.words("Susp:Names")),
        suspenders_off=readings.text("Susp:Enable") == "No",
        queue_state=readings.text("Queue:State"),
        queue_size=readings.whole("Queue:Size"),
        queue_message=readings.text("Queue:Message"),
        queue=_queue(readings),
        curves=_curves(readings),
    )


def _clock(wall: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(wall))


def _link(readings: Readings, now: float, wall: float) -> Link:
    heartbeat = readings.find("Heartbeat")
    if heartbeat is None:
        return Link(False, "not connected yet")
    lost = {name: reading.lost for name in readings if (reading := readings.find(name)) and reading.lost is not None}
    if heartbeat.lost is not None:
        kept = [name for name in engine_names() if name not in lost and readings.find(name) is not None]
        what = "all PVs are" if not kept else f"{len(lost)} PVs are"
        return Link(False, f"the IOC is gone: {what} lost since {_since(heartbeat.lost, now, wall)}; waiting for it")
    if (silent := now - heartbeat.at) >= SILENT:
        return Link(False, f"no sign of life since {_since(heartbeat.at, now, wall)} ({silent:.0f} s); waiting for it")
    if lost:
        names = ", ".join(sorted(lost)[:_SHOWN_LOST])
        more = f" and {len(lost) - _SHOWN_LOST} more" if len(lost) > _SHOWN_LOST else ""
        return Link(True, f"lost since {_since(min(lost.values()), now, wall)}: {names}{more}")
    return Link(True)


def _since(moment: float, now: float, wall: float) -> str:
    return _clock(wall - (now - moment))


def _reasons(readings: Readings) -> tuple[str, ...]:
    found = []
    held, message = readings.text("Susp:Reason"), readings.text("Message")
    if held and held not in message:  # where it is suspended the message says the same
        since = readings.text("Susp:Since")
        found.append(f"why: {held} (since {since[11:19]})" if since else f"why: {held}")  # the time of an ISO moment
    if (countdown := readings.number("Susp:Countdown") or 0.0) > 0:
        found.append(f"good again; the plan goes on in {countdown:.0f} s")
    if (blocked := readings.number("Blocked") or 0.0) >= 1.0:
        found.append(f"the engine has not answered for {blocked:.0f} s: it is in {readings.text('BlockedIn')}")
    return tuple(found)


def _last_command(readings: Readings) -> str:
    name, result, by, moment, message = (
        readings.text(f"Cmd:{field}") for field in ("Name", "Result", "By", "Time", "Message")
    )
    if not name:
        return ""
    said = f": {message}" if message not in ("", result) else ""
    return f"{moment[11:19]} {name} {result}" + (f", by {by}" if by else "") + said


def _run(readings: Readings) -> Run:
    is_open = readings.text("Run:Open") == "Yes"
    points = readings.whole("Run:Points")
    end, reason = readings.text("Run:ExitStatus"), readings.text("Run:Reason")
    return Run(
        is_open=is_open,
        plan=readings.text("Run:Plan"),
        scan_id=readings.whole("Run:ScanID"),
        params=readings.text("Run:Params"),
        point=readings.whole("Run:Point"),
        points=points,
        fraction=min((readings.number("Run:Progress") or 0.0) / 100, 1.0) if points else None,
        times=readings.text("Run:Times") or _times(readings, is_open),
        end="" if is_open or end in ("", "none") else f"{end}: {reason}" if reason else end,
    )


def _times(readings: Readings, is_open: bool) -> str:
    elapsed, left = readings.number("Run:Elapsed") or 0.0, readings.number("Run:ETA") or 0.0
    if not is_open:
        return f"took {elapsed:.0f} s" if elapsed else ""
    return f"{elapsed:.0f} s" + (f", about {left:.0f} s left" if left else "")


def _suspender(readings: Readings, name: str) -> SuspenderRow:
    def text(field: str) -> str:
        return readings.text(f"Susp:{name}:{field}")

    state, left = _suspender_state(readings, name)
    reason = text("Reason") if state in ("tripped", "warning") else ""
    return SuspenderRow(
        name,
        state,
        _value(readings.find(f"Susp:{name}:Value")),
        text("Limits"),
        f"{left:.0f} s" if left > 0 else reason,
    )


def _suspender_state(readings: Readings, name: str) -> tuple[str, float]:
    """Its state in one word, and how many seconds that lasts, 0 if nobody knows."""

    def reads(field: str, what: str) -> bool:
        return readings.text(f"Susp:{name}:{field}") == what

    if readings.find(f"Susp:{name}:Tripped") is None:
        return "unknown", 0.0
    bypass, countdown = (readings.number(f"Susp:{name}:{field}") or 0.0 for field in ("Bypass", "Countdown"))
    if reads("Enable", "No"):
        return "disabled", 0.0
    if bypass > 0:
        return "bypassed", bypass
    if reads("Tripped", "Yes"):
        if countdown > 0:
            return "settling", countdown
        return "warning" if reads("Action", "warn") else "tripped", 0.0
    return ("disconnected" if reads("Connected", "No") else "good"), 0.0


def _value(reading: Reading | None) -> str:
    if reading is None or not isinstance(reading.value, (int, float)) or not math.isfinite(reading.value):
        return ""
    return f"{reading.value:.5g} {reading.units}".rstrip()


def _queue(readings: Readings) -> tuple[Queued, ...]:
    columns = (readings.column(f"Queue:{name}") for name in ("Plans", "Summaries", "By"))
    return tuple(Queued(*each) for each in zip(*columns, strict=False) if each[0])


def _curves(readings: Readings) -> tuple[Curve, ...]:
    x, count = readings.find("Data:X"), readings.whole("Data:N")
    if x is None or count < 1:
        return ()
    found = []
    for which in _CURVES:
        y, name = readings.find(f"Data:{which}"), readings.text(f"Data:{which}Name")
        if y is not None and name:
            found.append(Curve(readings.text("Data:XName"), name, x.value[:count], y.value[:count]))
    return tuple(found)
