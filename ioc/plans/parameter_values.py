"""What is given for one parameter: checked, read from text, described."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from typing import Annotated, Any, Protocol, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from ...engine.plans import Repeats, Units
from .device_types import Patience
from .object_check import ObjectCheck
from .parameter_errors import Problem, explain, shortened, shown
from .parameter_types import JsonType, NotGivable, TypeReader
from .value_text import readings, rounds_readings

__all__ = ["OneValue", "Rounds", "Values", "units_in"]

_MOST = 20


class Values(Protocol):
    """Checks what is given for a parameter; `text` is its type for people, `noun` what must be given."""

    text: str
    noun: str

    def schema(self) -> dict[str, Any]:
        """JSON schema of what can be given, with its definitions in `$defs`."""
        ...

    def problems(self, value: Any) -> tuple[Any, list[Problem]]:
        """What the plan gets for a JSON value, and what is wrong with it."""
        ...

    def readings(self, text: str) -> Iterator[Any]:
        """The JSON values that a typed text could mean, the likeliest first."""
        ...


class OneValue:
    """Values of one type."""

    def __init__(self, kind: JsonType) -> None:
        """Raises NotGivable when pydantic cannot use the type."""
        self.text, self.noun = kind.text, kind.noun
        try:
            self._adapter: TypeAdapter[Any] = TypeAdapter(kind.type)
            self._objects = ObjectCheck(self._adapter.json_schema())
        except Exception as error:  # pydantic has a dozen ways to say that it cannot use an annotation
            raise NotGivable(f"{type(error).__name__}: {error}") from error

    def schema(self) -> dict[str, Any]:
        return deepcopy(self._objects.schema)

    def problems(self, value: Any) -> tuple[Any, list[Problem]]:
        try:
            return self._adapter.validate_python(value, context=Patience()), self._objects.problems(value)
        except ValidationError as error:
            return None, explain(error, value, self.noun)
        except Exception as error:  # anything: it may be a check of the beamline's own
            return None, [Problem((), f"cannot be checked: {type(error).__name__}: {error}", must=False)]

    def readings(self, text: str) -> Iterator[Any]:
        return readings(text)


class Rounds:
    """A list in which values of some types come in turn, as often as one likes."""

    def __init__(self, repeats: Repeats, reader: TypeReader) -> None:
        """Raises NotGivable when one of its types cannot be given."""
        self._names = repeats.names
        self._units = [units_in(kind) for kind in repeats.types]
        self._values = [OneValue(reader.read(kind)) for kind in repeats.types]
        named = zip(self._names, self._values, strict=True)
        self.text = f"list, repeated: {', '.join(f'{name} ({value.text})' for name, value in named)}"
        self.noun = f"a list of {', '.join(self._names)}, repeated"

    def schema(self) -> dict[str, Any]:
        """JSON schema has no word for it: the items are one of the types, and there are enough for one round.

        `x-repeats` says what comes in turn: name, type for people, units, and a schema of each.
        """
        items: list[Any] = []
        definitions: dict[str, Any] = {}
        turns: list[dict[str, Any]] = []
        for name, value, units in zip(self._names, self._values, self._units, strict=True):
            schema = value.schema()
            definitions |= schema.pop("$defs", {})
            turns.append({"name": name, "type": value.text, "units": units, "schema": schema})
            if schema not in items:
                items.append(schema)
        one_of = {"anyOf": items} if len(items) > 1 else items[0]
        found = {"type": "array", "items": one_of, "minItems": len(self._names), "description": self.text}
        found["x-repeats"] = turns
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
            if len(problems) > _MOST:
                break
        return accepted, shortened(problems) or self._count_problems(len(value))

    def readings(self, text: str) -> Iterator[Any]:
        return rounds_readings(text, [partial(_problems, value) for value in self._values])

    def _count_problems(self, given: int) -> list[Problem]:
        names, left = ", ".join(self._names), given % len(self._names)
        if not given:
            return [Problem((), f"must have {names} at least once", must=True)]
        if not left:
            return []
        are = "1 value is" if left == 1 else f"{left} values are"
        return [Problem((), f"{names} are repeated: {are} left over", must=False)]


def _problems(values: OneValue, value: Any) -> list[Problem]:
    return values.problems(value)[1]


def _in_turn(name: str, index: int, problem: Problem) -> Problem:
    say_name = problem.must and not problem.path
    message = f"{name} {problem.message}" if say_name else problem.message
    return Problem((index, *problem.path), message, problem.must)


def units_in(annotation: Any) -> str:
    """The units that an annotation gives, also those of a list's items, or of one of several types."""
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        given = next((extra.symbol for extra in arguments[1:] if isinstance(extra, Units)), "")
        return given or units_in(arguments[0])
    return next((units for argument in arguments if (units := units_in(argument))), "")
