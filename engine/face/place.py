"""What a thread is in, for people, and which calls it leaves half-way when it is given up."""

from __future__ import annotations

import logging
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from ..dispatcher import Dispatcher
from ..engine import Engine
from ..messages import Msg
from ..plan_stack import PlanStack
from ..telling import name_of
from ..touched import Touched

__all__ = ["calls_of", "in_words", "is_ours", "told"]

_PATHS = sysconfig.get_paths()
_LIBRARY = tuple(_PATHS[key] for key in ("stdlib", "platstdlib"))
_INSTALLED = ("site-packages", "dist-packages")
_ENGINE = Path(__file__).parents[1]


def calls_of(frame: FrameType | None, *functions: Any) -> list[tuple[Any, dict[str, Any]]]:
    """The calls of these functions that a frame is in, the innermost first, with the local variables of each."""
    by_code = {_code(function): function for function in functions}
    return [(by_code[each.f_code], each.f_locals) for each in _outwards(frame) if each.f_code in by_code]


def in_words(frame: FrameType | None, msg: Msg | None) -> str:
    """`set m1, in EpicsMotor.move (positioner.py:123)`: what is done, and the innermost place that is not Python's own.

    `msg` is the message in progress, for where the stack does not tell. Empty for a loop that has nothing to do.
    """
    place = next((each for each in _outwards(frame) if not _is_pythons(each.f_code)), None)
    if place is None:
        return ""
    what, where = _doing(frame, msg), _where(place)
    return f"{what}, in {where}" if what else f"in {where}"


def is_ours(frame: FrameType | None) -> bool:
    """Whether what is executed is the engine's own, or the log's: over in a moment, and no place for an exception."""
    for each in _outwards(frame):
        if each.f_code.co_filename == logging.__file__:
            return True
        if not _is_pythons(each.f_code):
            return Path(each.f_code.co_filename).is_relative_to(_ENGINE)
    return True


def told(msg: Msg) -> str:
    """A message in two words."""
    return msg.command if msg.obj is None else f"{msg.command} {name_of(msg.obj)}"


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    """The frames of what the loop executes just now, without those of the loop itself."""
    while frame is not None and frame.f_code.co_name != "_run_once":
        yield frame
        frame = frame.f_back


def _code(function: Any) -> CodeType:
    return function.__code__


_SAYING: dict[CodeType, Callable[[dict[str, Any]], str]] = {
    _code(Dispatcher.hand): lambda known: f"a subscriber of {known['name']} documents",
    _code(PlanStack.advance): lambda _: "the plan",
    _code(PlanStack.halt): lambda _: "the plan",
    # The two below are nobody's to call, but on the stack they say most.
    _code(Touched._for_each): lambda known: f"{known['what']} {name_of(known['device'])}",  # noqa: SLF001
    _code(Engine._perform): lambda known: told(known["msg"]),  # noqa: SLF001
}
"""What a call says of what is done, by the function that is called."""


def _doing(frame: FrameType | None, msg: Msg | None) -> str:
    for each in _outwards(frame):
        if each.f_code in _SAYING:
            return _SAYING[each.f_code](each.f_locals)
    return told(msg) if msg is not None and not msg.command.startswith("_") else ""


def _is_pythons(code: CodeType) -> bool:
    path = code.co_filename
    if path.startswith("<frozen"):
        return True
    return path.startswith(_LIBRARY) and not any(part in _INSTALLED for part in Path(path).parts)


def _where(frame: FrameType) -> str:
    name = frame.f_code.co_qualname.rpartition("<locals>.")[2]
    return f"{name} ({Path(frame.f_code.co_filename).name}:{frame.f_lineno})"
