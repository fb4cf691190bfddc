"""`reioc watch --once`: the state of an engine on one screen, as text."""

from __future__ import annotations

from . import panels
from .spans import Line, plain
from .view import View

__all__ = ["page"]


def page(view: View, width: int) -> list[str]:
    """What is shown of an engine, without a plot, in lines of this width at most."""
    parts: list[list[Line]] = [
        panels.banner(view, width),
        panels.run(view, width),
        panels.suspenders(view, width),
        panels.queue(view, width),
        panels.bottom(view, None, "", width),
    ]
    return [text for part in parts if part for text in (*map(plain, part), "")][:-1]
