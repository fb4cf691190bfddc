"""Which PVs and macros a widget uses, and what for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from .problems import Problem
from .screen import Widget
from .views import View, around, expanded, macros_at, missing_macros
from .xml_lines import Node

__all__ = ["PLOT", "RULE", "SHOW", "WRITE", "Use", "check_macros", "is_hidden", "uses"]

SHOW, WRITE, PLOT, RULE = "show", "write", "plot", "rule"
_WRITING = (
    *("textentry", "bool_button", "checkbox", "choice", "combo"),
    *("radio", "spinner", "slide_button", "scaledslider", "scrollbar", "thumbwheel"),
)
"""Widgets that write the PV that they show."""
_NUMBER = re.compile(r"\d+:(\w+)$")
"""That of a row, before the last part of a PV's name."""
_TRACES = ("x_pv", "y_pv", "err_pv")
_OF_THE_WIDGET = ("pv_value", "actions")
"""What macros can name beside macros and properties."""


@dataclass(frozen=True)
class Use:
    """A PV in a widget: where it is named, and what for."""

    widget: Widget
    node: Node
    name: str
    """With its macros filled in."""
    role: str
    """One of SHOW, WRITE, PLOT, RULE."""


def uses(widget: Widget, macros: Mapping[str, str]) -> Iterator[Use]:
    """Every PV of a widget."""
    said = widget.known.properties if widget.known else {}
    for node in widget.node.children:
        # Of a button it is only shown by its border; its actions name it again.
        if said.get(node.tag, {}).get("kind") == "pv_name" and node.text and widget.type != "action_button":
            name = expanded(node.text, macros)
            yield Use(widget, node, name, SHOW)
            if widget.type in _WRITING:
                yield Use(widget, node, name, WRITE)
    for node in (each for traces in widget.node.all("traces") for each in traces.walk()):
        if node.tag in _TRACES and node.text:
            yield Use(widget, node, expanded(node.text, macros), PLOT)
    yield from _behind(widget, macros)


def _behind(widget: Widget, macros: Mapping[str, str]) -> Iterator[Use]:
    """Those of its actions and rules."""
    for action in widget.actions():
        pv = action.child("pv_name")
        if action.attributes.get("type") == "write_pv" and pv is not None:
            yield Use(widget, action, expanded(pv.text, macros), WRITE)
    for pv in (each for rule in widget.rules() for each in rule.all("pv_name")):
        yield Use(widget, pv, expanded(pv.text, macros), RULE)


def is_hidden(widget: Widget, name: str, view: View, served: Collection[str]) -> bool:
    """Whether a rule on a PV beside this one, which is there, hides the widget, or what leads to its screen.

    Only a PV of a row: the first row has one of this name.
    """
    if _NUMBER.sub(r"1:\1", name) not in served:
        return False
    beside = name[: name.rfind(":") + 1]
    for each, macros in around(widget, view):
        for rule in each.rules():
            if rule.attributes.get("prop_id") == "visible":
                pvs = [expanded(pv.text, macros) for pv in rule.all("pv_name")]
                if any(pv in served and pv.startswith(beside) for pv in pvs):
                    return True
    return False


def check_macros(view: View) -> Iterator[Problem]:
    """Every macro that is used has been given."""
    for widget in view.screen.display.walk():
        own = {*(widget.known.properties if widget.known else ()), *_OF_THE_WIDGET}
        macros = macros_at(widget, view.macros)
        for node in _own_nodes(widget.node):
            for text in filter(_has_macro, (node.text, *node.attributes.values())):
                for name in missing_macros(text, macros):
                    if name.split("[")[0].split(".")[0] not in own:
                        yield widget.problem(f"nobody gives the macro {name}: {text!r}", node.line)


def _has_macro(text: str) -> bool:
    return "$" in text


def _own_nodes(node: Node) -> Iterator[Node]:
    """A widget's own XML, without that of the widgets in it; not the values of macros, which go elsewhere."""
    yield node
    for each in node.children:
        if each.tag not in ("widget", "children"):
            yield from _own_nodes(each)
