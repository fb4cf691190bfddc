"""What is said of a message that could not be executed.

Rules of this file:
1. An error of a device, a subscriber or the user's own command goes to the plan as it is; a note says in which message.
2. Where the message is to blame the error says so: what the message is, what is wrong with it, what it should look
   like.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from ..errors import EngineError, MalformedMessage, UnsupportedDevice
from ..messages import Msg, is_message
from ..telling import name_of, told_by
from .forms import FORMS, short
from .registry import COMMANDS, Command

__all__ = ["explained", "shown", "unknown"]


def explained(error: BaseException, msg: Any, commands: Mapping[str, Command]) -> BaseException:
    """The error that is thrown into a plan for one that its message raised. Never raises."""
    if not is_message(msg):
        return error
    if isinstance(error, EngineError):
        is_mute = isinstance(error, UnsupportedDevice) and repr(msg.command) not in told_by(error)
        return _noted(error, msg) if is_mute else error
    if (fault := _fault(msg, error, commands)) is not None:
        return MalformedMessage(f"{shown(msg)}: {fault}").with_traceback(error.__traceback__)
    if isinstance(error, StopIteration):  # a generator into which it is thrown would be taken for finished
        told = RuntimeError(f"{shown(msg)} raised StopIteration")
        told.__cause__ = error
        return told
    return _noted(error, msg)


def _noted(error: BaseException, msg: Msg) -> BaseException:
    note = f"in {shown(msg)}"
    if note not in getattr(error, "__notes__", ()):  # a device may raise the same object again and again
        error.add_note(note)
    return error


def shown(msg: Msg) -> str:
    """A message as people write it, with the device's name in place of its repr, and long values cut short."""
    values = [short(value) for value in msg.args] if isinstance(msg.args, tuple) else []
    named = [f"{key}={short(value)}" for key, value in msg.kwargs.items()] if isinstance(msg.kwargs, dict) else []
    key = [] if msg.run is None else [f"run={short(msg.run)}"]
    return f"Msg({', '.join([repr(msg.command), name_of(msg.obj), *values, *named, *key])})"


def unknown(msg: Msg, commands: Mapping[str, Command]) -> str:
    """What to say of a message whose command is none of these."""
    public = sorted(name for name in commands if not name.startswith("_"))
    close = get_close_matches(str(msg.command), public, n=1)
    meant = f"did you mean {close[0]!r}? " if close else ""
    return f"no command {msg.command!r} (of {shown(msg)}); {meant}there are: {', '.join(public)}"


def _fault(msg: Msg, error: BaseException, commands: Mapping[str, Command]) -> str | None:
    """What is wrong with a message, if its error can have come from that."""
    if not isinstance(error, TypeError | ValueError | LookupError | AttributeError):
        return None
    if not isinstance(msg.command, str):
        return "a command is a text"
    if not isinstance(msg.args, tuple) or not isinstance(msg.kwargs, dict):
        return f"its args are a tuple and its kwargs a dict, not {msg.args!r} and {msg.kwargs!r}"
    command = commands.get(msg.command)
    return _wrong_device(msg) or (_wrong_arguments(msg) if command is COMMANDS.get(msg.command) else None)


def _wrong_device(msg: Msg) -> str | None:
    if isinstance(msg.obj, type):
        name = msg.obj.__name__
        return f"{name} is a class, and a message needs a device that was made from it: {name}(…)"
    try:
        hash(msg.obj)
    except TypeError:
        return f"a message speaks to one device, not to a {type(msg.obj).__name__}, which is not hashable"
    return None


def _wrong_arguments(msg: Msg) -> str | None:
    form = FORMS.get(msg.command)
    if form is None:
        return None
    try:
        form.check(*msg.args, **msg.kwargs)
    except Exception as error:
        said = str(error).replace(f"{form.check.__name__}()", msg.command)
        return f"{said}. Its form is {form.text}"
    return None
