"""Which function executes which command, and which commands may be repeated.

A command that may be repeated is executed again when the plan comes back from an interruption. The others are left
alone: repeating them would open a second run, or pause for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..context import Context
from ..messages import Msg
from . import devices, flow, flying, monitors, runs, session, waiting

__all__ = ["COMMANDS", "Command"]


@dataclass(frozen=True, slots=True)
class Command:
    """A function of (context, message), and whether its messages may be repeated after an interruption."""

    run: Callable[[Context, Msg], Any]
    repeatable: bool = True


_ONCE = False

COMMANDS: dict[str, Command] = {
    "null": Command(flow.null, _ONCE),  # there is nothing to repeat, and a plan that idles would fill the memory
    "sleep": Command(flow.sleep),
    "set": Command(devices.set_),
    "trigger": Command(devices.trigger),
    "read": Command(devices.read),
    "prepare": Command(devices.prepare),
    "locate": Command(devices.locate),
    "stop": Command(devices.stop),
    "stage": Command(devices.stage, _ONCE),
    "unstage": Command(devices.unstage, _ONCE),
    "wait": Command(waiting.wait),
    "wait_for": Command(waiting.wait_for),
    "checkpoint": Command(flow.checkpoint),
    "clear_checkpoint": Command(flow.clear_checkpoint),
    "rewindable": Command(flow.rewindable),
    "pause": Command(flow.pause, _ONCE),
    "subscribe": Command(flow.subscribe, _ONCE),
    "unsubscribe": Command(flow.unsubscribe, _ONCE),
    "open_run": Command(runs.open_run, _ONCE),
    "close_run": Command(runs.close_run, _ONCE),
    "declare_stream": Command(runs.declare_stream, _ONCE),
    "create": Command(runs.create),
    "save": Command(runs.save),
    "drop": Command(runs.drop),
    "configure": Command(runs.configure, _ONCE),
    "monitor": Command(monitors.monitor, _ONCE),
    "unmonitor": Command(monitors.unmonitor, _ONCE),
    "kickoff": Command(flying.kickoff),
    "complete": Command(flying.complete),
    "collect": Command(flying.collect),
    "input": Command(session.input_),
    "RE_class": Command(session.engine_class),
    "install_suspender": Command(session.install_suspender, _ONCE),
    "remove_suspender": Command(session.remove_suspender, _ONCE),
    "configure_suspender": Command(session.configure_suspender, _ONCE),
    # The suspension's own (suspension.py).
    "_until_holds_change": Command(flow.until_holds_change),
    "_joined": Command(flow.joined, _ONCE),
    "_rest": Command(flow.rest),
    "_settle": Command(flow.settle),
    "_wake": Command(flow.wake),
}
