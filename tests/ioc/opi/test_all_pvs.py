"""The page of all PVs."""

from __future__ import annotations

from itertools import combinations

from reioc.ioc.groups.places import Served, sections
from reioc.ioc.listing import listed
from reioc.ioc.metadata import metadata_keys
from reioc.ioc.opi.all_pvs import WIDTH, all_pvs
from reioc.ioc.opi.bob import parse, widgets

SERVED = Served(suspenders=["beam"], sinks=["csv"], keys=metadata_keys({"sample": ""}))
ALL = all_pvs(sections(SERVED))


def box(widget):
    """Left, top, right, bottom."""
    x, y, width, height = (int(widget.findtext(tag) or 0) for tag in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def test_every_pv_is_shown_once():
    """Those of suspenders, sinks and keys as well; a text as a text."""
    shown = {each.findtext("pv_name"): each.findtext("format") for each in widgets(parse(ALL), "textupdate")}
    pvs = {pv.name: pv.declared for pv in listed("$(P)$(R)", SERVED).pvs}

    assert ALL.count("<pv_name>") == len(shown)
    assert shown == {name: "6" if declared.element == "CHAR" else None for name, declared in pvs.items()}


def test_sections_have_titles():
    """What stands before the names; the engine's own PVs are in one section, the first."""
    titles = [each.findtext("text") for each in widgets(parse(ALL), "label") if each.find("font") is not None]

    assert titles[:4] == ["Engine", "Cmd", "Run", "Plan"]
    assert {"Susp:beam", "Sink:csv", "MD"} < {*titles}
    assert len(titles) == len({*titles})


def test_nothing_overlaps_or_leaves_the_page():
    """The page is as high as its longest column."""
    root = parse(ALL)
    boxes = [box(each) for each in root.iter("widget")]
    overlapping = [
        (one, other)
        for one, other in combinations(boxes, 2)
        if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    ]

    assert overlapping == []
    assert max(right for _, _, right, _ in boxes) <= WIDTH
    assert 0 <= int(root.findtext("height") or 0) - max(bottom for *_, bottom in boxes) <= 20
