"""The part of the engine's face that asks something of the plan, without waiting for it.

Rules of this file:
1. What cannot be done in the present state is refused here, with the state and what would be possible.
2. A plan that was accepted can be spoken to from then on, though the engine's thread may not have begun it.
3. What is asked of a plan never reaches the next one: to look at the state and to post the request is one step.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from ..environment import Environment
from ..errors import GivenUp, TransitionError
from ..holds import Scope
from ..interruptions import Ask, Request
from ..skipping import PointSkipped
from ..states import State
from .loop_thread import LoopThread
from .suspending import Suspending

__all__ = ["CLOSED", "IN_PROGRESS", "Requests"]

IN_PROGRESS = "Another plan is in progress"
CLOSED = "The engine is closed"

_BUSY = tuple(state for state in State if state not in (State.IDLE, State.PANICKED))
_PAUSABLE = (State.RUNNING, State.SUSPENDED, State.PAUSING)
_GOES_ON = (*_PAUSABLE, State.PAUSED)
_ALLOWED = {
    Ask.PAUSE_AFTER_RUN: _GOES_ON,
    Ask.SKIP_POINT: _GOES_ON,
    Ask.DEFERRED_PAUSE: _PAUSABLE,
    Ask.PAUSE: _PAUSABLE,
    Ask.RESUME: (State.PAUSED,),
}
"""The states in which each can be asked for; the others, in all in which a plan is executed."""
_WORDS = {
    Ask.PAUSE_AFTER_RUN: "Pausing after the run",
    Ask.SKIP_POINT: "Skipping a point",
    Ask.REMARK: "Recording",
    Ask.DEFERRED_PAUSE: "Pausing at a checkpoint",
    Ask.PAUSE: "Pausing",
    Ask.RESUME: "Resuming",
    Ask.STOP: "Stopping",
    Ask.ABORT: "Aborting",
    Ask.HALT: "Halting",
}


class Requests(Suspending):
    """What can be asked of a plan. Every method may be called from any thread, and none of them waits."""

    def __init__(self, env: Environment, thread: LoopThread) -> None:
        super().__init__(env, thread)
        self._gate = threading.RLock()
        """Where plans and requests come in, one at a time. Held for moments only: no user's code runs under it."""
        self._busy = ""
        """Why no plan can be started."""
        self._begins = False
        """Whether a plan has been accepted that the engine's thread has not begun."""
        self.skip_observers: list[Callable[[PointSkipped], None]] = []
        """Each is called when a point that was skipped is over, in the engine's thread."""
        self._engine.skipping.observers.append(self._point_skipped)

    def request_pause(self, defer: bool = False, *, reason: str = "") -> None:
        """Ask for a pause, now or at the next checkpoint. Raises TransitionError where no plan can be paused."""
        self._ask(Ask.DEFERRED_PAUSE if defer else Ask.PAUSE, reason)

    def request_pause_after_run(self, reason: str = "") -> None:
        """Ask for a pause when the runs that are open have been closed, or now if none is.

        What tidies up after a run is still executed; the pause comes before the first message that begins something. It
        needs no checkpoint. If the plan is over first, its result says `pause_wished`. Raises TransitionError where no
        plan can be paused.
        """
        self._ask(Ask.PAUSE_AFTER_RUN, reason)

    def request_resume(self) -> None:
        """Ask a paused plan to go on; one that was to pause after the run, and has not yet, not to.

        Raises TransitionError where there is neither.
        """
        self._hold_for_suspenders()
        self._ask(Ask.RESUME, "")

    def request_skip_point(self, reason: str = "") -> None:
        """Ask for the current point to be given up, and the plan to go on.

        A point is what is between two checkpoints, and the current one is that whose checkpoint was passed last: asked
        for between a checkpoint and what follows, it is what follows. A run's beginning and end, `clear_checkpoint` and
        `unstage` divide points as well.

        What the point has started, and what is waited for, is stopped if it can be, and forgotten, failed or not. From
        there on to the end of the point nothing is moved, triggered, kicked off or waited for, and no event is made;
        everything else is executed, `read` too, since plans compute with readings. What is in the air is flown to its
        end, what was started earlier goes on, and a `wait` for either of them waits. Of a plan that is paused or
        suspended the point is skipped when it goes on. `skip_observers` are told when the point is over.

        Raises TransitionError where no plan is in progress, it is ending, or no run is open.
        """
        self._ask(Ask.SKIP_POINT, reason)

    def request_stop(self, reason: str = "", *, by: str = "") -> None:
        """Ask for the end of the plan, as `stop`; `by` is the `operator` in the RunStop. TransitionError when idle."""
        self._ask(Ask.STOP, reason, by=by)

    def request_abort(self, reason: str = "", *, by: str = "") -> None:
        """Ask for the end of the plan, as `abort`; `by` is the `operator` in the RunStop. TransitionError when idle."""
        self._ask(Ask.ABORT, reason, by=by)

    def request_halt(self, reason: str = "", *, by: str = "") -> None:
        """Ask for the end of the plan, as `halt`; `by` is the `operator` in the RunStop. TransitionError when idle."""
        self._ask(Ask.HALT, reason, by=by)

    def end_plan(self, how: str, reason: str, *, scope: Scope | None = None) -> bool:
        """Stop or abort the plan in progress, if there is one and, at the moment, it is one that `scope` covers.

        For what watches over plans; returns whether there is one. `how` is "stop" or "abort" (ValueError).
        """
        asks = {"stop": Ask.STOP, "abort": Ask.ABORT}
        if how not in asks:
            raise ValueError(f"end_plan: {how!r} is no way to end a plan; there are: {', '.join(asks)}")
        try:
            self._ask(asks[how], reason, scope)
        except TransitionError:
            return False
        return True

    def remark(self, text: str) -> None:
        """Have the runs that are open record this among their interruptions, where these are recorded."""
        self.log.warning("%s", text)
        with suppress(TransitionError):
            self._ask(Ask.REMARK, text)

    def _point_skipped(self, news: PointSkipped) -> None:
        self.log.info("a point was skipped (%s), which ended with: %s", news.reason or "no reason", news.ended_by)
        for observer in tuple(self.skip_observers):
            try:
                observer(news)
            except GivenUp:
                raise
            except BaseException:  # a SystemExit would end the thread that runs the loop
                self.log.exception("%r failed on %r", observer, news)

    def why_not(self, ask: Ask, state: State | None = None) -> str:
        """Why this would be refused if it were asked for now, for people; empty if it would not.

        `state` is for whoever tells of transitions one by one, and is at one before the last.
        """
        with self._gate:
            if state is None:
                state = State.RUNNING if self._begins else self.state  # in a moment
            if ask is Ask.SKIP_POINT and state in _GOES_ON and not self._has_runs():
                return (
                    f"{_WORDS[ask]} is not possible: no run is open, and there are points in runs only; "
                    "the plan can be paused, stopped, aborted or halted"
                )
            allowed = _ALLOWED.get(ask, _BUSY)
            if ask is Ask.RESUME and self.pause_after_run_requested and not self.pause_requested:
                allowed = _GOES_ON  # it takes that pause back
            if state in allowed:
                return ""
            possible = "executing a plan" if allowed is _BUSY else " or ".join(allowed)
            return f"{_WORDS[ask]} is not possible: the engine is {state}, not {possible}"

    def _has_runs(self) -> bool:
        ctx = self._engine.ctx
        return ctx is not None and bool(ctx.runs)

    def _ask(self, ask: Ask, reason: str, scope: Scope | None = None, *, by: str = "") -> None:
        with self._gate:
            if why := self.why_not(ask):
                raise TransitionError(why)
            self._engine.inbox.post(Request(ask, reason, scope, by))
