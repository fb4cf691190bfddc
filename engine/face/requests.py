"""The part of the engine's face that asks something of the plan, without waiting for it.

Rules of this file:
1. What cannot be done in the present state is refused here, with the state and what would be possible.
2. A plan that was accepted can be spoken to from then on, though the engine's thread may not have begun it.
3. What is asked of a plan never reaches the next one: to look at the state and to post the request is one step.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from ..environment import Environment
from ..errors import TransitionError
from ..holds import Scope
from ..interruptions import Ask, Request
from ..states import State
from .loop_thread import LoopThread
from .suspending import Suspending

__all__ = ["CLOSED", "IN_PROGRESS", "Requests"]

IN_PROGRESS = "Another plan is in progress"
CLOSED = "The engine is closed"

_BUSY = tuple(state for state in State if state not in (State.IDLE, State.PANICKED))
_PAUSABLE = (State.RUNNING, State.SUSPENDED, State.PAUSING)
_WORDS = {
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

    def request_pause(self, defer: bool = False, *, reason: str = "") -> None:
        """Ask for a pause, now or at the next checkpoint. Raises TransitionError where no plan can be paused."""
        self._ask(Ask.DEFERRED_PAUSE if defer else Ask.PAUSE, reason, _PAUSABLE)

    def request_resume(self) -> None:
        """Ask a paused plan to go on. Raises TransitionError where none is paused."""
        self._hold_for_suspenders()
        self._ask(Ask.RESUME, "", (State.PAUSED,))

    def request_stop(self, reason: str = "") -> None:
        """Ask for the end of the plan, as `stop`. Raises TransitionError when idle."""
        self._ask(Ask.STOP, reason, _BUSY)

    def request_abort(self, reason: str = "") -> None:
        """Ask for the end of the plan, as `abort`. Raises TransitionError when idle."""
        self._ask(Ask.ABORT, reason, _BUSY)

    def request_halt(self, reason: str = "") -> None:
        """Ask for the end of the plan, as `halt`. Raises TransitionError when idle."""
        self._ask(Ask.HALT, reason, _BUSY)

    def end_plan(self, how: str, reason: str, *, scope: Scope | None = None) -> bool:
        """Stop or abort the plan in progress, if there is one and, at the moment, it is one that `scope` covers.

        For what watches over plans; returns whether there is one. `how` is "stop" or "abort" (ValueError).
        """
        asks = {"stop": Ask.STOP, "abort": Ask.ABORT}
        if how not in asks:
            raise ValueError(f"end_plan: {how!r} is no way to end a plan; there are: {', '.join(asks)}")
        try:
            self._ask(asks[how], reason, _BUSY, scope)
        except TransitionError:
            return False
        return True

    def remark(self, text: str) -> None:
        """Have the runs that are open record this among their interruptions, where these are recorded."""
        self.log.warning("%s", text)
        with suppress(TransitionError):
            self._ask(Ask.REMARK, text, _BUSY)

    def _ask(self, ask: Ask, reason: str, allowed: tuple[State, ...], scope: Scope | None = None) -> None:
        with self._gate:
            state = self.state
            if self._begins:
                state = State.RUNNING  # in a moment
            if state not in allowed:
                possible = " or ".join(allowed)
                raise TransitionError(f"{_WORDS[ask]} is not possible: the engine is {state}, not {possible}")
            self._engine.inbox.post(Request(ask, reason, scope))
