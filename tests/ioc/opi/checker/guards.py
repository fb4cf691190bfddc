"""Nothing that would be refused can be pressed, and what cannot be taken back is asked twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .problems import Problem
from .screen import Widget
from .uses import WRITE, uses
from .views import View, around, expanded, macros_at
from .visibility import Labels, decider, possible

__all__ = ["ALLOWED_BY", "CONFIRMED", "check_guards"]

ALLOWED_BY = {
    "Pause": "CanPause",
    "PauseDeferred": "CanPauseDeferred",
    "PauseAfterRun": "CanPauseAfterRun",
    "Resume": "CanResume",
    "Stop": "CanStop",
    "Abort": "CanStop",
    "Halt": "CanStop",
    "SkipPoint": "CanSkip",
    "Plan:Run": "Plan:CanRun",
    "Plan:Enqueue": "Plan:CanEnqueue",
    "Plan:Reload": "CanStart",
    "Queue:Start": "Queue:CanStart",
    "Queue:Stop": "Queue:CanStop",
}
"""A command, and the PV that says whether it would be accepted now."""
CONFIRMED = ("Abort", "Halt")
_OF_A_ROW = re.compile(r"#(\d+)")
_OF_ROWS = ("Queue:Remove", "Queue:MoveUp", "Queue:MoveDown", "Queue:MoveFront")


def check_guards(view: View, prefix: str, labels: Labels) -> Iterator[Problem]:
    """A widget that writes a command can be pressed only while the command would be accepted."""
    for widget in view.screen.widgets:
        macros = macros_at(widget, view.macros)
        for name, value in _written(widget, macros):
            command = name.removeprefix(prefix)
            if (needed := _needed(command, value)) is not None:
                yield from _check_guard(widget, command, prefix + needed, view, labels)
            if command in CONFIRMED and widget.text("show_confirm_dialog") in ("false", "0", ""):
                yield widget.problem(f"{command} asks again: <show_confirm_dialog>")
            if widget.type == "action_button" and expanded(widget.text("pv_name"), macros) != name:
                yield widget.problem(f"web renderers write only PVs that are shown: its <pv_name> is {name} as well")
            if widget.type == "action_button" and widget.node.child("tooltip") is None:
                yield widget.problem("a button that writes has a tooltip: what it does, and when it is refused")


def _written(widget: Widget, macros: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The PVs that it writes; with the value, where it is always the same."""
    for use in uses(widget, macros):
        if use.role == WRITE:
            value = use.node.child("value")
            yield use.name, expanded(value.text if value is not None else "", macros)


def _needed(command: str, value: str) -> str | None:
    row = _OF_A_ROW.fullmatch(value)
    if command in _OF_ROWS and row:
        return f"Queue:Row{row[1]}:Uid"
    if parameter := re.fullmatch(r"(Plan:P\d+:)Value", command):
        return f"{parameter[1]}Name"
    return ALLOWED_BY.get(command)


def _check_guard(widget: Widget, command: str, needed: str, view: View, labels: Labels) -> Iterator[Problem]:
    places = [*around(widget, view)]
    ways = [
        found for prop in ("visible", "enabled") for place in places if (found := decider(*place, prop)) is not None
    ]
    if needed not in {pv for way in ways for pv, _ in way.comparisons()}:
        what = f"{command} can be pressed while it would be refused: an enabled or visible rule on {needed}"
        yield widget.problem(what)
    elif possible(ways, labels, off=needed):
        yield widget.problem(f"{command} can be pressed while {needed} says no")
    elif not possible(ways, labels) and command not in _OF_ROWS:  # Up of the first row cannot
        yield widget.problem(f"{command} can never be pressed")
