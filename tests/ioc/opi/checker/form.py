"""What can be told of a screen by itself: its form, its widgets, their properties."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest

from .dictionary import DICTIONARY
from .problems import Problem
from .screen import Screen, Widget
from .values import check_value, is_default
from .xml_lines import written

__all__ = ["LISTS", "check_form", "check_names", "check_properties"]

LARGEST = (1200, 800)
LISTS = ("all_pvs.bob",)
"""Screens that are scrolled, to look something up: they have any height, and nobody draws arrays any better there."""
WEB_SCREENS = ("main.bob", "header.bob")
"""Screens that web renderers are to draw in full."""


def check_form(screen: Screen) -> Iterator[Problem]:
    """A screen is as Phoebus saves it: saving it again changes nothing."""
    root = screen.display.node
    if root.tag != "display" or root.attributes != {"version": DICTIONARY.display.version}:
        yield Problem(screen.name, 1, "", f'it begins with <display version="{DICTIONARY.display.version}">')
    ours, theirs = screen.source.split("\n"), written(root).split("\n")
    for line, (found, wanted) in enumerate(zip_longest(ours, theirs, fillvalue="<the end>"), 1):
        if found != wanted:
            yield Problem(screen.name, line, "", f"Phoebus would write {wanted!r} here, not {found!r}")
            return


def check_names(screen: Screen) -> Iterator[Problem]:
    """Widgets have names of their own."""
    counted = Counter(widget.name for widget in screen.widgets)
    for widget in screen.widgets:
        found = widget.node.child("name")
        if found is None or not found.text:
            yield widget.problem(f"a {widget.type} without a <name>")
        elif counted[found.text] > 1:
            yield widget.problem(f"{counted[found.text]} widgets have this name", found.line)


def check_properties(screen: Screen) -> Iterator[Problem]:
    """Types, versions and properties are those that Phoebus knows, in its order, without defaults."""
    width, height = screen.display.number("width"), screen.display.number("height")
    if width > LARGEST[0] or (height > LARGEST[1] and screen.name not in LISTS):
        yield screen.display.problem(f"{width} × {height} is larger than {LARGEST[0]} × {LARGEST[1]}")
    for widget in screen.display.walk():
        yield from _check_type(widget)
        if widget.known is not None:
            yield from _check_order(widget)
            yield from _check_each(widget)


def _check_type(widget: Widget) -> Iterator[Problem]:
    known, given = widget.known, widget.node.attributes
    if known is None:
        yield widget.problem(f"Phoebus has no widget {widget.type!r}; there are: {', '.join(DICTIONARY.widgets)}")
        return
    if widget.parent is not None and [*given] != ["type", "version"]:
        yield widget.problem(f"a widget has the attributes type and version, not {' '.join(given)}")
    elif given.get("version") != known.version:
        yield widget.problem(f"a {known.name} is version {known.version}, not {given.get('version')}")
    if widget.file in WEB_SCREENS and not known.on_the_web:
        yield widget.problem(f"web renderers do not draw a {known.name}, and {widget.file} is for them, too")


def _check_order(widget: Widget) -> Iterator[Problem]:
    order = [*widget.known.properties] if widget.known else []
    given = [each for each in widget.node.children if each.tag != "widget"]
    for each in given:
        if each.tag not in order:
            yield widget.problem(f"a {widget.type} has no property {each.tag!r}; Phoebus ignores it", each.line)
    tags = [each.tag for each in given if each.tag in order]
    for tag, count in Counter(tags).items():
        if count > 1:
            yield widget.problem(f"<{tag}> is there {count} times", widget.line_of(tag))
    wanted = sorted({*tags}, key=order.index)
    for each, tag in zip((each for each in given if each.tag in order), wanted, strict=False):
        if each.tag != tag:
            yield widget.problem(f"<{tag}> comes before <{each.tag}>; the order is: {', '.join(wanted)}", each.line)
            return
    last = [each.tag for each in widget.node.children]
    if "widget" in last and any(tag != "widget" for tag in last[last.index("widget") :]):
        yield widget.problem("widgets come after all properties")


def _check_each(widget: Widget) -> Iterator[Problem]:
    for node in widget.node.children:
        said = widget.known.properties.get(node.tag) if widget.known else None
        if said is None:
            continue
        wrong = list(check_value(node, said))
        for where, message in wrong:
            yield widget.problem(message, where.line)
        if not wrong and is_default(node, said):
            yield widget.problem(f"<{node.tag}> is the default, which Phoebus leaves out", node.line)
    for tag in ("scripts",):
        if widget.node.child(tag) is not None:
            yield widget.problem("no scripts: rules and actions do", widget.line_of(tag))
