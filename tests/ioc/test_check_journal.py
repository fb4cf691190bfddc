"""`reioc check`: the journal and the sinks, without a network."""

from __future__ import annotations

import io

import pytest

from reioc.ioc.check import _check_journal, _check_sinks, _Report
from reioc.ioc.config.beamline import load
from reioc.ioc.journal import Journal

HEAD = '[ioc]\nprefix = "T:"\n'


@pytest.fixture
def checked(tmp_path):
    """What is said of these tables."""

    def run(tables: str) -> list[str]:
        path = tmp_path / "beamline.toml"
        path.write_text(HEAD + tables)
        out = io.StringIO()
        report = _Report(path, out)
        config = load(path)
        _check_journal(config, path, report)
        _check_sinks(config, path.parent, report)
        lines = out.getvalue().splitlines()
        assert report.wrongs == sum(line.startswith("WRONG") for line in lines)
        return lines

    return run


def test_a_journal_and_sinks_that_could_work_are_right(checked, tmp_path) -> None:
    """Each is told; nothing is made."""
    assert checked('[[sink]]\nkind = "csv"\nfolder = "data"\n') == [
        f"OK     journal {tmp_path / 'beamline.journal.sqlite'}",
        "OK     sink csv (csv)",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["beamline.toml"]


def test_a_journal_that_is_in_use_is_right(checked, tmp_path) -> None:
    """The service may be running."""
    journal = Journal(tmp_path / "j.sqlite")
    try:
        assert checked('[journal]\nfile = "j.sqlite"\n') == [f"OK     journal {tmp_path / 'j.sqlite'}"]
    finally:
        journal.close()


def test_a_journal_that_cannot_be_is_told(checked, tmp_path) -> None:
    """What would be set aside, what is in the way, and where the file says so."""
    (tmp_path / "notes").write_text("x" * 200)
    notes = tmp_path / "notes"
    tables = '[journal]\nfile = "{}"\n'
    assert checked(tables.format("notes")) == [
        f"WRONG  journal {notes} is no journal: it would be set aside [beamline.toml:4]"
    ]
    assert checked(tables.format("notes/j.sqlite")) == [
        f"WRONG  journal {notes / 'j.sqlite'} cannot be read: Not a directory [beamline.toml:4]"
    ]


def test_no_journal_is_no_mistake(checked) -> None:
    """It is not wanted."""
    assert checked("[journal]\nenabled = false\n") == []


def test_what_is_wrong_with_a_sink_is_told_with_its_place(checked, tmp_path) -> None:
    """Everything that is wrong with it."""
    (tmp_path / "notes").touch()
    assert checked('[[sink]]\nkind = "jsonl"\nname = "files"\nfolder = "notes"\n')[1:] == [
        f"WRONG  sink files: {tmp_path / 'notes'} is no folder [beamline.toml:3]"
    ]
