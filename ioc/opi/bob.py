"""Display files in the form in which Phoebus writes them.

Rules of this file:
1. What Phoebus has written is written again as it was, byte by byte: where a file differs, somebody has changed it.
2. Properties come in the order of the widget's own list, defaults are left out; who makes a widget keeps to that.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

__all__ = ["Element", "SubElement", "bold", "display", "parse", "render", "widget", "widgets"]

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_VERSIONS = {"display": "2.0.0", "embedded": "2.0.0", "label": "2.0.0", "textupdate": "2.0.0"}
_NEVER_TEXT = frozenset({"color", "font", "point"})
"""Elements with nothing but attributes: their end is on a line of its own. Of an empty text it is not."""


def parse(text: str) -> Element:
    """A display. Raises ElementTree.ParseError where it is no XML."""
    return ElementTree.fromstring(text)


def render(root: Element) -> str:
    """The text of a display file."""
    laid_out = copy.deepcopy(root)
    _lay_out(laid_out, "\n")
    return f"{_HEAD}{ElementTree.tostring(laid_out, encoding='unicode', short_empty_elements=False)}\n"


def _lay_out(element: Element, line: str) -> None:
    if len(element):
        element.text = f"{line}  "
        for child in element:
            _lay_out(child, f"{line}  ")
            child.tail = f"{line}  "
        element[-1].tail = line
    elif element.tag in _NEVER_TEXT:
        element.text = line


def widgets(root: Element, kind: str) -> Iterator[Element]:
    """All widgets of a kind, those in groups included."""
    return (each for each in root.iter("widget") if each.get("type") == kind)


def display(name: str, width: int, height: int) -> Element:
    """An empty display, size in pixels."""
    root = Element("display", version=_VERSIONS["display"])
    _add(root, {"name": name, "width": width, "height": height})
    return root


def widget(parent: Element, kind: str, /, **properties: object) -> Element:
    """Add a widget to a display. An element is a property's content, a dict its macros; the rest is its text."""
    added = SubElement(parent, "widget", type=kind, version=_VERSIONS[kind])
    _add(added, properties)
    return added


def _add(parent: Element, properties: dict[str, object]) -> None:
    for name, value in properties.items():
        element = SubElement(parent, name)
        if isinstance(value, dict):
            _add(element, value)
        elif isinstance(value, Element):
            element.append(value)
        else:
            element.text = str(value).lower() if isinstance(value, bool) else str(value)


def bold() -> Element:
    """The named font for the title of a section."""
    return Element("font", name="Header 3", family="Liberation Sans", style="BOLD", size="16.0")
