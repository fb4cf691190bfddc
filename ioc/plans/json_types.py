"""What can be given in JSON: numbers, texts, lists of them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, JsonValue, PlainValidator, StrictBool, WithJsonSchema

from .parameter_errors import must_be

__all__ = ["ANYTHING", "NO_TEXT", "NUMBERS", "OBJECT", "PLAIN", "JsonType", "NotGivable", "one_of", "plural"]


class NotGivable(Exception):
    """A type of which nothing can be given in JSON, a function for instance. Caught where a signature is read."""


@dataclass(frozen=True, slots=True)
class JsonType:
    """A type for pydantic, for people ("list of numbers"), and as what a value must be ("a list of numbers").

    Devices of the registry: which `fits`, and what is said of one that does not, "cannot be moved".
    """

    type: Any
    text: str
    noun: str
    fits: Callable[[Any], bool] | None = None
    lacking: str = ""

    def constrained(self, constraints: list[Any]) -> JsonType:
        """The same, of which pydantic takes less."""
        kind, checks = self.type, ()
        if self in NUMBERS:
            # Ours outermost: pydantic has no words in the schema for a constraint on what a function has checked.
            kind, *checks = get_args(self.type)
        return JsonType(Annotated[(kind, *constraints, *checks)], self.text, self.noun, self.fits, self.lacking)


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value) or value != int(value):
        raise must_be("an integer")
    return int(value)


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        raise must_be("a number")
    return value


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that is no float any more
        return False


def _label(value: Any) -> Any:
    if not isinstance(value, str | int | float):
        raise must_be("a text or a number")
    return value


def _no_text(value: Any) -> Any:
    if isinstance(value, str):
        raise must_be("anything but a text")
    return value


ANYTHING = JsonType(Any, "anything", "anything")
NO_TEXT = JsonType(Annotated[Any, BeforeValidator(_no_text)], "anything", "anything but a text")
OBJECT = JsonType(dict[str, Any], "object", "an object")
_INTEGER = JsonType(Annotated[int, BeforeValidator(_integer)], "integer", "an integer")
_NUMBER = JsonType(Annotated[float, BeforeValidator(_number)], "number", "a number")
_LABEL_SCHEMA = WithJsonSchema({"type": ["string", "number"]})
NUMBERS = (_INTEGER, _NUMBER)
PLAIN: dict[Any, JsonType] = {
    int: _INTEGER,
    float: _NUMBER,
    bool: JsonType(StrictBool, "true or false", "true or false"),
    str: JsonType(str, "text", "a text"),
    NoneType: JsonType(None, "null", "null"),
    Any: ANYTHING,
    object: ANYTHING,
    JsonValue: ANYTHING,
    inspect.Parameter.empty: ANYTHING,
    Hashable: JsonType(Annotated[Any, PlainValidator(_label), _LABEL_SCHEMA], "text or number", "a text or a number"),
}


def one_of(annotation: Any, labels: list[Any], noun: str) -> Any:
    """An enumeration whose labels are taken for what they are: `true` is no 1, and "1" is none either."""
    known = {(isinstance(label, bool), isinstance(label, str), label) for label in labels}

    def label(value: Any) -> Any:
        simple = isinstance(value, str | int | float)
        if isinstance(value, type_of_members) and not simple:
            return value
        if not simple or (isinstance(value, bool), isinstance(value, str), value) not in known:
            raise must_be(noun)
        return value

    type_of_members = annotation if isinstance(annotation, type) else ()
    return Annotated[annotation, BeforeValidator(label)]


def plural(text: str) -> str:
    """`list of numbers` as `lists of numbers`."""
    if " or " in text or "(" in text:
        return f"({text})"
    head, of, rest = text.partition(" of ")
    return f"{head}s{of}{rest}"
