"""The part of the engine's face that waits: the calls that people type.

Rules of this file:
1. A caller waits in `news`, or in the user's `during_task`: never for a lock or a future (see `news`).
2. Nothing here is for the engine's own thread: there it would wait for itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from functools import partial
from inspect import currentframe
from typing import Any

from ..dispatcher import Subscribers
from ..environment import Environment
from ..errors import RunEngineInterrupted, TransitionError
from ..results import NO_PLAN_RETURN, Outcome, RunResult
from .during_task import DuringTask, meanwhile
from .giving_up import GivingUp
from .loop_thread import LoopThread
from .submission import Submission

__all__ = ["Calls"]


class Calls(GivingUp):
    """Starting, resuming and ending a plan, and waiting for what becomes of it."""

    def __init__(self, env: Environment, thread: LoopThread) -> None:
        super().__init__(env, thread)
        self.context_managers: list[Callable[[Any], AbstractContextManager[Any]]] = []
        """Each is called with the engine, and entered while a call waits."""
        self._during_task: DuringTask | None = None

    def __call__(self, plan: Any, subs: Subscribers | None = None, /, **metadata: Any) -> Any:
        """Execute a plan; return when it is over.

        `subs` are subscribed for this call: a function, a list of them, or a dict by document name; keyword arguments
        go into each RunStart. Returns the uids of the runs, or a RunResult. Raises what the plan raises, and
        RunEngineInterrupted if it was paused or ended on request.
        """
        self._refuse_deep_calls()
        if "raise_if_interrupted" in metadata:
            warnings.warn("raise_if_interrupted is metadata like any other: a call always raises", stacklevel=2)
        submission = Submission()
        start = partial(self._submit, submission, plan, subs, metadata)
        return self._until_over_or_paused(submission, start, since=0)

    def resume(self) -> Any:
        """Go on with a paused plan, from its last checkpoint; return when it is over. Returns and raises as a call."""
        return self._until_over_or_paused(self._plan, self.request_resume, since=self.last_change.seq)

    def stop(self, reason: str = "") -> Any:
        """End the plan; it cleans up, and its runs count as successful.

        Waits for the end of a plan that is paused. Returns the uids of the runs so far, or a RunResult. Raises what
        the plan raises while it cleans up, and TransitionError when idle.
        """
        return self._end(self.request_stop, Outcome.STOP, reason)

    def abort(self, reason: str = "") -> Any:
        """End the plan; it cleans up, and its runs count as aborted. Waits, returns and raises as `stop`."""
        return self._end(self.request_abort, Outcome.ABORT, reason)

    def halt(self, reason: str = "") -> Any:
        """End the plan at once, without its clean-up. Waits, returns and raises as `stop`.

        Works as well where a device blocks the engine's thread: see `request_halt`. RuntimeError where it cannot, since
        the loop is somebody else's.
        """
        idle = self.state.is_idle and not self._begins
        return self._end(self._halt_without_a_plan if idle else self.request_halt, Outcome.HALT, reason)

    def reset(self) -> None:
        """Halt the plan, if there is one, wait for its end, and forget all subscriptions."""
        if not self.state.is_idle or self._begins:
            self._refuse_to_block()
            self.request_halt("reset")
            self._until_over(self._plan)
        self.dispatcher.unsubscribe_all()

    # Inside

    def _refuse_to_block(self) -> None:
        if self._thread.is_current:
            raise RuntimeError(
                "Waiting for a plan in the engine's own thread would never end. Within a plan write 'yield from "
                "plan(…)' in place of RE(plan(…)); in a callback or hook use submit or request_…"
            )

    def _refuse_deep_calls(self) -> None:
        if self.max_depth is None:
            return
        depth, frame = -1, currentframe()
        while frame is not None:
            depth, frame = depth + 1, frame.f_back
        if depth > self.max_depth:
            raise RuntimeError(
                f"The engine was called at depth {depth} of the stack, and RE.max_depth is {self.max_depth}. A "
                "function that calls it can be neither paused nor used in a plan: write a plan, and give it that"
            )

    def _contexts(self) -> ExitStack:
        with ExitStack() as entered:
            for manager in self.context_managers:
                entered.enter_context(manager(self))
            return entered.pop_all()

    def _until_over_or_paused(self, plan: Submission | None, start: Callable[[], object], since: int) -> Any:
        """Start something, wait until the plan is over or paused later than transition `since`, return the outcome."""
        self._refuse_to_block()

        def is_so() -> bool:
            change = self.last_change  # once: another one may come between two looks
            return _is_over(plan) or (change.new.is_paused and change.seq > since)

        with self._contexts():
            try:
                start()
                self._until(is_so, plan)
            except KeyboardInterrupt:
                # Ctrl-C is for the plan: it pauses, and says so. A second one, while it is about to, is for the caller.
                self._pause_on_ctrl_c(plan)
                self._until(is_so, plan)
        return self._outcome(plan)

    def _until_over(self, plan: Submission | None) -> None:
        self._until(partial(_is_over, plan), plan)

    def _until(self, is_so: Callable[[], bool], plan: Submission | None) -> None:
        if self._during_task is not None:
            try:
                meanwhile(self._during_task, self._news, is_so)
            except Exception as error:
                with suppress(TransitionError):
                    self.request_halt(f"during_task failed: {error}")
                self._news.wait_for(partial(_is_over, plan))
                raise
        self._news.wait_for(is_so)

    def _pause_on_ctrl_c(self, plan: Submission | None) -> None:
        if plan is None or not plan.accepted or self.pause_requested:
            raise KeyboardInterrupt
        try:
            self.request_pause(reason="Ctrl-C")
        except TransitionError as too_late:
            raise KeyboardInterrupt from too_late

    def _outcome(self, plan: Submission | None) -> Any:
        if not _is_over(plan):
            reason = self.last_change.reason
            why = f"paused: {reason}" if reason else "paused"
            raise RunEngineInterrupted(self.pause_msg.replace("{why}", why))
        result = _result(plan)
        if result.interrupted:
            raise RunEngineInterrupted(result.reason) from result.exception
        return self._returned(result)

    def _end(self, ask: Callable[[str], None], outcome: Outcome, reason: str) -> Any:
        plan, ctx = self._plan, self._engine.ctx  # it may be over by the time that it has been asked for
        if self._thread.is_current or not self.state.is_paused:
            ask(reason)
            uids = tuple(ctx.uids) if ctx is not None else ()
            return self._returned(RunResult(uids, NO_PLAN_RETURN, outcome.exit_status, True, reason, None, outcome))
        with self._contexts():
            ask(reason)
            self._until(lambda: _is_over(plan) or (outcome is Outcome.HALT and bool(self._cannot_halt)), plan)
        if not _is_over(plan):
            raise RuntimeError(f"RE.halt(): {self._cannot_halt}")
        return self._returned(_result(plan))

    def _returned(self, result: RunResult) -> Any:
        if result.exception is not None and not result.interrupted:
            raise result.exception
        return result if self.call_returns_result else result.uids


def _is_over(plan: Submission | None) -> bool:
    return plan is None or plan.over


def _result(plan: Submission | None) -> RunResult:
    if plan is not None and plan.result is not None:
        return plan.result
    raise (plan and plan.failure) or RuntimeError("no plan has been started")
