"""The screens as they are for one engine: its prefix, and its plans to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files

from .bob import Element, SubElement, parse, render, widgets

__all__ = ["fill", "screens", "split"]

_PACKAGE = "reioc.ioc.opi"
_HEADER = "header.bob"
_CHOOSES_PLAN = "$(P)$(R)Plan:Name"


def screens() -> dict[str, str]:
    """The screens as they come with this package: name of the file → its text."""
    found = [each for each in files(_PACKAGE).iterdir() if each.name.endswith(".bob")]
    return {each.name: each.read_text(encoding="utf-8") for each in sorted(found, key=lambda each: each.name)}


def split(prefix: str) -> dict[str, str]:
    """A prefix as the macros P and R: R is the part behind the last colon but the one at the end."""
    cut = prefix.rstrip(":").rfind(":") + 1
    return {"P": prefix[:cut], "R": prefix[cut:]} if cut else {"P": prefix, "R": ""}


def fill(text: str, macros: Mapping[str, str] | None, plans: Sequence[str]) -> str:
    """A screen with these values for its macros, and these plans where one is chosen.

    Only whole screens, those with a header, have macros of their own: what is embedded gets them from there, and its
    own would stand above those. Without values (`None`) a screen has none, and whoever opens it gives them.
    """
    root = parse(text)
    if any(each.findtext("file") == _HEADER for each in widgets(root, "embedded")):
        _set_macros(root, macros)
    for combo in widgets(root, "combo"):
        if combo.findtext("pv_name") == _CHOOSES_PLAN:
            _set_items(combo, plans)
    return render(root)


def _set_macros(root: Element, macros: Mapping[str, str] | None) -> None:
    own = root.find("macros")
    kept = {} if own is None else {each.tag: each.text or "" for each in own if each.tag not in ("P", "R")}
    if own is not None:
        root.remove(own)
    wanted = {**(macros or {}), **kept}
    if wanted:
        own = Element("macros")
        for name, value in wanted.items():
            SubElement(own, name).text = value
        root.insert(1, own)  # behind the name


def _set_items(combo: Element, plans: Sequence[str]) -> None:
    items = combo.find("items")
    if items is None:
        raise ValueError(f"the combo {combo.findtext('name')!r} that chooses a plan has no list of items of its own")
    items[:] = []
    for plan in plans:
        SubElement(items, "item").text = plan
