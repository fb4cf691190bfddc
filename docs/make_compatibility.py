"""Lists what bluesky's tests say of our engine: `python docs/make_compatibility.py` updates the page about it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["LISTED", "PAGE", "updated"]

PAGE = Path(__file__).parent / "explanation" / "compatibility.md"
LISTED = Path(__file__).parents[1] / "tests" / "engine" / "bluesky_suite" / "differences.toml"
_BEGIN = "<!-- written by docs/make_compatibility.py from tests/engine/bluesky_suite/differences.toml -->"
_END = "<!-- end of the list -->"


def _names(entry: dict[str, Any], *keys: str) -> str:
    return ", ".join(f"`{name}`" for key in keys for name in entry.get(key, ()))


def _lines(listed: dict[str, Any]) -> Iterator[str]:
    yield "## What is run"
    yield ""
    yield f"- With bluesky's plans: {_names(listed['runs'], 'engine')}."
    yield f"- With our plans: {_names(listed['runs'], 'plans')}."
    yield from ["", "## Different on purpose", ""]
    yield from (f"- {entry['reason']} ({_names(entry, 'tests', 'plans')})" for entry in listed["on_purpose"])
    yield from ["", "## Tests of what bluesky keeps to itself", ""]
    yield from (f"- A test {entry['reason']} ({_names(entry, 'tests')})" for entry in listed["private"])
    yield from ["", "## What is not run", ""]
    yield from (f"- Tests that {entry['reason']} ({_names(entry, 'tests')})" for entry in listed["left_out"])
    yield from (f"- Modules that {entry['reason']} ({_names(entry, 'modules')})" for entry in listed["out"])


def updated(page: str) -> str:
    """The text of the page with the list as it should be. Raises ValueError where the page has no place for it."""
    before, found, rest = page.partition(_BEGIN)
    _, ends, after = rest.partition(_END)
    if not (found and ends):
        raise ValueError(f"the page needs the lines {_BEGIN!r} and {_END!r}")
    text = "\n".join(_lines(tomllib.loads(LISTED.read_text(encoding="utf-8"))))
    return f"{before}{_BEGIN}\n{text}\n{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
