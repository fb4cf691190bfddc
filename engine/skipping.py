"""The point that is given up, and who is told when that is over.

Rules of this file:
1. A point is what is between two checkpoints; a run's beginning and end, `clear_checkpoint` and `unstage` divide points
   as well. What each command does in a point that is skipped is declared beside the command.
2. Nothing is thrown into the plan. It goes on with its next message, and is answered as if the work were done.
3. What has failed is not skipped: from there on the plan cleans up, and what it does is done. Half of the point's work
   has not been, so that it has no event all the same.
4. Once begun, each skip is told to be over exactly once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .commands import COMMANDS, Command
from .context import Context
from .interruptions import Wishes
from .messages import Msg

__all__ = ["PointSkipped", "Skipping"]

EVENTS = frozenset({"save"})
"""The commands that make events."""


@dataclass(frozen=True, slots=True)
class PointSkipped:
    """A point that was given up is over.

    `ended_by` is the command with which the next one begins, such as "checkpoint"; "end of plan"; or, where the plan is
    ended, "stop", "abort" or "halt". `time` is seconds since the epoch.
    """

    reason: str
    ended_by: str
    time: float


class Skipping:
    """Which point is skipped, if one is. Written by the engine's loop only."""

    def __init__(self, commands: Mapping[str, Command], clock: Callable[[], float] = time.time) -> None:
        self.reason: str | None = None
        """Why; None while no point is skipped."""
        self.observers: list[Callable[[PointSkipped], None]] = []
        self._commands = commands
        self._clock = clock
        self._failed = False

    def begin(self, reason: str) -> None:
        """Skip the rest of this point."""
        self.reason, self._failed = reason, False

    def fail(self) -> None:
        """Something is thrown into the plan: what it does from here on is done."""
        self._failed = True

    def over(self, ended_by: str, wishes: Wishes | None = None) -> None:
        """Skip nothing any more, and tell the observers; with `wishes` also of one that has not begun, and will not."""
        reason, self.reason = self.reason, None
        if wishes is not None and wishes.skip is not None:
            reason = wishes.skip.reason if reason is None else reason
            wishes.skip = None
        if reason is not None:
            for observer in tuple(self.observers):
                observer(PointSkipped(reason, ended_by, self._clock()))

    def get(self, name: str) -> Command | None:
        """A command, as it is in a point that is skipped.

        One that replaces a command of the engine's is skipped as that is; any other of a user's is executed. Nothing is
        recorded: there is nothing that would have to be repeated.
        """
        command = self._commands.get(name)
        if command is None or self.reason is None:
            return command
        declared = COMMANDS.get(name, command)
        if declared.ends_point:
            return Command(self._ending(command), command.repeatable)
        if declared.skipped in (None, declared.run) or (self._failed and name not in EVENTS):
            return Command(command.run, self._failed and command.repeatable)
        return Command(declared.skipped, self._failed and command.repeatable)

    def _ending(self, command: Command) -> Callable[[Context, Msg], Any]:
        def run(ctx: Context, msg: Msg) -> Any:
            self.over(msg.command)
            ctx.inbox.pending = True  # the loop looks what the commands are now
            return command.run(ctx, msg)

        return run
