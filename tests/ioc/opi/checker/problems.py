"""What is wrong with a screen, and where."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Problem"]


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake, in words that say what would be right."""

    file: str
    line: int
    widget: str
    """Name of the widget; empty where it is the screen's own."""
    message: str

    def __str__(self) -> str:
        where = f"{self.widget}: " if self.widget else ""
        return f"{self.file}:{self.line}: {where}{self.message}"
