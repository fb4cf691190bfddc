"""Pieces of text with a style, which know nothing of any screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Line", "Span", "clipped", "cut", "dimmed", "length", "line", "plain", "row"]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line; its style is for rich: `bold`, `black on green`; empty for none."""

    text: str
    style: str = ""


Line = tuple[Span, ...]


def line(*parts: str | Span | tuple[str, str]) -> Line:
    """A line of texts, and of texts with their styles."""
    spans = (Span(part) if isinstance(part, str) else part if isinstance(part, Span) else Span(*part) for part in parts)
    return tuple(span for span in spans if span.text)


def plain(a_line: Line) -> str:
    """Its text alone, without what is left empty at its end."""
    return "".join(span.text for span in a_line).rstrip()


def length(a_line: Line) -> int:
    """How many columns it takes."""
    return sum(len(span.text) for span in a_line)


def cut(text: str, width: int) -> str:
    """In one line, and no longer than this; what is cut has … at its end."""
    return clipped(" ".join(text.split()), width)


def clipped(text: str, width: int) -> str:
    """No longer than this, its blanks as they are; what is cut has … at its end."""
    if width <= 0:
        return ""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def row(left: Line, right: Line, width: int) -> Line:
    """One at each end of a line of this width; the right one gives way where there is no room for both."""
    gap = width - length(left) - length(right)
    return (*left, Span(" " * gap), *right) if gap > 0 else left


def dimmed(lines: Iterable[Line]) -> list[Line]:
    """The same without their colours: what is not known to be so any more."""
    return [tuple(Span(span.text, "dim") for span in each) for each in lines]
