"""The face of the engine: the thread that owns its loop, and the blocking calls that people type.

Rules of this file:
1. Here meet the callers' threads and the engine's (`loop_thread`). Everything that is asked of the engine goes
   through the inbox, or is started on the engine's loop.
2. What cannot be done in the present state is refused here, with the state and what would be possible.
3. Nothing is printed, and no signal handler is installed.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Hashable, MutableMapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from .dispatcher import Subscribers, normalize_subs
from .environment import Environment, next_scan_id
from .errors import RunEngineInterrupted, TransitionError
from .facts import Facts
from .interruptions import Ask, Request
from .loop_thread import LoopThread
from .news import News
from .plan_stack import as_generator
from .results import RunResult
from .states import State, StateChange
from .touched import settled

__all__ = ["RunEngine"]

log = logging.getLogger("reioc.engine")

PAUSE_MESSAGE = (
    "The plan is not over: {why}. Go on with RE.resume(), or end it with RE.stop() (its data count as good), "
    "RE.abort() (they do not), or RE.halt() (at once, without clean-up)."
)


@dataclass(slots=True, eq=False)
class _Submitted:
    """A plan, and whether it is over: not asked of the future, whose lock is not for callers (see `news`)."""

    future: Future[RunResult]
    over: bool = False


class RunEngine(Facts):
    """Executes plans and emits documents.

    `md` is kept and goes into every RunStart; `scan_id_source(md)` gives the next scan number; `md_validator(md)` may
    raise to refuse a run; `md_normalizer(md)` returns the metadata that are used; `preprocessors` are applied to each
    plan. With `call_returns_result` a call returns a RunResult, otherwise the uids of its runs.
    """

    def __init__(
        self,
        md: MutableMapping[str, Any] | None = None,
        *,
        loop: asyncio.AbstractEventLoop | None = None,
        preprocessors: list[Callable[[Any], Any]] | None = None,
        md_validator: Callable[[dict[str, Any]], Any] | None = None,
        md_normalizer: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
        scan_id_source: Callable[[Any], Any] = next_scan_id,
        call_returns_result: bool = False,
    ) -> None:
        given = {"md": md, "md_validator": md_validator, "md_normalizer": md_normalizer}
        super().__init__(
            Environment(
                scan_id_source=scan_id_source, **{key: value for key, value in given.items() if value is not None}
            )
        )
        self.preprocessors = preprocessors if preprocessors is not None else []
        self.call_returns_result = call_returns_result
        self.observers: list[Callable[[StateChange | RunResult], None]] = []
        self._engine.states.observers.append(self._state_changed)
        self._news = News()
        self._starting = threading.RLock()
        self._plan: _Submitted | None = None
        self._busy: str = ""
        """Why no plan can be started."""
        self._thread = LoopThread(loop)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The engine's own event loop."""
        return self._thread.loop

    # Running a plan

    def __call__(self, plan: Any, subs: Subscribers | None = None, /, **metadata: Any) -> Any:
        """Execute a plan; return when it is over.

        `subs` are subscribed for this call; keyword arguments go into each RunStart. Returns the uids of the runs, or
        a RunResult. Raises what the plan raises, and RunEngineInterrupted if it was paused or ended on request.
        """
        self._refuse_to_block()
        self.submit(plan, subs, **metadata)
        return self._outcome(since=0)

    def submit(self, source: Any, subs: Subscribers | None = None, /, **metadata: Any) -> Future[RunResult]:
        """Start a plan and return at once; the future is done when the plan is over.

        Raises TransitionError if another plan has not ended, and what is wrong with the plan or `subs`.
        """
        generator = as_generator(source)
        with self._starting:
            if self._busy:
                raise TransitionError(f"{self._busy}: a plan can be started when the engine is idle")
            for preprocessor in self.preprocessors:
                generator = preprocessor(generator)
            tokens = self.dispatcher.subscribe_each(normalize_subs(subs))
            running = self._engine.run(generator, source, metadata, tokens)
            plan = self._plan = _Submitted(asyncio.run_coroutine_threadsafe(running, self.loop))
            self._busy = "Another plan is in progress"
        plan.future.add_done_callback(lambda _: self._plan_over(plan))
        return plan.future

    def resume(self) -> Any:
        """Go on with a paused plan, from its last checkpoint; return when it is over. Returns and raises as a call."""
        self._refuse_to_block()
        since = self.last_change.seq
        self.request_resume()
        return self._outcome(since)

    def stop(self, reason: str = "") -> tuple[str, ...]:
        """End the plan; it cleans up, and its runs count as successful. Returns the uids of the runs so far."""
        return self._end(Ask.STOP, reason)

    def abort(self, reason: str = "") -> tuple[str, ...]:
        """End the plan; it cleans up, and its runs count as aborted. Returns the uids of the runs so far."""
        return self._end(Ask.ABORT, reason)

    def halt(self, reason: str = "") -> tuple[str, ...]:
        """End the plan at once, without its clean-up. Returns the uids of the runs so far."""
        return self._end(Ask.HALT, reason)

    # Asking without waiting, from any thread

    def request_pause(self, defer: bool = False, *, reason: str = "") -> None:
        """Ask for a pause, now or at the next checkpoint. Raises TransitionError where no plan can be paused."""
        self._ask(
            Ask.DEFERRED_PAUSE if defer else Ask.PAUSE,
            reason,
            (State.RUNNING, State.SUSPENDED, State.PAUSING),
        )

    def request_resume(self) -> None:
        """Ask a paused plan to go on. Raises TransitionError where none is paused."""
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

    def hold(self, owner: Hashable, reason: str, *, pre_plan: Any = None, post_plan: Any = None) -> None:
        """Suspend the plan, and any later one, until `release(owner)`. The reason is what people see.

        The pre-plan runs when the plan is suspended, the post-plan before it goes on: iterables of messages, or
        functions that make one, which can then be used for every trip. Never blocks; any thread.
        """
        self._engine.holds.add(owner, reason, pre_plan, post_plan)

    def release(self, owner: Hashable) -> None:
        """Let go of a hold; no matter if there is none. Never blocks; any thread."""
        self._engine.holds.discard(owner)

    def request_suspend(
        self, fut: Any, *, pre_plan: Any = None, post_plan: Any = None, justification: str | None = None
    ) -> None:
        """Suspend the plan until `fut`, an awaitable or a function that makes one, is done."""
        owner = object()
        self.hold(owner, justification or "suspended", pre_plan=pre_plan, post_plan=post_plan)

        async def release_when_done() -> None:
            try:
                await settled(fut() if callable(fut) else fut)
            except Exception:
                log.exception("%s: what it waited for has failed", justification or "suspended")
            finally:
                self.release(owner)

        asyncio.run_coroutine_threadsafe(release_when_done(), self.loop)

    def close(self) -> None:
        """Stop the engine's thread. A plan in progress is halted first. No plan can be started afterwards."""
        self.clear_suspenders()
        patience, plan = self.env.cleanup_timeout, self._plan
        with self._starting:
            self._busy = _CLOSED
        if plan is not None and not plan.over and not self._thread.is_current:
            self._news.wait_for(lambda: self.state is not State.IDLE or plan.over, patience)
            if self.state in _BUSY:
                self.request_halt("the engine is closed")
            self._news.wait_for(lambda: plan.over, 2 * patience)
        self._engine.inbox.waker = lambda: None
        self._thread.close(patience)

    # Inside

    def _ask(self, ask: Ask, reason: str, allowed: tuple[State, ...]) -> None:
        state = self.state
        if state not in allowed:
            raise TransitionError(f"{_WORDS[ask]} is not possible: the engine is {state}, not {' or '.join(allowed)}")
        self._engine.inbox.post(Request(ask, reason))

    def _end(self, ask: Ask, reason: str) -> tuple[str, ...]:
        was_paused = self.state.is_paused
        self._ask(ask, reason, _BUSY)
        ctx, plan = self._engine.ctx, self._plan
        if was_paused and plan is not None and not self._thread.is_current:
            self._news.wait_for(lambda: plan.over)
            return plan.future.result().uids
        return tuple(ctx.uids) if ctx is not None else ()

    def _refuse_to_block(self) -> None:
        if self._thread.is_current:
            raise RuntimeError("Waiting for a plan in the engine's own thread would never end: use submit or request_…")

    def _wait_for_news(self, plan: _Submitted, since: int) -> None:
        self._news.wait_for(lambda: plan.over or (self.state.is_paused and self.last_change.seq > since))

    def _pause_on_ctrl_c(self) -> None:
        try:
            self.request_pause(reason="Ctrl-C")
        except TransitionError as too_late:
            raise KeyboardInterrupt from too_late

    def _outcome(self, since: int) -> Any:
        """Wait until the plan is over, or paused later than transition `since`."""
        plan = self._plan
        if plan is None:
            raise TransitionError("no plan has been started")
        try:
            self._wait_for_news(plan, since)
        except KeyboardInterrupt:
            # Ctrl-C is for the plan: it pauses, and says so. A second one, while it is about to, is for the caller.
            self._pause_on_ctrl_c()
            self._wait_for_news(plan, since)
        if not plan.over:
            reason = self.last_change.reason
            raise RunEngineInterrupted(PAUSE_MESSAGE.format(why=f"paused: {reason}" if reason else "paused"))
        result = plan.future.result()
        if result.interrupted:
            raise RunEngineInterrupted(result.reason) from result.exception
        if result.exception is not None:
            raise result.exception
        return result if self.call_returns_result else result.uids

    def _state_changed(self, change: StateChange) -> None:
        with self._starting:
            # First: whoever hears of it may start the next plan at once.
            if change.new is State.IDLE and self._busy != _CLOSED:
                self._busy = ""
            elif change.new is State.PANICKED:
                self._busy = f"The engine has panicked ({change.reason})"
        self._news.tell()
        hook = self.env.state_hook
        if hook is not None:
            _safely(hook, change.new, change.old)
        self._tell(change)

    def _plan_over(self, plan: _Submitted) -> None:
        plan.over = True  # before the observers hear of it: none of them can keep the caller waiting
        self._news.tell()
        if not plan.future.cancelled() and plan.future.exception() is None:
            self._tell(plan.future.result())

    def _tell(self, news: StateChange | RunResult) -> None:
        for observer in tuple(self.observers):
            _safely(observer, news)


def _safely(observer: Callable[..., Any], *news: Any) -> None:
    try:
        observer(*news)
    except Exception:
        log.exception("%r failed on %r", observer, news)


_CLOSED = "The engine is closed"
_BUSY = tuple(state for state in State if state not in (State.IDLE, State.PANICKED))
_WORDS = {
    Ask.DEFERRED_PAUSE: "Pausing at a checkpoint",
    Ask.PAUSE: "Pausing",
    Ask.RESUME: "Resuming",
    Ask.STOP: "Stopping",
    Ask.ABORT: "Aborting",
    Ask.HALT: "Halting",
}
