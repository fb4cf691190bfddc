"""Actions: what they are called, what is in them."""

from __future__ import annotations

from collections.abc import Iterator

from .dictionary import DICTIONARY
from .problems import Problem
from .screen import Screen, Widget
from .values import check_value
from .xml_lines import Node

__all__ = ["check_actions"]


def check_actions(screen: Screen) -> Iterator[Problem]:
    """Actions have the parts that their type has, in Phoebus' order, each with a description."""
    for widget in screen.display.walk():
        actions = widget.node.child("actions")
        if actions is None:
            continue
        if not {*actions.attributes} <= {"execute_as_one"}:
            yield widget.problem(f"<actions> has no attribute but execute_as_one: {actions.attributes}", actions.line)
        for action in actions.children:
            yield from _check_action(widget, action)
        if not actions.children:
            yield widget.problem("no action: Phoebus leaves <actions> out", actions.line)
        if widget.type == "action_button" and len(actions.children) > 1:
            yield widget.problem("a button with several actions opens a menu: one action is one press", actions.line)


def _check_action(widget: Widget, action: Node) -> Iterator[Problem]:
    kind = action.attributes.get("type", "")
    known = DICTIONARY.actions.get(kind)
    if action.tag != "action" or [*action.attributes] != ["type"] or known is None:
        there = ", ".join(DICTIONARY.actions)
        yield widget.problem(f'an action is <action type="…">, of type {there}; not {kind!r}', action.line)
        return
    if kind not in ("write_pv", "open_display"):
        yield widget.problem(f"these screens write PVs and open displays: no action {kind}", action.line)
    given = [each.tag for each in action.children]
    wanted = [each for each in known["children"] if each in given or each in [*known["required"], "description"]]
    if kind == "open_display" and "target" not in given:
        wanted = [each for each in known["children"] if each in [*wanted, "target"]]
    if given != wanted:
        yield widget.problem(f"{kind} has, in this order: {', '.join(wanted)}; not {', '.join(given)}", action.line)
    for each in action.children:
        yield from _check_part(widget, each, known)


def _check_part(widget: Widget, part: Node, known: dict[str, list[str]]) -> Iterator[Problem]:
    if part.tag == "target" and part.text not in known["target"]:
        yield widget.problem(f"<target> is one of {', '.join(known['target'])}; not {part.text!r}", part.line)
    elif part.tag == "macros":
        for where, message in check_value(part, {"kind": "macros"}):
            yield widget.problem(message, where.line)
    elif not part.text and part.tag != "value":
        yield widget.problem(f"<{part.tag}> is empty", part.line)
