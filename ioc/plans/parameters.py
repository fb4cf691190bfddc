"""Parameters of a plan, read from its signature."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from pydantic.fields import FieldInfo

from ...engine.plans import Repeats
from .annotations import hints_of
from .docstrings import parameter_docs
from .parameter_errors import InvalidParameters, ParameterError, Problem, place
from .parameter_types import NotGivable, TypeReader
from .parameter_values import OneValue, Rounds, Values, units_in
from .schema_facts import choices_in, limits_in
from .value_text import pick, text_of

__all__ = ["Argument", "Parameter", "read_arguments"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """What people are told about a parameter. `default` means nothing where it is required.

    What is repeated (`*args` of a scan) is one list and is required: at least once. `minimum` and `maximum` are the
    limits of its numbers, also of those in a list, where all have the same; `choices` are the labels, or the names of
    the registry's devices, that fit, where not anything does. A component of a device may fit and is not among them.
    """

    name: str
    type: str
    default: Any
    required: bool
    doc: str
    units: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()


# What is meant where a plan has no annotation, as some of bluesky's have not.
_BY_NAME: dict[str, Any] = {
    "md": dict[str, Any] | None,
    "per_shot": Callable[..., Any],
    "per_step": Callable[..., Any],
}


class Argument:
    """A parameter that can be given: described, and checked."""

    def __init__(self, parameter: Parameter, values: Values) -> None:
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
            raise self._invalid(problems)
        return accepted

    def value_from_text(self, text: str) -> Any:
        """The JSON value that a typed text means, NOT_GIVEN if it is empty. Raises InvalidParameters."""
        value, problems = self._read(text)
        if problems:
            raise self._invalid(problems)
        return value

    def text_of(self, value: Any) -> str:
        """A JSON value as one would type it."""
        return text_of(value, self._read)

    def _read(self, text: str) -> tuple[Any, list[Problem]]:
        return pick(text, self._values.readings, lambda value: self._values.problems(value)[1])

    def _invalid(self, problems: Sequence[Problem]) -> InvalidParameters:
        return InvalidParameters(
            ParameterError(self.name, problem.message, place(self.name, problem.path)) for problem in problems
        )

    @property
    def missing(self) -> ParameterError:
        """The error when it is required and not there."""
        return ParameterError(self.name, f"missing: must be {self._values.noun}")

    def schema(self) -> dict[str, Any]:
        """JSON schema of its values, with default, units and what else is known."""
        schema = self._values.schema()
        schema |= self._default()
        if self.parameter.doc:
            schema["description"] = self.parameter.doc
        if self.parameter.units:
            schema["units"] = self.parameter.units
        return schema

    def _default(self) -> dict[str, Any]:
        default = self.parameter.default
        if self.parameter.required or inspect.isclass(default):
            return {}
        for candidate in (default, getattr(default, "value", None), getattr(default, "name", None)):
            # A member of an enumeration, or a device, is what its value, or its name, gives.
            if _is_json(candidate) and (candidate is default or self._gives(candidate, default)):
                return {"default": candidate}
        return {}

    def _gives(self, candidate: Any, wanted: Any) -> bool:
        accepted, problems = self._values.problems(candidate)
        return not problems and accepted is wanted


def read_arguments(plan: Callable[..., Any], reader: TypeReader) -> list[Argument]:
    """What can be given to a plan, in the order of its signature. Functions and `**kwargs` cannot.

    Raises NotGivable when one that the plan needs cannot be given, or when its annotations cannot be read.
    """
    try:
        signature = inspect.signature(plan)
        hints = hints_of(plan)
    except Exception as error:  # anything: annotations are code, and of the beamline's own
        raise NotGivable(f"its annotations cannot be read: {type(error).__name__}: {error}") from error
    docs = parameter_docs(inspect.getdoc(plan) or "")
    read = (_read(parameter, hints, docs, reader) for parameter in signature.parameters.values())
    return [argument for argument in read if argument is not None]


def _read(
    parameter: inspect.Parameter, hints: Mapping[str, Any], docs: Mapping[str, str], reader: TypeReader
) -> Argument | None:
    if parameter.kind is inspect.Parameter.VAR_KEYWORD:
        return None
    annotation = hints.get(parameter.name, _BY_NAME.get(parameter.name, inspect.Parameter.empty))
    several = parameter.kind is inspect.Parameter.VAR_POSITIONAL
    try:
        values = _values(annotation, several, reader)
    except NotGivable as error:
        if several or parameter.default is not parameter.empty:
            return None
        raise NotGivable(f"its parameter {parameter.name!r} cannot be given: {error}") from error
    return Argument(_describe(parameter, values, annotation, docs.get(parameter.name, "")), values)


def _values(annotation: Any, several: bool, reader: TypeReader) -> Values:
    repeats = next((extra for extra in _extras(annotation) if isinstance(extra, Repeats)), None)
    if several and repeats is not None:
        return Rounds(repeats, reader)
    return OneValue(reader.read(list[annotation] if several else annotation))


def _describe(parameter: inspect.Parameter, values: Values, annotation: Any, doc: str) -> Parameter:
    several = parameter.kind is inspect.Parameter.VAR_POSITIONAL
    has_default = parameter.default is not parameter.empty
    extras = _extras(annotation)
    docs = [extra.description if isinstance(extra, FieldInfo) else extra for extra in extras]
    schema = values.schema()
    minimum, maximum = limits_in(schema)
    return Parameter(
        name=parameter.name,
        type=values.text,
        default=parameter.default if has_default else None,
        required=isinstance(values, Rounds) if several else not has_default,
        doc=next((text for text in docs if isinstance(text, str)), doc),
        units=units_in(annotation),
        minimum=minimum,
        maximum=maximum,
        choices=choices_in(schema),
    )


def _extras(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True
