"""What has no effect, or the same one twice: a copy that somebody forgot to change."""

from __future__ import annotations

from collections.abc import Iterator

from .problems import Problem
from .screen import Screen, Widget
from .xml_lines import Node

__all__ = ["check_effects"]

_SWITCHES = ("visible", "enabled")
_SHAPES = ("polygon", "polyline")


def check_effects(screen: Screen) -> Iterator[Problem]:
    """Every widget can be seen and used, every rule changes something, and no two widgets lead to the same screen."""
    leads: dict[object, Widget] = {}
    for widget in screen.widgets:
        yield from _check_seen(widget)
        yield from _check_words(widget)
        for rule in widget.rules():
            yield from _check_rule(widget, rule)
        for lead in _leads(widget):
            if lead in leads:
                yield widget.problem(f"it leads to the same as {leads[lead].name!r}, with the same macros")
            leads.setdefault(lead, widget)


def _check_seen(widget: Widget) -> Iterator[Problem]:
    width, height = widget.number("width"), widget.number("height")
    if width <= 0 or height <= 0:
        yield widget.problem(f"nobody sees what is {width} × {height}")
    ruled = {rule.attributes.get("prop_id") for rule in widget.rules()}
    for prop in _SWITCHES:
        if widget.text(prop) == "false" and prop not in ruled:
            yield widget.problem(f"it is never {prop}: there is no rule", widget.line_of(prop))
    points = widget.node.child("points")
    if widget.type in _SHAPES and points is not None:
        for point in points.children:
            if not _is_inside(point, width, height):
                yield widget.problem(f"a point is outside of its {width} × {height}", point.line)


def _is_inside(point: Node, width: int, height: int) -> bool:
    try:
        x, y = (float(point.attributes[each]) for each in ("x", "y"))
    except (KeyError, ValueError):  # told by another check
        return True
    return 0 <= x <= width and 0 <= y <= height


def _check_words(widget: Widget) -> Iterator[Problem]:
    if widget.type == "action_button" and not widget.text("text").strip():
        yield widget.problem("a button without words", widget.line_of("text"))
    if widget.text("show_confirm_dialog") not in ("false", "0", "") and widget.node.child("confirm_message") is None:
        yield widget.problem("it asks, and does not say what: <confirm_message>", widget.line_of("show_confirm_dialog"))


def _check_rule(widget: Widget, rule: Node) -> Iterator[Problem]:
    asked: set[str] = set()
    for exp in rule.all("exp"):
        condition = exp.attributes.get("bool_exp", "")
        if condition in asked:
            yield widget.problem(f"{condition!r} is asked twice: only the first counts", exp.line)
        asked.add(condition)
    prop = rule.attributes.get("prop_id", "")
    values = {value.text for exp in rule.all("exp") if (value := exp.child("value")) is not None}
    if prop in _SWITCHES and values == {widget.text(prop)}:
        yield widget.problem(f"a rule that changes nothing: it is {widget.text(prop)} without it", rule.line)


def _leads(widget: Widget) -> Iterator[object]:
    """The screens to which a widget leads, with the macros that it gives."""
    if widget.type == "embedded":
        yield "embedded", widget.text("file"), _macros(widget.node)
    for action in widget.actions():
        file = action.child("file")
        if action.attributes.get("type") == "open_display" and file is not None:
            yield "opened", file.text, _macros(action)


def _macros(node: Node) -> frozenset[tuple[str, str]]:
    found = node.child("macros")
    return frozenset((each.tag, each.text) for each in found.children) if found is not None else frozenset()
