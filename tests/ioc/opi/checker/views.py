"""Screens as they are opened: with the macros that whoever opens or embeds them gives.

Rules of this file:
1. In Phoebus what a display says of a macro itself wins over what it is given. So a screen that is given another value
   for a macro must not have that macro of its own: it would never change.
2. Every combination of screen and macros is looked at once. Only those macros count that the screen uses, or what is
   embedded in it: the others that Phoebus hands on, from screen to screen, make no difference.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass

from .form import LISTS
from .problems import Problem
from .screen import Screen, Widget
from .xml_lines import Node

__all__ = ["MAIN", "View", "around", "expanded", "macros_at", "missing_macros", "views"]

MAIN = "main.bob"
_DEEPEST = 10
"""How often macros may be in macros."""
_MACRO = re.compile(r"\$[({]([A-Za-z][A-Za-z0-9_.\[\]]*)[)}]")


@dataclass(frozen=True, eq=False)
class View:
    """A screen with its macros, in another one or by itself."""

    screen: Screen
    macros: Mapping[str, str]
    embedded: bool = False
    by: tuple[Widget, View] | None = None
    """What embeds or opens it."""


def expanded(text: str, macros: Mapping[str, str]) -> str:
    """A text with its macros filled in; those that nobody has given stay."""
    for _ in range(_DEEPEST if "$" in text else 0):
        text, before = _MACRO.sub(lambda found: macros.get(found[1], found[0]), text), text
        if text == before:
            break
    return text


def missing_macros(text: str, macros: Mapping[str, str]) -> list[str]:
    """Names of the macros in a text that nobody has given."""
    return _MACRO.findall(expanded(text, macros)) if "$" in text else []


def own_macros(node: Node | None) -> dict[str, str]:
    """What a <macros> defines."""
    return {each.tag: each.text for each in node.children} if node is not None else {}


def macros_at(widget: Widget, macros: Mapping[str, str]) -> Mapping[str, str]:
    """The macros that hold for a widget: those of its screen, and of what is around it."""
    for each in [*widget.up()][::-1][1:]:
        if (node := each.node.child("macros")) is not None:
            macros = {**macros, **{name: expanded(text, macros) for name, text in own_macros(node).items()}}
    return macros


class _Walk:
    """From screen to screen."""

    def __init__(self, screens: Mapping[str, Screen]) -> None:
        self._screens = screens
        self.views: list[View] = []
        self.problems: list[Problem] = []
        self._seen: set[Hashable] = set()
        self._uses: dict[str, frozenset[str]] = {}

    def start(self, screen: Screen, given: Mapping[str, str]) -> None:
        """Look at a screen, and at all that it leads to."""
        waiting: list[tuple[View, tuple[str, ...]]] = [(View(screen, given), (screen.name,))]
        while waiting:
            came, ring = waiting.pop()
            view = self._entered(came)
            key = (view.screen.name, frozenset(view.macros.items()), view.embedded, *_hidden_by(view))
            if key not in self._seen:
                self._seen.add(key)
                self.views.append(view)
                waiting += self._next(view, ring)

    def _entered(self, came: View) -> View:
        """With the screen's own macros."""
        display, given = came.screen.display, came.macros
        own = {name: expanded(text, given) for name, text in own_macros(display.node.child("macros")).items()}
        for name, value in own.items():
            if name in given and (came.embedded or given[name] != value):
                message = (
                    f"it is given the macro {name} = {given[name]!r}, and has {name} = {value!r} of its own, which "
                    "wins in Phoebus: leave its own out"
                )
                self.problems.append(display.problem(message, display.line_of("macros")))
        used = self._used(came.screen.name)
        macros = {name: value for name, value in {**given, **own}.items() if name in used}
        return View(came.screen, macros, came.embedded, came.by)

    def _used(self, name: str) -> frozenset[str]:
        """Names of the macros that a screen uses, or hands on to what it embeds."""
        if name not in self._uses:
            self._uses[name] = frozenset()  # while it is looked for: embedding may go in a ring
            screen = self._screens[name]
            found = {*_MACRO.findall(screen.source)}
            for widget in screen.leading:
                if widget.type == "embedded" and (file := widget.text("file")) in self._screens:
                    found |= self._used(file) - {*own_macros(widget.node.child("macros"))}
            self._uses[name] = frozenset(found)
        return self._uses[name]

    def _next(self, view: View, ring: tuple[str, ...]) -> Iterator[tuple[View, tuple[str, ...]]]:
        for widget, file, macros, embedded in _leads_to(view):
            path = (*ring, file) if embedded else (file,)
            if file not in self._screens:
                there = ", ".join(sorted(self._screens))
                self.problems.append(widget.problem(f"there is no screen {file!r}; there are: {there}"))
            elif embedded and file in ring:
                self.problems.append(widget.problem(f"embedded in itself: {' → '.join(path)}"))
            else:
                yield View(self._screens[file], macros, embedded, (widget, view)), path


def views(screens: Mapping[str, Screen], given: Mapping[str, str]) -> tuple[list[View], list[Problem]]:
    """Every screen as it can be seen, from main on; and what is wrong on the way: files, macros, embedding in a ring.

    `given` are the macros with which main is opened. Without a main screen each is looked at by itself.
    """
    walk = _Walk(screens)
    if MAIN in screens:
        walk.start(screens[MAIN], given)
        reached = {view.screen.name for view in walk.views}
        walk.problems += [
            screen.display.problem("no screen opens or embeds it")
            for name, screen in screens.items()
            if name not in reached and name not in LISTS
        ]
    for screen in screens.values():
        if screen.name not in {view.screen.name for view in walk.views}:
            walk.start(screen, given)
    return walk.views, sorted({*walk.problems})


def around(widget: Widget, view: View, *, opened: bool = True) -> Iterator[tuple[Widget, Mapping[str, str]]]:
    """A widget, all around it, and what embeds its screen or opens it: not what opens that; each with its macros."""
    for each in widget.up():
        yield each, macros_at(each, view.macros)
    if view.by is not None and (view.embedded or opened):
        yield from around(*view.by, opened=opened and view.embedded)


def _hidden_by(view: View) -> frozenset[str]:
    """The PVs by which the way to this screen may be hidden."""
    if view.by is None:
        return frozenset()
    rules = ((rule, macros) for each, macros in around(*view.by, opened=view.embedded) for rule in each.rules())
    visible = ((rule, macros) for rule, macros in rules if rule.attributes.get("prop_id") == "visible")
    return frozenset(expanded(pv.text, macros) for rule, macros in visible for pv in rule.all("pv_name"))


def _leads_to(view: View) -> Iterator[tuple[Widget, str, Mapping[str, str], bool]]:
    """Screens that this one opens or embeds: the widget, the file, the macros given, whether it is embedded."""
    for widget in view.screen.leading:
        macros = macros_at(widget, view.macros)
        if widget.type == "embedded":
            yield widget, expanded(widget.text("file"), macros), macros, True
        if widget.type == "navtabs" and (tabs := widget.node.child("tabs")) is not None:
            for tab in tabs.children:
                file = tab.child("file")
                yield widget, expanded(file.text if file else "", macros), _given(tab, macros), True
        for action in widget.actions():
            if action.attributes.get("type") == "open_display" and (file := action.child("file")) is not None:
                yield widget, expanded(file.text, macros), _given(action, macros), False


def _given(node: Node, macros: Mapping[str, str]) -> Mapping[str, str]:
    given = own_macros(node.child("macros"))
    return {**macros, **{name: expanded(text, macros) for name, text in given.items()}}
