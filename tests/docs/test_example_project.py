"""The example of a facility's own tests, run as the facility would run it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .markdown import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "beamline_tests"
PAGE = ROOT / "docs" / "how-to" / "test-your-beamline.md"


def test_its_tests_pass_in_a_clean_environment(tmp_path: Path) -> None:
    """A copy of it, with nothing but this Python: every test passes, without a warning, and nothing is left running."""
    project = tmp_path / "xf99"
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("__pycache__"))
    env = {name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR") if name in os.environ}
    argv = [sys.executable, "-m", "pytest", "-W", "error", "-q", "-p", "no:cacheprovider"]

    done = subprocess.run(argv, cwd=project, env=env, capture_output=True, text=True, timeout=55, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^8 passed in ", done.stdout, re.MULTILINE), done.stdout
    assert not [process for process in Path("/proc").glob("[0-9]*") if _lives_in(process, project)]


def test_what_the_page_shows_is_in_the_project() -> None:
    """Each piece of a file that the how-to shows stands in that file, word for word."""
    pieces = re.findall(
        r"^`([\w./]+)`:\n\n```text\n((?:(?!^```).*\n)*)", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )

    assert len(pieces) >= 4
    wrong = [name for name, text in pieces if text not in (EXAMPLE / name).read_text(encoding="utf-8")]
    assert wrong == []


def _lives_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").resolve() == folder
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
