"""Which function executes which command, and which commands may be repeated.

A command that may be repeated is executed again when the plan comes back from an interruption. The others are left
alone: repeating them would open a second run, or pause for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..context import Context
from ..messages import Msg
from . import devices, flow, runs

__all__ = ["COMMANDS", "Command", "unknown"]


@dataclass(frozen=True, slots=True)
class Command:
    """A function of (context, message), and whether its messages may be repeated after an interruption."""

    run: Callable[[Context, Msg], Any]
    repeatable: bool = True


def unknown(msg: Msg, commands: Mapping[str, Command]) -> str:
    """What to say of a message whose command is none of these."""
    public = ", ".join(sorted(name for name in commands if not name.startswith("_")))
    return f"no command {msg.command!r} (of {msg!r}); there are: {public}"


_ONCE = False

COMMANDS: dict[str, Command] = {
    "null": Command(flow.null),
    "sleep": Command(flow.sleep),
    "set": Command(devices.set_),
    "trigger": Command(devices.trigger),
    "read": Command(devices.read),
    "locate": Command(devices.locate),
    "stop": Command(devices.stop),
    "stage": Command(devices.stage, _ONCE),
    "unstage": Command(devices.unstage, _ONCE),
    "wait": Command(flow.wait),
    "wait_for": Command(flow.wait_for),
    "checkpoint": Command(flow.checkpoint),
    "clear_checkpoint": Command(flow.clear_checkpoint),
    "rewindable": Command(flow.rewindable),
    "pause": Command(flow.pause, _ONCE),
    "subscribe": Command(flow.subscribe, _ONCE),
    "unsubscribe": Command(flow.unsubscribe, _ONCE),
    "open_run": Command(runs.open_run, _ONCE),
    "close_run": Command(runs.close_run, _ONCE),
    "create": Command(runs.create),
    "save": Command(runs.save),
    "drop": Command(runs.drop),
    # The suspension's own (suspension.py).
    "_until_holds_change": Command(flow.until_holds_change),
    "_rest": Command(flow.rest),
    "_settle": Command(flow.settle),
    "_wake": Command(flow.wake),
}
