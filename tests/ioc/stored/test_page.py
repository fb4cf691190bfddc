"""docs/how-to/stored-runs.md shows what is printed."""

from __future__ import annotations

import re

import pytest

from reioc.ioc.cli import main

from ...docs.markdown import ROOT, blocks
from ...docs.transcript import Command, commands

PAGE = ROOT / "docs" / "how-to" / "stored-runs.md"
LEFT_OUT = "…"
_VARIES = (
    (re.compile(r"(\d{4}-\d\d-\d\d )?\b\d\d:\d\d:\d\d\b"), "<time>"),
    (re.compile(r"\b[0-9a-f]{8}\b(-[0-9a-f]{4}){0,3}(-[0-9a-f]{12})?"), "<uid>"),
    (re.compile(r"\b\d+\.\d\d s\b"), "<seconds>"),
    (re.compile(r"\s+"), " "),
)


def masked(text: str) -> list[str]:
    """Its lines without what differs from one time to the next, and without empty ones."""
    lines = []
    for line in text.splitlines():
        for pattern, stand_in in _VARIES:
            line = pattern.sub(stand_in, line)
        if line.strip():
            lines.append(line.strip())
    return lines


@pytest.mark.parametrize(
    "command", [each for block in blocks(PAGE, "console") for each in commands(block)], ids=lambda each: each.line
)
def test_the_how_to_shows_what_is_printed(command: Command, journal, tmp_path, monkeypatch, capsys) -> None:
    """Every command of the page is run; the lines that are shown are printed, in that order."""
    for name in ("EPICS_CA_ADDR_LIST", "EPICS_CA_AUTO_ADDR_LIST"):  # given back at the end
        monkeypatch.setenv(name, "")
    (tmp_path / "beamline.toml").write_text(f'[ioc]\nprefix = "BL:RE:"\n[journal]\nfile = "{journal}"\n')
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SystemExit) as ended:
        main(command.words[1:])

    out, err = capsys.readouterr()
    printed = masked(err if ended.value.code else out)
    shown = [line for line in masked(command.shown) if line != LEFT_OUT]
    rest = iter(printed)
    assert [line for line in shown if line not in rest] == [], "\n".join(printed)
    assert LEFT_OUT in command.shown.splitlines() or len(shown) == len(printed)
