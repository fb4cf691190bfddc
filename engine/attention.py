"""Waiting for one thing while listening for another.

Rules of this file:
1. What is waited for is a child task. It is the child that is cancelled, never whoever waits: a CancelledError that
   arrives here means shutdown, and is passed on.
2. The wake-up is cleared before anything is looked at: the other way round loses what comes in between.
3. No SystemExit leaves a child by itself: asyncio lets it through to the thread that runs the loop, which then ends.
   But for GivenUp, which is there to end that thread: it is passed on, as a shutdown is, and never noted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from inspect import CORO_CREATED, getcoroutinestate, iscoroutine
from typing import Any

from .errors import GivenUp

__all__ = [
    "INTERRUPTED",
    "Exited",
    "attend",
    "contained",
    "is_left_behind",
    "is_shutdown",
    "patiently",
    "side_by_side",
    "task_of",
]

log = logging.getLogger("reioc.engine")

INTERRUPTED = object()
"""The answer of `attend` when it did not wait for the end."""

TELLING = 1.0
"""Seconds that a part of an ending has for telling what it was waiting for when it was given up."""


class Exited(Exception):
    """A SystemExit or KeyboardInterrupt on its way out of a task (rule 3). `args[0]` is the exception itself."""

    def __str__(self) -> str:
        return f"{type(self.args[0]).__name__}: {self.args[0]}"


async def contained(waiting: Awaitable[Any]) -> Any:
    """The result of an awaitable, as a coroutine that a task can be made of. Raises Exited instead of SystemExit."""
    try:
        return await waiting
    except GivenUp:
        raise
    except (SystemExit, KeyboardInterrupt) as error:
        raise Exited(error) from error


def task_of(waiting: Awaitable[Any]) -> asyncio.Task[Any]:
    """A task that awaits this, on the running loop. Raises Exited instead of SystemExit."""
    task = asyncio.ensure_future(contained(waiting))
    if iscoroutine(waiting):  # one that is cancelled before it begins would be left unawaited
        task.add_done_callback(lambda _: waiting.close())
    return task


async def side_by_side(waiting: Iterable[Awaitable[Any]]) -> list[Any]:
    """The results of these, which are waited for at the same time. Raises the first exception; the others go on."""
    try:
        return list(await asyncio.gather(*map(task_of, waiting)))
    except Exited as exited:
        error = exited.args[0]
    raise error


def is_shutdown(error: BaseException) -> bool:
    """Whether the task that runs now is being cancelled; a CancelledError of a device's own is an error like others."""
    if isinstance(error, GivenUp):
        return True
    try:
        task = asyncio.current_task()
    except RuntimeError:  # the coroutine is thrown away, and its loop has gone: Python ends, with a plan that is paused
        return True
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


def is_left_behind() -> bool:
    """Whether the command that runs now is one that `attend` has given up: what it finds out is nobody's any more."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 1


async def attend(
    waiting: Coroutine[Any, Any, Any], wake: asyncio.Event, must_cut: Callable[[], bool], grace: float
) -> Any:
    """Wait for a coroutine's result, unless `must_cut()` becomes true: then cancel it and answer INTERRUPTED.

    `wake` is set when `must_cut` may have changed. A child that does not take its cancellation within `grace` seconds
    is left behind. Raises what the coroutine raises.
    """
    child = task_of(waiting)
    child.add_done_callback(lambda _: wake.set())
    try:
        while not child.done():
            wake.clear()
            if must_cut():
                return await _cut(child, waiting, grace)
            if not child.done():
                await wake.wait()
    except asyncio.CancelledError:
        child.cancel()
        raise
    if child.cancelled():
        raise RuntimeError("a command was cancelled, and not by the engine")
    return _result(child)


def _result(child: asyncio.Future[Any]) -> Any:
    error = child.exception()
    if isinstance(error, Exited):
        raise error.args[0]
    return child.result()


async def _cut(child: asyncio.Future[Any], waiting: Coroutine[Any, Any, Any], grace: float) -> Any:
    if getcoroutinestate(waiting) == CORO_CREATED:
        await asyncio.sleep(0)  # it begins first: what it was given to await would be left unawaited
    child.cancel()
    await asyncio.wait([child], timeout=grace)
    if not child.done():
        log.error("%r does not take its cancellation and is left behind", waiting)
        child.cancel()  # once more: see is_left_behind
    elif not child.cancelled() and child.exception() is None:
        return child.result()  # it was done after all
    return INTERRUPTED


async def patiently(
    waiting: Coroutine[Any, Any, Any], what: str, timeout: float, wake: asyncio.Event, give_up: Callable[[], bool]
) -> str | None:
    """Wait for a part of an ending, but not after `give_up()` is true.

    It is begun in any case: what needs no waiting is done even then. `wake` is set when `give_up` may have changed.
    `timeout` is what each device may take (`touched` sees to that, and names it); all together may take a little more.
    Never raises: returns what went wrong, in a sentence, or None.
    """
    loop = asyncio.get_running_loop()
    child = task_of(waiting)
    child.add_done_callback(lambda _: wake.set())
    deadline = loop.call_later(timeout + min(timeout, TELLING), wake.set)
    await asyncio.sleep(0)
    try:
        while not child.done() and loop.time() < deadline.when():
            wake.clear()
            if give_up():
                break
            if not child.done():
                await wake.wait()
    finally:
        deadline.cancel()
    return await _given_up(child, what) if not child.done() else _problem(child, what)


async def _given_up(child: asyncio.Future[Any], what: str) -> str | None:
    child.cancel()
    await asyncio.wait([child], timeout=TELLING)
    if child.done() and not child.cancelled():
        return _problem(child, what)
    problem = f"{what} was given up"
    if child.done():
        try:
            child.result()
        except asyncio.CancelledError as cut:  # it tells who has not answered
            problem = ": ".join([problem, *map(str, cut.args)])
    log.error(problem)
    return problem


def _problem(child: asyncio.Future[Any], what: str) -> str | None:
    error = asyncio.CancelledError("by itself") if child.cancelled() else child.exception()
    if error is None:
        return None
    if isinstance(error, GivenUp):
        raise error
    log.error("%s failed", what, exc_info=error)
    return f"{what} failed: {type(error).__name__}: {error}"
