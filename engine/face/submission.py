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
        self.accepted = False
        """Whether the engine will begin it, or has begun it."""
        self.over = False
        self.result: RunResult | None = None
        """What became of it, when it is over."""
        self.failure: BaseException | None = None
        """What the engine itself failed of: then there is no result."""
        self._task: asyncio.Task[RunResult] | None = None

    def begin(self, running: Coroutine[Any, Any, RunResult], tell: _Call, done: _Call) -> None:
        """Execute it, on the running loop. When it is over, `tell()` comes before the future, and `done()` after it."""
        self._task = asyncio.ensure_future(running)
        self._task.add_done_callback(lambda task: self._end(task, tell, done))

    def _end(self, task: asyncio.Task[RunResult], tell: _Call, done: _Call) -> None:
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
