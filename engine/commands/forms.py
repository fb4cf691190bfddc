"""What each message looks like.

Rules of this file:
1. A form is a text that people are shown, here and in the reference documentation, and a function of a message's
   arguments: Python's own binding finds what is missing or unknown, its body what cannot be.
2. Forms are asked when a command has failed, to find out whether the message was to blame (`refusals`): they cost a
   message that is well nothing. Only those that would overlook a word that is misspelt take their arguments by their
   form.
3. What devices are given beside that is theirs to judge.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable
from numbers import Real
from reprlib import Repr
from typing import Any, NamedTuple

__all__ = ["FORMS", "Form", "locate", "pause", "short", "wait"]

_repr = Repr()
_repr.maxstring = _repr.maxother = 80


def short(value: Any) -> str:
    """A value as people write it, cut short where it is long."""
    return _repr.repr(value)


class Form(NamedTuple):
    """What a message looks like, and a function that raises TypeError for arguments that do not."""

    text: str
    check: Callable[..., object]


def wait(
    group: Hashable = None,
    timeout: float | None = None,
    error_on_timeout: bool = True,
    watch: Collection[Hashable] | None = (),
    move_on: bool = False,
) -> tuple[Hashable, float | None, bool, Collection[Hashable]]:
    """The arguments of a `wait`; `move_on` is what bluesky once called the opposite of `error_on_timeout`."""
    if isinstance(watch, str):  # it would be taken for groups of one letter each
        raise TypeError(f"watch is a list of groups, not {short(watch)}")
    return group, timeout, error_on_timeout and not move_on, watch or ()


def pause(defer: bool = False) -> bool:
    """The arguments of a `pause`."""
    return defer


def locate(*devices: Any, squeeze: bool = True) -> tuple[tuple[Any, ...], bool]:
    """The arguments of a `locate`."""
    return devices, squeeze


def _wait(*args: Any, **kwargs: Any) -> None:
    group, timeout, _, watch = wait(*args, **kwargs)
    if not isinstance(watch, Iterable):
        raise TypeError(f"watch is a list of groups, not {short(watch)}")
    for each in (group, *watch):
        _started(group=each)
    _seconds("timeout", timeout, optional=True)


def _wait_for(factories: Any, timeout: Any = None, return_when: Any = None) -> None:
    if not isinstance(factories, Iterable):
        raise TypeError(f"it takes a list of functions, not {short(factories)}")
    for factory in factories:
        if not callable(factory):
            raise TypeError(f"it takes functions that make awaitables, not the awaitables themselves: {short(factory)}")
    _seconds("timeout", timeout, optional=True)


def _sleep(seconds: Any) -> None:
    _seconds("seconds", seconds)


def _rewindable(wanted: Any) -> None:
    if wanted not in (True, False, None):
        raise TypeError(f"it is set to True or False, or asked by None, not {short(wanted)}")


def _started(*args: Any, group: Any = None, **kwargs: Any) -> None:
    try:
        hash(group)
    except TypeError:
        raise TypeError(f"a group is something hashable, such as a text, not {short(group)}") from None


def _set(value: Any, *args: Any, group: Any = None, **kwargs: Any) -> None:
    _started(group=group)


def _subscribe(function: Any, name: Any = "all", *, on_error: Any = None) -> None:
    """Whether they mean something is for the dispatcher to say."""


def _unsubscribe(token: Any) -> None:
    """Any token."""


def _seconds(name: str, value: Any, *, optional: bool = False) -> None:
    if not isinstance(value, Real) and not (optional and value is None):
        raise TypeError(f"{name} must be a number, not {short(value)}")


FORMS: dict[str, Form] = {
    "sleep": Form('Msg("sleep", None, seconds)', _sleep),
    "set": Form('Msg("set", device, value, group=…)', _set),
    "trigger": Form('Msg("trigger", device, group=…)', _started),
    "prepare": Form('Msg("prepare", device, value, group=…)', _set),
    "kickoff": Form('Msg("kickoff", flyer, group=…)', _started),
    "complete": Form('Msg("complete", flyer, group=…)', _started),
    "locate": Form('Msg("locate", device, …, squeeze=True)', locate),
    "wait": Form('Msg("wait", None, group=…, timeout=None, error_on_timeout=True, watch=())', _wait),
    "wait_for": Form('Msg("wait_for", None, [factory, …], timeout=…)', _wait_for),
    "rewindable": Form('Msg("rewindable", None, True)', _rewindable),
    "pause": Form('Msg("pause", None, defer=False)', pause),
    "subscribe": Form('Msg("subscribe", None, function, name)', _subscribe),
    "unsubscribe": Form('Msg("unsubscribe", token=…)', _unsubscribe),
}
"""By command; those that are not here take anything."""
