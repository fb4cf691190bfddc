"""Small plans that speak to the engine and who uses it, not to devices. Each returns what the engine replied."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from ...messages import Msg, MsgGenerator

__all__ = [
    "bypass_suspender",
    "configure_suspender",
    "deferred_pause",
    "input_plan",
    "install_suspender",
    "pause",
    "remove_suspender",
    "subscribe",
    "unsubscribe",
    "wait_for",
]


def pause() -> MsgGenerator:
    """Pause now, until somebody resumes."""
    return (yield Msg("pause", None, defer=False))


def deferred_pause() -> MsgGenerator:
    """Pause at the next checkpoint."""
    return (yield Msg("pause", None, defer=True))


def input_plan(prompt: str = "") -> MsgGenerator:
    """Ask whoever sits at the terminal; returns the line that they type."""
    return (yield Msg("input", prompt=prompt))


def subscribe(name: str, func: Callable[[str, dict[str, Any]], Any]) -> MsgGenerator:
    """Have `func(name, document)` called with documents of kind `name`, or "all"; returns a token."""
    return (yield Msg("subscribe", None, func, name))


def unsubscribe(token: int) -> MsgGenerator:
    """Undo the `subscribe` that returned `token`."""
    return (yield Msg("unsubscribe", token=token))


def install_suspender(suspender: Any) -> MsgGenerator:
    """From now on the suspender may hold the plan, and those after it, until it is removed."""
    return (yield Msg("install_suspender", None, suspender))


def remove_suspender(suspender: Any) -> MsgGenerator:
    """Undo `install_suspender`."""
    return (yield Msg("remove_suspender", None, suspender))


def configure_suspender(suspender: Any, **settings: Any) -> MsgGenerator:
    """Change settings of a suspender, an object or a name: limits, `delay`, `on_bad_pv`, `action`, `enabled` and so on.

    `bypass=seconds` has it hold nothing for so long. A change stays when the plan is over.
    """
    return (yield Msg("configure_suspender", None, suspender, **settings))


def bypass_suspender(suspender: Any, seconds: float) -> MsgGenerator:
    """Have a suspender, an object or a name, hold nothing for so many seconds; 0 ends that."""
    return (yield from configure_suspender(suspender, bypass=seconds))


def wait_for(futures: Iterable[Callable[[], Awaitable[Any]]], **kwargs: Any) -> MsgGenerator:
    """Wait until what the functions make, awaitables, is done; `kwargs` go to `asyncio.wait`.

    Functions, because a plan that comes back from an interruption waits anew. Returns the finished futures.
    """
    return (yield Msg("wait_for", None, futures, **kwargs))
