"""The part of the engine's face that is not about running: metadata, hooks, subscribers, commands."""

from __future__ import annotations

import logging
from collections.abc import Callable
from inspect import isawaitable, iscoroutine
from typing import Any

from ..commands import COMMANDS, Command
from ..context import Context
from ..dispatcher import OnError
from ..environment import Environment
from ..messages import Msg
from ..results import NO_PLAN_RETURN
from .engine_log import EngineLog

__all__ = ["Settings"]

PAUSE_MESSAGE = (
    "The plan is not over: {why}. Go on with RE.resume(), or end it with RE.stop() (its data count as good), "
    "RE.abort() (they do not), or RE.halt() (at once, without clean-up)."
)


class _Shared:
    """An attribute that is kept in the environment, where the commands see it."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, settings: Settings | None, owner: type | None = None) -> Any:
        return self if settings is None else getattr(settings.env, self.name)

    def __set__(self, settings: Settings, value: Any) -> None:
        setattr(settings.env, self.name, value)


class Settings:
    """What a user sets once, and what outlives a plan."""

    md = _Shared()
    """Metadata that go into every RunStart: any mutable mapping."""
    md_validator = _Shared()
    """Called with the metadata of a run; raises to refuse it."""
    md_normalizer = _Shared()
    """Called with the metadata of a run; returns those that are used."""
    scan_id_source = _Shared()
    """Called with `md`; returns the next scan number."""
    msg_hook = _Shared()
    """Called with each message before it is executed."""
    state_hook = _Shared()
    """Called with (new state, old state)."""
    waiting_hook = _Shared()
    """Called with the statuses that are waited for, and with None when that is over."""
    failure_hooks = _Shared()
    """A list. Each is called, in the engine's thread, with a `DeviceFailure` when what was asked of a device failed.

    One that answers why it is worth waiting, and has taken a hold (`hold`) if there is something to wait for, spares
    the plan the failure: it is suspended, and does again what it has done since its checkpoint. None tells the plan.
    """
    record_interruptions = _Shared()
    """Whether pauses and suspensions become events of a stream of their own."""
    NO_PLAN_RETURN = NO_PLAN_RETURN
    """What `plan_result` is where the plan did not come to return anything."""

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.dispatcher = env.dispatcher
        self.commands_by_name: dict[str, Command] = dict(COMMANDS)
        self.log = EngineLog(logging.getLogger("reioc.engine"), {"RE": self})
        """What the engine tells goes here; each record has the engine as `RE`."""
        self.preprocessors: list[Callable[[Any], Any]] = []
        """Each plan goes through all of these before it is executed, through the last one last."""
        self.pause_msg = PAUSE_MESSAGE
        """The text of RunEngineInterrupted when the plan is paused; `{why}` in it becomes the reason."""
        self.max_depth: int | None = None
        """How many functions may be on the stack of a call, its own included; None for any number."""
        self.call_returns_result = False
        """Whether a call returns a RunResult, instead of the uids of its runs."""

    @property
    def verbose(self) -> bool:
        """Whether `log` passes anything on."""
        return not self.log.disabled

    @verbose.setter
    def verbose(self, value: bool) -> None:
        self.log.disabled = not value

    @property
    def ignore_callback_exceptions(self) -> bool:
        """Whether a subscriber that raises is logged instead of failing the plan, if it has no policy of its own."""
        return self.dispatcher.ignore_exceptions

    @ignore_callback_exceptions.setter
    def ignore_callback_exceptions(self, value: bool) -> None:
        self.dispatcher.ignore_exceptions = value

    def subscribe(self, func: Callable[..., Any], name: str = "all", *, on_error: OnError | None = None) -> int:
        """Call `func(name, document)` for each document; see Dispatcher.subscribe. Returns a token."""
        return self.dispatcher.subscribe(func, name, on_error=on_error)

    def unsubscribe(self, token: int) -> None:
        """Forget a subscription."""
        self.dispatcher.unsubscribe(token)

    subscribe_lossless = subscribe
    unsubscribe_lossless = unsubscribe
    """bluesky's older names for the same."""

    def emit_sync(self, name: Any, doc: dict[str, Any]) -> None:
        """Hand a document to the recorder, if there is one, and to the subscribers, as the runs do.

        A RunStop is handed out at once: nobody could wait here. Raises what a subscriber with the policy `"fail"`
        raises.
        """
        self.dispatcher.process(name, doc)

    async def emit(self, name: Any, doc: dict[str, Any]) -> None:
        """`emit_sync` for coroutines; a RunStop is handed to the subscribers when it is durable."""
        await self.env.recording.emit_when_kept(getattr(name, "name", name), doc)

    @property
    def commands(self) -> list[str]:
        """The commands that a message may have."""
        return [name for name in self.commands_by_name if not name.startswith("_")]

    def register_command(self, name: str, func: Callable[[Msg], Any], *, repeatable: bool | None = None) -> None:
        """Add a command, or replace one: `func(msg)` is called for its messages, and what it returns is awaited.

        One that is not `repeatable` is not executed again after an interruption. Unless told, one that replaces
        another is as repeatable as that one, and a new one is.
        """
        replaced = self.commands_by_name.get(name)
        if repeatable is None:
            repeatable = replaced is None or replaced.repeatable
        self.commands_by_name[name] = Command(_of_a_user(func), repeatable)

    def unregister_command(self, name: str) -> None:
        """Take a command away. Raises KeyError if there is none of this name."""
        del self.commands_by_name[name]

    def print_command_registry(self, verbose: bool = False) -> str:
        """The commands and what they do, a line for each, or with `verbose` all there is to say. Prints nothing."""
        lines = ["List of available commands"]
        for name in self.commands:
            about = (self.commands_by_name[name].run.__doc__ or "").strip()
            lines.append(f"{name} : {about if verbose else about.partition(chr(10))[0]}")
        return "\n".join([*lines, ""])


def _of_a_user(func: Callable[[Msg], Any]) -> Callable[[Context, Msg], Any]:
    def run(ctx: Context, msg: Msg) -> Any:
        reply = func(msg)
        return _awaited(reply) if isawaitable(reply) and not iscoroutine(reply) else reply

    run.__doc__ = func.__doc__
    return run


async def _awaited(reply: Any) -> Any:
    return await reply
