"""Listening to what is asked of a running plan, also while it waits.

Rules of this file:
1. What comes next is decided in `interruptions.next_step`, of what is true when somebody looks.
2. While something is waited for here, more can be asked for: whoever has waited looks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from .attention import attend, patiently
from .checkpoint import Checkpoint
from .commands import COMMANDS, Command
from .context import Context
from .environment import Environment
from .excuses import AGAIN, excuse, failed_at
from .held_time import HeldTime
from .holds import Hold, Holds
from .interruptions import Ask, Inbox, Step, next_step
from .messages import Msg
from .plan_stack import PlanStack, as_generator
from .skipping import Skipping
from .states import State, StateMachine

__all__ = ["Listening"]


class Listening:
    """The part of the engine that knows what is asked of it."""

    def __init__(self, env: Environment, commands: Mapping[str, Command]) -> None:
        self.env = env
        self.skipping = Skipping(commands)
        """The point that is skipped, if one is."""
        self.states = StateMachine()
        self.inbox = Inbox()
        self.holds = Holds(self.inbox.nudge)
        self.held_time = HeldTime()
        self.states.observers.append(self.held_time.follow)
        self.in_force: Callable[[], list[Hold]] = list
        """What holds the plan that is suspended."""
        self.msg: Msg | None = None
        """The message that is being executed; for people, who want to know what the engine does."""
        self.ctx: Context | None = None
        """What the plan in progress shares, or None."""
        self._stack = PlanStack(as_generator(()))
        self._wake = asyncio.Event()
        self._plans_checkpoint: Checkpoint | None = None
        """The plan's own, while it is suspended: the suspension is a plan, and has one too."""
        self._at: list[Msg] = []
        """What the plan that is suspended was at: its messages since the checkpoint, and what it has to do again."""

    @property
    def _suspended(self) -> bool:
        return self._plans_checkpoint is not None

    async def _attend(
        self, ctx: Context, waiting: Coroutine[Any, Any, Any], repeatable: bool, *, may_skip: bool = False
    ) -> Any:
        """Wait for a command, unless something comes in that cannot wait for it: then the answer is INTERRUPTED.

        A command that may not be repeated is not cut short by a pause or a suspension: it would be lost. With
        `may_skip` it is the plan's, and cut short with its point if it is one that is not executed then.
        """

        def must_cut() -> bool:
            if not self.inbox.pending:
                return False
            step = self._look(ctx, self.msg)
            self.inbox.pending = True  # it has been looked at, not obeyed
            if step is Step.SKIP:
                return may_skip and self._is_skipped(self.msg)
            return step is Step.END or (step is not Step.GO_ON and repeatable)

        return await attend(waiting, self._wake, must_cut, self.env.cleanup_timeout)

    async def _attend_to_halt(self, waiting: Coroutine[Any, Any, Any], what: str) -> str | None:
        """Wait for a part of an ending, as long as it may take or until a halt. What went wrong, if something did."""
        return await patiently(waiting, what, self.env.cleanup_timeout, self._wake, self._is_halted)

    def _is_halted(self) -> bool:
        """Whether a halt has come that is still to be obeyed."""
        if self.ctx is None:
            return False
        self._look(self.ctx)
        end = self.ctx.wishes.end
        return end is not None and end.ask is Ask.HALT

    def _look(self, ctx: Context, msg: Msg | None = None) -> Step:
        """What is to be done now; `msg` is the message that is in progress, or about to be."""
        for request in self.inbox.take():
            if request.ask is Ask.REMARK:
                ctx.record_interruption(request.reason)
            elif request.scope is None or Hold(None, "", 0, scope=request.scope).is_on(*self._where(ctx, msg)):
                ctx.wishes.fold(request)
                rests = self.states.state in (State.PAUSING, State.PAUSED)
                if request.ask is Ask.PAUSE_AFTER_RUN and rests and not ctx.runs:
                    ctx.wishes.after_runs = len(ctx.uids) + 1  # another one: it has paused after the last already
        held = not self._suspended and bool(self._holds_on(ctx, msg))
        return next_step(ctx.wishes, held=held, suspended=self._suspended, resumable=ctx.checkpoint.resumable)

    def _holds_on(self, ctx: Context, msg: Msg | None = None) -> list[Hold]:
        if not self.holds or not ctx.holdable:
            return []
        names, messages = self._where(ctx, msg)
        holds = self.holds.on(names, messages, resumable=ctx.checkpoint.resumable)
        if self._suspended or not any(hold.patient for hold in holds):
            return holds
        unsaved = [*ctx.groups.moving(), *ctx.checkpoint.unsaved, *([msg] if msg is not None else [])]
        return [hold for hold in holds if not hold.patient or hold.is_on(names, unsaved)]

    def _where(self, ctx: Context, msg: Msg | None) -> tuple[set[str], list[Msg]]:
        """What the plan is called, and the messages that would be repeated, with the one in progress."""
        if self._suspended:
            return ctx.plan_names, self._to_do(ctx)
        return ctx.plan_names, [*ctx.groups.moving(), *ctx.checkpoint.messages, *([msg] if msg is not None else [])]

    def _to_do(self, ctx: Context) -> list[Msg]:
        """What the plan that is suspended is at: a hold that is about none of it lets it go on. For any thread."""
        return [*self._at, *ctx.going_on_or_owed]

    def _may_not(self, ctx: Context, msg: Msg) -> bool:
        """Whether a hold that is about certain messages is about this one."""
        if self._suspended or ctx.wishes.begun is not None or not ctx.holdable:
            return False
        holds = self.holds.on(ctx.plan_names, [msg], resumable=ctx.checkpoint.resumable)
        return any(hold.is_partial for hold in holds)

    def _is_excused(self, ctx: Context, error: BaseException, msg: Msg | None = None) -> bool:
        """Whether a failure, of this message or of earlier ones, is waited out: then a hold is there until it is.

        What cannot be done again is told, and so is what fails when the plan is ending, or held already.
        """
        hooks = self.env.failure_hooks
        if not hooks or self._suspended or ctx.wishes.begun is not None or self.skipping.reason is not None:
            return False
        if not ctx.holdable or not ctx.checkpoint.resumable:
            return False
        failed = failed_at(error, msg)
        if not failed or not all(each is msg or ctx.checkpoint.holds(each) for each in failed):
            return False
        if reason := excuse(hooks, error, failed):
            unsaved = [msg, *ctx.checkpoint.unsaved]
            self.holds.add(AGAIN, reason, patient=all(any(each is m for m in unsaved) for each in failed))
        return bool(reason)

    @staticmethod
    def _is_skipped(msg: Msg | None) -> bool:
        declared = COMMANDS.get(msg.command) if msg is not None else None
        return declared is not None and declared.skipped is not None
