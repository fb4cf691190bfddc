"""Annotations of plans as what can be given in JSON.

Rules of this file:
- A device is given by its name in the registry, and must have the methods of its protocol. It is never evaluated.
- Numbers are finite, true and false are no numbers, a text is never taken for a number.
- No device is asked for anything but which methods it has: this must not wait for a PV.
"""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, MutableMapping, MutableSequence, Sequence
from dataclasses import dataclass
from functools import reduce
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import (
    BeforeValidator,
    Field,
    JsonValue,
    PlainValidator,
    StrictBool,
    TypeAdapter,
    WithJsonSchema,
)
from pydantic.errors import PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError

from ...devices import Registry, UnknownDevice
from ...engine.plans import Repeats, Units
from .parameter_errors import must_be, no_good, shown

__all__ = ["JsonType", "NotGivable", "TypeReader"]


class NotGivable(Exception):
    """A type of which nothing can be given in JSON, a function for instance. Caught where a signature is read."""


@dataclass(frozen=True, slots=True)
class JsonType:
    """A type for pydantic, for people ("list of numbers"), and as what a value must be ("a list of numbers")."""

    type: Any
    text: str
    noun: str
    is_device: bool = False


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


_ANYTHING = JsonType(Any, "anything", "anything")
_NO_TEXT = JsonType(Annotated[Any, BeforeValidator(_no_text)], "anything", "anything but a text")
_INTEGER = JsonType(Annotated[int, BeforeValidator(_integer)], "integer", "an integer")
_NUMBER = JsonType(Annotated[float, BeforeValidator(_number)], "number", "a number")
_OBJECT = JsonType(dict[str, Any], "object", "an object")
_LABEL_SCHEMA = WithJsonSchema({"type": ["string", "number"]})
_PLAIN: dict[Any, JsonType] = {
    int: _INTEGER,
    float: _NUMBER,
    bool: JsonType(StrictBool, "true or false", "true or false"),
    str: JsonType(str, "text", "a text"),
    NoneType: JsonType(None, "null", "null"),
    Any: _ANYTHING,
    object: _ANYTHING,
    JsonValue: _ANYTHING,
    inspect.Parameter.empty: _ANYTHING,
    Hashable: JsonType(Annotated[Any, PlainValidator(_label), _LABEL_SCHEMA], "text or number", "a text or a number"),
}
_LISTS = (list, Sequence, MutableSequence, Collection, Iterable, set, frozenset)
_OBJECTS = (dict, Mapping, MutableMapping)

# What a device cannot be, if it lacks the methods of a protocol.
_ABILITIES = {
    "Readable": "read",
    "Movable": "moved",
    "Triggerable": "triggered",
    "Stageable": "staged",
    "Stoppable": "stopped",
    "Locatable": "located",
    "Flyable": "flown",
    "Configurable": "configured",
}
_A_DEVICE_HAS_ONE_OF = ("read", "set", "trigger", "kickoff", "stage")


class TypeReader:
    """Reads annotations; devices are those of a registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._readers: tuple[Callable[[Any], JsonType | None], ...] = (
            self._annotated,
            self._choice,
            self._device,
            self._list,
            self._object,
            _plain,
        )

    def read(self, annotation: Any) -> JsonType:
        """What can be given for an annotation. Raises NotGivable if nothing can."""
        for reader in self._readers:
            found = reader(annotation)
            if found is not None:
                return found
        return self._other(annotation)

    def _annotated(self, annotation: Any) -> JsonType | None:
        if get_origin(annotation) is not Annotated:
            return None
        base, *extras = get_args(annotation)
        found = self.read(base)
        constraints = [extra for extra in extras if not isinstance(extra, str | Units | Repeats)]
        if not constraints:
            return found
        kind, checks = found.type, ()
        if found in (_INTEGER, _NUMBER):
            # Ours outermost: pydantic has no words in the schema for a constraint on what a function has checked.
            kind, *checks = get_args(found.type)
        return JsonType(Annotated[(kind, *constraints, *checks)], found.text, found.noun, found.is_device)

    def _choice(self, annotation: Any) -> JsonType | None:
        if get_origin(annotation) not in (Union, UnionType):
            return None
        kept = self._givable(get_args(annotation))
        if _ANYTHING in kept and any(choice.is_device for choice in kept):
            # "Movable | Any" is how bluesky writes a motor, a number, a motor …: a text in there can only be a device.
            kept = [choice for choice in kept if choice != _ANYTHING] + [_NO_TEXT]
        text = " or ".join(choice.text for choice in kept)
        noun = " or ".join(choice.noun for choice in kept if choice.type is not None)
        return JsonType(_union([choice.type for choice in kept]), text, noun)

    def _givable(self, choices: Iterable[Any]) -> list[JsonType]:
        """Those of a union's types that can be given; null alone is as good as nothing."""
        kept, reasons = [], []
        for choice in choices:
            try:
                kept.append(self.read(choice))
            except NotGivable as error:
                reasons.append(str(error))
        if all(choice.type is None for choice in kept):
            raise NotGivable("; ".join(dict.fromkeys(reasons)))
        return kept

    def _list(self, annotation: Any) -> JsonType | None:
        origin, arguments = get_origin(annotation) or annotation, get_args(annotation)
        if origin is tuple and arguments and arguments[-1] is not Ellipsis:
            parts = [self.read(argument) for argument in arguments]
            text = f"list ({', '.join(part.text for part in parts)})"
            return JsonType(tuple[tuple(part.type for part in parts)], text, f"a {text}")
        if origin is not tuple and origin not in _LISTS:
            return None
        item = self.read(arguments[0]) if arguments else _ANYTHING
        text = "list" if item is _ANYTHING else f"list of {_plural(item.text)}"
        container: Any = origin if origin in (tuple, set, frozenset) else list
        return JsonType(tuple[item.type, ...] if container is tuple else container[item.type], text, f"a {text}")

    def _object(self, annotation: Any) -> JsonType | None:
        origin, arguments = get_origin(annotation) or annotation, get_args(annotation)
        if origin not in _OBJECTS:
            return None
        if not arguments:
            return _OBJECT
        value = self.read(arguments[1])
        text = "object" if value is _ANYTHING else f"object of {_plural(value.text)}"
        return JsonType(dict[str, value.type], text, f"an {text}")

    def _device(self, annotation: Any) -> JsonType | None:
        protocol = get_origin(annotation) or annotation
        if not _is_protocol(protocol) or _is_function(protocol):
            return None
        name = protocol.__name__.removeprefix("Named")
        methods = _methods(protocol)
        text = f"{name.lower()} device" if name.endswith("able") else "device"
        lacking = f"cannot be {_ABILITIES[name]}" if name in _ABILITIES else f"is no {text} (no {', '.join(methods)})"
        return self._named(text, lacking, lambda device: all(callable(getattr(device, m, None)) for m in methods))

    def _named(self, text: str, lacking: str, fits: Callable[[Any], bool]) -> JsonType:
        noun = f"the name of a {text}"

        def device(name: Any) -> Any:
            if not isinstance(name, str):
                raise must_be(noun)
            try:
                found = self._registry[name]
            except UnknownDevice as error:
                raise no_good(str(error)) from None
            if not fits(found):
                raise no_good(f"{name} {lacking}; those that can: {', '.join(fitting()) or 'none'}")
            return found

        def fitting() -> list[str]:
            return [name for name, candidate in self._registry.items() if fits(candidate)]

        schema = {"type": "string", "description": text, "examples": fitting()}
        return JsonType(Annotated[Any, PlainValidator(device), WithJsonSchema(schema)], text, noun, is_device=True)

    def _other(self, annotation: Any) -> JsonType:
        """What pydantic knows (enumerations, models, dates …), and classes of devices."""
        if _is_function(annotation):
            raise NotGivable("a function cannot be given")
        try:
            schema = TypeAdapter(annotation).json_schema()
        except (PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError):
            return self._device_of_class(annotation)
        if schema.get("type") == "object":
            return JsonType(annotation, "object", "an object")
        values = schema.get("enum", [schema["const"]] if "const" in schema else [])
        text = " or ".join(map(shown, values)) or getattr(annotation, "__name__", str(annotation))
        return JsonType(annotation, text, text if values else f"a {text}")

    def _device_of_class(self, annotation: Any) -> JsonType:
        name = getattr(annotation, "__name__", str(annotation))
        if not isinstance(annotation, type) or not any(hasattr(annotation, m) for m in _A_DEVICE_HAS_ONE_OF):
            raise NotGivable(f"a {name} cannot be given in JSON")
        return self._named(f"{name} device", f"is no {name}", lambda device: isinstance(device, annotation))


def _union(types: Sequence[Any]) -> Any:
    """The first of the types that fits; None stands for null."""
    others = [kind for kind in types if kind is not None]
    union: Any = others[0]
    if len(others) > 1:
        union = Annotated[reduce(operator.or_, others), Field(union_mode="left_to_right")]
    return union if len(others) == len(types) else union | None


def _plain(annotation: Any) -> JsonType | None:
    try:
        return _PLAIN.get(annotation)
    except TypeError:  # not hashable, because of what is in an Annotated inside
        return None


def _is_protocol(annotation: Any) -> bool:
    """A protocol itself, not a class that has one; those of `typing` are about other things than devices."""
    if not isinstance(annotation, type) or annotation.__module__ == "typing":
        return False
    return any(base.__name__ == "Protocol" for base in annotation.__bases__)


def _is_function(annotation: Any) -> bool:
    origin = get_origin(annotation) or annotation
    return origin is Callable or (_is_protocol(origin) and "__call__" in vars(origin))


def _methods(protocol: Any) -> list[str]:
    """Methods only: to look at a property of a device may be to read a PV."""
    return [
        name
        for base in protocol.__mro__
        if _is_protocol(base)
        for name, member in vars(base).items()
        if inspect.isfunction(member) and not name.startswith("_")
    ]


def _plural(text: str) -> str:
    head, of, rest = text.partition(" of ")
    return f"({text})" if " or " in text or "(" in text else f"{head}s{of}{rest}"
