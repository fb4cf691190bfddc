"""A mistake in a copy of a screen, and what is then found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from .checker import check
from .checker.screen import Screen

__all__ = ["Mutation", "problems_of"]


class Mutation(NamedTuple):
    """In the widget of this name, or the file where it is empty, `old` is replaced once; then `told` is found."""

    kind: str
    file: str
    widget: str
    old: str
    """A regular expression."""
    new: str
    told: str
    """A regular expression."""

    def of(self, source: str) -> str:
        """The mutated file. Raises AssertionError where there is nothing to be replaced."""
        start, end = _span(source, self.widget) if self.widget else (0, len(source))
        block, count = re.subn(self.old, self.new, source[start:end], count=1)
        assert count, f"{self.file}: there is no {self.old!r} in {self.widget or 'it'}: choose another place"
        return source[:start] + block + source[end:]


def _span(source: str, widget: str) -> tuple[int, int]:
    name = source.find(f"<name>{widget}</name>")
    assert name >= 0, f"no widget is called {widget!r}: choose another"
    start = source.rindex("<widget ", 0, name)
    return start, source.index("</widget>", name) + len("</widget>")


def problems_of(screens: Mapping[str, Screen], file: str, source: str) -> list[str]:
    """What is found when a file of these screens has another text."""
    mutated = Screen.of(screens[file].path, source)
    return [str(problem) for problem in check({**screens, file: mutated}, [file])]
