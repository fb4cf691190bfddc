"""What is asked of a running plan is carried out: it pauses, is suspended, goes on, ends.

Rules of this file:
1. What comes next is decided in `interruptions.next_step`; here it is carried out.
2. While something is waited for here, more can be asked for: whoever has waited looks again.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from .checkpoint import Checkpoint
from .context import Context
from .errors import FailedPause, PlanHalt, PlanInterruption, RequestAbort, RequestStop
from .excuses import AGAIN
from .holds import Hold, reasons
from .interruptions import Ask, Request, Step
from .listening import Listening
from .messages import Msg
from .states import State
from .suspension import suspension
from .wait_groups import group_of

__all__ = ["Obeying"]

_ENDINGS: dict[Ask, tuple[State, type[PlanInterruption] | type[PlanHalt]]] = {
    Ask.STOP: (State.STOPPING, RequestStop),
    Ask.ABORT: (State.ABORTING, RequestAbort),
    Ask.HALT: (State.HALTING, PlanHalt),
}


class Obeying(Listening):
    """The part of the engine that does what is asked of it."""

    async def _obey(self, ctx: Context, cut_short: Msg | None = None) -> None:
        """Do what is asked, until the plan may go on. `cut_short` is the message that was interrupted for it."""
        while True:
            is_ending, cut_short = await self._carry_out(ctx, cut_short)
            if is_ending:
                return
            failure = None if self._suspended else ctx.groups.next_failure()
            if failure is None or not self._is_excused(ctx, failure):
                break
        if cut_short is not None:
            ctx.checkpoint.retract(cut_short)
            self._stack.replay([cut_short], owed=True)
        if failure is not None:
            self._tell(ctx, failure)
        if self.states.state in (State.PAUSED, State.IDLE):
            await self._attend(ctx, ctx.wake(), repeatable=False)
            self.states.move(State.RUNNING)

    async def _carry_out(self, ctx: Context, cut_short: Msg | None) -> tuple[bool, Msg | None]:
        """Do what is asked. Returns whether the plan is ending, and what is still cut short."""
        while (step := self._look(ctx, cut_short)) is not Step.GO_ON:
            holds = [] if self._suspended else self._holds_on(ctx, cut_short)
            if not holds and self._is_for_holds(ctx, step):
                continue  # they have let go in this moment
            if step is not Step.SUSPEND and self.states.state is State.IDLE:
                self.states.move(State.RUNNING)  # asked for before it began: a hold is where it would begin otherwise
            if step is Step.PAUSE:
                await self._pause(ctx, cut_short)
            elif step is Step.SUSPEND:
                await self._suspend(ctx, cut_short, holds)
            elif step is Step.SKIP:
                await self._skip(ctx, cut_short)
                continue
            else:
                await self._end(ctx, step, holds)
                return True, None
            cut_short = None
        return False, cut_short

    @staticmethod
    def _is_for_holds(ctx: Context, step: Step) -> bool:
        """Whether a step is taken for nothing else than holds."""
        return step is Step.SUSPEND or (step is Step.CANNOT_HOLD and ctx.wishes.pause is None)

    def _tell(self, ctx: Context, failure: BaseException) -> None:
        """What has failed is told to the plan, not to the suspension, which has nothing to do with it."""
        if self._stack.owes_error:
            ctx.problems.append(f"when the plan was already failing: {failure}")
        else:
            self._throw(failure)

    def _throw(self, error: BaseException) -> None:
        """Raise this in the plan, or the suspension, at its message."""
        self._stack.throw(error)
        if not self._suspended:
            self.skipping.fail()

    async def _skip(self, ctx: Context, cut_short: Msg | None) -> None:
        """Give the point up: its work is stopped and forgotten, and from here on messages are answered, not executed.

        `cut_short` is what the plan waits for, if it does: that is given up as well, if it is older than the point.
        """
        request, ctx.wishes.skip = ctx.wishes.skip, None
        if request is None:
            return
        self.skipping.begin(request.reason)
        if not ctx.runs:  # the last one was closed meanwhile
            self.skipping.over("close_run")
            return
        ctx.record_interruption(f"skip point: {request.reason}" if request.reason else "skip point")
        groups = [group_of(cut_short)] if cut_short is not None and cut_short.command == "wait" else []
        work = ctx.groups.work(groups)
        devices = [started.msg.obj for started in work if started.pending]
        if devices:
            await self._attend(ctx, ctx.touched.stop_these(devices), repeatable=False)
        ctx.groups.give_up(work)
        ctx.give_up_point()

    async def _pause(self, ctx: Context, cut_short: Msg | None) -> None:
        wishes, was_awake = ctx.wishes, False
        if self.states.state is not State.PAUSED:
            reason = wishes.pause.reason if wishes.pause else ""
            self.states.move(State.PAUSING, reason)
            ctx.record_interruption("pause")
            was_awake = not ctx.resting
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
            ctx.record_interruption("resume")
            if self._suspended:
                if was_awake:  # paused in a post-plan, which expects it
                    await self._attend(ctx, ctx.wake(), repeatable=False)
                self.states.move(State.SUSPENDED, reasons(self.in_force()))

    async def _suspend(self, ctx: Context, cut_short: Msg | None, holds: list[Hold]) -> None:
        reason = reasons(holds)
        self.held_time.began(*(hold.reason for hold in holds))
        self.in_force = lambda: holds
        self.states.move(State.SUSPENDED, reason)
        ctx.record_interruption(reason)
        if all(hold.patient for hold in holds):
            ctx.keep_saved()
        recorded = [*ctx.checkpoint.messages, *([cut_short] if cut_short is not None else [])]
        ctx.spares = partial(self._spares, {id(msg.obj) for msg in recorded})
        await self._attend(ctx, ctx.rest(ctx.spares), repeatable=False)
        # Also what turns out not to be repeatable: the plan was at it, and waits as it would for any hold.
        self._at, names = [*recorded, *self._rewind(ctx, cut_short)], ctx.plan_names
        ctx.going_on = {id(msg): msg for msg in ctx.groups.moving()}
        self.in_force = lambda: self.holds.on(names, self._to_do(ctx)) if self.holds else []
        self._plans_checkpoint, ctx.checkpoint = ctx.checkpoint, Checkpoint()
        ctx.mark()
        known = [hold.owner for hold in holds]
        self._stack.push(suspension(self.in_force, known), on_exit=partial(self._suspension_over, ctx))
        self.holds.discard(AGAIN)  # it has done what it was for

    def _spares(self, again: set[int], device: Any) -> bool:
        """Whether a device may go on moving: the holds are not about it, and the plan will not do it again."""
        return id(device) not in again and not any(hold.is_about_moving(device) for hold in self.in_force())

    def _suspension_over(self, ctx: Context, error: BaseException | None) -> None:
        if self._plans_checkpoint is not None:
            ctx.checkpoint, self._plans_checkpoint = self._plans_checkpoint, None
        if (owed := ctx.suspension_over()) and error is None:
            self._stack.replay(owed, owed=False)
        self.inbox.pending = True  # what failed meanwhile has waited for this
        if error is not None:
            self.skipping.fail()
            # A pre- or post-plan failed: the plan is told, and must be able to clean up, whoever still holds it.
            # One that goes on instead is held again at its next checkpoint.
            ctx.holdable = False
        if self.states.state is State.SUSPENDED:
            self.states.move(State.RUNNING)
            ctx.record_interruption(f"resume after {self.held_time.last:.1f} s")

    def _rewind(self, ctx: Context, cut_short: Msg | None) -> list[Msg]:
        """Have the messages since the checkpoint executed again, and in any case the one that was cut short."""
        if messages := ctx.rewind(cut_short):
            self._stack.replay(messages, owed=messages[-1] is self.msg)
        return messages

    async def _end(self, ctx: Context, step: Step, holds: list[Hold]) -> None:
        """Begin the ending that is asked for: the plan gets it as an exception, and cleans up; halt skips that."""
        wishes = ctx.wishes
        if step is Step.CANNOT_HOLD:
            reason = wishes.pause.reason if wishes.pause else reasons(holds)
            wishes.end = Request(Ask.ABORT, reason)
        request = wishes.end or Request(Ask.ABORT)
        state, error = _ENDINGS[request.ask]
        self.skipping.over(request.ask.name.lower(), wishes)
        self.holds.discard(AGAIN)
        wishes.begun, wishes.end, wishes.pause, wishes.deferred = request.ask, None, None, None
        ctx.ending = FailedPause(request.reason) if step is Step.CANNOT_HOLD else error(request.reason)
        ctx.ended_by = request.by
        self.states.move(state, request.reason)
        ctx.groups.pardon()
        ctx.leave_bundles()
        if isinstance(ctx.ending, PlanHalt):
            self.env.recording.tell_at_once()
            for generator in self._stack.halt(ctx.ending):
                ctx.problems.append(f"{generator!r} tried to go on after a halt")
        else:
            problem = await self._attend_to_halt(ctx.stand_still(), "stopping what moves")
            ctx.problems += [problem] if problem else []
            self._stack.throw(ctx.ending)
            self.inbox.pending = True  # a halt that was seen meanwhile is still to be obeyed
