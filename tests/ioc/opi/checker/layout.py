"""Where widgets are: nothing overlaps or leaves its screen, and texts have the room that they need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .problems import Problem
from .screen import Screen, Widget
from .served import GIVEN
from .text_size import lines_needed
from .views import expanded, macros_at
from .visibility import Labels, deciders, possible

__all__ = ["check_layout", "check_texts"]

_GROUNDS = ("rectangle", "ellipse", "polygon", "polyline", "arc", "group")
"""What others may be drawn upon, wholly inside of it."""
_TEXTS = ("label", "textupdate", "textentry", "action_button", "bool_button", "choice", "combo", "checkbox")
_PADDED = {"action_button": 8, "bool_button": 8, "checkbox": 20}
"""Pixels beside the text that the frame takes, or the box."""
_LINE = 1.2
"""Height of a line of text, in sizes of its font."""


class Box(NamedTuple):
    """Left, top, right, bottom: the last two are beyond it."""

    left: int
    top: int
    right: int
    bottom: int

    def __str__(self) -> str:
        return f"{self.left}…{self.right} × {self.top}…{self.bottom}"

    def meets(self, other: Box) -> bool:
        """Whether they have room in common."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: Box) -> bool:
        """Whether the other one is inside."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )


def box_of(widget: Widget) -> Box:
    """A widget's place in what it is in."""
    left, top = widget.number("x"), widget.number("y")
    return Box(left, top, left + widget.number("width"), top + widget.number("height"))


def room_in(widget: Widget) -> Box:
    """The room for what is in a display, or a group: the frame of a group takes some, as Phoebus draws it."""
    width, height = widget.number("width"), widget.number("height")
    if widget.type != "group":
        return Box(0, 0, width, height)
    title = 2 + int(_LINE * _font(widget)[0])
    left, top, right, bottom = {
        "0": (title, title, title, title),
        "1": (1, title + 1, 1, 1),
        "2": (1, 1, 1, 1),
    }.get(widget.text("style"), (0, 0, 0, 0))
    return Box(0, 0, width - left - right, height - top - bottom)


def check_layout(screen: Screen, screens: Mapping[str, Screen], labels: Labels) -> Iterator[Problem]:
    """Widgets are inside of what they are in, apart from each other unless one is drawn upon the other."""
    for parent in screen.display.walk():
        room = room_in(parent)
        for widget in parent.children:
            box = box_of(widget)
            if not room.holds(box):
                around = f"group {parent.name}" if parent.parent else "screen"
                yield widget.problem(f"it is at {box}, and the {around} has {room}", widget.line_of("x"))
        for earlier, first, later, second in _meeting(parent.children):
            if not (earlier.type in _GROUNDS and first.holds(second)):
                yield from _check_pair(earlier, later, f"{second} and {first}", labels)
    for widget in screen.widgets:
        if widget.type == "embedded" and widget.text("file") in screens:
            yield from _check_embedded(widget, screens[widget.text("file")])


def _meeting(widgets: list[Widget]) -> Iterator[tuple[Widget, Box, Widget, Box]]:
    """Pairs that have room in common, the one that is drawn first before the other."""
    boxes = sorted((box_of(widget).top, index, box_of(widget)) for index, widget in enumerate(widgets))
    for at, (_, index, box) in enumerate(boxes):
        for top, other, second in boxes[at + 1 :]:
            if top >= box.bottom:
                break
            if box.meets(second):
                pair = sorted([(index, box), (other, second)])
                yield widgets[pair[0][0]], pair[0][1], widgets[pair[1][0]], pair[1][1]


def _check_pair(earlier: Widget, later: Widget, where: str, labels: Labels) -> Iterator[Problem]:
    if possible([*deciders(earlier, GIVEN), *deciders(later, GIVEN)], labels):
        yield later.problem(f"it covers {earlier.name!r}: {where}", later.line_of("x"))


def _check_embedded(widget: Widget, inner: Screen) -> Iterator[Problem]:
    have = (widget.number("width"), widget.number("height"))
    need = (inner.display.number("width"), inner.display.number("height"))
    if widget.text("resize") == "0" and (need[0] > have[0] or need[1] > have[1]):
        yield widget.problem(f"{inner.name} is {need[0]} × {need[1]}, and has only {have[0]} × {have[1]} here")


# Texts


def check_texts(screen: Screen, macros: Mapping[str, str]) -> Iterator[Problem]:
    """Texts have the height of their font, and labels and buttons the width of their words."""
    for widget in screen.widgets:
        if widget.type not in _TEXTS or widget.text("rotation_step") not in ("", "0"):
            continue
        size, bold, mono = _font(widget)
        if widget.number("height") < _LINE * size:
            yield widget.problem(
                f"a text of size {size:g} needs a height of {_LINE * size:.0f}", widget.line_of("height")
            )
            continue
        for text, line in _words_of(widget):
            text = expanded(text, macros_at(widget, macros))
            if text and "$(" not in text:
                yield from _check_words(widget, text, line, (size, bold, mono))


def _words_of(widget: Widget) -> Iterator[tuple[str, int]]:
    """What a widget says, by itself and by its rules, each with its line."""
    props = {"label": ("text",), "action_button": ("text",), "checkbox": ("label",)}.get(widget.type, ())
    if widget.type == "bool_button" and not widget.is_on("labels_from_pv"):
        props = ("on_label", "off_label")
    yield from ((widget.text(prop), widget.line_of(prop)) for prop in props)
    for exp in (each for rule in widget.rules() if rule.attributes.get("prop_id") in props for each in rule.all("exp")):
        yield from ((value.text, value.line) for value in exp.all("value"))


def _check_words(widget: Widget, text: str, line: int, font: tuple[float, bool, bool]) -> Iterator[Problem]:
    size, bold, mono = font
    if widget.is_on("auto_size"):
        return
    room = widget.number("width") - _PADDED.get(widget.type, 0)
    needed = lines_needed(text, room, size, bold=bold, mono=mono)
    may_wrap = widget.type != "label" or widget.is_on("wrap_words")
    there = int(widget.number("height") / (_LINE * size)) if may_wrap else 1
    if needed is None or needed > max(there, 1):
        have = f"{widget.number('width')} × {widget.number('height')}"
        yield widget.problem(f"{text!r} of size {size:g} does not fit into {have}", line)


def _font(widget: Widget) -> tuple[float, bool, bool]:
    """Size, whether bold, whether all letters are of one width."""
    node = widget.node.child("font")
    font = node.child("font") if node is not None else None
    if font is None:
        return 14.0, False, False
    try:
        size = float(font.attributes.get("size", ""))
    except ValueError:  # told by another check
        size = 14.0
    return size, "BOLD" in font.attributes.get("style", ""), "Mono" in font.attributes.get("family", "")
