"""A screen as its widgets: what is written, and what holds where nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from .dictionary import DICTIONARY, WidgetType, default_of
from .problems import Problem
from .xml_lines import Node, parsed

__all__ = ["Screen", "Widget"]

_EMBEDDING = ("embedded", "navtabs")


@dataclass(eq=False)
class Widget:
    """A widget, or the display; `known` is None for a type that Phoebus does not have."""

    file: str
    node: Node
    type: str
    known: WidgetType | None
    parent: Widget | None = None
    children: list[Widget] = field(default_factory=list)

    @property
    def name(self) -> str:
        """As the author calls it; empty for the display."""
        if self.parent is None:
            return ""
        found = self.node.child("name")
        return found.text if found is not None and found.text else f"<{self.type}>"

    def text(self, prop: str) -> str:
        """What a property says, written or by default; empty where it has none."""
        found = self.node.child(prop)
        if found is not None:
            return found.text
        said = self.known.properties.get(prop) if self.known else None
        return (default_of(said) if said else None) or ""

    def number(self, prop: str) -> int:
        """A whole number; 0 where it is none, which another check tells."""
        try:
            return int(self.text(prop))
        except ValueError:
            return 0

    def is_on(self, prop: str) -> bool:
        """Whether a yes or no is yes."""
        return self.text(prop) == "true"

    def line_of(self, prop: str) -> int:
        """Where a property is written, or else where the widget begins."""
        found = self.node.child(prop)
        return found.line if found is not None else self.node.line

    def problem(self, message: str, line: int | None = None) -> Problem:
        """A mistake in this widget."""
        return Problem(self.file, self.node.line if line is None else line, self.name, message)

    def rules(self) -> list[Node]:
        """Its rules."""
        found = self.node.child("rules")
        return found.all("rule") if found is not None else []

    def actions(self) -> list[Node]:
        """Its actions."""
        found = self.node.child("actions")
        return found.all("action") if found is not None else []

    def walk(self) -> Iterator[Widget]:
        """This one and all below it."""
        yield self
        for each in self.children:
            yield from each.walk()

    def up(self) -> Iterator[Widget]:
        """This one and all around it, the display last."""
        yield self
        if self.parent is not None:
            yield from self.parent.up()


@dataclass(eq=False)
class Screen:
    """A .bob file."""

    path: Path
    source: str
    display: Widget

    @classmethod
    def read(cls, path: Path) -> Screen:
        """A file. Raises NotXml."""
        return cls.of(path, path.read_text(encoding="utf-8"))

    @classmethod
    def of(cls, path: Path, source: str) -> Screen:
        """What a file would be with this text. Raises NotXml."""
        root = parsed(source)
        display = Widget(path.name, root, "display", DICTIONARY.display)
        _add_children(display, root)
        return cls(path, source, display)

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @cached_property
    def widgets(self) -> list[Widget]:
        """All widgets, without the display."""
        return list(self.display.walk())[1:]

    @cached_property
    def leading(self) -> list[Widget]:
        """Those that may lead to other screens."""
        return [
            each for each in self.display.walk() if each.type in _EMBEDDING or each.node.child("actions") is not None
        ]


def _add_children(parent: Widget, node: Node) -> None:
    for each in node.all("widget"):
        kind = each.attributes.get("type", "")
        widget = Widget(parent.file, each, kind, DICTIONARY.widget(kind), parent)
        parent.children.append(widget)
        _add_children(widget, each)
    if (tabs := node.child("tabs")) is not None:
        for tab in tabs.all("tab"):
            if (children := tab.child("children")) is not None:
                _add_children(parent, children)
