"""What Phoebus knows: widgets, their properties, actions, colours, fonts."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["DICTIONARY", "FONTS", "Dictionary", "WidgetType", "default_of"]

FILE = Path(__file__).parent.parent / "phoebus_widgets.json"

FONTS: dict[str, tuple[str, str, float]] = {
    "Default": ("Liberation Sans", "REGULAR", 14.0),
    "Default Bold": ("Liberation Sans", "BOLD", 14.0),
    "Header 1": ("Liberation Sans", "BOLD", 22.0),
    "Header 2": ("Liberation Sans", "BOLD", 18.0),
    "Header 3": ("Liberation Sans", "BOLD", 16.0),
    "Comment": ("Liberation Sans", "ITALIC", 14.0),
    "Fine Print": ("Liberation Sans", "REGULAR", 12.0),
    "Oddball": ("Liberation Mono", "REGULAR", 14.0),
}
"""Family, style and size of the named fonts, from Phoebus' own font.def, which the dump does not have."""


@dataclass(frozen=True, eq=False)
class WidgetType:
    """A widget type, or the display itself."""

    name: str
    version: str
    properties: dict[str, dict[str, Any]]
    """What each holds, in the order in which Phoebus writes them."""
    on_the_web: bool
    """cs-web-lib draws it."""


class Dictionary:
    """The dump of Phoebus' widget factory."""

    def __init__(self, dump: dict[str, Any]) -> None:
        self.display = WidgetType("display", dump["display"]["version"], dump["display"]["properties"], True)
        self.widgets = {
            name: WidgetType(name, each["version"], each["properties"], each["cs_web_lib_0_9_14_draws_it"])
            for name, each in dump["widgets"].items()
        }
        self.actions: dict[str, dict[str, Any]] = dump["actions"]
        self.colors = {name: tuple(rgb) for name, rgb in dump["color"]["rgb"].items()}
        self.font_styles: list[str] = dump["font"]["styles"]

    def widget(self, name: str) -> WidgetType | None:
        """A widget type, or the display."""
        return self.display if name == "display" else self.widgets.get(name)


def default_of(said: dict[str, Any]) -> str | None:
    """The default of a property as it would be written; None where it has none that is a text."""
    default = said.get("default")
    if default is None:
        return None
    if isinstance(default, bool):
        return "true" if default else "false"
    return str(default)


@functools.cache
def _load() -> Dictionary:
    return Dictionary(json.loads(FILE.read_text(encoding="utf-8")))


DICTIONARY = _load()
