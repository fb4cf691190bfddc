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
from dataclasses import dataclass
from typing import Any, TypeVar

from ..engine import Hold, Msg, Outcome, RunEngine, RunResult, State, StateChange, TransitionError
from .puts import Refusal

__all__ = ["Document", "EngineBridge", "Failure", "News"]

log = logging.getLogger("reioc.ioc")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Document:
    """A document on its way out."""

    name: str
    doc: dict[str, Any]


News = StateChange | Document | RunResult


class Failure(Exception):
    """What was asked for was accepted, but did not come true; says why."""


class EngineBridge:
    """The IOC's side of an engine. All methods are for the IOC's loop, and none of them blocks."""

    def __init__(self, engine: RunEngine) -> None:
        self.engine = engine
        self._items: deque[News] = deque()
        self._arrived = asyncio.Event()
        self._scheduled = False
        self._waiting: set[Callable[[News], None]] = set()
        self._loop = asyncio.get_running_loop()
        self._token = engine.subscribe(lambda name, doc: self._send(Document(name, doc)))
        engine.observers.append(self._send)

    def close(self) -> None:
        """Listen no more."""
        self.engine.unsubscribe(self._token)
        self.engine.observers.remove(self._send)

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
        for look in tuple(self._waiting):
            look(item)

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

    def pause(self, reason: str, *, defer: bool = False) -> asyncio.Future[str]:
        """Pause, now or at the next checkpoint. Done when the plan is paused; fails if it ended first."""
        if not self.engine.resumable:
            raise Refusal("the plan has no checkpoint to come back to: it can be stopped or aborted, not paused")
        self._ask(lambda: self.engine.request_pause(defer, reason=reason))
        where = "before a checkpoint came" if defer else "before it could be paused"
        return self.until(lambda item: _in_state(item, State.PAUSED) or _over(item, f"the plan ended {where}"))

    def resume(self) -> asyncio.Future[str]:
        """Go on. Done when the plan runs, or is suspended."""
        self._ask(self.engine.request_resume)
        going = (State.RUNNING, State.SUSPENDED)
        return self.until(lambda item: _in_state(item, *going) or _over(item, "the plan ended instead"))

    def stop(self, reason: str) -> asyncio.Future[str]:
        """End the plan as a success. Done when the engine is idle."""
        return self._end(lambda: self.engine.request_stop(reason))

    def abort(self, reason: str) -> asyncio.Future[str]:
        """End the plan as aborted. Done when the engine is idle."""
        return self._end(lambda: self.engine.request_abort(reason))

    def halt(self, reason: str) -> asyncio.Future[str]:
        """End the plan at once. Done when the engine is idle."""
        return self._end(lambda: self.engine.request_halt(reason))

    def _end(self, ask: Callable[[], None]) -> asyncio.Future[str]:
        self._ask(ask)
        return self.until(lambda item: "the engine is idle" if isinstance(item, RunResult) else None)

    def run(self, plan: Any, **metadata: Any) -> asyncio.Future[str]:
        """Start a plan. Done when it has succeeded or was stopped; fails on any other end."""
        self._ask(lambda: self.engine.submit(plan, **metadata))
        return self.until(_ended_well)

    def _ask(self, ask: Callable[[], Any]) -> None:
        try:
            ask()
        except TransitionError as error:
            raise Refusal(str(error)) from error

    # What it does now; each is a look at data, at any time

    @property
    def state(self) -> State:
        """The engine's state now, perhaps ahead of what has been published."""
        return self.engine.state

    @property
    def activity(self) -> tuple[Msg | None, tuple[str, ...]]:
        """What is being executed, or what started that which is waited for; and the devices that are waited for."""
        return self.engine.started_message or self.engine.current_message, self.engine.waiting_for

    @property
    def pause_pending(self) -> bool:
        """Whether a pause waits for a checkpoint."""
        return self.engine.deferred_pause_requested

    @property
    def can_pause(self) -> bool:
        """Whether `pause` would be accepted."""
        return self.engine.state in (State.RUNNING, State.SUSPENDED) and self.engine.resumable

    @property
    def holds(self) -> tuple[Hold, ...]:
        """Who holds the plan that is suspended."""
        return self.engine.holds_in_force


def _in_state(item: News, *states: State) -> str | None:
    return f"the engine is {item.new}" if isinstance(item, StateChange) and item.new in states else None


def _over(item: News, failure: str) -> None:
    if isinstance(item, RunResult):
        raise Failure(failure)


def _ended_well(item: News) -> str | None:
    if not isinstance(item, RunResult):
        return None
    if item.outcome not in (Outcome.SUCCESS, Outcome.STOP):
        raise Failure(item.reason or str(item.outcome))
    return item.reason or "the plan is over"
