"""Annotations of plans as what can be given in JSON.

Rules of this file:
- Numbers are finite, true and false are no numbers, a text is never taken for a number.
- A limit is about each number: `Annotated[float | list[float] | None, Ge(0)]` is one for the number and the items.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping, MutableSequence, Sequence
from functools import reduce
from types import UnionType
from typing import Annotated, Any, NewType, TypeVar, Union, get_args, get_origin

import numpy.typing as npt
from annotated_types import Ge, Gt, Interval, Le, Lt, MultipleOf
from pydantic import Field, TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError
from pydantic.fields import FieldInfo

from ...devices import Registry
from ...engine.plans import Repeats, Units
from .device_types import DeviceReader, is_function
from .json_types import ANYTHING, NO_TEXT, NUMBERS, OBJECT, PLAIN, JsonType, NotGivable, one_of, plural
from .parameter_errors import shown

__all__ = ["JsonType", "NotGivable", "TypeReader"]

_LISTS = (list, Sequence, MutableSequence, Collection, Iterable, set, frozenset)
_OBJECTS = (dict, Mapping, MutableMapping)
_LIMITS = (Ge, Gt, Interval, Le, Lt, MultipleOf)


class TypeReader:
    """Reads annotations; devices are those of a registry."""

    def __init__(self, registry: Registry) -> None:
        self._devices = DeviceReader(registry)
        self._readers: tuple[Callable[[Any], JsonType | None], ...] = (
            self._renamed,
            self._annotated,
            self._choice,
            self._devices.of_protocol,
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

    def _renamed(self, annotation: Any) -> JsonType | None:
        """A type by another name: `NewType`, a type variable, `type Energy = float`, numpy's ArrayLike."""
        if annotation == npt.ArrayLike:
            return self.read(float | list[Any])
        if isinstance(annotation, NewType):
            return self.read(annotation.__supertype__)
        if isinstance(annotation, TypeVar):
            choices = annotation.__constraints__ or (annotation.__bound__ or Any,)
            return self.read(reduce(operator.or_, choices))
        if type(annotation).__name__ == "TypeAliasType":
            return self.read(annotation.__value__)
        return None

    def _annotated(self, annotation: Any) -> JsonType | None:
        if get_origin(annotation) is not Annotated:
            return None
        base, *extras = get_args(annotation)
        limits = [extra for extra in extras if _limits_numbers(extra)]
        others = [extra for extra in extras if extra not in limits and not isinstance(extra, str | Units | Repeats)]
        found = self._limited(base, limits) if limits else self.read(base)
        return found.constrained(others) if others else found

    def _limited(self, base: Any, limits: list[Any]) -> JsonType:
        """With limits for its numbers, wherever they are; what is no number has none."""
        origin = get_origin(base)
        if origin in (Union, UnionType):
            return self._read_choices([lambda c=choice: self._limited(c, limits) for choice in get_args(base)])
        if origin in (*_LISTS, tuple):
            items = (item if item is Ellipsis else Annotated[(item, *limits)] for item in get_args(base))
            return self.read(_of(origin, tuple(items)))
        found = self.read(base)
        return found.constrained(limits) if found in NUMBERS else found

    def _choice(self, annotation: Any) -> JsonType | None:
        if get_origin(annotation) not in (Union, UnionType):
            return None
        return self._read_choices([lambda c=choice: self.read(c) for choice in get_args(annotation)])

    def _read_choices(self, readers: Iterable[Callable[[], JsonType]]) -> JsonType:
        kept = _givable(readers)
        devices = [choice for choice in kept if choice.fits is not None]
        if len(devices) > 1:
            first = kept.index(devices[0])
            kept = [choice for choice in kept if choice.fits is None]
            kept.insert(first, self._devices.any_of(devices))
        if ANYTHING in kept and devices:
            # "Movable | Any" is how bluesky writes a motor, a number, a motor …: a text in there can only be a device.
            kept = [choice for choice in kept if choice != ANYTHING] + [NO_TEXT]
        if len(kept) == 1:
            return kept[0]
        text = " or ".join(choice.text for choice in kept)
        noun = " or ".join(choice.noun for choice in kept if choice.type is not None)
        return JsonType(_union([choice.type for choice in kept]), text, noun)

    def _list(self, annotation: Any) -> JsonType | None:
        origin, arguments = get_origin(annotation) or annotation, get_args(annotation)
        if origin is tuple and arguments and arguments[-1] is not Ellipsis:
            parts = [self.read(argument) for argument in arguments]
            text = f"list ({', '.join(part.text for part in parts)})"
            return JsonType(tuple[tuple(part.type for part in parts)], text, f"a {text}")
        if origin is not tuple and origin not in _LISTS:
            return None
        item = self.read(arguments[0]) if arguments else ANYTHING
        text = "list" if item is ANYTHING else f"list of {plural(item.text)}"
        container: Any = origin if origin in (tuple, set, frozenset) else list
        return JsonType(tuple[item.type, ...] if container is tuple else container[item.type], text, f"a {text}")

    def _object(self, annotation: Any) -> JsonType | None:
        origin, arguments = get_origin(annotation) or annotation, get_args(annotation)
        if origin not in _OBJECTS:
            return None
        if not arguments:
            return OBJECT
        value = self.read(arguments[1])
        text = "object" if value is ANYTHING else f"object of {plural(value.text)}"
        return JsonType(dict[str, value.type], text, f"an {text}")

    def _other(self, annotation: Any) -> JsonType:
        """What pydantic knows (enumerations, models, dates …), and classes of devices."""
        if is_function(annotation):
            raise NotGivable("a function cannot be given")
        try:
            schema = TypeAdapter(annotation).json_schema()
        except (PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError):
            return self._devices.of_class(annotation)
        if schema.get("type") == "object":
            return JsonType(annotation, "object", "an object")
        values = schema.get("enum", [schema["const"]] if "const" in schema else [])
        if values:
            text = " or ".join(map(shown, values))
            return JsonType(one_of(annotation, values, text), text, text)
        text = getattr(annotation, "__name__", str(annotation))
        return JsonType(annotation, text, f"a {text}")


def _givable(readers: Iterable[Callable[[], JsonType]]) -> list[JsonType]:
    """Those of a union's types that can be given; null alone is as good as nothing."""
    kept, reasons = [], []
    for read in readers:
        try:
            kept.append(read())
        except NotGivable as error:
            reasons.append(str(error))
    if all(choice.type is None for choice in kept):
        raise NotGivable("; ".join(dict.fromkeys(reasons)))
    return kept


def _union(types: Sequence[Any]) -> Any:
    """The first of the types that fits; None stands for null."""
    others = [kind for kind in types if kind is not None]
    union: Any = others[0]
    if len(others) > 1:
        union = Annotated[reduce(operator.or_, others), Field(union_mode="left_to_right")]
    return union if len(others) == len(types) else union | None


def _plain(annotation: Any) -> JsonType | None:
    try:
        return PLAIN.get(annotation)
    except TypeError:  # not hashable, because of what is in an Annotated inside
        return None


def _of(container: Any, items: tuple[Any, ...]) -> Any:
    return container[items]


def _limits_numbers(constraint: Any) -> bool:
    if isinstance(constraint, FieldInfo):
        return bool(constraint.metadata) and all(map(_limits_numbers, constraint.metadata))
    return isinstance(constraint, _LIMITS)
