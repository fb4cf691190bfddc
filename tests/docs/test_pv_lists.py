"""What the documentation says of alarms and archiving is what is declared."""

import importlib.util
import shlex
from pathlib import Path
from types import ModuleType

import pytest

from reioc.ioc.cli import main

from .markdown import ROOT, blocks

PAGE = ROOT / "docs" / "how-to" / "archiver-and-alarms.md"
LEFT_OUT = "…"


def _make_pvs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pvs", ROOT / "docs" / "make_pvs.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_alarms_and_archiving_are_listed_from_the_declarations() -> None:
    """reference/pv-alarms.md has the lists that docs/make_pvs.py writes."""
    make_pvs = _make_pvs()
    page = make_pvs.PAGE.read_text(encoding="utf-8")

    assert page == make_pvs.updated(page), "run: python docs/make_pvs.py"


def _commands() -> list[list[str]]:
    """Each `reioc pvs` of the how-to, with the lines that it prints."""
    texts = [text for block in blocks(PAGE, "console") for text in f"\n{block.text}".split("\n$ ")]
    return [text.splitlines() for text in texts if text.startswith("reioc pvs")]


@pytest.mark.parametrize("command", _commands(), ids=lambda command: command[0])
def test_reioc_pvs_prints_what_is_shown(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For the demo's beamline.toml `reioc pvs` prints what the how-to shows, in that order."""
    (tmp_path / "beamline.toml").write_bytes((ROOT / "ioc" / "demo.toml").read_bytes())
    monkeypatch.chdir(tmp_path)
    line, *shown = command
    argv = shlex.split(line.partition(" > ")[0])[1:]

    with pytest.raises(SystemExit) as ended:
        main(argv)

    assert ended.value.code == 0
    printed = iter(capsys.readouterr().out.splitlines())
    assert [each for each in shown if each not in (LEFT_OUT, "") and each not in printed] == []
