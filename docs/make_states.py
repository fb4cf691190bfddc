"""Draws the diagram of the states: `python docs/make_states.py` brings explanation/states.md up to date."""

from __future__ import annotations

from pathlib import Path

from reioc.engine import TRANSITIONS, State

__all__ = ["PAGE", "diagram", "updated"]

PAGE = Path(__file__).parent / "explanation" / "states.md"
_BEGIN = "<!-- drawn by docs/make_states.py from engine.states.TRANSITIONS -->"
_END = "<!-- end of the drawing -->"


def diagram() -> str:
    """`TRANSITIONS` as a mermaid stateDiagram; what every state may become is a note instead of an arrow from each."""
    always = frozenset.intersection(*(targets for targets in TRANSITIONS.values() if targets))
    lines = ["stateDiagram-v2", f"    [*] --> {State.IDLE}"]
    for state in State:
        lines += [f"    {state} --> {target}" for target in State if target in TRANSITIONS[state] - always]
    lines += [f"    note right of {target} : from every state" for target in State if target in always]
    return "\n".join(lines)


def updated(page: str) -> str:
    """The text of the page with the diagram as it should be. Raises ValueError where the page has no place for it."""
    before, found, rest = page.partition(_BEGIN)
    _, ends, after = rest.partition(_END)
    if not (found and ends):
        raise ValueError(f"the page needs the lines {_BEGIN!r} and {_END!r}")
    return f"{before}{_BEGIN}\n```mermaid\n{diagram()}\n```\n{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
