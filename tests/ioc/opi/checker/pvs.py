"""PVs of screens against those that are served: that they are there, and fit what the screen does with them.

Rules of this file:
1. A PV is looked up with its macros filled in, for every way in which its screen can be seen.
2. A PV that is not there is right only where nobody sees it: behind a `visible` rule on a PV beside it, such as the
   name of the suspender in this row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reioc.ioc.pvs.declaration import Declaration, Kind

from .conditions import check_conditions
from .form import LISTS
from .problems import Problem
from .screen import Widget
from .uses import PLOT, SHOW, WRITE, Use, is_hidden, uses
from .views import View, expanded, macros_at, missing_macros

__all__ = ["check_pvs"]

Served = Mapping[str, Declaration]

_NUMBERS = ("progressbar", "meter", "linearmeter", "tank", "thermometer", "scaledslider", "spinner")
_STATES = ("choice", "radio", "bool_button")
_FEWEST_ITEMS = 2
_STRING_FORMAT = "6"
_IN_TOOLTIP = re.compile(r"\bPV ([A-Z](?:[\w:]|\$\(\w+\))*\w)")
_NOT_SERVED = ("loc://", "sim://")


def check_pvs(view: View, served: Served) -> Iterator[Problem]:
    """Every PV is there, and is what its widget takes it for."""
    for widget in view.screen.display.walk():
        macros = macros_at(widget, view.macros)
        for use in uses(widget, macros):
            yield from _check_use(use, macros, view, served)
        yield from check_conditions(widget, macros, served)
        yield from _check_tooltip(widget, macros, view, served)


def _check_tooltip(widget: Widget, macros: Mapping[str, str], view: View, served: Served) -> Iterator[Problem]:
    for name in _IN_TOOLTIP.findall(widget.text("tooltip")):
        pv = expanded(f"$(P)$(R){name}", macros)
        if not missing_macros(pv, macros) and pv not in served and not is_hidden(widget, pv, view, served):
            yield widget.problem(f"no PV is called {pv}{_near(pv, served)}", widget.line_of("tooltip"))


def _check_use(use: Use, macros: Mapping[str, str], view: View, served: Served) -> Iterator[Problem]:
    if "$(pv_name)" in use.name:
        yield use.widget.problem("web renderers have no $(pv_name) in an action: its whole name", use.node.line)
    if missing_macros(use.name, macros) or use.name.startswith(_NOT_SERVED):
        return
    declared = served.get(use.name)
    if declared is not None:
        yield from _check_role(use, declared, macros)
    elif not is_hidden(use.widget, use.name, view, served):
        yield use.widget.problem(f"no PV is called {use.name}{_near(use.name, served)}", use.node.line)


def _check_role(use: Use, declared: Declaration, macros: Mapping[str, str]) -> Iterator[Problem]:
    if use.role == WRITE:
        yield from _check_written(use, declared, macros)
    elif use.role == PLOT:
        yield from _check_plotted(use, declared)
    elif use.role == SHOW:
        yield from _check_shown(use, declared)


def _near(name: str, served: Served) -> str:
    """What was meant, perhaps."""
    wanted = name.rpartition(":")[2].lower()
    near = [each for each in served if each.rpartition(":")[2].lower() == wanted or each.lower() == name.lower()]
    return f"; there is {near[0]}" if near else ""


# What a widget takes a PV for


def _check_shown(use: Use, declared: Declaration) -> Iterator[Problem]:
    widget, is_array = use.widget, declared.length > 1
    if widget.type in ("textupdate", "textentry"):
        yield from _check_text(use, declared)
    elif widget.type in _NUMBERS:
        if declared.element not in ("DOUBLE", "LONG") or is_array:
            yield widget.problem(f"{use.name} is no number, which a {widget.type} shows", use.node.line)
        elif widget.is_on("limits_from_pv") and declared.shown is None:
            what = f"{use.name} tells no limits: limits_from_pv is false, with a minimum and maximum"
            yield widget.problem(what, use.node.line)
    elif widget.type in _STATES or (widget.type == "combo" and widget.is_on("items_from_pv")):
        yield from _check_choice(use, declared)
    elif widget.type == "combo":
        yield from _check_items(use, declared)
    elif is_array and widget.type != "table":
        yield widget.problem(f"{use.name} is an array, which a {widget.type} cannot show", use.node.line)


def _check_text(use: Use, declared: Declaration) -> Iterator[Problem]:
    widget, has_format = use.widget, use.widget.text("format") == _STRING_FORMAT
    if declared.element == "CHAR" and not has_format:
        what = f"{use.name} is a long text: it needs <format>6</format>, or it shows numbers"
        yield widget.problem(what, use.node.line)
    if declared.element != "CHAR" and declared.length > 1 and widget.file not in LISTS:
        what = f"{use.name} is an array, of which a {widget.type} shows all in brackets"
        yield widget.problem(what, use.node.line)
    if declared.element not in ("CHAR", "STRING") and has_format:
        yield widget.problem(f"{use.name} is no text: <format>6</format> is for those", use.node.line)


def _check_choice(use: Use, declared: Declaration) -> Iterator[Problem]:
    widget, line = use.widget, use.node.line
    if not declared.labels:
        yield widget.problem(f"{use.name} has no states to choose from, which a {widget.type} needs", line)
    elif widget.type == "bool_button" and len(declared.labels) != 2:
        yield widget.problem(f"{use.name} has {len(declared.labels)} states, and a bool_button has two", line)
    elif widget.type != "bool_button" and not widget.is_on("items_from_pv"):
        yield from _check_items(use, declared)


def _check_items(use: Use, declared: Declaration) -> Iterator[Problem]:
    node = use.widget.node.child("items")
    items = node.children if node is not None else []
    if len(items) < _FEWEST_ITEMS:
        what = f"a {use.widget.type} without states of its PV needs {_FEWEST_ITEMS} items, or web renderers fail"
        yield use.widget.problem(what, use.node.line)
    for item in items:
        if why := _cannot_be_written(item.text, declared):
            yield use.widget.problem(f"the item {item.text!r} cannot be written to {use.name}: {why}", item.line)


def _check_plotted(use: Use, declared: Declaration) -> Iterator[Problem]:
    is_scalar = declared.length == 1
    if declared.element not in ("DOUBLE", "LONG") or is_scalar is not (use.widget.type == "stripchart"):
        wanted = "a number" if use.widget.type == "stripchart" else "an array of numbers"
        yield use.widget.problem(f"{use.name} is not {wanted}, which a {use.widget.type} draws", use.node.line)


def _check_written(use: Use, declared: Declaration, macros: Mapping[str, str]) -> Iterator[Problem]:
    if declared.kind is Kind.DISPLAY:
        yield use.widget.problem(f"{use.name} is a display, which no client can write", use.node.line)
        return
    value = use.node.child("value")
    if value is None:
        return
    text = expanded(value.text, macros)
    if not missing_macros(text, macros) and (why := _cannot_be_written(text, declared)):
        yield use.widget.problem(f"{text!r} cannot be written to {use.name}: {why}", value.line)


def _cannot_be_written(text: str, declared: Declaration) -> str:
    """Why a PV would refuse a text; empty if it would not."""
    if declared.labels:
        return "" if text in declared.labels else f"it takes {', '.join(declared.labels)}"
    if declared.element in ("DOUBLE", "LONG"):
        try:
            float(text)
        except ValueError:
            return "it takes a number"
        return ""
    longest = 39 if declared.element == "STRING" else declared.length - 1
    return "" if len(text.encode()) <= longest else f"it holds {longest} bytes"
