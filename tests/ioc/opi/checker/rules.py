"""Rules: which property, from which PVs, by what conditions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .expressions import Condition, Constant, NoCondition, condition
from .problems import Problem
from .screen import Screen, Widget
from .values import check_value
from .xml_lines import Node

__all__ = ["check_rules", "property_of"]

_NOT_BY_RULES = ("macros", "actions", "rules", "scripts", "children")
_VISIBLE_ON_THE_WEB = ("label", "textupdate", "action_button", "rectangle", "group")
_ALIKE = (set(), {1.0, 2.0})
"""Alarm severities by which both renderers can be asked the same."""
_OUTPUT = "false"
"""`out_exp`: values, not expressions, which each renderer would read in its own way."""


def check_rules(screen: Screen) -> Iterator[Problem]:
    """Rules are about properties that the widget has, and about PVs that they name."""
    for widget in screen.display.walk():
        rules = widget.node.child("rules")
        if rules is None:
            continue
        for rule in rules.children:
            yield from _check_rule(widget, rule)
        if not rules.children:
            yield widget.problem("no rule: Phoebus leaves <rules> out", rules.line)


def _check_rule(widget: Widget, rule: Node) -> Iterator[Problem]:
    if rule.tag != "rule" or [*rule.attributes] != ["name", "prop_id", "out_exp"]:
        yield widget.problem("a rule has the attributes name, prop_id, out_exp, in this order", rule.line)
        return
    if not rule.attributes["name"]:
        yield widget.problem("a rule without a name", rule.line)
    if rule.attributes["out_exp"] != _OUTPUT:
        yield widget.problem('a rule gives values: out_exp="false"', rule.line)
    tags = [each.tag for each in rule.children]
    pvs, exps = rule.all("pv_name"), rule.all("exp")
    if not pvs or not exps or tags != ["exp"] * len(exps) + ["pv_name"] * len(pvs):
        yield widget.problem("a rule has one <exp> or more, then one <pv_name> or more", rule.line)
    said = property_of(widget, rule.attributes["prop_id"])
    if said is None or said["kind"] in _NOT_BY_RULES:
        yield widget.problem(f"a {widget.type} has no property {rule.attributes['prop_id']!r} for rules", rule.line)
    if rule.attributes["prop_id"] == "visible" and widget.type not in _VISIBLE_ON_THE_WEB:
        what = f"web renderers know no visible rule of a {widget.type}: it goes into a group without a frame"
        yield widget.problem(what, rule.line)
    for exp in exps:
        yield from _check_exp(widget, exp, said)
    yield from _check_pvs(widget, rule, pvs, {number for exp in exps for number in _used(exp)})


def _check_pvs(widget: Widget, rule: Node, pvs: list[Node], used: set[int]) -> Iterator[Problem]:
    for number in sorted(used - {*range(len(pvs))}):
        yield widget.problem(f"pv{number} is used, and there are {len(pvs)} PVs: pv0 to pv{len(pvs) - 1}", rule.line)
    for number, pv in enumerate(pvs):
        if number not in used:
            yield widget.problem(f"pv{number}, {pv.text}, is not used", pv.line)
        if not pv.text or pv.attributes:
            yield widget.problem("a <pv_name> of a rule is a name, and triggers it", pv.line)


def _check_exp(widget: Widget, exp: Node, said: dict[str, Any] | None) -> Iterator[Problem]:
    text = exp.attributes.get("bool_exp", "")
    try:
        if _severities(condition(text)) not in _ALIKE:
            what = f"bool_exp {text!r}: MINOR and MAJOR, 1 and 2, are the other way round on the web"
            yield widget.problem(what, exp.line)
    except NoCondition as error:
        yield widget.problem(f"bool_exp {text!r}: {error}", exp.line)
    if [*exp.attributes] != ["bool_exp"] or [each.tag for each in exp.children] != ["value"]:
        yield widget.problem("an <exp> has the attribute bool_exp, and one <value>", exp.line)
        return
    if said is not None:
        for where, message in check_value(exp.children[0], said):
            yield widget.problem(message, where.line)


def _severities(asked: Condition) -> set[Constant | None]:
    """The alarm severities that are compared with, other than none."""
    by_severity = (each for each in asked.comparisons if any(one.kind == "Sev" for one in each.variables))
    return {each.constant if each.operator in ("==", "!=") else None for each in by_severity} - {0.0}


def _used(exp: Node) -> set[int]:
    try:
        comparisons = condition(exp.attributes.get("bool_exp", "")).comparisons
    except NoCondition:
        return set()
    return {variable.index for each in comparisons for variable in each.variables}


def property_of(widget: Widget, path: str) -> dict[str, Any] | None:
    """What the dictionary says of a property; of a part of one as well, `traces[0].color`, `x_axis.title`."""
    if widget.known is None:
        return None
    first, *rest = path.split(".")
    said = _item(widget.known.properties, first)
    for part in rest:
        said = _item(said["fields"], part) if said is not None and said["kind"] == "struct" else None
    return said


def _item(properties: dict[str, Any], part: str) -> dict[str, Any] | None:
    name, bracket, number = part.partition("[")
    said = properties.get(name)
    if said is None or not bracket:
        return said
    return said["item"] if said["kind"] == "array" and number.removesuffix("]").isdigit() else None
