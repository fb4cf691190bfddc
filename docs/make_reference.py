"""Lists commands and PVs as the code has them: `python docs/make_reference.py` updates two pages of reference/."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import reioc.ioc.cli
import reioc.sim_iocs.__main__
from reioc.ioc.listing import Served, listed
from reioc.ioc.metadata import metadata_keys
from reioc.ioc.pvs.declaration import Declaration, Kind

__all__ = ["PAGES", "commands", "options", "updated"]

_REFERENCE = Path(__file__).parent / "reference"
_BEGIN = "<!-- written by docs/make_reference.py -->"
_END = "<!-- end of the lists -->"

_PLACES = {
    "": "The engine and the service",
    "Run:": "The run",
    "Plan:": "Starting a plan",
    "Queue:": "The queue",
    "History:": "The history",
    "Data:": "Data of the run",
    "MD": "Metadata",
    "Susp": "Suspenders",
    "Dev:": "Devices",
    "Journal:": "The journal",
    "Sink:": "Sinks",
}
"""Under which heading a PV is listed whose name begins so."""
_NUMBER = re.compile(r"(?<=Plan:P)\d+(?=:)|(?<=Data:F)\d+(?=:)|(?<=Row)\d+(?=:)")

Commands = Iterator[tuple[str, str, argparse.ArgumentParser]]


# Commands


def commands() -> Commands:
    """Every command that there is: its words, what it does, its parser."""
    yield from _below("reioc", _parser(reioc.ioc.cli))


def options(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """What can be given to a command."""
    for action in parser._actions:  # noqa: SLF001  argparse has no other way to ask
        if not isinstance(action, argparse._HelpAction | argparse._SubParsersAction):  # noqa: SLF001
            yield action


def _parser(program: ModuleType) -> argparse.ArgumentParser:
    return program._parser()  # noqa: SLF001  what it would parse is what is to be known


def _below(words: str, parser: argparse.ArgumentParser) -> Commands:
    for action in parser._actions:  # noqa: SLF001
        if not isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            continue
        helps = {choice.dest: choice.help or "" for choice in action._choices_actions}  # noqa: SLF001
        for name, command in action.choices.items():
            its = f"{words} {name}"
            yield its, helps[name], _parser(reioc.sim_iocs.__main__) if its == "reioc sim" else command
            yield from _below(its, command)


def _commands() -> Iterator[str]:
    known = list(commands())
    for words, does, parser in known:
        below = [(its, do, each) for its, do, each in known if its.startswith(f"{words} ")]
        rows = [_argument(action) for action in options(parser)]
        if " " in words.removeprefix("reioc "):
            continue
        yield from ("", f"## `{words}`", "", f"{does[0].upper()}{does[1:]}{'' if does[-1] in '.?' else '.'}", "")
        if rows:
            yield from ("| Argument | Default | What |", "|---|---|---|", *rows, "")
        if below:
            yield from ("| Command | Does | Argument | Default | What |", "|---|---|---|---|---|")
            yield from (row for its, do, each in below for row in _rows(its, do, each))


def _rows(words: str, does: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    first, *others = [_argument(action) for action in options(parser)] or ["| | | |"]
    yield f"| `{words.removeprefix('reioc ')}` | {does} {first}"
    yield from (f"| | {each}" for each in others)


def _argument(action: argparse.Action) -> str:
    known = {**vars(action), "default": action.default}
    what = re.sub(r" \((default )?%\(default\)s\)", "", action.help or "") % known
    if action.choices and str(next(iter(action.choices))) not in what:
        what = f"{what}{': ' if what else ''}{', '.join(map(str, action.choices))}"
    return f"| `{_named(action)}` | {_default(action)} | {_cell(what)} |"


def _named(action: argparse.Action) -> str:
    value = str(action.metavar or action.dest.upper())
    several = "…" if action.nargs in ("*", "+") else ""
    if not action.option_strings:
        return f"{value.upper()}{several}"
    names = ", ".join(sorted(action.option_strings, key=len, reverse=True))
    return names if action.nargs == 0 else f"{names} {value}{several}"


def _default(action: argparse.Action) -> str:
    if action.required:
        return "required"
    given = action.default not in (None, False, "", (), []) and (action.default != 0 or action.dest == "seed")
    return f"`{action.default}`" if given else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|").replace("<", r"\<")


# PVs


def _pvs() -> Iterator[str]:
    sections: dict[str, list[str]] = {place: [] for place in _PLACES}
    for pv in listed("", Served(suspenders=["S"], sinks=["K"], keys=metadata_keys({"<key>": ""}))).pvs:
        number = _NUMBER.search(pv.name)
        if number is None or number[0] == "1":
            place = max((place for place in _PLACES if pv.name.startswith(place)), key=len)
            sections[place].append(_row(pv.name, pv.declared))
    for place, rows in sections.items():
        yield from ("", f"## {_PLACES[place]}", "", "| PV | Type | `DESC` | Unit | Values |", "|---|---|---|---|---|")
        yield from rows


def _row(name: str, declared: Declaration) -> str:
    shown = re.sub("^(Susp:|Sink:)([SK])(?=:)", r"\1<\2>", _NUMBER.sub("<N>", name))
    written = "" if declared.kind is Kind.DISPLAY else ", written"
    about = f"{_cell(declared.description)} | {declared.units} | {_values(declared)}"
    return f"| `{shown}` | {declared.record}{written} | {about} |"


def _values(declared: Declaration) -> str:
    said = [", ".join(f"`{label}`" for label in declared.labels)] if declared.labels else []
    if declared.allowed:
        said.append("{:.10g} to {:.10g}".format(*declared.allowed))
    if declared.length and declared.length > 1:
        said.append(f"{declared.length} × {declared.element}")
    return "; ".join(said)


PAGES = {_REFERENCE / "command-help.md": _commands, _REFERENCE / "pv-fields.md": _pvs}
"""The pages, and what makes the lists in each."""


def updated(page: Path) -> str:
    """The text of a page with the lists as they should be. Raises ValueError where it has no place for them."""
    before, found, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    _, ends, after = rest.partition(_END)
    if not (found and ends):
        raise ValueError(f"{page.name} needs the lines {_BEGIN!r} and {_END!r}")
    return "\n".join([f"{before}{_BEGIN}", *PAGES[page](), "", f"{_END}{after}"])


if __name__ == "__main__":
    for _page in PAGES:
        _page.write_text(updated(_page), encoding="utf-8")
