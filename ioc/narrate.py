"""What the engine does now, in a line for people.

Rules of this file:
- Pure, and asks no device for anything but its name: this is called ten times a second on the loop that serves PVs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..engine import Hold, Msg, State
from ..engine.telling import name_of

__all__ = ["narrate"]

_LONGEST = 40


def narrate(
    state: State,
    msg: Msg | None,
    waiting_for: Sequence[str] = (),
    scan_id: int | None = None,
    reason: str = "",
    holds: Iterable[Hold] = (),
    *,
    units: str = "",
    out_of_action: str = "",
) -> str:
    """Say what the engine does.

    `msg` is the message being executed; while something is waited for, better the one that started it. `scan_id` is
    that of the open run, None or 0 without one. `reason` is why it is in this state, `holds` are those that are in
    force, `units` are those of the position in a `set`. `out_of_action` says which suspenders do not watch over it:
    people are to see that, whatever it does.
    """
    if state is State.SUSPENDED:
        text = _suspended(holds, reason)
    elif state is not State.RUNNING:
        text = f"{state}: {reason}" if reason else str(state)
    else:
        activity = _activity(msg, waiting_for, units)
        text = f"scan {scan_id}: {activity}" if scan_id else activity
    return f"{text} [{out_of_action}]" if out_of_action else text


def _suspended(holds: Iterable[Hold], reason: str) -> str:
    in_force = list(holds)
    if not in_force:
        # Nobody holds any more: its post-plans are being executed.
        return f"suspended, about to go on: {reason}" if reason else "suspended, about to go on"
    since = time.strftime("%H:%M:%S", time.localtime(min(hold.since for hold in in_force)))
    return f"suspended since {since}: {'; '.join(hold.reason for hold in in_force)}"


def _activity(msg: Msg | None, waiting_for: Sequence[str], units: str) -> str:
    if msg is None:
        return "running"
    names = ", ".join(waiting_for)
    if msg.command == "set":
        doing = _set(msg, units)
        return f"{doing}, waiting for {names}" if names else doing
    if msg.command == "trigger":
        return f"counting: waiting for {names}" if names else f"counting with {name_of(msg.obj)}"
    if msg.command == "wait":
        return f"waiting for {names}" if names else "waiting"
    if msg.command == "close_run" and names:
        return f"closing the run, waiting for the {names}"
    tell = _TELLS.get(msg.command, _unknown)
    return tell if isinstance(tell, str) else tell(msg)


def _set(msg: Msg, units: str) -> str:
    # Of the class: to look at a device's own position may be to read a PV.
    verb = "moving" if hasattr(type(msg.obj), "position") else "setting"
    target = f" to {_position(msg.args[0])}" if msg.args else ""
    return f"{verb} {name_of(msg.obj)}{target}{f' {units}' if units and target else ''}"


def _position(value: Any) -> str:
    try:
        return f"{value:.6g}"
    except (TypeError, ValueError):
        text = str(value)
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _sleep(msg: Msg) -> str:
    return f"sleeping {_position(msg.args[0])} s" if msg.args else "sleeping"


def _stream(msg: Msg) -> str:
    name = msg.kwargs.get("name") or (msg.args[0] if msg.args else "")
    return f"taking an event of {name}" if name else "taking an event"


def _unknown(msg: Msg) -> str:
    """A command of the beamline's own, or one of the engine's own (`_wake`)."""
    command = msg.command.removeprefix("_").replace("_", " ")
    return command if msg.obj is None else f"{command} {name_of(msg.obj)}"


_TELLS: dict[str, str | Callable[[Msg], str]] = {
    "read": lambda msg: f"reading {name_of(msg.obj)}",
    "sleep": _sleep,
    "stage": lambda msg: f"staging {name_of(msg.obj)}",
    "unstage": lambda msg: f"unstaging {name_of(msg.obj)}",
    "open_run": "opening a run",
    "close_run": "closing the run",
    "checkpoint": "at a checkpoint",
    "create": _stream,
    "save": "saving the event",
    "null": "running",
}
