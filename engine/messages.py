"""The message that plans are made of."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any, NamedTuple, TypeAlias

__all__ = ["Msg", "MsgGenerator", "PlanLike", "is_message"]


class _MsgFields(NamedTuple):
    command: str
    obj: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    run: Any


class Msg(_MsgFields):
    """One instruction of a plan to the engine.

    `Msg(command, obj=None, *args, run=None, **kwargs)`: `run` is the key of the run it speaks of, where several
    are open at once. Same fields and same construction as bluesky's Msg, so that either engine takes either's.
    """

    __slots__ = ()

    def __new__(cls, command: str, obj: Any = None, *args: Any, run: Any = None, **kwargs: Any) -> Msg:
        # tuple.__new__ instead of super().__new__: half the price, and plans make a message per step.
        return tuple.__new__(cls, (command, obj, args, kwargs, run))

    def __repr__(self) -> str:
        text = f"Msg({self.command!r}, obj={self.obj!r}, args={self.args}, kwargs={self.kwargs}"
        return f"{text}, run={self.run!r})"

    # namedtuple's own _make, _replace and pickling call __new__ with five positional values, which here mean
    # something else.
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._make, (tuple(self),)

    @classmethod
    def _make(cls, iterable: Iterable[Any]) -> Msg:  # pyright: ignore[reportIncompatibleMethodOverride]
        return tuple.__new__(cls, iterable)

    def _replace(self, **changes: Any) -> Msg:  # pyright: ignore[reportIncompatibleMethodOverride]
        fields = {**self._asdict(), **changes}
        if len(fields) != len(self):
            raise ValueError(f"Msg has no field {sorted(set(fields) - set(self._fields))}; its fields: {self._fields}")
        return tuple.__new__(type(self), fields.values())


MsgGenerator: TypeAlias = Generator[Msg, Any, Any]
"""A plan: a generator that yields messages and is sent each one's result."""

PlanLike: TypeAlias = "Iterable[Msg] | Callable[[], Iterable[Msg]]"
"""Where a plan is asked for a factory is taken as well: it can be run more than once."""


def is_message(thing: object) -> bool:
    """Whether `thing` has a message's shape: our Msg, bluesky's, or any other five-field tuple that looks alike."""
    return isinstance(thing, Msg) or (
        isinstance(thing, tuple) and len(thing) == 5 and hasattr(thing, "command") and hasattr(thing, "run")
    )
