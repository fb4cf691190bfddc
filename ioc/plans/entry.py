"""A plan that is offered."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ...devices.hints import did_you_mean
from ...engine.plans.generators import ensure_generator
from .parameter_errors import InvalidParameters, ParameterError
from .parameter_types import TypeReader
from .parameters import Argument, Parameter, read_arguments
from .parameters_text import call_text, too_much

__all__ = ["BoundPlan", "Entry", "Plan"]

Plan = Callable[..., Any]

_MOST = 10


@dataclass(frozen=True, slots=True)
class BoundPlan:
    """A plan with its arguments, checked. `text` is it in a line, for people."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    text: str
    function: Plan

    def make(self) -> Generator[Any, Any, Any]:
        """A new generator to be run; nothing of the plan has run yet."""
        if inspect.isgeneratorfunction(self.function):
            return self.function(*self.args, **self.kwargs)
        plan: Any = self._later()
        plan.__name__ = self.name
        return plan

    def _later(self) -> Generator[Any, Any, Any]:
        # A function that returns a plan does something when it is called: that is for the thread that runs the plan.
        return (yield from ensure_generator(self.function(*self.args, **self.kwargs)))


class Entry:
    """A plan that is offered. It never changes: what was bound by it stays valid when another takes its place."""

    def __init__(self, plan: Plan, reader: TypeReader, name: str = "") -> None:
        """`name` is that of the function unless given.

        Raises NotGivable when the plan needs something that cannot be given in JSON.
        """
        self.name: str = name or plan.__name__
        self.doc: str = inspect.getdoc(plan) or ""
        self.function = plan
        self._signature = inspect.signature(plan)
        self._arguments: list[Argument] = read_arguments(plan, reader)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What can be given, in the order of the signature."""
        return tuple(argument.parameter for argument in self._arguments)

    @property
    def schema(self) -> dict[str, Any]:
        """JSON schema of the object of parameters."""
        properties = {argument.name: argument.schema() for argument in self._arguments}
        definitions: dict[str, Any] = {}
        for schema in properties.values():
            definitions |= schema.pop("$defs", {})
        return {
            "title": self.name,
            **({"description": self.doc} if self.doc else {}),
            "type": "object",
            "properties": properties,
            "required": [parameter.name for parameter in self.parameters if parameter.required],
            "additionalProperties": False,
            **({"$defs": definitions} if definitions else {}),
        }

    def value_from_text(self, name: str, text: str) -> Any:
        """The JSON value that somebody typed for a parameter: `det1, det2`, `m1 -1 1`, `yes`, or any JSON.

        NOT_GIVEN if there is nothing in the text: leave the parameter out. Raises InvalidParameters.
        """
        return self._argument(name).value_from_text(text)

    def text_of(self, name: str, value: Any) -> str:
        """A JSON value as somebody would type it for a parameter. Raises InvalidParameters if there is no such one."""
        return self._argument(name).text_of(value)

    def bind(self, params: Mapping[str, Any]) -> BoundPlan:
        """The plan with these parameters, by name, devices by their names in the registry. Raises InvalidParameters."""
        if (problem := too_much(params)) is not None:
            raise InvalidParameters([ParameterError("", problem)])
        values: dict[str, Any] = {}
        errors: list[ParameterError] = []
        for argument in self._arguments:
            try:
                if argument.name in params:
                    values[argument.name] = argument.accept(params[argument.name])
                elif argument.parameter.required:
                    errors.append(argument.missing)
            except InvalidParameters as invalid:
                errors += invalid.errors
        names = set(self._names())
        errors += [self._no_such(name) for name in islice((name for name in params if name not in names), _MOST)]
        if errors:
            raise InvalidParameters(errors)
        call = self._call(values)
        return BoundPlan(self.name, call.args, call.kwargs, call_text(self.name, values), self.function)

    def _argument(self, name: str) -> Argument:
        for argument in self._arguments:
            if argument.name == name:
                return argument
        raise InvalidParameters([self._no_such(name)])

    def _names(self) -> list[str]:
        return [argument.name for argument in self._arguments]

    def _no_such(self, name: str) -> ParameterError:
        names = self._names()
        hint = did_you_mean(name, names)
        return ParameterError(name, f"no such parameter{hint}; there are: {', '.join(names) or 'none'}")

    def _call(self, values: Mapping[str, Any]) -> inspect.BoundArguments:
        parameters = self._signature.parameters
        several = any(parameters[name].kind is inspect.Parameter.VAR_POSITIONAL for name in values)
        arguments: dict[str, Any] = {}
        for name, parameter in parameters.items():
            by_place = parameter.kind is parameter.POSITIONAL_ONLY or (
                several and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
            )
            if name in values:
                arguments[name] = values[name]
            elif by_place and parameter.default is not parameter.empty:
                arguments[name] = parameter.default  # what comes by its place cannot be left out before others
        return inspect.BoundArguments(self._signature, arguments)  # type: ignore[arg-type]
