"""The page of all PVs, for those who look for one."""

from __future__ import annotations

from collections.abc import Iterable

from ..groups.places import Section
from ..pvs.declaration import Declaration
from .bob import Element, bold, display, render, widget

__all__ = ["all_pvs"]

WIDTH = 1200
_HEADER = 90
_COLUMNS = 3
_GAP = 10
_COLUMN = (WIDTH - (_COLUMNS + 1) * _GAP) // _COLUMNS
_LINE = 25
_HEIGHT = 22
_NAME = 160
_TITLE = 30
_MIDDLE = 1
_AS_TEXT = 6
"""The place of String among a text update's formats."""


def all_pvs(sections: Iterable[Section]) -> str:
    """A display with every PV: a name and a value each, in columns, section by section as they come.

    What has nothing before its names is one section, called Engine. It scrolls: there are hundreds.
    """
    merged: dict[str, list[Declaration]] = {}
    for place, declared in sections:
        merged.setdefault(place, []).extend(declared)
    root = display("All PVs", WIDTH, 0)
    widget(
        root,
        "embedded",
        name="header",
        macros={"TITLE": "All PVs"},
        file="header.bob",
        width=WIDTH,
        height=_HEADER,
    )
    ends = [_HEADER + _GAP] * _COLUMNS
    for place, declared in merged.items():
        column = ends.index(min(ends))
        ends[column] = _section(root, place, declared, _GAP + column * (_COLUMN + _GAP), ends[column])
    _height(root).text = str(max(ends))
    return render(root)


def _height(root: Element) -> Element:
    return next(each for each in root if each.tag == "height")


def _section(root: Element, place: str, declared: list[Declaration], x: int, y: int) -> int:
    """Returns where the next one of this column begins."""
    title = place.rstrip(":") or "Engine"
    widget(root, "label", name=f"Section {title}", text=title, x=x, y=y, width=_COLUMN, height=_LINE, font=bold())
    for number, each in enumerate(declared):
        _pv(root, f"{place}{each.name}", each, x, y + _TITLE + number * _LINE)
    return y + _TITLE + len(declared) * _LINE + _GAP


def _pv(root: Element, pv: str, declared: Declaration, x: int, y: int) -> None:
    widget(
        root,
        "label",
        name=f"Name of {pv}",
        text=declared.name,
        x=x,
        y=y,
        width=_NAME,
        height=_HEIGHT,
        vertical_alignment=_MIDDLE,
        wrap_words=False,
        tooltip=declared.description,
    )
    form = {"format": _AS_TEXT} if declared.element == "CHAR" else {}
    widget(
        root,
        "textupdate",
        name=f"Value of {pv}",
        pv_name=f"$(P)$(R){pv}",
        x=x + _NAME,
        y=y,
        width=_COLUMN - _NAME,
        height=_HEIGHT,
        **form,
        vertical_alignment=_MIDDLE,
        wrap_words=False,
        tooltip=f"{declared.description}\n$(pv_name)\n$(pv_value)",
    )
