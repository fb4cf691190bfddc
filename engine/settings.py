"""The part of the engine's face that is not about running: metadata, hooks, subscribers, commands, suspenders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .commands import COMMANDS, Command
from .dispatcher import OnError
from .environment import Environment
from .messages import Msg

__all__ = ["Settings"]


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
    record_interruptions = _Shared()
    """Whether pauses and suspensions become events of a stream of their own."""

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.dispatcher = env.dispatcher
        self.commands_by_name: dict[str, Command] = dict(COMMANDS)
        self._suspenders: dict[Any, None] = {}

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

    @property
    def commands(self) -> list[str]:
        """The commands that a message may have."""
        return [name for name in self.commands_by_name if not name.startswith("_")]

    def register_command(self, name: str, func: Callable[[Msg], Any]) -> None:
        """Add a command: `func(msg)` is called for its messages, and awaited if it is a coroutine function."""
        self.commands_by_name[name] = Command(lambda _, msg: func(msg))

    def unregister_command(self, name: str) -> None:
        """Take a command away. Raises KeyError if there is none of this name."""
        del self.commands_by_name[name]

    @property
    def suspenders(self) -> tuple[Any, ...]:
        """The installed suspenders."""
        return tuple(self._suspenders)

    def install_suspender(self, suspender: Any) -> None:
        """Have a suspender watch over the plans."""
        if suspender in self._suspenders:
            raise ValueError(f"{suspender!r} is already installed")
        suspender.install(self)
        self._suspenders[suspender] = None

    def remove_suspender(self, suspender: Any) -> None:
        """Forget a suspender; no matter if it is not installed."""
        if suspender in self._suspenders:
            del self._suspenders[suspender]
            suspender.remove()

    def clear_suspenders(self) -> None:
        """Forget all suspenders."""
        for suspender in self.suspenders:
            self.remove_suspender(suspender)
