"""`reioc runs list`."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from reioc.ioc.journal import Journal
from reioc.ioc.stored.choosing import moment

from .support import BROKEN, GRID, ODD, OPEN, OPEN_UID, PAUSED, SCAN, SPIRAL, parsed, reioc, written

NOON = datetime(2026, 11, 28, 12, 30)


def ids(*argv):
    """Scan ids that are listed, newest first."""
    found = json.loads("\n".join(written("runs", "list", *argv, "--format", "json")))
    return [run["scan_id"] for run in found]


def test_a_line_for_each_run(journal):
    """Newest first, aligned, in at most 120 columns: number, time, plan, points, status, duration, sample, uid."""
    head, *lines = written("runs", "list", journal)
    start = head.index("reason")

    assert [line.split()[0] for line in lines] == [str(n) for n in range(OPEN, SCAN - 1, -1)]
    assert max(map(len, lines)) <= 120
    assert [line[start - 1 :].strip() for line in lines if line[start - 1 :].strip()] == ["the filter wheel is stuck"]
    scan = lines[-1].split()
    assert scan[3:6] == ["scan", "5", "success"]
    assert "Cu foil" in lines[-1]


def test_an_open_run_says_so(journal):
    """A run without a RunStop is "open", and has taken no time yet."""
    newest = written("runs", "list", journal, "--limit", "1")[1]

    assert newest.split() == [str(OPEN), *newest.split()[1:3], "count", "1", "open", OPEN_UID[:8]]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["--plan", "scan"], [SCAN]),
        (["--status", "fail"], [BROKEN]),
        (["--status", "open"], [OPEN]),
        (["--scan-id", "3-5"], [SPIRAL, BROKEN, ODD]),
        (["--scan-id", "2"], [GRID]),
        (["--where", "sample=α-quartz"], [GRID]),
        (["--where", "sample.name=cu FOIL", "--where", "sample.thickness=0.10", "--plan", "spiral"], [SPIRAL]),
        (["--where", "users=bob"], [ODD]),
        (["--since", "1 day", "--limit", "2"], [PAUSED, SPIRAL]),
        (["--until", "1999-12-31", "--limit", "3"], [OPEN]),  # the documents by hand are of 1970
    ],
)
def test_filters(journal, filters, found):
    """What is not like that is not listed."""
    assert ids(journal, *filters) == found


def test_a_filter_that_nothing_fits_says_how_many_there_are(journal):
    """Who has filtered everything away sees that there is something."""
    assert written("runs", "list", journal, "--plan", "tomography") == [f"no run of {OPEN} is like that"]


def test_an_empty_journal_has_no_runs(tmp_path):
    """That is no error."""
    Journal(tmp_path / "new.sqlite").close()

    assert written("runs", "list", tmp_path / "new.sqlite") == ["no runs"]


def test_the_journal_of_a_beamline_is_found(journal, tmp_path, monkeypatch):
    """Beside the beamline.toml, in systemd's state directory, or where `[journal]` says."""
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    toml = tmp_path / "bl.toml"
    toml.write_text('[ioc]\nprefix = "BL:"\n')
    before = reioc("runs", "list", toml)
    monkeypatch.setenv("STATE_DIRECTORY", str(journal.parent))
    in_state_directory = written("runs", "list", toml)
    monkeypatch.delenv("STATE_DIRECTORY")
    toml.write_text(f'[ioc]\nprefix = "BL:"\n[journal]\nfile = "{journal}"\n')

    assert before.status == 1
    assert f"{tmp_path}/bl.journal.sqlite does not exist" in before.err
    assert written("runs", "list", toml) == in_state_directory == written("runs", "list", journal)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "does not exist"),
        (b"\0\1\2", "is neither a journal nor a beamline.toml"),
        (b"[ioc]\nprefix = 7\n", "ioc.prefix"),
        (b'[ioc]\nprefix = "BL:"\n[journal]\nenabled = false\n', "keeps no journal"),
    ],
)
def test_what_is_no_journal_is_refused(tmp_path, content, complaint):
    """In one line, with the status 1."""
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content)

    said = reioc("runs", "list", file)

    assert (said.status, said.out, said.err.count("\n")) == (1, "", 1)
    assert complaint in said.err


def test_a_journal_of_another_version_is_refused(journal, tmp_path):
    """With both versions, and nothing is shown."""
    other = tmp_path / "other.sqlite"
    raw = bytearray(journal.read_bytes())
    raw[60:64] = (99).to_bytes(4, "big")
    other.write_bytes(raw)

    said = reioc("runs", "list", other)

    assert (said.status, said.out) == (1, "")
    assert "version 99" in said.err


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-11-01", datetime(2026, 11, 1)),
        ("2026-11-01 08:15", datetime(2026, 11, 1, 8, 15)),
        ("2 days", datetime(2026, 11, 26, 12, 30)),
        ("90 min", datetime(2026, 11, 28, 11, 0)),
        ("yesterday", datetime(2026, 11, 27)),
    ],
)
def test_times_as_people_write_them(text, found):
    """A date, a time, so long ago, or a day by its name."""
    assert moment(text, now=lambda: NOON) == found.timestamp()


def test_the_end_of_a_day_is_after_it():
    """--until a day means all of that day, --until a time just that."""
    assert moment("2026-11-01", is_end=True) == datetime(2026, 11, 2).timestamp()
    assert moment("2026-11-01 08:00", is_end=True) == datetime(2026, 11, 1, 8).timestamp()


@pytest.mark.parametrize(
    ("option", "text"),
    [("since", "soon"), ("scan-id", "3-"), ("scan-id", "9-3"), ("where", "sample"), ("limit", "0"), ("status", "good")],
)
def test_what_makes_no_sense_is_a_usage_error(option, text, capsys):
    """Status 2, and what would be right."""
    with pytest.raises(SystemExit) as ended:
        parsed("runs", "list", "file", f"--{option}", text)

    assert ended.value.code == 2
    assert repr(text) in capsys.readouterr().err
