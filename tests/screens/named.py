"""Which PVs a screen names."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

__all__ = ["pvs_of"]

_MACRO = re.compile(r"\$\((\w+)\)")


def pvs_of(screen: Path, macros: Mapping[str, str]) -> set[str]:
    """The PVs of a .bob file and of what is embedded in it, macros replaced; those given win over the file's own."""
    root = ElementTree.parse(screen).getroot()
    return set(_named(root, screen.parent, {**_macros(root, macros), **macros}))


def _named(element: Element, folder: Path, macros: Mapping[str, str]) -> Iterator[str]:
    if element.tag == "pv_name" and element.text:
        yield _filled(element.text, macros)
    if element.get("type") == "embedded":
        yield from pvs_of(folder / element.findtext("file", ""), {**macros, **_macros(element, macros)})
    for each in element:
        yield from _named(each, folder, macros)


def _macros(element: Element, outer: Mapping[str, str]) -> dict[str, str]:
    return {each.tag: _filled(each.text or "", outer) for each in element.findall("macros/*")}


def _filled(text: str, macros: Mapping[str, str]) -> str:
    return _MACRO.sub(lambda found: macros[found[1]], text)
