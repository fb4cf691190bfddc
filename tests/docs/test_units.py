"""The units that how-to/run-as-a-service.md shows."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .markdown import ROOT

PAGE = ROOT / "docs" / "how-to" / "run-as-a-service.md"
VERIFY = shutil.which("systemd-analyze")


@pytest.mark.skipif(VERIFY is None, reason="systemd-analyze is not installed")
def test_systemd_takes_them(tmp_path: Path) -> None:
    """The units are right, as systemd itself says, apart from programs that are not on this host."""
    text = PAGE.read_text(encoding="utf-8")
    units = re.findall(r"^```text\n(\[Unit\]\n(?:(?!^```).*\n)*)", text, re.MULTILINE)
    files = [tmp_path / name for name in ("reioc@.service", "carepeater.service")]
    for file, unit in zip(files, units, strict=True):
        file.write_text(re.sub(r"^(ExecStart=)\S+", rf"\g<1>{sys.executable}", unit, flags=re.MULTILINE))

    done = subprocess.run([str(VERIFY), "verify", *files], capture_output=True, text=True, timeout=20, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
