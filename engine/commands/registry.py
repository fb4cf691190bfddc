"""Which function executes which command, and which commands may be repeated.

A command that may be repeated is executed again when the plan comes back from an interruption. The others are left
alone: repeating them would open a second run, or pause for ever.

What is declared here of a command also holds for one that a user puts in its place.
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
    """A function of (context, message), and what may become of its messages."""

    run: Callable[[Context, Msg], Any]
    repeatable: bool = True
    """Whether they may be repeated after an interruption."""
    skipped: Callable[[Context, Msg], Any] | None = None
    """What is done in their place in a point that is skipped; that also cuts them short. Else they are executed."""
    ends_point: bool = False
    """Whether another point begins here."""
    begins: bool = True
    """Whether they begin something: between runs, a pause that is to come after the run comes before that."""


_ONCE = False

COMMANDS: dict[str, Command] = {
    # There is nothing to repeat of `null`, and a plan that idles would fill the memory.
    "null": Command(flow.null, _ONCE, begins=False),
    "sleep": Command(flow.sleep, skipped=flow.do_nothing, begins=False),
    "set": Command(devices.set_, skipped=devices.skip),
    "trigger": Command(devices.trigger, skipped=devices.skip),
    "read": Command(devices.read),
    "prepare": Command(devices.prepare, skipped=devices.skip),
    "locate": Command(devices.locate),
    "stop": Command(devices.stop, begins=False),
    "stage": Command(devices.stage, _ONCE),
    "unstage": Command(devices.unstage, _ONCE, ends_point=True, begins=False),
    "wait": Command(waiting.wait, skipped=waiting.wait, begins=False),
    "wait_for": Command(waiting.wait_for, skipped=waiting.wait_for_nothing, begins=False),
    "checkpoint": Command(flow.checkpoint, ends_point=True),
    "clear_checkpoint": Command(flow.clear_checkpoint, ends_point=True, begins=False),
    "rewindable": Command(flow.rewindable, begins=False),
    "pause": Command(flow.pause, _ONCE, begins=False),
    "subscribe": Command(flow.subscribe, _ONCE),
    "unsubscribe": Command(flow.unsubscribe, _ONCE, begins=False),
    "open_run": Command(runs.open_run, _ONCE, ends_point=True),
    "close_run": Command(runs.close_run, _ONCE, ends_point=True, begins=False),
    "declare_stream": Command(runs.declare_stream, _ONCE),
    "create": Command(runs.create),
    "save": Command(runs.save, skipped=runs.drop),
    "drop": Command(runs.drop),
    "configure": Command(runs.configure, _ONCE),
    "monitor": Command(monitors.monitor, _ONCE),
    "unmonitor": Command(monitors.unmonitor, _ONCE, begins=False),
    "kickoff": Command(flying.kickoff, skipped=flying.stay_on_ground),
    "complete": Command(flying.complete, begins=False),
    "collect": Command(flying.collect),
    "input": Command(session.input_),
    "RE_class": Command(session.engine_class, begins=False),
    "install_suspender": Command(session.install_suspender, _ONCE),
    "remove_suspender": Command(session.remove_suspender, _ONCE, begins=False),
    "configure_suspender": Command(session.configure_suspender, _ONCE),
    # The suspension's own (suspension.py).
    "_until_holds_change": Command(flow.until_holds_change),
    "_joined": Command(flow.joined, _ONCE),
    "_rest": Command(flow.rest),
    "_settle": Command(flow.settle),
    "_wake": Command(flow.wake),
}
