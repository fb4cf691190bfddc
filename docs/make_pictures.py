"""Draws the documentation's pictures anew: `python docs/make_pictures.py` brings docs/pictures/*.svg up to date."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from drawn import architecture, flows, states

__all__ = ["PICTURES", "drawings"]

PICTURES = Path(__file__).parent / "pictures"


def drawings() -> Iterator[tuple[Path, str]]:
    """Each file, and what should be in it."""
    yield PICTURES / "architecture.svg", architecture.draw().svg()
    yield PICTURES / "documents.svg", flows.documents().svg()
    yield PICTURES / "loops.svg", flows.loops().svg()
    yield PICTURES / "suspenders.svg", flows.suspenders().svg()
    yield PICTURES / "states.svg", states.draw().svg()


if __name__ == "__main__":
    for path, svg in drawings():
        path.write_text(svg, encoding="utf-8")
