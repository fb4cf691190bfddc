"""Says what is wrong in a configuration, in the words of the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ...devices.hints import did_you_mean
from .toml_lines import Path

__all__ = ["ConfigError", "Mistake", "duplicate_names", "explain"]


class ConfigError(Exception):
    """A configuration cannot be used. `mistakes` has one line of text for each, in the order of the file.

    It is about what is written; whether the PVs exist is found out by `reioc check`.
    """

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")

# Where pydantic would speak of Python.
_IN_TOML_WORDS = {
    "model_type": "should be a table",
    "dict_type": "should be a table",
    "tuple_type": "should be an array",
    "too_short": "should not be empty",
    "int_type": "should be an integer",
    "float_type": "should be a number",
    "bool_type": "should be true or false",
    "string_type": "should be a text in quotes",
    "invalid-json-value": "should be text, number, true, false, or arrays and tables of these",
}


@dataclass(frozen=True)
class Mistake:
    """What is wrong at which key."""

    path: Path
    what: str

    def __str__(self) -> str:
        return f"{_dotted(self.path)}: {self.what}" if self.path else self.what


def explain(error: ValidationError, model: type[BaseModel]) -> list[Mistake]:
    """Turn what pydantic found in a document for `model` into mistakes."""
    # An array whose elements are wrong is also called too short, by the number of good ones.
    return [
        _explain_one(details, model)
        for details in error.errors(include_url=False)
        if not (details["type"] == "too_short" and details["input"])
    ]


def _explain_one(details: Any, model: type[BaseModel]) -> Mistake:
    # pydantic marks an error in a dict's key with a part "[key]", which the file does not have.
    path: Path = tuple(part for part in details["loc"] if part != "[key]")
    match details["type"]:
        case "extra_forbidden":
            return Mistake(path, _unknown_key(str(path[-1]), _keys_at(path[:-1], model)))
        case "missing":
            return Mistake(path, "missing: this key is required")
        case "value_error":
            return Mistake(path, str(details["ctx"]["error"]))
        case kind:
            message = _IN_TOML_WORDS.get(kind, details["msg"].removeprefix("Input "))
            return Mistake(path, f"{message}; got {details['input']!r}")


def _unknown_key(key: str, allowed: list[str]) -> str:
    return f"unknown key; allowed: {', '.join(allowed)}{did_you_mean(key, allowed)}"


def _keys_at(path: Path, model: type[BaseModel]) -> list[str]:
    """Keys, as the file spells them, of the table at `path`."""
    for part in path:
        if isinstance(part, str):
            fields = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
            model = _model_in(fields[part])
    return sorted(field.alias or name for name, field in model.model_fields.items())


def _model_in(annotation: Any) -> type[BaseModel]:
    """The model in `Model`, `Model | None` or `tuple[Model, ...]`."""
    candidates = get_args(annotation) if get_origin(annotation) in (UnionType, tuple) else (annotation,)
    return next(c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))


def duplicate_names(document: Mapping[str, Any], arrays: Iterable[str]) -> list[Mistake]:
    """Find tables of one array that have the same name, in a document that nobody has checked yet.

    Looked for apart from the models, so that it is reported together with whatever they find.
    """
    return [mistake for array in arrays for mistake in _duplicates_in(array, document.get(array))]


def _duplicates_in(array: str, tables: Any) -> list[Mistake]:
    first: dict[str, int] = {}
    mistakes = []
    for index, table in enumerate(tables if isinstance(tables, list) else ()):
        name = table.get("name") if isinstance(table, dict) else None
        if not isinstance(name, str):
            continue
        if name in first:
            what = f"{name!r} is already the name of {array}[{first[name]}]; each name may be given once"
            mistakes.append(Mistake((array, index, "name"), what))
        first.setdefault(name, index)
    return mistakes


def _dotted(path: Path) -> str:
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            key = part if _BARE_KEY.fullmatch(part) else f'"{part}"'
            text += f".{key}" if text else key
    return text
