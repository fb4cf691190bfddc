"""Between the engine's thread and the IOC's loop: the only file that knows both.

Rules of this file:
1. The IOC's loop never waits for the engine: what goes in is posted, what comes out is delivered.
2. What comes out is delivered in the order in which it happened, none skipped, and only as data: state changes,
   documents, results. One callback per batch crosses, not one per item.
3. A plan's result comes last, after the engine has become idle: whoever waits for a plan's end waits for that.
4. Whoever waits for something (a put-completion) is told after the PVs have been written, so that a client that reads
   on completion reads what is true.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from ..engine import Ask, RunEngine, RunResult, State, TransitionError
from .begun import BegunPlans
from .engine_news import (
    Document,
    Failure,
    News,
    PauseTakenBack,
    at_rest,
    ended_well,
    in_state,
    is_result_of,
    over,
    over_instead_of_paused,
    skipped,
)
from .engine_view import EngineView
from .pvs.puts import Refusal, current_put

__all__ = ["Document", "EngineBridge", "Failure", "News"]

log = logging.getLogger("reioc.ioc")

T = TypeVar("T")


LOOK = 0.005
"""Seconds between two looks at what nobody is told of."""
_PAUSES = (Ask.PAUSE, Ask.DEFERRED_PAUSE)
_STANDS_STILL = (*_PAUSES, Ask.PAUSE_AFTER_RUN, Ask.STOP, Ask.ABORT, Ask.HALT)
"""What means the next plan, where it is asked for between two."""


class EngineBridge(EngineView):
    """The IOC's side of an engine. All methods are for the IOC's loop, and none of them blocks."""

    def __init__(self, engine: RunEngine) -> None:
        super().__init__(engine)
        self._items: deque[News] = deque()
        self._arrived = asyncio.Event()
        self._scheduled = False
        self.listeners: list[Callable[[News], None]] = []
        """Each is told of each item in order, when it has been published, and before whoever waits for it."""
        self.stand_still_between: Callable[[str], asyncio.Future[str] | None] = lambda _: None
        """Asked where a command that ends or pauses a plan meets none, or one that is over before it obeys: whoever
        would start the next one does not, for that reason. The future is done then; None where nobody would."""
        self.goes_on_between: Callable[[], bool] = lambda: False
        """Whether somebody would."""
        self._waiting: set[Callable[[News], None]] = set()
        self.begun = BegunPlans()
        """Those that were begun here; a listener may ask what was said of them."""
        self._to_pause_after_run: set[asyncio.Future[str]] = set()
        self._loop = asyncio.get_running_loop()
        self._token = engine.subscribe(lambda name, doc: self._send(Document(name, doc)))
        engine.observers.append(self._send)
        engine.skip_observers.append(self._send)

    def close(self) -> None:
        """Listen no more."""
        self.engine.unsubscribe(self._token)
        self.engine.observers.remove(self._send)
        self.engine.skip_observers.remove(self._send)

    # Out of the engine

    def _send(self, item: News) -> None:
        """Called in the engine's thread."""
        self._items.append(item)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        # Cleared before the items are looked at: one that is appended in between schedules another delivery.
        self._scheduled = False
        self._arrived.set()

    async def news(self) -> AsyncIterator[News]:
        """What happens, in order, for ever. One consumer: the publisher."""
        while True:
            self._arrived.clear()
            while self._items:
                yield self._items.popleft()
            await self._arrived.wait()

    def published(self, item: News) -> None:
        """The publisher has written what this item changes: whoever waits may look."""
        for listener in self.listeners:
            try:
                listener(item)
            except Exception:  # who waits is told all the same
                log.exception("%r failed on %r", listener, item)
        for look in tuple(self._waiting):
            look(item)
        if isinstance(item, RunResult):
            self.begun.ended(item)

    def until(self, decide: Callable[[News], T | None]) -> asyncio.Future[T]:
        """The first item from now on, on which `decide` answers something: the future of that answer.

        A Failure that `decide` raises becomes the future's exception.
        """
        answer: asyncio.Future[T] = self._loop.create_future()

        def look(item: News) -> None:
            if answer.done():
                return
            try:
                found = decide(item)
            except Failure as failure:
                answer.set_exception(failure)
            else:
                if found is not None:
                    answer.set_result(found)

        self._waiting.add(look)
        answer.add_done_callback(lambda _: self._waiting.discard(look))
        return answer

    # Into the engine: each is asked for at once, or raises Refusal; the future is done when it has become true

    def why_not(self, ask: Ask, state: State | None = None) -> str:
        """Why this command would be refused now, for people; empty if it would be accepted.

        `state` is the one that is being published, for whoever publishes each.
        """
        now = self.engine.state if state is None else state
        why = (self._why_not_paused(now) if ask in _PAUSES else "") or self.engine.why_not(ask, state)
        return "" if why and now.is_idle and ask in _STANDS_STILL and self.goes_on_between() else why

    def _why_not_paused(self, state: State) -> str:
        if state.is_idle or self.engine.resumable:
            return ""
        return "the plan has no checkpoint to come back to: it can be stopped or aborted, not paused"

    def pause(self, reason: str, *, defer: bool = False) -> asyncio.Future[str]:
        """Pause, now or at the next checkpoint. Done when the plan is paused; fails if it ended first."""
        if why := self._why_not_paused(self.engine.state):
            raise Refusal(why)
        defer = defer or self.engine.state.is_idle  # one that is about to begin has no checkpoint yet
        where = "before a checkpoint came" if defer else "before it could be paused"

        def look(item: News) -> str | None:
            self._told_over(item, reason)
            return in_state(item, State.PAUSED) or over(item, f"the plan ended {where}")

        return self._ask_or_stand_still(lambda: self.engine.request_pause(defer, reason=reason), look, reason)

    def pause_after_run(self, reason: str) -> asyncio.Future[str]:
        """Pause when the open run has closed. Done when the plan is paused, or over without having begun anything."""
        paused = self._ask_or_stand_still(
            lambda: self.engine.request_pause_after_run(reason),
            lambda item: in_state(item, State.PAUSED) or over_instead_of_paused(item),
            reason,
        )
        self._to_pause_after_run.add(paused)
        paused.add_done_callback(self._to_pause_after_run.discard)
        return paused

    def skip_point(self, reason: str) -> asyncio.Future[str]:
        """Give the current point up. Done when the next one begins, or the plan is over."""
        self._ask(lambda: self.engine.request_skip_point(reason))
        return self.until(skipped)

    def resume(self) -> asyncio.Future[str]:
        """Go on. Done when the plan runs, or is suspended; or when a pause after the run is taken back by it."""
        is_paused, before = self.engine.state is State.PAUSED, frozenset(self._to_pause_after_run)
        self._ask(self.engine.request_resume)
        if is_paused:
            going = (State.RUNNING, State.SUSPENDED)
            return self.until(lambda item: in_state(item, *going) or over(item, "the plan ended instead"))
        return self._loop.create_task(self._taken_back(before))

    async def _taken_back(self, before: frozenset[asyncio.Future[str]]) -> str:
        # The engine tells nobody, since its state does not change. One that is asked for anew is another one.
        while self.engine.pause_after_run_requested and self._to_pause_after_run <= before:  # noqa: ASYNC110
            await asyncio.sleep(LOOK)
        news = PauseTakenBack()
        told = self.until(lambda item: item if item is news else None)
        self._send(news)
        await told
        for paused in before:
            if not paused.done():
                paused.set_exception(Failure("the pause after the run was taken back by Resume"))
        return "the plan goes on after the run"

    def stand_still(self, reason: str) -> asyncio.Future[str] | None:
        """Have the plan in progress stand still: paused, or aborted where it has no checkpoint to come back to.

        Done when it does, or is over; None where no plan goes on.
        """
        try:
            self.engine.request_pause(reason=reason)
        except TransitionError:
            return self.stand_still_between(reason)
        return self.until(lambda item: at_rest(item) if not self._told_over(item, reason) else "the plan is over")

    def stop(self, reason: str) -> asyncio.Future[str]:
        """End the plan as a success. Done when the engine is idle."""
        return self._end(lambda: self.engine.request_stop(reason, by=_who()), reason)

    def abort(self, reason: str) -> asyncio.Future[str]:
        """End the plan as aborted. Done when the engine is idle."""
        return self._end(lambda: self.engine.request_abort(reason, by=_who()), reason)

    def halt(self, reason: str) -> asyncio.Future[str]:
        """End the plan at once. Done when the engine is idle."""
        return self._end(lambda: self.engine.request_halt(reason, by=_who()), reason)

    def _end(self, ask: Callable[[], None], reason: str) -> asyncio.Future[str]:
        def look(item: News) -> str | None:
            return "the engine is idle" if self._told_over(item, reason) else None

        return self._ask_or_stand_still(ask, look, reason)

    def _ask_or_stand_still(
        self, ask: Callable[[], None], look: Callable[[News], str | None], reason: str
    ) -> asyncio.Future[str]:
        """Ask it of the plan; between two plans, ask whoever would start the next one."""
        try:
            self._ask(ask)
        except Refusal:
            if self.engine.state.is_idle and (still := self.stand_still_between(reason)) is not None:
                return still
            raise
        return self.until(look)

    def _told_over(self, item: News, reason: str) -> bool:
        """Whether the plan is over, perhaps before it could obey: then what was asked for holds for the next one."""
        if is_over := isinstance(item, RunResult):
            self.stand_still_between(reason)
        return is_over

    def run(self, plan: Any, about: Any = None, /, **metadata: Any) -> asyncio.Future[str]:
        """Start a plan. Done when it has succeeded or was stopped; fails on any other end.

        Who has started it, if somebody has by PV, is the `operator` in each RunStart.
        """
        if by := _who():
            metadata["operator"] = by
        return self._follow(self._submit(plan, about, metadata), ended_well)

    def run_to_result(self, plan: Any, about: Any = None, /, **metadata: Any) -> asyncio.Future[RunResult]:
        """Start a plan. Done when it is over, however it has ended; fails only if the engine itself does."""
        return self._follow(self._submit(plan, about, metadata), lambda result: result)

    def _submit(self, plan: Any, about: Any, metadata: dict[str, Any]) -> Future[RunResult]:
        return self.begun.add(lambda: self._ask(lambda: self.engine.submit(plan, **metadata)), about)

    def _follow(self, plan: Future[RunResult], answer: Callable[[RunResult], T]) -> asyncio.Future[T]:
        """What is answered when a plan is over; a Failure where it has no result, since the engine itself failed."""
        told = self.until(
            lambda item: answer(item) if isinstance(item, RunResult) and is_result_of(plan, item) else None
        )

        def look(_: Future[RunResult]) -> None:  # in the engine's thread, which tells nobody else
            if error := plan.exception():
                failure = Failure(f"the engine itself has failed: {error}")
                with suppress(RuntimeError):  # nobody serves any more
                    self._loop.call_soon_threadsafe(lambda: None if told.done() else told.set_exception(failure))

        plan.add_done_callback(look)
        return told

    def _ask(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except TransitionError as error:
            raise Refusal(str(error)) from error


def _who() -> str:
    """Who asks, if it is somebody by PV."""
    put = current_put()
    return put.by if put is not None else ""
