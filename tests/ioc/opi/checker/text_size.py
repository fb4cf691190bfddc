"""How much room a text takes: Liberation Sans is as wide as Helvetica, whose widths are known."""

from __future__ import annotations

__all__ = ["lines_needed", "width_of"]

_REGULAR = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 "
    "584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 "
    "667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 "
    "278 556 500 722 500 500 500 334 260 334 584"
)
_BOLD = (
    "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 333 333 "
    "584 584 584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 722 778 667 778 722 667 611 722 667 944 "
    "667 667 611 333 278 333 584 556 333 556 611 556 611 556 333 611 611 278 278 556 278 889 611 611 611 611 389 556 "
    "333 611 556 778 556 556 500 389 280 389 584"
)
"""Thousandths of the size, from the blank to the tilde."""
_WIDTHS = {
    is_bold: dict(enumerate(map(int, widths.split()), 32)) for is_bold, widths in ((False, _REGULAR), (True, _BOLD))
}
_OTHERS = 600
_MONO = 600


def width_of(text: str, size: float, *, bold: bool = False, mono: bool = False) -> float:
    """Pixels."""
    widths = {} if mono else _WIDTHS[bold]
    return sum(widths.get(ord(char), _MONO if mono else _OTHERS) for char in text) * size / 1000


def lines_needed(text: str, width: float, size: float, *, bold: bool = False, mono: bool = False) -> int | None:
    """How many lines a text has when it is wrapped to this width, in pixels; None if a word is wider than that."""
    count = 0
    for line in text.split("\n"):
        used, count = 0.0, count + 1
        for word in line.split():
            needed = width_of(word, size, bold=bold, mono=mono)
            if needed > width:
                return None
            blank = width_of(" ", size, bold=bold, mono=mono) if used else 0.0
            if used + blank + needed > width:
                used, blank, count = 0.0, 0.0, count + 1
            used += blank + needed
    return count
