"""Journals that a service cannot use."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from reioc.ioc.journal import Journal

from .services import Beamline, Nursery


def test_another_version_is_refused(beamline: Beamline) -> None:
    """The service ends with status 1 and one line, and the journal is as it was."""
    Journal(beamline.journal).close()
    with closing(sqlite3.connect(beamline.journal)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = beamline.journal.read_bytes()

    beamline.begin()

    assert beamline.ended() == 1
    assert re.fullmatch(rf"reioc serve: {beamline.journal} is a journal of version 99, .*\n", beamline.output)
    assert beamline.journal.read_bytes() == before


def test_what_is_no_journal_is_set_aside(beamline: Beamline) -> None:
    """The service begins a new one, and says in a PV where the other file is, which is as it was."""
    beamline.journal.write_text("somebody's notes")

    screen = beamline.start()

    told = screen.get("Journal:Recovered")
    found = re.search(r"it is set aside as (\S+\.broken), a new journal is begun", told)
    assert found, told
    assert str(beamline.journal) in told
    assert beamline.journal.with_name(found[1]).read_text() == "somebody's notes"
    assert (screen.get("Journal:State"), screen.severity("Journal:Recovered")) == ("ok", 1)


def test_two_services_do_not_share_a_journal(beamline: Beamline, nursery: Nursery, tmp_path: Path) -> None:
    """The second ends with status 1, and says which file, and who has it; the first goes on."""
    screen = beamline.start()
    folder = tmp_path / "other"
    folder.mkdir()
    with Beamline(nursery, folder, "../journal") as other:
        other.begin()

        assert other.ended() == 1
        assert re.fullmatch(
            rf"reioc serve: {beamline.journal} is in use by process {beamline.pid} on .*\n", other.output
        )
    assert screen.get("Journal:State") == "ok"
