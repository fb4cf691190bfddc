"""Boxes, frames and arrows, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from math import hypot

__all__ = ["Arrow", "Box", "Drawing"]

_LINE = 18
"""From one line of text to the next, in px."""
_HEAD = (
    '<marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
    'orient="auto-start-reverse">'
    '<path d="M0,0 L10,5 L0,10 z" fill="#333"/></marker>'
)

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A box with its top left corner, and lines of text in its middle, or at its top if it is a frame around others."""

    x: float
    y: float
    width: float
    height: float
    text: Sequence[str] = ()
    fill: str = "#ffffff"
    is_frame: bool = False
    is_dashed: bool = False
    is_plain: bool = False
    """Its first line is no heading."""

    @property
    def middle(self) -> Point:
        """Where arrows aim."""
        return self.x + self.width / 2, self.y + self.height / 2

    def border(self, towards: Point) -> Point:
        """Where the line from the middle to a point leaves the box."""
        x, y = self.middle
        dx, dy = towards[0] - x, towards[1] - y
        scale = min(
            (self.width / 2 / abs(dx) if dx else float("inf")), (self.height / 2 / abs(dy) if dy else float("inf"))
        )
        return x + dx * scale, y + dy * scale

    def svg(self) -> str:
        """The box and its text."""
        dash = ' stroke-dasharray="6 4"' if self.is_dashed else ""
        rect = (
            f'<rect x="{self.x:g}" y="{self.y:g}" width="{self.width:g}" height="{self.height:g}" rx="6" '
            f'fill="{self.fill}" stroke="#333" stroke-width="{1 if self.is_frame else 1.5}"{dash}/>'
        )
        x, y = (self.x + 14, self.y + 22) if self.is_frame else self.middle
        top = y if self.is_frame else y - _LINE * (len(self.text) - 1) / 2 + 5
        anchor = "start" if self.is_frame else "middle"
        return rect + "".join(
            _text(x, top + number * _LINE, line, weight="normal" if number or self.is_plain else "bold", anchor=anchor)
            for number, line in enumerate(self.text)
        )


@dataclass(frozen=True)
class Arrow:
    """From one box to another; `bend` px to the right of the straight way, `both` with a head at either end."""

    start: Box
    end: Box
    label: str = ""
    bend: float = 0
    both: bool = False
    is_dashed: bool = False
    lead_from: Point | None = None
    """Where it begins, unless at the border of `start`."""
    lead_to: Point | None = None
    """Where it ends, unless at the border of `end`."""

    def svg(self) -> str:
        """The line and its label."""
        knee = self._knee()
        x1, y1 = self.lead_from or self.start.border(knee)
        x2, y2 = self.lead_to or self.end.border(knee if self.bend else (x1, y1))
        dash = ' stroke-dasharray="5 4"' if self.is_dashed else ""
        tail = ' marker-start="url(#head)"' if self.both else ""
        path = (
            f'<path d="M{x1:.1f},{y1:.1f} Q{knee[0]:.1f},{knee[1]:.1f} {x2:.1f},{y2:.1f}" fill="none" stroke="#333" '
            f'stroke-width="1.5" marker-end="url(#head)"{tail}{dash}/>'
        )
        middle = (x1 + 2 * knee[0] + x2) / 4, (y1 + 2 * knee[1] + y2) / 4
        return path + (_text(middle[0], middle[1] - 6, self.label, size=12, halo=True) if self.label else "")

    def _knee(self) -> Point:
        (x1, y1), (x2, y2) = self.lead_from or self.start.middle, self.lead_to or self.end.middle
        length = hypot(x2 - x1, y2 - y1) or 1
        across = -(y2 - y1) / length, (x2 - x1) / length
        return (x1 + x2) / 2 + across[0] * self.bend, (y1 + y2) / 2 + across[1] * self.bend


@dataclass
class Drawing:
    """A picture of a size, on white paper: what comes first is below."""

    width: int
    height: int
    title: str
    parts: list[Box | Arrow] = field(default_factory=list)
    notes: list[tuple[float, float, str]] = field(default_factory=list)
    """Text beside the boxes: where it begins, and what it says."""

    def svg(self) -> str:
        """The whole file."""
        body = [part.svg() for part in self.parts]
        body += [_text(x, y, note, anchor="start", size=13) for x, y, note in self.notes]
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
                f'width="{self.width}" height="{self.height}" font-family="Liberation Sans, Arial, sans-serif">',
                f"<title>{escape(self.title)}</title>",
                f"<defs>{_HEAD}</defs>",
                f'<rect width="{self.width}" height="{self.height}" fill="#ffffff"/>',
                *body,
                "</svg>\n",
            ]
        )


def _text(
    x: float, y: float, text: str, *, size: int = 14, weight: str = "normal", anchor: str = "middle", halo: bool = False
) -> str:
    paint = ' stroke="#ffffff" stroke-width="4" paint-order="stroke"' if halo else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" '
        f'fill="#111"{paint}>{escape(text)}</text>'
    )
