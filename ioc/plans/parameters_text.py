"""Parameters as text: JSON from people, a line for people."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from .parameter_errors import InvalidParameters, ParameterError

__all__ = ["MOST_CHARACTERS", "call_text", "loads", "parameters_line", "parse", "too_long", "too_much"]

MOST_CHARACTERS = 1_000_000
"""More is refused before it is parsed: parameters that people and queues send have thousands."""

_WANTED = 'a JSON object by parameter name is wanted, such as {"detectors": ["det1"], "num": 5}'
_DEEPEST = 50
_TOO_DEEP = f"nested too deeply (more than {_DEEPEST} levels)"
_WITH_LENGTH = (str, list, tuple, dict)
_MOST = 6
_MOST_DIGITS = 300
_LONGEST = 60


def parse(text: str) -> dict[str, Any]:
    """The parameters in a JSON object; none in an empty text. Raises InvalidParameters that says where it is wrong."""
    if (problem := too_long(text)) is not None:
        raise _invalid(f"{problem}; {_WANTED}")
    if not text.strip():
        return {}
    try:
        found = loads(text)
    except ValueError as error:
        raise _invalid(f"{error}; {_WANTED}") from error
    if not isinstance(found, dict):
        raise _invalid(f"this is {_KINDS[type(found)]}; {_WANTED}")
    return found


def loads(text: str) -> Any:
    """The value of a JSON text. Raises ValueError that says where it is wrong, or what in it is no value."""
    try:
        found = json.loads(
            text, object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite, parse_int=_integer
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    if _is_deeper(found, _DEEPEST):
        # The next one who walks through it would have less room on the stack than the parser had.
        raise ValueError(_TOO_DEEP)
    return found


def too_long(text: str) -> str | None:
    """What is wrong with a text that is too long to be looked at, else None."""
    size = len(text)
    return f"too large: {size:,} characters, {MOST_CHARACTERS:,} are taken" if size > MOST_CHARACTERS else None


def too_much(values: Mapping[str, Any]) -> str | None:
    """What is wrong with parameters that are too many, or too deep, to be looked at; else None."""
    left: int = MOST_CHARACTERS
    level: list[Any] = [dict(values)]
    for _ in range(_DEEPEST + 2):
        below: list[Any] = []
        for value in level:
            # A digit and a comma are the least that an item takes. Items are only looked at when they are not too many.
            left -= len(value) if isinstance(value, str) else 2 * len(value)
            if left < 0:
                return f"too large: more than the {MOST_CHARACTERS:,} characters of JSON that are taken"
            if isinstance(value, dict):
                below += [key for key in value if isinstance(key, str)]
                value = value.values()
            if not isinstance(value, str):
                below += [item for item in value if isinstance(item, _WITH_LENGTH)]
        if not below:
            return None
        level = below
    return _TOO_DEEP


def _is_deeper(value: Any, levels: int) -> bool:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(item, levels - 1) for item in items)


_KINDS = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "true or false", type(None): "null"}


def _invalid(message: str) -> InvalidParameters:
    return InvalidParameters([ParameterError("", message)])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key!r} is given twice")
        found[key] = value
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number in JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits} is too large for a number")
    return number


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits is too large")
    return int(digits)


def call_text(name: str, values: Mapping[str, Any]) -> str:
    """A call in a line: `scan(detectors=[det1], args=[m1, -1, 1], num=5)`; long lists are shortened."""
    return f"{name}({', '.join(f'{key}={_text(value)}' for key, value in values.items())})"


def parameters_line(values: Mapping[str, Any]) -> str:
    """Parameters in a line, without quotation marks: `detectors=[det1], args=[m1, -1, 1], num=5`."""
    return call_text("", values)[1:-1].replace("'", "")


def _text(value: Any) -> str:
    match value:
        case bool() | None:
            return json.dumps(value)
        case float():
            return f"{value:.10g}"
        case str():
            return repr(value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…")
        case dict():
            return f"{{{_shortened(f'{key}: {_text(item)}' for key, item in value.items())}}}"
        case list() | tuple() | set() | frozenset():
            return f"[{_shortened(map(_text, value))}]"
        case _:
            return str(getattr(value, "name", None) or value)


def _shortened(texts: Iterable[str]) -> str:
    all_texts = list(texts)
    more = len(all_texts) - _MOST
    return ", ".join(all_texts if more <= 1 else [*all_texts[:_MOST], f"… {more} more"])
