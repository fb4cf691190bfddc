"""Waiting for one thing while listening for another.

Rules of this file:
1. What is waited for is a child task. It is the child that is cancelled, never whoever waits: a CancelledError that
   arrives here means shutdown, and is passed on.
2. The wake-up is cleared before anything is looked at: the other way round loses what comes in between.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

__all__ = ["INTERRUPTED", "attend", "is_shutdown", "patiently"]

log = logging.getLogger("reioc.engine")

INTERRUPTED = object()
"""The answer of `attend` when it did not wait for the end."""


def is_shutdown(error: BaseException) -> bool:
    """Whether the task that runs now is being cancelled; a CancelledError of a device's own is an error like others."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


async def attend(
    waiting: Coroutine[Any, Any, Any], wake: asyncio.Event, must_cut: Callable[[], bool], grace: float
) -> Any:
    """Wait for a coroutine's result, unless `must_cut()` becomes true: then cancel it and answer INTERRUPTED.

    `wake` is set when `must_cut` may have changed. A child that does not take its cancellation within `grace` seconds
    is left behind. Raises what the coroutine raises.
    """
    child = asyncio.ensure_future(waiting)
    child.add_done_callback(lambda _: wake.set())
    try:
        while not child.done():
            wake.clear()
            if must_cut():
                return await _cut(child, grace)
            if not child.done():
                await wake.wait()
    except asyncio.CancelledError:
        child.cancel()
        raise
    if child.cancelled():
        raise RuntimeError("a command was cancelled, and not by the engine")
    return child.result()


async def _cut(child: asyncio.Future[Any], grace: float) -> Any:
    await asyncio.sleep(0)  # it begins first: what it was given to await would be left unawaited
    child.cancel()
    await asyncio.wait([child], timeout=grace)
    if not child.done():
        log.error("%r does not take its cancellation and is left behind", child)
    elif not child.cancelled() and child.exception() is None:
        return child.result()  # it was done after all
    return INTERRUPTED


async def patiently(
    waiting: Coroutine[Any, Any, Any], what: str, timeout: float, wake: asyncio.Event, give_up: Callable[[], bool]
) -> str | None:
    """Wait for a part of an ending, at most `timeout` seconds, and not after `give_up()` is true.

    It is begun in any case: what needs no waiting is done even then. `wake` is set when `give_up` may have changed.
    Never raises: returns what went wrong, in a sentence, or None.
    """
    loop = asyncio.get_running_loop()
    child = asyncio.ensure_future(waiting)
    child.add_done_callback(lambda _: wake.set())
    deadline = loop.call_later(timeout, wake.set)
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
    problem = _problem(child, what, timeout)
    if problem is not None:
        log.error(problem)
    return problem


def _problem(child: asyncio.Future[Any], what: str, timeout: float) -> str | None:
    if not child.done():
        child.cancel()
        return f"{what} was given up: not done within {timeout} s, or halted"
    error = asyncio.CancelledError("by itself") if child.cancelled() else child.exception()
    return None if error is None else f"{what} failed: {type(error).__name__}: {error}"
