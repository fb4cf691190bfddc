"""Parameters of a plan, read from its signature."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from ...engine.plans import Repeats, Units
from .parameter_errors import InvalidParameters, ParameterError, Problem, explain, place, shown
from .parameter_types import JsonType, NotGivable, TypeReader

__all__ = ["Argument", "Parameter", "read_arguments"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """What people are told about a parameter. `default` means nothing where it is required.

    What is repeated (`*args` of a scan) is one list and is required: at least once.
    """

    name: str
    type: str
    default: Any
    required: bool
    doc: str
    units: str


# What is meant where a plan has no annotation, as some of bluesky's have not.
_BY_NAME: dict[str, Any] = {
    "md": dict[str, Any] | None,
    "per_shot": Callable[..., Any],
    "per_step": Callable[..., Any],
}


class _Values(Protocol):
    """Checks what is given for a parameter; `noun` is what must be given."""

    text: str
    noun: str

    def schema(self) -> dict[str, Any]: ...
    def problems(self, value: Any) -> tuple[Any, list[Problem]]: ...


class Argument:
    """A parameter that can be given: described, and checked."""

    def __init__(self, parameter: Parameter, values: _Values) -> None:
        self.parameter = parameter
        self._values = values

    @property
    def name(self) -> str:
        """The key in the JSON object."""
        return self.parameter.name

    def accept(self, value: Any) -> Any:
        """What the plan gets for `value`. Raises InvalidParameters."""
        accepted, problems = self._values.problems(value)
        if problems:
            raise InvalidParameters(
                ParameterError(self.name, problem.message, place(self.name, problem.path)) for problem in problems
            )
        return accepted

    @property
    def missing(self) -> ParameterError:
        """The error when it is required and not there."""
        return ParameterError(self.name, f"missing: must be {self._values.noun}")

    def schema(self) -> dict[str, Any]:
        """JSON schema of its values, with default, units and what else is known."""
        schema = self._values.schema()
        if not self.parameter.required and _is_json(self.parameter.default):
            schema["default"] = self.parameter.default
        if self.parameter.doc:
            schema["description"] = self.parameter.doc
        if self.parameter.units:
            schema["units"] = self.parameter.units
        return schema


class _Value:
    """Values of one type."""

    def __init__(self, kind: JsonType) -> None:
        self.text, self.noun = kind.text, kind.noun
        try:
            self._adapter: TypeAdapter[Any] = TypeAdapter(kind.type)
            self._schema = self._adapter.json_schema()
        except Exception as error:  # pydantic has a dozen ways to say that it cannot use an annotation
            raise NotGivable(f"{type(error).__name__}: {error}") from error

    def schema(self) -> dict[str, Any]:
        return deepcopy(self._schema)

    def problems(self, value: Any) -> tuple[Any, list[Problem]]:
        try:
            return self._adapter.validate_python(value), []
        except ValidationError as error:
            return None, explain(error, value, self.noun)


class _Rounds:
    """A list in which values of some types come in turn, as often as one likes."""

    def __init__(self, repeats: Repeats, reader: TypeReader) -> None:
        self._names = repeats.names
        self._values = [_Value(reader.read(kind)) for kind in repeats.types]
        named = zip(self._names, self._values, strict=True)
        self.text = f"list, repeated: {', '.join(f'{name} ({value.text})' for name, value in named)}"
        self.noun = f"a list of {', '.join(self._names)}, repeated"

    def schema(self) -> dict[str, Any]:
        """JSON schema has no word for it: the items are one of the types, and there are enough for one round."""
        items: list[Any] = []
        definitions: dict[str, Any] = {}
        for schema in (value.schema() for value in self._values):
            definitions |= schema.pop("$defs", {})
            if schema not in items:
                items.append(schema)
        one_of = {"anyOf": items} if len(items) > 1 else items[0]
        found = {"type": "array", "items": one_of, "minItems": len(self._names), "description": self.text}
        return found | ({"$defs": definitions} if definitions else {})

    def problems(self, value: Any) -> tuple[Any, list[Problem]]:
        if not isinstance(value, list | tuple):
            return None, [Problem((), f"must be {self.noun}, not {shown(value)}", must=True)]
        accepted: list[Any] = []
        problems: list[Problem] = []
        for index, item in enumerate(value):
            turn = index % len(self._names)
            item, wrong = self._values[turn].problems(item)
            accepted.append(item)
            problems += [_in_turn(self._names[turn], index, problem) for problem in wrong]
        return accepted, problems or self._count_problems(len(value))

    def _count_problems(self, given: int) -> list[Problem]:
        names, left = ", ".join(self._names), given % len(self._names)
        if not given:
            return [Problem((), f"must have {names} at least once", must=True)]
        if not left:
            return []
        are = "1 value is" if left == 1 else f"{left} values are"
        return [Problem((), f"{names} are repeated: {are} left over", must=False)]


def _in_turn(name: str, index: int, problem: Problem) -> Problem:
    say_name = problem.must and not problem.path
    message = f"{name} {problem.message}" if say_name else problem.message
    return Problem((index, *problem.path), message, problem.must)


def read_arguments(plan: Callable[..., Any], reader: TypeReader) -> list[Argument]:
    """What can be given to a plan, in the order of its signature. Functions and `**kwargs` cannot.

    Raises NotGivable when one that the plan needs cannot be given, or when its annotations cannot be read.
    """
    try:
        hints = get_type_hints(plan, include_extras=True)
        signature = inspect.signature(plan)
    except Exception as error:  # anything: annotations are code, and of the beamline's own
        raise NotGivable(f"its annotations cannot be read: {type(error).__name__}: {error}") from error
    read = (_read(parameter, hints, reader) for parameter in signature.parameters.values())
    return [argument for argument in read if argument is not None]


def _read(parameter: inspect.Parameter, hints: dict[str, Any], reader: TypeReader) -> Argument | None:
    if parameter.kind is inspect.Parameter.VAR_KEYWORD:
        return None
    annotation = hints.get(parameter.name, _BY_NAME.get(parameter.name, inspect.Parameter.empty))
    extras = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    several = parameter.kind is inspect.Parameter.VAR_POSITIONAL
    try:
        values = _values(annotation, extras, several, reader)
    except NotGivable as error:
        if several or parameter.default is not parameter.empty:
            return None
        raise NotGivable(f"its parameter {parameter.name!r} cannot be given: {error}") from error
    return Argument(_describe(parameter, values, extras), values)


def _values(annotation: Any, extras: Sequence[Any], several: bool, reader: TypeReader) -> _Values:
    repeats = next((extra for extra in extras if isinstance(extra, Repeats)), None)
    if several and repeats is not None:
        return _Rounds(repeats, reader)
    return _Value(reader.read(list[annotation] if several else annotation))


def _describe(parameter: inspect.Parameter, values: _Values, extras: Sequence[Any]) -> Parameter:
    several = parameter.kind is inspect.Parameter.VAR_POSITIONAL
    has_default = parameter.default is not parameter.empty
    docs = [extra.description if isinstance(extra, FieldInfo) else extra for extra in extras]
    return Parameter(
        name=parameter.name,
        type=values.text,
        default=parameter.default if has_default else None,
        required=isinstance(values, _Rounds) if several else not has_default,
        doc=next((doc for doc in docs if isinstance(doc, str)), ""),
        units=next((extra.symbol for extra in extras if isinstance(extra, Units)), ""),
    )


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True
