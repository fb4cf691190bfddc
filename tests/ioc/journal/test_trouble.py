"""A journal that cannot write."""

import contextlib
import logging
import os
import sqlite3
import subprocess

import pytest

from reioc.ioc.journal import Journal, JournalError, put_item, put_value
from reioc.ioc.journal import file as journal_file
from tests.ioc.journal.support import (
    TIMEOUT,
    done,
    event,
    eventually,
    keep,
    lift_limit,
    limit_pages,
    record,
    start,
    stored,
    wait_until_kept,
    whole_run,
)

BIG = {"notes": "x" * 100_000}


def test_a_full_disk_loses_nothing(journal, path):
    """Everything waits, in order, until there is room."""
    limit_pages(journal, 5)
    documents = [start(**BIG), *(event(number) for number in range(20))]
    record(journal, *documents)
    future = journal.store(put_value("position", 5))
    eventually(lambda: journal.trouble)

    assert journal.trouble == f"{path}: the disk is full (SQLITE_FULL)"
    assert (stored(path), journal.backlog, future.done()) == ([], 22, False)

    lift_limit(journal)
    wait_until_kept(journal)

    assert (stored(path), journal.trouble, journal.value("position")) == (documents, "", 5)


def test_observers_are_told_when_trouble_comes_and_goes(journal):
    """Once each."""
    told = []
    journal.observers.append(lambda: told.append(bool(journal.trouble)))
    limit_pages(journal, 0)
    record(journal, start(**BIG))
    eventually(lambda: told)
    lift_limit(journal)
    wait_until_kept(journal)

    assert told == [True, False]


def test_trouble_is_over_before_anybody_hears_that_it_is_durable(journal):
    """Whoever goes on then must find the journal in order."""
    found = []
    journal.on_commit.append(lambda _: found.append(journal.trouble))
    limit_pages(journal, 0)
    record(journal, start(**BIG))
    eventually(lambda: journal.trouble)
    lift_limit(journal)
    wait_until_kept(journal)
    eventually(lambda: found)

    assert found == [""]


def test_a_lock_of_another_program_is_waited_for(journal, path):
    """People are told of it, and it goes on when the other one lets go."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    record(journal, start())
    eventually(lambda: journal.trouble)
    assert journal.trouble == f"{path}: it is locked by another program (SQLITE_BUSY)"

    other.execute("ROLLBACK")
    other.close()
    wait_until_kept(journal)

    assert stored(path) == [start()]


def test_a_file_that_became_read_only_loses_nothing(journal, path):
    """As a disk does that the system has mounted anew after an error."""
    journal._writer._file.connection.execute("PRAGMA query_only = ON")
    record(journal, start())
    eventually(lambda: journal.trouble)
    assert journal.trouble == f"{path}: it is read-only (SQLITE_READONLY)"

    journal._writer._file.connection.execute("PRAGMA query_only = OFF")
    wait_until_kept(journal)

    assert stored(path) == [start()]


def test_a_file_that_was_deleted_is_written_anew(journal, path, caplog):
    """With everything that was in it."""
    keep(journal, *whole_run("run-aaaa", 1))
    for file in path.parent.iterdir():
        file.unlink()
    with caplog.at_level(logging.ERROR, "reioc.ioc"):
        keep(journal, *whole_run("run-bbbb", 2))

    assert f"{path} was deleted or moved away: all of it was written anew" in caplog.text
    assert stored(path) == [*whole_run("run-aaaa", 1), *whole_run("run-bbbb", 2)]
    with pytest.raises(JournalError, match="is in use by process"):
        Journal(path)
    journal.close()
    assert len(stored(path)) == 8


def test_a_folder_that_was_deleted_is_waited_for(journal, path):
    """It is not made: where a disk was to be mounted, the journal would hide below it."""
    keep(journal, start())
    moved = path.parent.rename(path.parent.with_name("moved"))
    record(journal, event(1))
    eventually(lambda: journal.trouble)
    assert "no such file or directory" in journal.trouble

    moved.rename(path.parent)
    wait_until_kept(journal)

    assert stored(path) == [start(), event(1)]


def test_another_file_in_its_place_is_left_alone(journal, path):
    """Whatever it is; when it is gone the journal is there again."""
    keep(journal, start())
    path.unlink()
    path.write_text("somebody's notes")
    record(journal, event(1))
    eventually(lambda: journal.trouble)

    assert journal.trouble == f"{path}: another file has taken its place: move that one away"
    assert path.read_text() == "somebody's notes"

    path.unlink()
    wait_until_kept(journal)
    assert stored(path) == [start(), event(1)]


def test_what_cannot_be_stored_ever_does_not_hold_up_the_rest(journal, path):
    """The store fails as a whole; what was recorded beside it is there."""
    journal._writer._file.connection.execute("CREATE TABLE small (uid TEXT CHECK (length(uid) < 3))")
    wrong = put_item("long", 1, {})
    object.__setattr__(wrong, "sql", "INSERT INTO small SELECT json_extract(value, '$[0]') FROM json_each(?)")
    record(journal, start())
    refused = journal.store(put_item("first", 1, {}), wrong)
    record(journal, event(1))
    done(journal.store(put_item("second", 2, {})))

    with pytest.raises(JournalError, match="it cannot be stored: CHECK constraint failed"):
        refused.result(TIMEOUT)
    assert journal.items() == [("second", 2, {})]
    assert (stored(path), journal.trouble) == ([start(), event(1)], "")


def test_closing_in_trouble_ends_in_time(path, caplog):
    """What is lost is counted, and who waits for it is told."""
    journal = Journal(path, retry=0.01)
    limit_pages(journal, 0)
    record(journal, start(**BIG), event(1))
    eventually(lambda: journal.trouble)
    record(journal, event(2))
    future = journal.store(put_value("key", 1))
    with caplog.at_level(logging.ERROR, "reioc.ioc"):
        journal.close(timeout=0.05)

    assert "the disk is full (SQLITE_FULL); 4 documents and changes are lost" in caplog.text
    with pytest.raises(JournalError, match="not stored before the journal was closed"):
        future.result(TIMEOUT)
    Journal(path).close()


def test_closing_in_trouble_that_ends_loses_nothing(path):
    """There is time until the time is over."""
    journal = Journal(path, retry=0.01)
    limit_pages(journal, 0)
    record(journal, start(**BIG))
    eventually(lambda: journal.trouble)
    journal.observers.append(lambda: None)
    attempts = []
    attempt = journal._writer._attempt

    def relent(batch):
        attempts.append(batch)
        if len(attempts) == 3:
            lift_limit(journal)
        return attempt(batch)

    journal._writer._attempt = relent
    journal.close(timeout=TIMEOUT)

    assert stored(path) == [start(**BIG)]


def test_a_writer_that_fails_says_so(path, caplog):
    """A mistake of ours must not look like a journal that is well; who waits for it is told."""
    journal = Journal(path)
    journal._writer._ledger = None
    with caplog.at_level(logging.ERROR, "reioc.ioc"):
        future = journal.store(put_value("key", 1))
        with pytest.raises(JournalError, match="the writer has failed: 'NoneType' object"):
            future.result(TIMEOUT)
        journal.close()
        record(journal, start())

    assert "the writer has failed" in journal.trouble
    assert "a start came after" in caplog.text
    with pytest.raises(JournalError, match="the writer has failed"):
        wait_until_kept(journal)


def test_who_falls_behind_is_said(journal, path):
    """So that whoever makes documents can wait, while memory lasts."""
    told = []
    journal.observers.append(lambda: told.append((bool(journal.trouble), journal.is_behind)))
    limit_pages(journal, 0)
    record(journal, start(**BIG))
    eventually(lambda: journal.trouble)
    record(journal, *[event(1)] * 20_001)
    eventually(lambda: journal.is_behind)
    lift_limit(journal)
    wait_until_kept(journal)
    eventually(lambda: not journal.is_behind)

    assert told[:2] == [(True, False), (True, True)]
    assert told[-1] == (False, False)


def test_a_file_that_could_not_be_written_anew_is_not_taken_for_anothers(journal, path, monkeypatch, caplog):
    """The first attempt fails when the new file is in its place already."""
    failures = [sqlite3.OperationalError("no room for the -wal")]

    def prepare(connection):
        if failures:
            raise failures.pop()
        prepared(connection)

    prepared = journal_file._prepare
    keep(journal, start())
    monkeypatch.setattr(journal_file, "_prepare", prepare)
    path.unlink()
    record(journal, event(1))
    wait_until_kept(journal)

    assert (stored(path), failures) == ([start(), event(1)], [])
    assert "another file" not in caplog.text


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no file system may be mounted here: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_disk_that_is_full_and_is_cleared(small_disk):
    """A real one: what others take away from it comes back to the journal."""
    journal = Journal(small_disk / "journal", retry=0.01)
    ballast = small_disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(os.urandom(4096)):
            pass
    documents = [start(**BIG), *(event(number) for number in range(50))]
    record(journal, *documents)
    eventually(lambda: journal.trouble)
    assert "the disk is full" in journal.trouble

    ballast.unlink()
    wait_until_kept(journal)
    journal.close()

    assert stored(small_disk / "journal") == documents
