"""Lists which PVs have alarms, and which are archived: `python docs/make_pvs.py` updates reference/pv-alarms.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from reioc.ioc.listing import Served, listed
from reioc.ioc.metadata import metadata_keys
from reioc.ioc.pvs.declaration import Declaration

__all__ = ["PAGE", "updated"]

PAGE = Path(__file__).parent / "reference" / "pv-alarms.md"
_BEGIN = "<!-- written by docs/make_pvs.py from what the PVs declare -->"
_END = "<!-- end of the lists -->"


_NAMED = {
    "Susp:S:": "Susp:<S>:",
    "SuspRow1:": "SuspRow<M>:",
    "Data:F1:": "Data:F<M>:",
    "MDRow1:": "MDRow<N>:",
    "Plan:P1:": "Plan:P<N>:",
    "Sink:K:": "Sink:<K>:",
}
_REPEATED = re.compile(r"(Plan:P|SuspRow|Data:F|MDRow)(?!1:)\d+:")


def _said() -> Iterator[tuple[str, Declaration]]:
    for pv in listed("", Served(suspenders=["S"], sinks=["K"], keys=metadata_keys({"<key>": ""}))).pvs:
        if not _REPEATED.match(pv.name):
            place = next((place for place in _NAMED if pv.name.startswith(place)), "")
            yield pv.name.replace(place, _NAMED.get(place, "")), pv.declared


def _severity(severity: object) -> str:
    return str(getattr(severity, "name", severity)).removesuffix("_ALARM")


def _alarm(declared: Declaration) -> str:
    """When it has which severity, for people."""
    states = groupby(declared.severities.items(), key=lambda item: item[1])
    parts = [f"{_severity(severity)}: {', '.join(label for label, _ in group)}" for severity, group in states]
    for word, limit in (
        ("up to", declared.lolo),
        ("up to", declared.low),
        ("from", declared.high),
        ("from", declared.hihi),
    ):
        if limit is not None:
            parts.append(f"{_severity(limit.severity)}: {word} {limit.value:g} {declared.units}".rstrip())
    return "; ".join(parts)


def _lines() -> Iterator[str]:
    yield "| PV | Severity | What to do |"
    yield "|---|---|---|"
    for name, declared in _said():
        alarm, guidance = _alarm(declared), declared.guidance
        if alarm or guidance:
            yield f"| `{name}` | {alarm or 'written with its value'} | {guidance.text if guidance else ''} |"
    yield from ("", "## What is archived", "", "| Method | Period, s | PVs |", "|---|---|---|")
    archived = [(declared.archive, name) for name, declared in _said() if declared.archive is not None]
    for how in sorted({how for how, _ in archived}, key=lambda how: (how.method, how.period)):
        names = ", ".join(f"`{name}`" for each, name in archived if each == how)
        yield f"| {how.method} | {how.period:g} | {names} |"


def updated(page: str) -> str:
    """The text of the page with the lists as they should be. Raises ValueError where the page has no place for them."""
    before, found, rest = page.partition(_BEGIN)
    _, ends, after = rest.partition(_END)
    if not (found and ends):
        raise ValueError(f"the page needs the lines {_BEGIN!r} and {_END!r}")
    text = "\n".join(_lines())
    return f"{before}{_BEGIN}\n{text}\n{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
