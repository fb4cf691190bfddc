"""What the documentation shows, run."""

import itertools
import os
import re
import subprocess
import sys
from operator import attrgetter
from pathlib import Path

import pytest

from reioc.ioc.config.beamline import load

from ..system.support import TIMEOUT
from .markdown import PAGES, Block, blocks, name_of, printed
from .transcript import Terminal, alike, commands

NO_CHANNEL_ACCESS = {"EPICS_CA_ADDR_LIST": "127.0.0.1", "EPICS_CA_AUTO_ADDR_LIST": "NO"}


def _with(language: str, *words: str) -> list[Path]:
    """Pages that have blocks of a language, with one of these words in them."""
    return [page for page in PAGES if any(not words or _has(block, words) for block in blocks(page, language))]


def _has(block: Block, words: tuple[str, ...]) -> bool:
    return any(command.tool in words for command in commands(block))


@pytest.mark.parametrize("page", _with("python"), ids=name_of)
def test_python_runs(page: Path, tmp_path: Path) -> None:
    """The Python of a page runs, in its order and in one namespace, without a warning, and prints what is shown."""
    # Blank lines keep the line numbers of a traceback those of the page.
    text = ""
    for block in blocks(page, "python"):
        text += "\n" * (block.line - text.count("\n")) + block.text
    script = tmp_path / "snippets.py"
    script.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", script],
        env={**os.environ, **NO_CHANNEL_ACCESS},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=2 * TIMEOUT,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, ""), f"{name_of(page)}:\n{done.stdout}{done.stderr}"
    assert done.stdout == printed(page)


@pytest.mark.parametrize("page", _with("toml"), ids=name_of)
def test_toml_is_a_beamline(page: Path, tmp_path: Path) -> None:
    """The TOML of a page is accepted as a beamline.toml; a part of one is given a prefix first."""
    for block in blocks(page, "toml"):
        file = tmp_path / f"line-{block.line}.toml"
        head = "" if "[ioc]" in block.text else '[ioc]\nprefix = "BL:RE:"\n'
        file.write_text(head + block.text, encoding="utf-8")
        for named in re.findall(r'^file = "(\S+\.toml)"', block.text, re.MULTILINE):
            (tmp_path / named).touch()

        load(file)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("page", _with("console", "caget", "caput", "camonitor"), ids=name_of)
def test_console_prints_what_is_shown(page: Path, terminal: Terminal) -> None:
    """caput, caget and camonitor print on a demo what the page shows."""
    wrong = []
    for heading, section in itertools.groupby(blocks(page, "console"), key=attrgetter("heading")):
        for command, output in terminal.play(section):
            if not alike(command.shown, output):
                wrong.append(f"{heading}\n$ {command.line}\n--- shown\n{command.shown}\n--- printed\n{output}")

    assert not wrong, "\n".join([name_of(page), *wrong])


def test_a_different_output_is_found() -> None:
    """The comparison overlooks times and small differences of data, and nothing else."""
    shown = "DEMO:RE:State  2026-11-23 02:12:07.813288 running  \n"

    assert alike(shown, "DEMO:RE:State  2027-01-02 03:04:05.000001 running")
    assert not alike(shown, "DEMO:RE:State  2027-01-02 03:04:05.000001 paused")
    assert alike("DEMO:RE:Data:Y 2 6061 9990", "DEMO:RE:Data:Y 2 6045 9995")
    assert not alike("DEMO:RE:Data:Y 2 6061 9990", "DEMO:RE:Data:Y 2 6061 4000")
    assert not alike("DEMO:RE:Run:Point  11", "DEMO:RE:Run:Point  12")
