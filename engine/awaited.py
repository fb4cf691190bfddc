"""What has to be awaited: as a status, as a future, or until it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import suppress
from inspect import isawaitable, iscoroutine
from typing import Any

from .attention import Exited, task_of

__all__ = ["AwaitedStatus", "Begun", "Fulfilled", "settled"]


class AwaitedStatus:
    """What a `set`, `trigger` or `prepare` that is a coroutine becomes: a task of the running loop, seen as a status.

    Fails with what the awaitable raises. `abandon()` ends it where nobody is interested in it any more.
    """

    def __init__(self, awaitable: Awaitable[Any]) -> None:
        self._task = task_of(awaitable)
        self._task.add_done_callback(_heard)

    @property
    def done(self) -> bool:
        """Whether it is over."""
        return self._task.done()

    @property
    def success(self) -> bool:
        """Whether it is over and raised nothing."""
        return self.done and self.exception() is None

    def exception(self, timeout: float | None = 0.0) -> BaseException | None:
        """What it raised. Never waits: `timeout` is there for those who ask any status."""
        if not self.done:
            return None
        if self._task.cancelled():
            return asyncio.CancelledError("it was cancelled")
        error = self._task.exception()
        return error.args[0] if isinstance(error, Exited) else error

    def add_callback(self, callback: Callable[[AwaitedStatus], Any]) -> None:
        """Call `callback(self)` when it is over, at once if it already is."""
        if self.done:
            callback(self)
        else:
            self._task.add_done_callback(lambda _: callback(self))

    def abandon(self) -> None:
        """Cancel it; no matter if it is over."""
        self._task.cancel()


class Fulfilled:
    """A status of what did not need to be done: it is over, and a success, for whoever asks, calls back or waits."""

    done = success = True

    def exception(self, timeout: float | None = 0.0) -> None:
        """There is none."""

    def add_callback(self, callback: Callable[[Fulfilled], Any]) -> None:
        """Call `callback(self)` at once."""
        callback(self)

    def wait(self, timeout: float | None = None) -> None:
        """Return at once."""

    def __await__(self) -> Generator[Any, None, None]:
        return
        yield


class Begun:
    """Something that is awaited, with its future, and its name for people.

    What nobody else has, a coroutine, is ended by `abandon()`; a future or a status of somebody else's goes on.
    """

    def __init__(self, awaitable: Awaitable[Any]) -> None:
        self.name = getattr(awaitable, "__qualname__", None) or repr(awaitable)
        self.future: asyncio.Future[Any] = awaitable if isinstance(awaitable, asyncio.Future) else task_of(awaitable)
        self._is_ours = iscoroutine(awaitable)

    def abandon(self) -> None:
        """Nobody waits for it any more."""
        if self._is_ours:
            self.future.cancel()


async def settled(answer: Any) -> Any:
    """An answer, or what it resolves to, or a status once it is done. Raises what a failed status tells."""
    if isawaitable(answer):
        answer = await answer
    if hasattr(answer, "add_callback"):
        await _finished(answer)
    return answer


async def _finished(status: Any) -> None:
    """Wait for a status and raise its exception, if it has one."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def finished(*_: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(done.set)

    status.add_callback(finished)
    await done.wait()
    if not status.success:
        raise status.exception(0) or RuntimeError("it did not succeed and does not say why")


def _heard(task: asyncio.Task[Any]) -> None:
    """Without this asyncio complains of an exception that nobody asked for, such as one after the end of the plan."""
    if not task.cancelled():
        task.exception()
