"""What is wrong with a plan's parameters, in words for whoever typed them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

__all__ = [
    "InvalidParameters",
    "ParameterError",
    "Problem",
    "explain",
    "must_be",
    "no_good",
    "place",
    "shortened",
    "shown",
]

Path = tuple[int | str, ...]

_LONGEST = 40
_MOST = 20
_MOST_FINDINGS = 200
# How pydantic begins: "Input should", "List should"
_SHOULD = re.compile(r"^\w+ should")

# Where pydantic would speak of Python. What is not here it says well enough itself.
_NOUNS = {
    "bool_type": "true or false",
    "string_type": "a text",
    "none_required": "null",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "an object",
    "mapping_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "dataclass_type": "an object",
}


@dataclass(frozen=True, slots=True)
class ParameterError:
    """One mistake: in which parameter, what, and where exactly (`detectors[0]`) if that is known."""

    parameter: str
    message: str
    place: str = ""

    def __str__(self) -> str:
        where = self.place or self.parameter
        return f"{where}: {self.message}" if where else self.message


class InvalidParameters(ValueError):
    """A plan's parameters cannot be used; `errors` has every mistake. Raised before anything is done with them."""

    def __init__(self, errors: Iterable[ParameterError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(map(str, self.errors)))


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in one value: where in it, and what; `must` if the message says what the value must be."""

    path: Path
    message: str
    must: bool


def must_be(noun: str) -> PydanticCustomError:
    """The error of a validator whose value is not `noun`."""
    return PydanticCustomError("noun", "must be {noun}", {"noun": noun})


def no_good(message: str) -> PydanticCustomError:
    """The error of a validator whose value has the right type and will not do all the same."""
    return PydanticCustomError("no_good", "{text}", {"text": message})


def place(parameter: str, path: Iterable[int | str]) -> str:
    """Where in a parameter: `args[4][0]`, `options.speed`."""
    return parameter + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


def shown(value: Any) -> str:
    """A value as people typed it, shortened."""
    text = repr(value) if isinstance(value, str) else json.dumps(value, default=repr, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


@dataclass(frozen=True, slots=True)
class _Finding:
    """One of pydantic's errors; `unions`: at which paths it is about one of several alternatives only."""

    path: Path
    unions: tuple[Path, ...]
    noun: str | None
    text: str
    value: Any

    @property
    def problem(self) -> Problem:
        if self.noun is None:
            return Problem(self.path, self.text, must=False)
        return Problem(self.path, f"must be {self.noun}, not {shown(self.value)}", must=True)


def explain(error: ValidationError, value: Any, noun: str) -> list[Problem]:
    """What pydantic found wrong in `value`, which should be `noun`; at least one problem."""
    findings = [_finding(details, value) for details in error.errors(include_url=False)[:_MOST_FINDINGS]]
    resolved = _resolve(findings, 0)
    whole = (f.problem if f.path or f.noun is None else _at_the_top(f, noun) for f in resolved)
    return shortened(list(dict.fromkeys(whole)), error.error_count() > _MOST_FINDINGS)


def shortened(problems: list[Problem], are_more: bool = False) -> list[Problem]:
    """The first of many problems: nobody reads a thousand, and each is made and carried about."""
    if len(problems) <= _MOST and not are_more:
        return problems
    return [*problems[:_MOST], Problem((), "and so on: there is more that is wrong", must=False)]


def _at_the_top(finding: _Finding, noun: str) -> Problem:
    return Problem((), f"must be {noun}, not {shown(finding.value)}", must=True)


def _finding(details: Any, value: Any) -> _Finding:
    path, unions = _without_tags(details["loc"], value, details["type"])
    noun, text = _words(details)
    return _Finding(path, unions, noun, text, details["input"])


def _words(details: Any) -> tuple[str | None, str]:
    match details["type"]:
        case "noun":
            return details["ctx"]["noun"], ""
        case "no_good":
            return None, details["ctx"]["text"]
        case "literal_error" | "enum":
            return details["ctx"]["expected"], ""
        case "missing":
            return None, "missing"
        case "extra_forbidden":
            return None, "no such key"
        case "too_short" | "too_long":
            return None, _SHOULD.sub("must", details["msg"]).replace(" after validation", "")
        case kind if kind in _NOUNS:
            return _NOUNS[kind], ""
        case _:
            return None, f"{_SHOULD.sub('must', details['msg'])}, not {shown(details['input'])}"


def _without_tags(loc: Sequence[int | str], value: Any, kind: str) -> tuple[Path, tuple[Path, ...]]:
    """Pydantic puts the name of a union's alternative into the path; what does not lead anywhere in `value` is one."""
    path: Path = ()
    unions: list[Path] = []
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        if isinstance(value, dict) and (part in value or (last and kind == "missing")):
            path, value = (*path, part), value.get(part)
        elif isinstance(value, list | tuple) and isinstance(part, int) and part < len(value):
            path, value = (*path, part), value[part]
        elif isinstance(value, list | tuple) and last and kind == "missing":
            path = (*path, part)
        else:
            unions.append(path)
    return path, tuple(unions)


def _resolve(findings: Iterable[_Finding], level: int) -> list[_Finding]:
    """One finding for the several that a union's alternatives make of the same mistake.

    An alternative whose type fits says what is wrong inside; only if there is none, what is wrong is the type.
    """
    resolved: list[_Finding] = []
    choices: dict[Path, list[_Finding]] = {}
    for finding in findings:
        if len(finding.unions) > level:
            choices.setdefault(finding.unions[level], []).append(finding)
        else:
            resolved.append(finding)
    for path, group in choices.items():
        inside = [finding for finding in group if finding.noun is None or len(finding.path) > len(path)]
        resolved += _resolve(inside, level + 1) if inside else [_merged(group)]
    return resolved


def _merged(group: Sequence[_Finding]) -> _Finding:
    first = group[0]
    noun = " or ".join(dict.fromkeys(finding.noun for finding in group if finding.noun is not None))
    return _Finding(first.path, (), noun, "", first.value)
