"""Every screen, as it comes and as `reioc opi` writes it, is right by Phoebus' dictionary and an engine's PVs."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from reioc.ioc.opi.command import add_arguments

from .checker import check, check_files, read
from .screens import FILES, ROOT, SCREENS


def test_the_screens_are_there() -> None:
    """There is a screen for each thing that operators do, and every one can be read."""
    _, problems = read({file: file.read_text(encoding="utf-8") for file in FILES})

    assert problems == []
    assert {"main.bob", "plan.bob", "queue.bob", "suspenders.bob", "data.bob", "engine.bob", "devices.bob"} <= {
        *SCREENS
    }


@pytest.mark.parametrize("name", sorted(SCREENS))
def test_a_screen_is_right(name: str) -> None:
    """Nothing of it is ignored, its PVs are there and fit, nothing overlaps, nothing that is refused can be pressed."""
    assert [str(problem) for problem in check(SCREENS, [name])] == []


def _opi(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser.add_subparsers())
    options = parser.parse_args(["opi", *map(str, words)])
    return options.run(options)


def test_what_reioc_opi_writes_is_right(tmp_path: Path) -> None:
    """With the prefix and the plans filled in, and the page of all PVs, there is nothing wrong either."""
    assert _opi(tmp_path, ROOT / "ioc" / "demo.toml") == 0

    assert [str(problem) for problem in check_files(sorted(tmp_path.glob("*.bob")))] == []


def test_screens_without_a_prefix_are_right(tmp_path: Path) -> None:
    """Where whoever opens them gives the macros, there is nothing wrong either."""
    assert _opi(tmp_path) == 0

    screens, _ = read({file: file.read_text(encoding="utf-8") for file in sorted(tmp_path.glob("*.bob"))})
    assert [str(problem) for problem in check(screens, ["main.bob", "header.bob", "plan.bob"])] == []
