"""Modules of plans, imported and looked through.

Rules of this file:
- It is the beamline's own code that runs here: whatever it raises is a ModuleProblem, but for KeyboardInterrupt.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import traceback
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any, get_origin

from .entry import Entry, Plan
from .parameter_types import NotGivable, TypeReader
from .reloading import is_the_beamlines

__all__ = ["ModulePlans", "ModuleProblem", "entry_of", "plans_of", "where"]

_LONGEST = 300


class ModuleProblem(Exception):
    """A module offers nothing, and why. Caught by the catalogue, which offers the rest."""


@dataclass(frozen=True, slots=True)
class ModulePlans:
    """What a module offers; `left_out` of what it does not list, `problems` with what it does; plan → why."""

    entries: tuple[Entry, ...]
    left_out: Mapping[str, str]
    problems: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all that it wanted to offer is offered."""
        return not self.problems


def plans_of(name: str, reader: TypeReader) -> ModulePlans:
    """Import a module; what it lists in `CATALOGUE`, or else the public plans that it defines.

    `CATALOGUE` is a list of plans, or a table of plans by name. Raises ModuleProblem when the module cannot be
    imported, or offers nothing.
    """
    module = _import(name)
    listed = getattr(module, "CATALOGUE", None)
    named = _once(_defined_in(module)) if listed is None else _listed(listed)
    entries: list[Entry] = []
    wrong: dict[str, str] = {}
    for plan_name, plan in named:
        try:
            entries.append(entry_of(plan, reader, plan_name))
        except NotGivable as error:
            wrong[plan_name or where(plan)] = str(error)
    if not entries:
        why = "; ".join(f"{plan}: {reason}" for plan, reason in wrong.items())
        wanted = "a CATALOGUE of plans, or public generator functions"
        raise ModuleProblem(f"offers no plan{f' ({why})' if why else ''}; wanted is {wanted}")
    if listed is None:
        return ModulePlans(tuple(entries), wrong, ())
    return ModulePlans(
        tuple(entries), {}, tuple(f"plan {plan} cannot be offered: {why}" for plan, why in wrong.items())
    )


def entry_of(plan: Any, reader: TypeReader, name: str = "") -> Entry:
    """A plan as it is offered. Raises NotGivable, whatever is wrong with it."""
    try:
        if not callable(plan) or not (name or hasattr(plan, "__name__")):
            raise NotGivable("it is no function")
        return Entry(plan, reader, name)
    except NotGivable:
        raise
    except Exception as error:  # anything: defaults and annotations are objects of the beamline's own
        raise NotGivable(f"it cannot be read: {_said(error)}") from error


def where(plan: Any) -> str:
    """A plan by its module and name."""
    name = getattr(plan, "__name__", "")
    return f"{getattr(plan, '__module__', '?')}.{name}" if name else repr(plan)


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # sys.exit() too: a module must not end the service
        raise ModuleProblem(f"cannot be imported: {_said(error)}{_place(error)}") from error


def _listed(listed: Any) -> list[tuple[str, Any]]:
    try:
        return _once(_named(listed))
    except ModuleProblem:
        raise
    except Exception as error:  # anything: it may be an object of the beamline's own
        raise ModuleProblem(f"CATALOGUE cannot be read: {_said(error)}{_place(error)}") from error


def _named(listed: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(listed, Mapping):
        if nameless := [name for name in listed if not isinstance(name, str) or not name]:
            raise ModuleProblem(f"CATALOGUE has a plan whose name is {nameless[0]!r}: a text is wanted")
        yield from listed.items()
    elif isinstance(listed, Iterable) and not isinstance(listed, str):
        yield from (("", plan) for plan in listed)
    else:
        raise ModuleProblem(f"CATALOGUE is {listed!r}: a list of plans is wanted, like CATALOGUE = (align,)")


def _once(named: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for each in named:
        if not any(name == each[0] and plan is each[1] for name, plan in found):
            found.append(each)
    return found


def _defined_in(module: ModuleType) -> Iterator[tuple[str, Plan]]:
    public = getattr(module, "__all__", [name for name in vars(module) if not name.startswith("_")])
    for name in public:
        member = vars(module).get(name)
        if isinstance(member, partial):
            # It knows neither its name nor where it was made; the name that it was given here is both.
            if _is_plan(member.func):
                yield name, member
        elif inspect.isfunction(member) and member.__module__ == module.__name__ and _is_plan(member):
            # A second name for a plan is none of its own; "wrapper", of a careless decorator, is none at all.
            own = member.__name__
            yield own if vars(module).get(own) is member else name, member


def _is_plan(member: Any) -> bool:
    """A generator function, or one that says that it returns a generator; a context manager is neither."""
    inner = inspect.unwrap(member)
    if inspect.isgeneratorfunction(inner):
        return getattr(getattr(member, "__code__", None), "co_filename", "") != contextlib.__file__
    return inspect.isfunction(inner) and _returns_generator(inner)


def _returns_generator(function: Any) -> bool:
    annotation = getattr(function, "__annotations__", {}).get("return")
    if isinstance(annotation, str):
        # Not evaluated: what plans return is often imported for type checkers alone.
        return annotation.rpartition(".")[2].partition("[")[0] in ("Generator", "MsgGenerator")
    return get_origin(annotation) is Generator or annotation is Generator


def _said(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:  # an exception of the beamline's own, whose text raises
        text = "(its text cannot be made)"
    shortened = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return f"{type(error).__name__}: {shortened}" if shortened else type(error).__name__


def _place(error: BaseException) -> str:
    """Where in the beamline's own code it happened; its text says so itself where it is no Python."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if is_the_beamlines(frame.filename)]
    if isinstance(error, SyntaxError) and error.filename:
        return f" [{error.filename}:{error.lineno}]"
    return f" [{own[-1].filename}:{own[-1].lineno}]" if own else ""
