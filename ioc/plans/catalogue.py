"""The plans that are offered, by name.

Rules of this file:
- Names and parameters come from outside: they choose among what is here and in the registry, nothing is evaluated.
- Parameters are all checked before anything of the plan runs, and every mistake is reported, not the first alone.
- What is offered is replaced as a whole: whoever reads on another thread sees what was before, or what is now.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...devices import Registry
from ...devices.hints import did_you_mean
from .allow import Rules
from .entry import BoundPlan, Entry, Plan
from .modules import ModulePlans, ModuleProblem, entry_of, plans_of, where
from .parameter_errors import InvalidParameters, ParameterError
from .parameter_types import NotGivable, TypeReader
from .parameters import Parameter
from .parameters_text import parse
from .reload_report import ReloadReport, compare
from .reloading import read_anew, sources_of
from .value_text import NOT_GIVEN, NotGiven

__all__ = [
    "NOT_GIVEN",
    "BoundPlan",
    "Catalogue",
    "CatalogueError",
    "Entry",
    "InvalidParameters",
    "NotGiven",
    "Parameter",
    "ParameterError",
    "ReloadReport",
    "UnknownPlan",
    "parse",
]


_WANTED = "list in CATALOGUE which one you want"


class CatalogueError(Exception):
    """Plans cannot be offered: names the plan, and why. Raised when a catalogue is made of plans, never later."""


class UnknownPlan(KeyError):
    """A name that no plan has. The message says which names there are."""

    def __str__(self) -> str:  # KeyError would show the message in quotes
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class _Offer:
    """All that is offered at a time; `modules` is what each listed module gave last."""

    entries: Mapping[str, Entry]
    modules: Mapping[str, ModulePlans] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)


class Catalogue:
    """The plans that are offered; `problems` and `left_out` say what is not, and why."""

    def __init__(self, plans: Iterable[Plan], registry: Registry) -> None:
        """Offer just these plans to everybody. Raises CatalogueError when one of them cannot be offered."""
        self.registry = registry
        """The devices that parameters may name."""
        self._reader = TypeReader(registry)
        self._listed: tuple[str, ...] = ()
        self._before: Collection[str] = ()
        self._reloading = threading.Lock()
        self._given = self._entries_of(plans)
        self._offer = _Offer(self._given)

    @classmethod
    def load(cls, modules: Sequence[str], registry: Registry, rules: Rules | None = None) -> Catalogue:
        """Import modules, and offer what each lists in `CATALOGUE`, else the public plans that it defines.

        What a module lists may be a list, or a table of plans by name. A module that cannot be imported, or offers
        nothing, and a plan that is listed and cannot be offered, is in `problems`; the rest is offered. Of two plans of
        the same name the first is. `rules` say who may run what.
        """
        catalogue = cls((), registry)
        catalogue._listed = tuple(dict.fromkeys(modules))
        catalogue._before = frozenset(sys.modules)
        catalogue._offer = catalogue._look_through({}, rules or Rules(), ())
        return catalogue

    @property
    def names(self) -> list[str]:
        """Names of all plans."""
        return list(self._offer.entries)

    @property
    def problems(self) -> dict[str, str]:
        """Module → what is wrong with it, and `plans.allow[0]` → what in that entry means nothing. For people."""
        return dict(self._offer.problems)

    @property
    def left_out(self) -> dict[str, str]:
        """Plans that modules define, do not list, and that cannot be offered → why."""
        return {plan: why for module in self._offer.modules.values() for plan, why in module.left_out.items()}

    def __getitem__(self, name: str) -> Entry:
        """The plan of that name. Raises UnknownPlan."""
        entries = self._offer.entries
        if name not in entries:
            plans = ", ".join(entries) or "none"
            raise UnknownPlan(f"no plan {name!r}{did_you_mean(name, entries)}; plans: {plans}")
        return entries[name]

    def __contains__(self, name: object) -> bool:
        return name in self._offer.entries

    def refusal(self, plan: str, user: str) -> str:
        """Why a user may not run a plan of that name, with who may; nothing if they may. Waits for nothing."""
        return self._offer.rules.refusal(plan, user)

    def reload(self) -> ReloadReport:
        """Import the beamline's modules anew, with the rest of their packages; look groups of users up again.

        For when the engine is idle, on any thread but the IOC's: it takes as long as the imports do. What is installed
        is not read anew, nor what was loaded before the catalogue was made: that is what devices are made of, and they
        are not replaced. A module without a package brings the modules in its folder along.

        All of a module or nothing: with a problem now where it had none, its plans stay what they were, and `problems`
        says so. What was bound before stays valid. Who asks while it is under way waits, and reads anew once more.
        """
        with self._reloading:
            return self._reload()

    def _reload(self) -> ReloadReport:
        old = self._offer
        sources = sources_of(self._listed, self._before)
        with read_anew(sources.anew) as to_put_back:
            new = self._look_through(old.modules, old.rules.again(), sources.anew)
            to_put_back |= {name for name, plans in new.modules.items() if plans is old.modules.get(name)}
        self._offer = new
        return compare(old.entries, new.entries, new.problems, sources)

    def _look_through(self, old: Mapping[str, ModulePlans], rules: Rules, anew: Collection[str]) -> _Offer:
        """What all modules offer: what they did, unless they are to be looked at `anew` or something was wrong."""
        modules: dict[str, ModulePlans] = {}
        failed: dict[str, str] = {}
        for name in self._listed:
            before = old.get(name)
            if before is not None and before.is_whole and name not in anew:
                modules[name] = before
                continue
            modules[name] = found = _plans_of(name, self._reader)
            if before is not None and before.is_whole and not found.is_whole:
                modules[name], failed[name] = before, "; ".join(found.problems)
        return _assemble(self._given, modules, failed, rules)

    def _entries_of(self, plans: Iterable[Plan]) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        for plan in plans:
            try:
                entry = entry_of(plan, self._reader)
            except NotGivable as error:
                raise CatalogueError(f"plan {where(plan)} cannot be offered: {error}") from error
            if problem := _conflict(entries.get(entry.name), entry):
                raise CatalogueError(problem)
            entries[entry.name] = entry
        return entries


def _plans_of(name: str, reader: TypeReader) -> ModulePlans:
    try:
        return plans_of(name, reader)
    except ModuleProblem as problem:
        return ModulePlans((), {}, (str(problem),))


def _assemble(
    given: Mapping[str, Entry], modules: Mapping[str, ModulePlans], failed: Mapping[str, str], rules: Rules
) -> _Offer:
    """What was given by hand, and what modules give, as one: the first of those who have the same name."""
    entries = dict(given)
    problems: dict[str, str] = {}
    for name, module in modules.items():
        taken = [entry for entry in module.entries if _conflict(entries.get(entry.name), entry)]
        texts = [*module.problems, *_taken_names(taken, entries)]
        entries |= {entry.name: entry for entry in module.entries if entry.name not in entries}
        if name in failed:
            texts.append(f"{failed[name]}; its plans are as they were")
        if texts:
            problems[name] = "; ".join(texts)
    return _Offer(entries, modules, problems | rules.problems(tuple(entries)), rules)


def _taken_names(taken: Sequence[Entry], entries: Mapping[str, Entry]) -> list[str]:
    if len(taken) == 1:
        return [f"{_conflict(entries[taken[0].name], taken[0])}; the first is offered"]
    names = ", ".join(entry.name for entry in taken)
    return [f"plans of other modules have these names, and are offered: {names}; {_WANTED}"] if names else []


def _conflict(known: Entry | None, entry: Entry) -> str:
    if known is None or _is_same(known.function, entry.function):
        return ""
    both = f"{where(known.function)} and {where(entry.function)}"
    return f"two plans are called {entry.name!r}: {both}; {_WANTED}"


def _is_same(plan: Plan, other: Plan) -> bool:
    """One plan, of which one module may still have what it was before a reload."""
    if plan is other:
        return True
    ours, theirs = ((getattr(each, "__module__", None), getattr(each, "__qualname__", "<")) for each in (plan, other))
    return ours == theirs and "<" not in ours[1]
