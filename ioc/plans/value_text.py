"""One parameter's value as people type it, `det1, det2`, and back.

Rules of this file:
- A text is read in each way that it could be meant, JSON first; the first reading that the parameter takes counts.
- What was made of a value by `text_of` is read as that value again.
"""

from __future__ import annotations

import enum
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from .parameter_errors import Problem
from .parameters_text import loads

__all__ = ["NOT_GIVEN", "NotGiven", "pick", "readings", "rounds_readings", "text_of"]


class NotGiven(enum.Enum):
    """What an empty text means: the parameter is left out, its default holds."""

    NOT_GIVEN = "not given"


NOT_GIVEN = NotGiven.NOT_GIVEN

Check = Callable[[Any], list[Problem]]
Readings = Callable[[str], Iterable[Any]]

_LONGEST = 10_000
_DEEPEST = 4
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
# What JSON does not take for a number, and people do: +5, .5, 5., 007
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_PARTS = re.compile(r'"(?:\\.|[^"\\])*"|\s*,\s*|\s+|[^\s,"\[\]{}]+|.', re.DOTALL)
_NESTING = {"[": 1, "{": 1, "]": -1, "}": -1}


def pick(text: str, read: Readings, check: Check) -> tuple[Any, list[Problem]]:
    """The first reading of a typed text in which `check` finds no problem; else the problems of the nearest one.

    An empty text is NOT_GIVEN; so is `null` where null is no value.
    """
    if len(text) > _LONGEST:
        return None, [Problem((), f"too long: {len(text):,} characters, {_LONGEST:,} are taken", must=False)]
    text = text.strip()
    if not text:
        return NOT_GIVEN, []
    nearest: list[Problem] = []
    for value in read(text):
        problems = check(value)
        if not problems:
            return value, []
        if value is None:
            return NOT_GIVEN, []
        if not nearest or (_is_near(problems) and not _is_near(nearest)):
            nearest = problems
    return None, _json_problem(text, _is_near(nearest)) or nearest


def readings(text: str) -> Iterator[Any]:
    """What a text could mean, as JSON values."""
    yield from _scalars(text)
    if text.lower() in _WORDS:
        yield _WORDS[text.lower()]
    pieces = _pieces(_inside(text))
    yield [_loosely(piece) for piece in pieces]
    yield [_as_text(piece) for piece in pieces]
    if all(piece.lower() in _WORDS for piece in pieces):
        yield [_WORDS[piece.lower()] for piece in pieces]


def rounds_readings(text: str, checks: Sequence[Check]) -> Iterator[Any]:
    """What a text could mean in which values come in turn, `m1 -1 1, m2 0 2`, each checked by its own check."""
    if text.startswith(("[", "null")) and (value := _json(text)) is not NOT_GIVEN:
        yield value
        return
    pieces = _pieces(_inside(text), also_spaces=True)
    yield [_in_turn(piece, checks[turn % len(checks)]) for turn, piece in enumerate(pieces)]


def text_of(value: Any, read: Callable[[str], tuple[Any, list[Problem]]]) -> str:
    """A value as it could have been typed; `read` reads what was typed. JSON where nothing shorter means the same."""
    exact = json.dumps(value, ensure_ascii=False, default=str)
    for text in _short_texts(value):
        back, problems = read(text)
        if not problems and back is not NOT_GIVEN and json.dumps(back, ensure_ascii=False, default=str) == exact:
            return text
    return exact


def _short_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple) and value:
        yield ", ".join(item if isinstance(item, str) else json.dumps(item, default=str) for item in value)


def _is_near(problems: Sequence[Problem]) -> bool:
    """The kind of value is right, and what is wrong is inside it, or its size."""
    return any(problem.path or not problem.must for problem in problems)


def _json_problem(text: str, is_near: bool) -> list[Problem]:
    """What looks like JSON was meant to be; `[det1, m1]` may be a list that has no quotes."""
    is_list = text[0] == "[" and text[-1] == "]"
    if text[0] not in '[{"' or (is_near and (is_list or text[0] == '"')):
        return []
    try:
        loads(text)
    except ValueError as error:
        return [Problem((), str(error), must=False)]
    return []


def _scalars(text: str) -> Iterator[Any]:
    value = _json(text)
    if value is not NOT_GIVEN:
        yield value
    elif _NUMBER.fullmatch(text) and math.isfinite(float(text)):
        yield float(text)
    yield text


def _json(text: str) -> Any:
    try:
        return loads(text)
    except ValueError:
        return NOT_GIVEN


def _in_turn(piece: str, check: Check) -> Any:
    first, *others = readings(piece)
    return next((value for value in (first, *others) if not check(value)), _loosely(piece))


def _loosely(piece: str, levels: int = _DEEPEST) -> Any:
    first = next(_scalars(piece))
    if first is piece and levels and _inside(piece) is not piece:
        return [_loosely(part, levels - 1) for part in _pieces(_inside(piece))]
    return first


def _as_text(piece: str) -> Any:
    return _loosely(piece) if piece[:1] in ('"', "[", "{") else piece


def _inside(text: str) -> str:
    """A list without its brackets; two lists in a row are not in brackets."""
    is_list = text.startswith("[") and text.endswith("]") and len(_pieces(text, also_spaces=True)) == 1
    return text[1:-1].strip() if is_list else text


def _pieces(text: str, also_spaces: bool = False) -> list[str]:
    """What stands between commas, between spaces if there is no comma, or between either.

    Brackets and quotes keep together what is in them.
    """
    parts: list[tuple[str, bool]] = []
    depth = 0
    for part in _PARTS.findall(text):
        depth = max(0, depth + _NESTING.get(part, 0))
        parts.append((part, depth == 0 and (part.strip() == "," or part.isspace())))
    has_comma = any(separates and not part.isspace() for part, separates in parts)
    pieces = [""]
    for part, separates in parts:
        if separates and (also_spaces or not has_comma or not part.isspace()):
            pieces.append("")
        else:
            pieces[-1] += part
    # A comma at the end asks for nothing more; two in a row miss something, which is said by who gets the piece.
    return pieces if pieces[-1] else pieces[:-1]
