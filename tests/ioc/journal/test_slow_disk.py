"""A disk that does not answer."""

import threading

import pytest

from reioc.ioc.journal import writer
from tests.ioc.journal.support import TIMEOUT, eventually, record, start, wait_until_kept

BIG = {"notes": "x" * 100_000}


@pytest.fixture
def dead_disk(monkeypatch):
    """A disk that does not answer until this is set."""
    answers = threading.Event()

    def write(*what):
        assert answers.wait(TIMEOUT)
        return written(*what)

    written = writer.write
    monkeypatch.setattr(writer, "write", write)
    yield answers
    answers.set()


def test_who_falls_behind_by_size_is_said_while_the_disk_does_not_answer(journal, path, dead_disk, monkeypatch):
    """A few images are as much as thousands of events, and the thread that writes cannot say so meanwhile."""
    monkeypatch.setattr(writer, "_MUCH", 250_000)
    monkeypatch.setattr(writer, "_LITTLE", 50_000)
    told = []
    journal.observers.append(lambda: told.append(journal.is_behind))
    record(journal, start(**BIG), start(**BIG))
    assert told == []
    record(journal, start(**BIG))
    assert told == [True]

    dead_disk.set()
    wait_until_kept(journal)
    eventually(lambda: told == [True, False])


def test_a_disk_that_does_not_answer_is_said(journal, dead_disk):
    """For how long, and that it answers again."""
    assert journal.silent == 0.0
    record(journal, start())
    eventually(lambda: journal.silent > 0.0)

    dead_disk.set()
    wait_until_kept(journal)
    assert journal.silent == 0.0
