"""Whether a property holds what its kind can hold, in the form that Phoebus writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from .dictionary import DICTIONARY, FONTS, default_of
from .xml_lines import Node

__all__ = ["check_value", "is_default"]

Found = tuple[Node, str]
_WHOLE = re.compile(r"-?(0|[1-9]\d*)")
_DOUBLE = re.compile(r"-?(0|[1-9]\d*)\.\d+(E-?\d+)?|NaN")
_COLOR = ("name", "red", "green", "blue", "alpha")
_FONT = ("name", "family", "style", "size")


def check_value(node: Node, said: dict[str, Any]) -> Iterator[Found]:
    """What is wrong with the value in `node`, of which the dictionary has said `said`."""
    check = _KINDS.get(said["kind"])
    if check is not None:
        yield from check(node, said)


def is_default(node: Node, said: dict[str, Any]) -> bool:
    """Whether Phoebus would leave this property out."""
    if said["kind"] == "color":
        color = node.child("color")
        return color is not None and said["default"] in (color.attributes.get("name"), _as_rgb(color))
    if said["kind"] == "font":
        font = node.child("font")
        return font is not None and font.attributes.get("name") == said["default"]
    if said["kind"] == "struct":
        fields = said["fields"]
        return all(each.tag in fields and is_default(each, fields[each.tag]) for each in node.children)
    if said["kind"] == "double":
        return _number(node.text) == said.get("default")
    return not node.children and node.text == default_of(said)


def _as_rgb(color: Node) -> str:
    if "name" in color.attributes:
        return ""
    parts = [color.attributes.get(each, "") for each in ("red", "green", "blue")]
    alpha = color.attributes.get("alpha")
    return f"RGB({','.join(parts + ([alpha] if alpha else []))})"


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _check_bool(node: Node, said: dict[str, Any]) -> Iterator[Found]:
    if node.text not in ("true", "false") and "$" not in node.text:
        yield node, f"<{node.tag}> is true or false, not {node.text!r}"


def _check_int(node: Node, said: dict[str, Any]) -> Iterator[Found]:
    if not _WHOLE.fullmatch(node.text) and "$" not in node.text:
        yield node, f"<{node.tag}> is a whole number, such as {said.get('default', 0)}, not {node.text!r}"


def _check_double(node: Node, said: dict[str, Any]) -> Iterator[Found]:
    if not _DOUBLE.fullmatch(node.text) and "$" not in node.text:
        yield node, f"<{node.tag}> is a number with a decimal point, such as 1.0, not {node.text!r}"


def _check_enum(node: Node, said: dict[str, Any]) -> Iterator[Found]:
    labels = said["labels"]
    if _WHOLE.fullmatch(node.text) and 0 <= int(node.text) < len(labels):
        return
    there = ", ".join(f"{index} {label}" for index, label in enumerate(labels))
    yield node, f"<{node.tag}> is the number of one of: {there}; not {node.text!r}"


def _check_color(node: Node, said: dict[str, Any]) -> Iterator[Found]:
    color = node.children[0] if len(node.children) == 1 else None
    if color is None or color.tag != "color":
        yield node, f"<{node.tag}> holds one <color>"
        return
    given = color.attributes
    wanted = [each for each in _COLOR if each in given]
    if list(given) != wanted or not {"red", "green", "blue"} <= {*given}:
        yield (
            color,
            f"a color has {' '.join(_COLOR)}, in this order, name and alpha where needed; not {' '.join(given)}",
        )
        return
    if not all(_WHOLE.fullmatch(given[each]) and int(given[each]) <= 255 for each in wanted if each != "name"):
        yield color, f"red, green, blue are 0 to 255, not {[given[each] for each in wanted if each != 'name']}"
        return
    yield from _check_color_name(color, given)


def _check_color_name(color: Node, given: dict[str, str]) -> Iterator[Found]:
    if (name := given.get("name")) is None:
        return
    rgb = tuple(int(given[each]) for each in _COLOR[1:] if each in given)
    known = DICTIONARY.colors.get(name)
    if known is None:
        yield color, f"no color is called {name!r}; there are: {', '.join(DICTIONARY.colors)}"
    elif known != rgb:
        yield color, f"the color {name} is {known}, not {rgb}"


def _check_font(node: Node, said: dict[str, Any]) -> Iterator[Found]:
    font = node.children[0] if len(node.children) == 1 else None
    if font is None or font.tag != "font":
        yield node, f"<{node.tag}> holds one <font>"
        return
    given = font.attributes
    if list(given) != [each for each in _FONT if each in given] or not {*_FONT[1:]} <= {*given}:
        yield font, f"a font has {' '.join(_FONT)}, in this order, name where it has one; not {' '.join(given)}"
        return
    size, style = _number(given["size"]), given["style"]
    if style not in DICTIONARY.font_styles:
        yield font, f"the style of a font is one of: {', '.join(DICTIONARY.font_styles)}; not {style!r}"
    if size is None or not _DOUBLE.fullmatch(given["size"]):
        yield font, f"the size of a font is a number with a decimal point, such as 14.0, not {given['size']!r}"
    if (name := given.get("name")) is not None and FONTS.get(name) != (given["family"], style, size):
        known = FONTS.get(name)
        wrong = f"the font {name} is {known}" if known else f"no font is called {name!r}; there are: {', '.join(FONTS)}"
        yield font, f"{wrong}, not {(given['family'], style, size)}"


def _check_points(node: Node, said: dict[str, Any]) -> Iterator[Found]:
    for each in node.children:
        numbers = [*each.attributes.values()]
        if each.tag != "point" or [*each.attributes] != ["x", "y"] or not all(map(_DOUBLE.fullmatch, numbers)):
            yield each, 'points are <point x="0.0" y="10.0">, with decimal points'
    if len(node.children) < 2:
        yield node, "two points at least"


def _check_array(node: Node, said: dict[str, Any]) -> Iterator[Found]:
    for each in node.children:
        if each.tag == said["element"]:
            yield from check_value(each, said["item"])
        else:
            yield each, f"<{node.tag}> holds <{said['element']}>, not <{each.tag}>"
    if len(node.children) < said.get("min_size", 1):
        yield node, f"<{node.tag}> holds one <{said['element']}> at least"


def _check_struct(node: Node, said: dict[str, Any]) -> Iterator[Found]:
    fields = said["fields"]
    # Of a structure Phoebus writes all, defaults too, but for arrays that are empty, and what only runs.
    wanted = [each for each in fields if fields[each]["kind"] not in _LEFT_OUT or node.child(each) is not None]
    wanted = [each for each in wanted if fields[each]["kind"] != _RUNS]
    given = [each.tag for each in node.children]
    if given != wanted:
        yield node, f"<{node.tag}> has, in this order: {', '.join(wanted)}; not {', '.join(given)}"
    for each in node.children:
        if each.tag in fields:
            yield from check_value(each, fields[each.tag])


def _check_macros(node: Node, said: dict[str, Any]) -> Iterator[Found]:
    for each in node.children:
        if not re.fullmatch(r"(?![xX][mM][lL])[A-Za-z][A-Za-z0-9_]*", each.tag) or each.children:
            yield each, f"a macro is a name with a text, not <{each.tag}>"
    if not node.children:
        yield node, "no macros: Phoebus leaves <macros> out"


def _check_text(node: Node, said: dict[str, Any]) -> Iterator[Found]:
    if node.children:
        yield node, f"<{node.tag}> is a text, not <{node.children[0].tag}>"


_RUNS = "RuntimeWidgetProperty"
_LEFT_OUT = ("array",)
_KINDS: dict[str, Callable[[Node, dict[str, Any]], Iterator[Found]]] = {
    "bool": _check_bool,
    "int": _check_int,
    "double": _check_double,
    "enum": _check_enum,
    "color": _check_color,
    "font": _check_font,
    "points": _check_points,
    "array": _check_array,
    "struct": _check_struct,
    "macros": _check_macros,
    "string": _check_text,
    "pv_name": _check_text,
    "filename": _check_text,
    "class": _check_text,
}
