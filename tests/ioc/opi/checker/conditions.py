"""Conditions of rules against the PVs that they are about: what can never be so is a mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reioc.ioc.pvs.declaration import Declaration

from .expressions import Constant, NoCondition, Variable, condition
from .problems import Problem
from .screen import Widget
from .views import expanded
from .xml_lines import Node

__all__ = ["check_conditions"]


def check_conditions(widget: Widget, macros: Mapping[str, str], served: Mapping[str, Declaration]) -> Iterator[Problem]:
    """Conditions compare PVs with what these can be."""
    for rule in widget.rules():
        declared = [served.get(expanded(pv.text, macros)) for pv in rule.all("pv_name")]
        if rule.attributes.get("prop_id") == "text" and len(declared) == 1 and declared[0] is not None:
            yield from _check_names(widget, rule, declared[0])
        for exp in rule.all("exp"):
            for message in _wrong_in_condition(expanded(exp.attributes.get("bool_exp", ""), macros), declared):
                yield widget.problem(message, exp.line)


def _check_names(widget: Widget, rule: Node, said: Declaration) -> Iterator[Problem]:
    """A text that names the states of a PV names each, and none as another."""
    named: set[int] = set()
    for exp in rule.all("exp"):
        for state in _states(exp.attributes.get("bool_exp", ""), said):
            named.add(state)
            text = exp.children[0].text if exp.children else ""
            if text in said.labels and text != said.labels[state]:
                yield widget.problem(f"state {state} of {said.name} is {said.labels[state]}, not {text}", exp.line)
    missing = [label for state, label in enumerate(said.labels) if state not in named]
    if named and len(missing) * 2 < len(said.labels) and missing:
        yield widget.problem(f"it says nothing of {said.name} when that is {', '.join(missing)}", rule.line)


def _states(text: str, said: Declaration) -> Iterator[int]:
    """Numbers of the states that a condition asks for."""
    try:
        comparisons = condition(text).comparisons
    except NoCondition:
        return
    for each in comparisons:
        if each.operator == "==" and each.constant in said.labels:
            yield said.labels.index(str(each.constant))
        elif each.operator == "==" and each.constant in range(len(said.labels)):
            yield int(each.constant or 0)


def _wrong_in_condition(text: str, declared: list[Declaration | None]) -> Iterator[str]:
    try:
        comparisons = condition(text).comparisons
    except NoCondition:
        return
    for each in comparisons:
        for variable in each.variables:
            said = declared[variable.index] if variable.index < len(declared) else None
            if (
                said is not None
                and variable.kind != "Sev"
                and (why := _wrong_in_comparison(variable, each.constant, said))
            ):
                yield why


def _wrong_in_comparison(variable: Variable, constant: Constant | None, said: Declaration) -> str:
    is_text = variable.kind == "Str"
    if said.element == "CHAR" or said.length > 1:
        return f"{variable} is an array, {said.name}, which each renderer compares in a way of its own"
    if not is_text and said.element == "STRING":
        return f"{variable} is no number, {said.name} is a text: compare pvStr{variable.index}"
    if is_text and not said.labels and said.element != "STRING":
        return f"{variable} is the text of a number, {said.name}: compare pv{variable.index}"
    if is_text and said.labels and constant not in said.labels:
        return f"{variable} is never {constant!r}: {said.name} is one of {', '.join(said.labels)}"
    if not is_text and said.labels and isinstance(constant, float) and not 0 <= constant < len(said.labels):
        return f"{variable} is never {constant:g}: {said.name} has the states 0 to {len(said.labels) - 1}"
    return ""
