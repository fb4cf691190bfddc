"""`$(NAME)` and `$(NAME=default)` in a line of text."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["MacroError", "check_macros", "expand"]

_NAME = re.compile(r"[A-Za-z0-9_.:-]+")
_OPENING = re.compile(r"\$[({]")
_CLOSING = {"(": ")", "{": "}"}
_DEEPEST = 20


class MacroError(ValueError):
    """A macro cannot be expanded; the text says which, and why."""


def check_macros(macros: Mapping[str, str]) -> None:
    """Look at names and values of macros.

    Raises MacroError for a name that cannot be written as `$(NAME)`, and for a value of several lines.
    """
    for name, value in macros.items():
        if not _NAME.fullmatch(name):
            raise MacroError(f"{name!r} is no macro: its name is letters, digits and _ . : -")
        if "\n" in value or "\r" in value:
            raise MacroError(f"the macro {name} has a value of several lines; it must be one")


def expand(text: str, macros: Mapping[str, str]) -> str:
    """The text with the values of its macros.

    A macro in a value, a default or a name is expanded as well. Raises MacroError for one that is not defined and
    has no default, that is not closed, or that comes back to itself.
    """
    return _expand(text, macros, 0)


def _expand(text: str, macros: Mapping[str, str], depth: int) -> str:
    if depth > _DEEPEST:
        raise MacroError(f"macros within macros, more than {_DEEPEST} deep: does one contain itself?")
    done, after = [], 0
    while (found := _OPENING.search(text, after)) is not None:
        end = _end(text, found.start())
        done += [text[after : found.start()], _value(text[found.end() : end], macros, depth)]
        after = end + 1
    return "".join([*done, text[after:]])


def _end(text: str, start: int) -> int:
    """Where the macro that starts there is closed; one in its name or its default is closed before it."""
    closing = [_CLOSING[text[start + 1]]]
    for at in range(start + 2, len(text)):
        if text[at] == closing[-1]:
            closing.pop()
            if not closing:
                return at
        elif text[at] in _CLOSING and text[at - 1] == "$":
            closing.append(_CLOSING[text[at]])
    raise MacroError(f"{text[start:].strip()!r} is not closed: a macro is written $(NAME) or $(NAME=default)")


def _value(inside: str, macros: Mapping[str, str], depth: int) -> str:
    written, default = _name_and_default(inside)
    name = _expand(written, macros, depth + 1)
    if not _NAME.fullmatch(name):
        raise MacroError(f"$({inside}) is no macro: its name is letters, digits and _ . : -")
    if default is not None and "," in default:
        # EPICS Base takes what is behind the comma for a definition of another macro.
        raise MacroError(f"$({inside}): a default has no comma; define the macro instead")
    value = macros.get(name, default)
    if value is None:
        known = ", ".join(sorted(macros)) or "none"
        raise MacroError(f"the macro $({name}) is not defined and has no default; defined: {known}")
    return _expand(value, macros, depth + 1)


def _name_and_default(inside: str) -> tuple[str, str | None]:
    """Split at the first `=` that is in no macro of its own."""
    depth = 0
    for at, character in enumerate(inside):
        if character in _CLOSING and inside[at - 1 : at] == "$":
            depth += 1
        elif depth and character in _CLOSING.values():
            depth -= 1
        elif character == "=" and not depth:
            return inside[:at], inside[at + 1 :]
    return inside, None
