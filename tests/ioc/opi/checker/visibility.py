"""Whether two widgets can be seen at once, from their `visible` rules."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .expressions import Condition, Constant, NoCondition, Variable, condition
from .screen import Widget
from .views import expanded

__all__ = ["Decider", "decider", "deciders", "possible"]

Labels = Callable[[str], Sequence[str]]
"""The states of a PV; empty where it has none, or is not known."""
_MOST = 20_000
"""Combinations of values that are looked at; with more, anything is held possible."""


@dataclass(frozen=True)
class Decider:
    """A yes or no of a widget: what it is without a rule, and its rules by PVs and conditions."""

    default: bool
    rules: tuple[tuple[tuple[str, ...], tuple[tuple[Condition, bool], ...]], ...]

    def decides(self, values: dict[str, tuple[float, str]]) -> bool:
        """What it is with these values by PV: number and text."""
        result = self.default
        for pvs, conditions in self.rules:
            by_variable: dict[Variable, Constant] = {}
            for index, pv in enumerate(pvs):
                number, text = values[pv]
                by_variable |= {Variable(kind, index): number for kind in ("", "Int")}
                by_variable[Variable("Str", index)] = text
            result = next((value for each, value in conditions if each.holds(by_variable)), self.default)
        return result

    def comparisons(self) -> Iterator[tuple[str, Constant]]:
        """The PVs, and the constants that they are compared with."""
        for pvs, conditions in self.rules:
            yield from ((pv, "") for pv in pvs)
            for asked, _ in conditions:
                for each in asked.comparisons:
                    # Two variables, as pv0 != pv0, which is so of NaN alone.
                    constant = math.nan if each.constant is None else each.constant
                    yield from ((pvs[one.index], constant) for one in each.variables if one.index < len(pvs))


def deciders(widget: Widget, macros: Mapping[str, str]) -> list[Decider]:
    """Of a widget and all around it on its screen: it is seen when all say so."""
    return [found for each in widget.up() if (found := decider(each, macros, "visible")) is not None]


def decider(widget: Widget, macros: Mapping[str, str], prop: str) -> Decider | None:
    """What decides a yes or no of a widget, names of PVs with macros filled in; None where it has no such property."""
    if widget.known is None or prop not in widget.known.properties:
        return None
    rules = []
    for rule in widget.rules():
        if rule.attributes.get("prop_id") == prop:
            conditions = []
            for exp in rule.all("exp"):
                value = exp.child("value")
                try:
                    parsed = condition(expanded(exp.attributes.get("bool_exp", ""), macros))
                except NoCondition:
                    continue
                conditions.append((parsed, value is not None and value.text == "true"))
            rules.append((tuple(expanded(pv.text, macros) for pv in rule.all("pv_name")), tuple(conditions)))
    return Decider(widget.is_on(prop), tuple(rules))


def possible(wanted: Sequence[Decider], labels: Labels, off: str = "") -> bool:
    """Whether there are values of the PVs with which all of these say yes, while the PV `off` is 0, or empty."""
    constants: dict[str, set[Constant]] = {}
    for decider in wanted:
        for pv, constant in decider.comparisons():
            constants.setdefault(pv, set()).add(constant)
    choices = {pv: _choices(found, labels(pv)) for pv, found in constants.items()}
    if off in choices:
        choices[off] = [(0.0, next(iter(labels(off)), ""))]
    count = 1
    for each in choices.values():
        count *= len(each)
    if count > _MOST:
        return True
    return any(
        all(decider.decides(dict(zip(choices, values, strict=True))) for decider in wanted)
        for values in itertools.product(*choices.values())
    )


def _choices(constants: set[Constant], labels: Sequence[str]) -> list[tuple[float, str]]:
    """Values worth trying: every state; or each constant, what is beside it, and another."""
    if labels:
        return [(float(index), label) for index, label in enumerate(labels)]
    texts = [each for each in constants if isinstance(each, str)]
    numbers = {number + step for number in constants if not isinstance(number, str) for step in (-0.5, 0.0, 0.5)}
    return [*((number, "another") for number in sorted(numbers) or [0.0]), *((0.0, text) for text in texts)]
