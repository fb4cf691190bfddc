"""The async core: executes one plan at a time.

    obey the inbox → advance the plan → execute the message → reply

Rules of this file:
1. A command that need not wait is a plain call. One that must wait is a child task; an interruption cancels the child,
   never the loop. A CancelledError in here means one thing only: shutdown.
2. Between two messages a quiet plan pays for one attribute test. The loop gives way to others when it has had its
   time slice, not after each message.
3. What comes next is decided in `interruptions.next_step`; here it is carried out.
4. The result is a value, made once, at the end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from functools import partial
from time import monotonic
from types import CoroutineType
from typing import Any

from .attention import INTERRUPTED, attend, patiently
from .cleanup import clean_up, conclude
from .commands import Command
from .context import Context
from .environment import Environment
from .errors import FailedPause, InvalidCommand, PlanHalt, PlanInterruption, RequestAbort, RequestStop
from .interruptions import Ask, Holds, Inbox, Request, Step, next_step
from .messages import Msg
from .plan_stack import PlanStack, as_generator
from .results import RunResult
from .states import State, StateMachine
from .suspension import suspension

__all__ = ["Engine"]

log = logging.getLogger("reioc.engine")

TIME_SLICE = 0.005
"""Seconds that the loop executes messages before it lets others have a turn."""

_ENDINGS: dict[Ask, tuple[State, type[PlanInterruption] | type[PlanHalt]]] = {
    Ask.STOP: (State.STOPPING, RequestStop),
    Ask.ABORT: (State.ABORTING, RequestAbort),
    Ask.HALT: (State.HALTING, PlanHalt),
}


class Engine:
    """Executes plans, one at a time, on the running asyncio loop."""

    def __init__(self, env: Environment, commands: Mapping[str, Command]) -> None:
        self.env = env
        self.commands = commands
        self.states = StateMachine()
        self.inbox = Inbox()
        self.holds = Holds(self.inbox.nudge)
        self.msg: Msg | None = None
        """The message that is being executed; for people, who want to know what the engine does."""
        self.ctx: Context | None = None
        """What the plan in progress shares, or None."""
        self._stack = PlanStack(as_generator(()))
        self._wake = asyncio.Event()
        self._suspended = False
        self._holdable = True

    async def run(self, plan: Any, source: Any, metadata: dict[str, Any], tokens: set[int]) -> RunResult:
        """Execute a plan to its end, whatever the end is. Never raises what the plan raises: that is in the result.

        `plan` is what yields the messages, `source` is what it was made from (its name goes into RunStart), `tokens`
        are subscriptions that end with the plan.
        """
        ctx = self._begin(plan, source, metadata, tokens)
        error: Exception | None = None
        try:
            await self._execute(ctx)
        except Exception as raised:  # the plan's own end, whatever it is, belongs into the result
            error = raised
            self._stack.halt(PlanHalt())
        result = conclude(ctx, self._stack.value, error)
        ctx.groups.pardon()
        await clean_up(ctx, result, self._attend_to_halt)
        self.msg, self.ctx = None, None
        self.states.move(State.IDLE, result.reason)
        return replace(result, problems=tuple(ctx.problems))

    def _begin(self, plan: Any, source: Any, metadata: dict[str, Any], tokens: set[int]) -> Context:
        loop = asyncio.get_running_loop()
        self.inbox.take()  # what was asked of the last plan is not asked of this one
        ctx = self.ctx = Context(self.env, self.inbox, self.holds, source, metadata, tokens=tokens)
        self._stack = PlanStack(as_generator(plan))
        self._suspended, self._holdable = False, True

        def beat() -> None:
            self._wake.set()
            ctx.pulse.beat()

        self.inbox.waker = partial(loop.call_soon_threadsafe, beat)
        if self.holds:
            self.inbox.pending = True  # it begins suspended: see _obey
        else:
            self.states.move(State.RUNNING)
        return ctx

    async def _execute(self, ctx: Context) -> None:
        """The loop. Returns when the plan is over; raises what it raised."""
        inbox, stack = self.inbox, self._stack
        breathe_at = monotonic() + TIME_SLICE
        while True:
            if inbox.pending:
                await self._obey(ctx)
            if monotonic() > breathe_at:
                await asyncio.sleep(0)
                breathe_at = monotonic() + TIME_SLICE
            msg = stack.advance()
            if msg is None:
                return
            self.msg = msg
            try:
                reply = self._perform(ctx, msg)
                if type(reply) is CoroutineType:
                    reply = await self._attend(ctx, reply, self.commands[msg.command].repeatable)
            except Exception as error:  # every error of a command is the plan's to handle
                stack.throw(error)
            else:
                if reply is INTERRUPTED:
                    await self._obey(ctx, msg)
                else:
                    stack.reply(reply)

    def _perform(self, ctx: Context, msg: Msg) -> Any:
        """Execute a message. Returns its reply, or a coroutine of it."""
        if self.env.msg_hook is not None:
            self.env.msg_hook(msg)
        if msg.obj is not None:
            ctx.touched.seen[msg.obj] = None
        command = self.commands.get(msg.command)
        if command is None:
            raise InvalidCommand(_unknown(msg, self.commands))
        if command.repeatable and not self._suspended:
            ctx.checkpoint.record(msg)
        return command.run(ctx, msg)

    async def _attend(self, ctx: Context, waiting: Coroutine[Any, Any, Any], repeatable: bool) -> Any:
        """Wait for a command, unless something comes in that cannot wait for it: then the answer is INTERRUPTED.

        A command that may not be repeated is not cut short by a pause or a suspension: it would be lost.
        """

        def must_cut() -> bool:
            if not self.inbox.pending:
                return False
            step = self._look(ctx)
            self.inbox.pending = True  # it has been looked at, not obeyed
            return step is Step.END or (step is not Step.GO_ON and repeatable)

        return await attend(waiting, self._wake, must_cut, self.env.cleanup_timeout)

    async def _attend_to_halt(self, waiting: Coroutine[Any, Any, Any], what: str) -> str | None:
        """Wait for a part of an ending, as long as it may take or until a halt. What went wrong, if something did."""

        def halted() -> bool:
            if self.ctx is None:
                return False
            self._look(self.ctx)
            end = self.ctx.wishes.end
            return end is not None and end.ask is Ask.HALT

        return await patiently(waiting, what, self.env.cleanup_timeout, self._wake, halted)

    def _look(self, ctx: Context) -> Step:
        for request in self.inbox.take():
            ctx.wishes.fold(request)
        held = bool(self.holds) and self._holdable
        return next_step(ctx.wishes, held=held, suspended=self._suspended, resumable=ctx.checkpoint.resumable)

    async def _obey(self, ctx: Context, cut_short: Msg | None = None) -> None:
        """Do what is asked, until the plan may go on. `cut_short` is the message that was interrupted for it."""
        while (step := self._look(ctx)) is not Step.GO_ON:
            if step is Step.PAUSE:
                await self._pause(ctx, cut_short)
            elif step is Step.SUSPEND:
                await self._suspend(ctx, cut_short)
            else:
                await self._end(ctx, step)
                return
            cut_short = None
        if cut_short is not None:
            self._stack.replay([cut_short], owed=True)
        if (failure := ctx.groups.next_failure()) is not None:
            self._stack.throw(failure)
        if self.states.state in (State.PAUSED, State.IDLE):
            await self._attend(ctx, ctx.wake(), repeatable=False)
            self.states.move(State.RUNNING)

    async def _pause(self, ctx: Context, cut_short: Msg | None) -> None:
        wishes = ctx.wishes
        if self.states.state is not State.PAUSED:
            reason = wishes.pause.reason if wishes.pause else ""
            self.states.move(State.PAUSING, reason)
            _record(ctx, "pause")
            await self._attend(ctx, ctx.rest(), repeatable=False)
            self._rewind(ctx, cut_short)
            if wishes.end is not None:
                return
            self.states.move(State.PAUSED, reason)
        while wishes.pause is not None and wishes.end is None:
            self._wake.clear()
            self._look(ctx)
            if wishes.pause is not None and wishes.end is None:
                await self._wake.wait()
        if wishes.end is None:
            _record(ctx, "resume")
            if self._suspended:
                self.states.move(State.SUSPENDED, self.holds.reason)

    async def _suspend(self, ctx: Context, cut_short: Msg | None) -> None:
        reason = self.holds.reason
        self.states.move(State.SUSPENDED, reason)
        _record(ctx, reason)
        await self._attend(ctx, ctx.rest(), repeatable=False)
        self._rewind(ctx, cut_short)
        self._suspended = True
        self._stack.push(suspension(self.holds), on_exit=self._suspension_over)

    def _suspension_over(self, error: BaseException | None) -> None:
        self._suspended = False
        if error is not None:
            # A pre- or post-plan failed: the plan is told, and must be able to clean up, whoever still holds it.
            self._holdable = False
        if self.states.state is State.SUSPENDED:
            self.states.move(State.RUNNING)

    def _rewind(self, ctx: Context, cut_short: Msg | None) -> None:
        """Have the messages since the checkpoint executed again, and in any case the one that was cut short."""
        messages = ctx.checkpoint.rewind()
        if cut_short is not None and (not messages or messages[-1] is not cut_short):
            messages.append(cut_short)
        if messages:
            ctx.groups.forget(messages)
            for run in ctx.runs.values():
                run.rewind()
            self._stack.replay(messages, owed=messages[-1] is self.msg)

    async def _end(self, ctx: Context, step: Step) -> None:
        """Begin the ending that is asked for: the plan gets it as an exception, and cleans up; halt skips that."""
        wishes = ctx.wishes
        if step is Step.CANNOT_HOLD:
            reason = wishes.pause.reason if wishes.pause else self.holds.reason
            wishes.end = Request(Ask.ABORT, reason)
        request = wishes.end or Request(Ask.ABORT)
        state, error = _ENDINGS[request.ask]
        wishes.begun, wishes.end, wishes.pause, wishes.deferred = request.ask, None, None, None
        ctx.ending = FailedPause(request.reason) if step is Step.CANNOT_HOLD else error(request.reason)
        self.states.move(state, request.reason)
        ctx.groups.pardon()
        if isinstance(ctx.ending, PlanHalt):
            for generator in self._stack.halt(ctx.ending):
                ctx.problems.append(f"{generator!r} tried to go on after a halt")
        else:
            await self._attend_to_halt(_stand_still(ctx), "stopping what moves")
            self._stack.throw(ctx.ending)


async def _stand_still(ctx: Context) -> None:
    """What the plan moved stops at once, before the clean-up moves it back; devices that rest are woken for it."""
    await ctx.touched.stop_moved()
    await ctx.wake()


def _record(ctx: Context, content: str) -> None:
    for run in ctx.runs.values():
        try:
            run.record_interruption(content)
        except Exception as error:  # a subscriber that must not fail will do so again at the next event
            log.exception("could not record the interruption of %s", run.uid)
            ctx.problems.append(f"could not record an interruption: {type(error).__name__}: {error}")


def _unknown(msg: Msg, commands: Mapping[str, Command]) -> str:
    public = ", ".join(sorted(name for name in commands if not name.startswith("_")))
    return f"no command {msg.command!r} (of {msg!r}); there are: {public}"
