"""Fenced blocks of the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ .*$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the line on which it begins, the heading above it."""

    language: str
    text: str
    line: int
    heading: str


def blocks(page: Path, language: str) -> list[Block]:
    """The blocks of one language, in their order."""
    return [block for block in _all_blocks(page.read_text(encoding="utf-8")) if block.language == language]


def _all_blocks(text: str) -> Iterator[Block]:
    for fence in _FENCE.finditer(text):
        # A heading is looked for outside of blocks only: a comment in TOML begins like one.
        outside = _FENCE.sub("", text[: fence.start()])
        headings = _HEADING.findall(outside)
        line = text.count("\n", 0, fence.start()) + 1
        yield Block(fence[1], fence[2], line, headings[-1] if headings else "")


def files(page: Path) -> dict[str, str]:
    """The files that readers of a page write: blocks below a line with the name of one, in quotes, and a colon."""
    text = page.read_text(encoding="utf-8")
    return dict(re.findall(r"^`([\w./]+)`:\n\n```(?:python|toml)\n((?:(?!^```).*\n)*)", text, re.MULTILINE))


def printed(page: Path) -> str:
    """What the Python of a page prints: the blocks of text that stand right below a block of Python."""
    text = page.read_text(encoding="utf-8")
    return "".join(re.findall(r"^```python\n(?:(?!^```).*\n)*?```\n+^```text\n((?:(?!^```).*\n)*)", text, re.MULTILINE))


def name_of(page: Path) -> str:
    """A page as tests show it."""
    return str(page.relative_to(ROOT))


def section(page: Path, heading: str) -> str:
    """The text under a heading, up to the next one of any level."""
    text = page.read_text(encoding="utf-8")
    _, found, rest = text.partition(f"\n{heading}\n")
    assert found, f"{name_of(page)} has no heading {heading!r}"
    return re.split(r"^#+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def first_cells(text: str) -> list[list[str]]:
    """The cells of each row of the tables in a text whose first cell is code; that one without its quotes."""
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in text.splitlines() if line[:1] == "|"
    ]
    return [[cells[0].strip("`"), *cells[1:]] for cells in rows if cells[0].startswith("`")]
