"""The core that takes over from one whose thread is blocked.

Rules of this file:
1. Whatever the deposed core does when its thread comes back ends in GivenUp, before it has an effect: its states, its
   inbox and its environment are dead ones, and its runs are taken away from it.
2. What others hold lives on in the heir: the state machine, the holds, the commands, the environment.
3. The heir ends the plan as a halt does. It can be deposed as well, and begins with what is left then.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

from .cleanup import clean_up, conclude, explain, leave_as_it_is
from .context import Context
from .engine import Engine
from .environment import Environment
from .errors import FailedPause, GivenUp, PlanHalt, RequestAbort, RequestStop
from .interruptions import Ask, Inbox
from .results import NO_PLAN_RETURN, Outcome, RunResult
from .runs import RunBundler
from .skipping import Skipping
from .states import TRANSITIONS, State, StateMachine

__all__ = ["Heir"]

GIVEN_UP = "given up while blocked"
OLD_TASK = 1.0
"""Seconds that the deposed core has for ending itself, where its loop is alive."""

Ending = PlanHalt | RequestStop | RequestAbort | FailedPause


class _DeadStates(StateMachine):
    def move(self, new: State, reason: str = "") -> NoReturn:
        raise GivenUp


class _DeadInbox(Inbox):
    def take(self) -> NoReturn:
        raise GivenUp


def _refuse(msg: Any) -> NoReturn:
    raise GivenUp


def _dead(env: Environment) -> Environment:
    dead = copy.copy(env)
    dead.msg_hook = _refuse
    return dead


class Heir(Engine):
    """Deposes a core, and is what it was: with its holds, its state, and what is left of its plan."""

    def __init__(self, core: Engine, opening: Iterable[tuple[Any, RunBundler]] = ()) -> None:
        super().__init__(core.env, core.commands)
        inbox, wake = self.inbox, self._wake
        vars(self).update(vars(core))
        self.inbox, self._wake = inbox, wake
        self._plans_checkpoint, self._at, self.in_force = None, [], list
        self.holds.changed = inbox.nudge
        core.inbox.pending, core.inbox.waker = True, lambda: None
        core.states, core.inbox, core.env = _DeadStates(), _DeadInbox(), _dead(core.env)
        core.inbox.pending = True  # both: the loop tests the one that it began with, the others this one
        core.skipping = Skipping({})
        self._old = core.ctx
        self.ctx = self._left = None if core.ctx is None else self._inherit(core.ctx, opening)

    def _inherit(self, old: Context, opening: Iterable[tuple[Any, RunBundler]]) -> Context:
        ctx = Context(
            self.env, self.inbox, self.holds, old.plan, old.metadata, tokens=old.tokens, held_time=self.held_time
        )
        ctx.runs, ctx.marks, ctx.uids = dict(old.runs), dict(old.marks), list(old.uids)
        ctx.problems += old.problems
        for key, run in opening:  # somebody has seen its RunStart: it needs its RunStop
            if run.run_is_open and key not in ctx.runs:
                ctx.opened(key, run)
        old.runs, old.tokens = {}, set()
        ctx.touched.take_over(old.touched)
        ctx.resting, ctx.is_over, ctx.ending, ctx.wishes.begun = old.resting, old.is_over, old.ending, old.wishes.begun
        ctx.ended_by = old.ended_by
        old.env = _dead(old.env)
        return ctx

    async def end_plan(
        self, reason: str, blocked_in: str, predecessor: asyncio.Task[Any] | None, *, alive: bool, by: str = ""
    ) -> RunResult:
        """End what is left of the plan, as a halt for that reason does. Returns what became of it.

        Where the thread is `alive`, since it could be freed, `predecessor` ends first, and devices are put back;
        otherwise none is called.
        """
        if predecessor is not None and alive:
            predecessor.cancel()
            await asyncio.wait([predecessor], timeout=OLD_TASK)
            if self._old is not None:
                self._old.groups.pardon()
        given_up = f"{GIVEN_UP} in {blocked_in}" if blocked_in else GIVEN_UP
        if self._left is None:  # it had ended, but for those who were being told so
            error = PlanHalt(_joined(reason, given_up))
            return RunResult((), NO_PLAN_RETURN, Outcome.HALT.exit_status, True, str(error), error, Outcome.HALT)
        try:
            result = await self._end_plan(self._left, reason, given_up, by, devices=alive and not self._left.is_over)
            self.msg = self.ctx = self._left = self._old = None
            self.states.move(State.IDLE, result.reason)
        except BaseException as error:  # as in `run`
            self.states.move(State.PANICKED, explain(error))
            raise
        return result

    async def _end_plan(self, ctx: Context, reason: str, given_up: str, by: str, *, devices: bool) -> RunResult:
        ending = self._ending(ctx, reason, given_up, by)
        ctx.ending = ending
        if self.states.state is State.IDLE:
            self.states.move(State.RUNNING)  # it was about to begin
        if State.HALTING in TRANSITIONS[self.states.state]:
            self.states.move(State.HALTING, ending.reason)
        self.env.recording.tell_at_once()
        self.skipping.over("halt", self._old.wishes if self._old is not None else None)
        for generator in self._stack.halt(ending if isinstance(ending, PlanHalt) else PlanHalt(ending.reason)):
            ctx.problems.append(f"{generator!r} tried to go on after a halt")
        result = conclude(ctx, NO_PLAN_RETURN, ending)
        end = clean_up if devices else leave_as_it_is
        await end(ctx, result, self._attend_to_halt, partial(self._until_told, halting=True))
        return replace(result, problems=tuple(ctx.problems))

    def _ending(self, ctx: Context, reason: str, given_up: str, by: str) -> Ending:
        """A halt; but an ending that was already being cleaned up after remains what it was."""
        ending = ctx.ending if isinstance(ctx.ending, Ending) else None
        if ending is None or not (ctx.is_over or isinstance(ending, PlanHalt)):
            ending = PlanHalt(reason)
            ctx.wishes.begun, ctx.ended_by = Ask.HALT, by
        if GIVEN_UP in ending.reason:
            return ending
        return type(ending)(_joined(ending.reason, given_up))


def _joined(reason: str, given_up: str) -> str:
    return f"{reason}; {given_up}" if reason else given_up
