"""A plan that was accepted, and what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeAlias

from ..results import RunResult

__all__ = ["Submission"]

_Call: TypeAlias = Callable[[], None]


class Submission:
    """A plan on its way through the engine.

    Callers ask `over`, `result` and `failure`, never the future: its lock is not for a thread that Ctrl-C reaches (see
    `news`).
    """

    def __init__(self) -> None:
        self.future: Future[RunResult] = Future()
        self.future.set_running_or_notify_cancel()  # it is ended by requests, not by cancelling this
        self.run: Callable[[], Coroutine[Any, Any, RunResult]]
        """Makes the coroutine that executes it."""
        self.tokens: set[int] = set()
        """Subscriptions that end with it."""
        self.accepted = False
        """Whether the engine will begin it, or has begun it."""
        self.over = False
        self.result: RunResult | None = None
        """What became of it, when it is over."""
        self.failure: BaseException | None = None
        """What the engine itself failed of: then there is no result."""
        self.given_up: asyncio.Task[RunResult] | None = None
        """What executed it, on a thread that was given up, until something else ends it: what it does is nobody's."""
        self._task: asyncio.Task[RunResult] | None = None

    @property
    def begun(self) -> bool:
        """Whether something executes it, or has."""
        return self._task is not None or self.given_up is not None

    def give_up(self, *, started: bool) -> None:
        """What executes it, if something does, does so no longer; `begin` ends it with something else.

        One that was begun and had not `started`, since the loop was blocked before its first step, is begun anew.
        """
        if self._task is not None:
            self.given_up, self._task = self._task if started else None, None

    def begin(self, running: Coroutine[Any, Any, RunResult], tell: _Call, done: _Call) -> None:
        """Execute it, on the running loop. When it is over, `tell()` comes before the future, and `done()` after it."""
        self._task = asyncio.ensure_future(running)
        self._task.add_done_callback(lambda task: self._end(task, tell, done))

    def _end(self, task: asyncio.Task[RunResult], tell: _Call, done: _Call) -> None:
        if task is not self._task:
            if not task.cancelled():
                task.exception()  # or asyncio complains that nobody has asked for it
            return
        closed = CancelledError("the engine was closed, and did not wait for the end of the plan")
        self.failure = closed if task.cancelled() else task.exception()
        self.result = task.result() if self.failure is None else None
        self.over = True
        tell()
        if self.result is not None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.failure)
        done()
