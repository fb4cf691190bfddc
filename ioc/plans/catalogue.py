"""The plans that are offered, by name.

Rules of this file:
- Names and parameters come from outside: they choose among what is here and in the registry, nothing is evaluated.
- Parameters are all checked before anything of the plan runs, and every mistake is reported, not the first alone.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...devices import Registry
from ...devices.hints import did_you_mean
from .parameter_errors import InvalidParameters, ParameterError
from .parameter_types import NotGivable, TypeReader
from .parameters import Argument, Parameter, read_arguments
from .parameters_text import call_text, parse

__all__ = [
    "BoundPlan",
    "Catalogue",
    "CatalogueError",
    "Entry",
    "InvalidParameters",
    "Parameter",
    "ParameterError",
    "UnknownPlan",
    "parse",
]

Plan = Callable[..., Any]


class CatalogueError(Exception):
    """Plans cannot be offered: names the module or plan, and why. Raised when a catalogue is made, never later."""


class UnknownPlan(KeyError):
    """A name that no plan has. The message says which names there are."""

    def __str__(self) -> str:  # KeyError would show the message in quotes
        return str(self.args[0])


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
        return self.function(*self.args, **self.kwargs)


class Entry:
    """A plan that is offered."""

    def __init__(self, plan: Plan, reader: TypeReader) -> None:
        """Raises NotGivable when the plan needs something that cannot be given in JSON."""
        self.name: str = plan.__name__
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
            "type": "object",
            "properties": properties,
            "required": [parameter.name for parameter in self.parameters if parameter.required],
            "additionalProperties": False,
            **({"$defs": definitions} if definitions else {}),
        }

    def bind(self, params: Mapping[str, Any]) -> BoundPlan:
        """The plan with these parameters, by name, devices by their names in the registry. Raises InvalidParameters."""
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
        errors += [self._no_such(name) for name in params if name not in self._names()]
        if errors:
            raise InvalidParameters(errors)
        call = self._call(values)
        return BoundPlan(self.name, call.args, call.kwargs, call_text(self.name, values), self.function)

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


class Catalogue:
    """The plans that are offered; `left_out` says which were not, and why."""

    def __init__(self, plans: Iterable[Plan], registry: Registry) -> None:
        """Offer just these plans. Raises CatalogueError when one of them cannot be offered."""
        self._entries: dict[str, Entry] = {}
        self._reader = TypeReader(registry)
        self.registry = registry
        """The devices that parameters may name."""
        self.left_out: dict[str, str] = {}
        for plan in plans:
            try:
                self._add(plan)
            except NotGivable as error:
                raise CatalogueError(f"plan {_where(plan)} cannot be offered: {error}") from error

    @classmethod
    def load(cls, modules: Sequence[str], registry: Registry) -> Catalogue:
        """Import modules, and offer what each lists in `CATALOGUE`, else the public plans that it defines.

        Raises CatalogueError when a module cannot be imported or offers nothing, when one lists what cannot be
        offered, or when two plans have the same name.
        """
        catalogue = cls((), registry)
        for name in modules:
            catalogue._add_module(name)
        return catalogue

    @property
    def names(self) -> list[str]:
        """Names of all plans."""
        return list(self._entries)

    def __getitem__(self, name: str) -> Entry:
        """The plan of that name. Raises UnknownPlan."""
        if name not in self._entries:
            plans = ", ".join(self.names) or "none"
            raise UnknownPlan(f"no plan {name!r}{did_you_mean(name, self.names)}; plans: {plans}")
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def _add_module(self, name: str) -> None:
        try:
            module = importlib.import_module(name)
        except Exception as error:  # anything: it is the beamline's own code that runs here
            raise CatalogueError(f"{name}: cannot be imported: {type(error).__name__}: {error}") from error
        listed = getattr(module, "CATALOGUE", None)
        plans = _defined_in(module) if listed is None else tuple(listed)
        left_out: dict[str, str] = {}
        for plan in plans:
            try:
                self._add(plan)
            except NotGivable as error:
                if listed is not None:
                    raise CatalogueError(f"{name}: plan {_where(plan)} cannot be offered: {error}") from error
                left_out[plan.__name__] = str(error)
        if len(left_out) == len(plans):
            why = "; ".join(f"{plan}: {reason}" for plan, reason in left_out.items())
            wanted = "a CATALOGUE of plans, or public generator functions"
            raise CatalogueError(f"{name}: offers no plan{f' ({why})' if why else ''}; wanted is {wanted}")
        self.left_out |= left_out

    def _add(self, plan: Plan) -> None:
        if not callable(plan) or not hasattr(plan, "__name__"):
            raise NotGivable("it is no function")
        entry = Entry(plan, self._reader)
        known = self._entries.get(entry.name)
        if known is not None and known.function is not plan:
            both = f"{_where(known.function)} and {_where(plan)}"
            raise CatalogueError(f"two plans are called {entry.name!r}: {both}; list in CATALOGUE which one you want")
        self._entries[entry.name] = entry


def _where(plan: Any) -> str:
    return f"{getattr(plan, '__module__', '?')}.{getattr(plan, '__name__', repr(plan))}"


def _defined_in(module: Any) -> tuple[Plan, ...]:
    public = getattr(module, "__all__", [name for name in vars(module) if not name.startswith("_")])
    members = [vars(module).get(name) for name in public]
    return tuple(plan for plan in members if _is_plan(plan) and plan.__module__ == module.__name__)  # type: ignore[union-attr]


def _is_plan(member: Any) -> bool:
    return inspect.isfunction(member) and inspect.isgeneratorfunction(inspect.unwrap(member))
