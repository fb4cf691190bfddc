"""The async core: executes one plan at a time.

    obey the inbox → advance the plan → execute the message → reply

Rules of this file:
1. A command that need not wait is a plain call. One that must wait is a child task; an interruption cancels the child,
   never the loop. A CancelledError in here means one thing only: shutdown.
2. Between two messages a quiet plan pays for a flag and a look at the clock. The loop gives way to others when it has
   had its time slice, not after each message.
3. What people ask for is carried out in `obeying`.
4. The result is a value, made once, at the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from time import monotonic
from types import CoroutineType
from typing import Any

from .attention import INTERRUPTED, attend, is_shutdown
from .cleanup import clean_up, conclude, explain, unmet
from .commands import COMMANDS, Command, explained, unknown
from .context import Context
from .environment import Environment
from .errors import InvalidCommand, PlanHalt
from .interruptions import Ask
from .messages import Msg, is_message
from .obeying import Obeying
from .plan_stack import ENDED, PlanStack, as_generator
from .results import RunResult
from .skipping import Skipping
from .states import TRANSITIONS, State

__all__ = ["Engine"]

TIME_SLICE = 0.005
"""Seconds that the loop executes messages before it lets others have a turn."""
HALT_PATIENCE = 0.2
"""Seconds that a halt waits for a RunStop of its own to be durable: a disk that is well takes milliseconds."""


class Engine(Obeying):
    """Executes plans, one at a time, on the running asyncio loop."""

    def __init__(self, env: Environment, commands: Mapping[str, Command]) -> None:
        super().__init__(env, commands)
        self.commands = commands
        self._table: Mapping[str, Command] | Skipping = commands
        """What the commands do now: something else in a point that is skipped."""

    async def run(self, plan: Any, source: Any, metadata: dict[str, Any], tokens: set[int]) -> RunResult:
        """Execute a plan to its end, whatever the end is. Never raises what the plan raises: that is in the result.

        `plan` is what yields the messages, `source` is what it was made from (its name goes into RunStart), `tokens`
        are subscriptions that end with the plan. Where the engine itself fails, it panics: nobody knows what it left.
        """
        ctx = self._begin(plan, source, metadata, tokens)
        try:
            result = await self._run(ctx)
            self.msg, self.ctx = None, None
            self.states.move(State.IDLE, result.reason)
        except BaseException as error:
            self.states.move(State.PANICKED, explain(error))
            raise
        return result

    async def _run(self, ctx: Context) -> RunResult:
        error: BaseException | None = None
        try:
            await self._execute(ctx)
        except BaseException as raised:  # the plan's own end, whatever it is, belongs into the result
            if is_shutdown(raised):
                raise
            error = raised
            if State.IDLE not in TRANSITIONS[self.states.state]:  # it failed while it was pausing, or going on
                self.states.move(State.ABORTING, explain(error))
            self._stack.halt(PlanHalt())
        self.skipping.over("end of plan")
        result = conclude(ctx, self._stack.value, error)
        await clean_up(ctx, result, self._attend_to_halt, self._until_told)
        self._look(ctx)
        problems, pause_wished = (*ctx.problems, *unmet(ctx.wishes)), ctx.wishes.after_run is not None
        self.skipping.over("end of plan", ctx.wishes)
        return replace(result, problems=problems, pause_wished=pause_wished) if problems or pause_wished else result

    async def _until_told(self, ctx: Context, *, halting: bool = False) -> None:
        """Wait until each RunStop is durable and has been handed out, however long that takes, or until a halt."""
        recording = self.env.recording
        if recording.waiting_for:
            halting = halting or ctx.wishes.begun is Ask.HALT or self._is_halted()
            told = recording.until_all_told()
            waiting = asyncio.wait_for(told, HALT_PATIENCE) if halting else told
            with suppress(TimeoutError):
                await attend(waiting, self._wake, lambda: not halting and self._is_halted(), self.env.cleanup_timeout)
            recording.tell_at_once()
        ctx.problems += recording.take_problems()

    def _begin(self, plan: Any, source: Any, metadata: dict[str, Any], tokens: set[int]) -> Context:
        loop = asyncio.get_running_loop()
        ctx = self.ctx = Context(
            self.env, self.inbox, self.holds, source, metadata, tokens=tokens, held_time=self.held_time
        )
        self._stack = PlanStack(as_generator(plan))
        self._plans_checkpoint = None
        self._table = self.commands

        def beat() -> None:
            # The pulse first: what waits for it is then done by the time that the loop, which waits for that, is woken.
            ctx.pulse.beat()
            self._wake.set()

        self.inbox.waker = partial(loop.call_soon_threadsafe, beat)
        if self.holds:
            self.inbox.pending = True  # it begins suspended: see _obey
        else:
            self.states.move(State.RUNNING)
        return ctx

    async def _execute(self, ctx: Context) -> None:
        """The loop. Returns when the plan is over; raises what it raised."""
        inbox, stack, perform = self.inbox, self._stack, self._perform
        breathe_at = monotonic() + TIME_SLICE
        while not stack.is_over:
            if monotonic() > breathe_at:
                await self._breathe(ctx)
                breathe_at = monotonic() + TIME_SLICE
            while inbox.pending:  # until nothing is: what comes while an ending begins is obeyed before its clean-up
                perform = await self._heed(ctx)
            msg = stack.advance()
            if msg is ENDED:
                continue
            self.msg = msg
            try:
                reply = perform(ctx, msg)
                if type(reply) is CoroutineType:
                    reply = await self._attend(ctx, reply, self.commands[msg.command].repeatable, may_skip=True)
                    breathe_at = monotonic() + TIME_SLICE  # the others have had their turn
            except BaseException as error:  # every error of a command is the plan's to handle
                if is_shutdown(error):
                    raise
                reply = self._failed(ctx, msg, error)
            if reply is INTERRUPTED:
                perform = await self._heed(ctx, msg)
            else:
                stack.top.reply = reply

    def _failed(self, ctx: Context, msg: Any, error: BaseException) -> object:
        """A message has failed: the plan is told, unless that is waited out; then it counts as INTERRUPTED."""
        if self._is_excused(ctx, error, msg):
            return INTERRUPTED
        ctx.checkpoint.retract(msg)  # repeated later, it would fail where the plan does not expect it
        self._throw(explained(error, msg, self.commands))
        return None

    async def _heed(self, ctx: Context, cut_short: Msg | None = None) -> Callable[[Context, Any], Any]:
        """Do what is asked. Returns how messages are performed from here on, which costs a quiet plan nothing."""
        await self._obey(ctx, cut_short)
        skips = self.skipping.reason is not None and not self._suspended
        self._table = self.skipping if skips else self.commands
        return self._perform if ctx.wishes.after_run is None else self._perform_between_runs

    async def _breathe(self, ctx: Context) -> None:
        """Let others have a turn. Here, where it costs nothing, the record is looked after as well."""
        if ctx.checkpoint.is_overlong:
            ctx.mark()
        await asyncio.sleep(0)

    def _perform(self, ctx: Context, msg: Any) -> Any:
        """Execute what a plan yields. Returns its reply, a coroutine of it, or INTERRUPTED if it has to wait first."""
        if type(msg) is not Msg and not is_message(msg):
            hint = "; write 'yield from' for a plan within a plan" if hasattr(msg, "send") else ""
            raise TypeError(f"A plan yields Msg, not {type(msg).__name__}: {msg!r}{hint}")
        if self.holds.partial and self._may_not(ctx, msg):
            return self._cut_short(ctx, msg)
        if self.env.msg_hook is not None:
            self.env.msg_hook(msg)
        if msg.obj is not None:
            ctx.touched.seen[msg.obj] = None
        command = self._table.get(msg.command)
        if command is None:
            raise InvalidCommand(unknown(msg, self.commands))
        if command.repeatable:
            ctx.checkpoint.record(msg)
        execute = command.run  # apart from the call: as a method, it would be looked up in the class first
        return execute(ctx, msg)

    def _perform_between_runs(self, ctx: Context, msg: Any) -> Any:
        """As `_perform`; but when no run is open, a pause that waits for that comes before something new begins."""
        if self._suspended or ctx.runs or not is_message(msg) or not ctx.wishes.may_pause_after(len(ctx.uids)):
            return self._perform(ctx, msg)
        command = COMMANDS.get(msg.command)
        if command is not None and not command.begins:
            return self._perform(ctx, msg)
        ctx.wishes.at_new_beginning()
        ctx.mark_if_resumable()  # what has tidied up is not repeated
        return INTERRUPTED

    def _cut_short(self, ctx: Context, msg: Msg) -> object:
        """Leave a message, as if it had been interrupted when it was about to begin: it is recorded then."""
        command = self.commands.get(msg.command)
        if command is not None and command.repeatable:
            ctx.checkpoint.record(msg)
        return INTERRUPTED
