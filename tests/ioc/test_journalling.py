"""An engine and its journal: what holds the plan, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reioc.ioc import journalling as module
from reioc.ioc.journal import Journal
from reioc.ioc.journalling import Journalling


class Troubled(Journal):
    """A journal that says of itself what a test wants."""

    says = ""
    lags = False
    for_long = 0.0

    trouble = property(lambda self: self.says)  # type: ignore[assignment]
    is_behind = property(lambda self: self.lags)  # type: ignore[assignment]
    silent = property(lambda self: self.for_long)  # type: ignore[assignment]

    def tell(self) -> None:
        for observer in tuple(self.observers):
            observer()


@pytest.fixture
def journal(tmp_path) -> Iterator[Troubled]:
    made = Troubled(tmp_path / "journal.sqlite")
    yield made
    made.close(timeout=0.2)


def reasons(RE) -> list[str]:
    return [hold.reason for hold in RE.holds]


def test_a_journal_that_cannot_write_or_keep_up_holds_the_plan(RE, journal) -> None:
    """It says why, and lets go by itself."""
    connected = Journalling(RE, journal)
    journal.says = "the disk is full"
    journal.tell()
    assert reasons(RE) == ["the journal cannot write: the disk is full"]
    journal.says, journal.lags = "", True
    journal.tell()
    assert reasons(RE) == ["the journal is behind: the disk is slower than the plan"]
    journal.lags = False
    journal.tell()
    assert reasons(RE) == []
    connected.close()


def test_what_is_told_after_the_end_holds_nothing(RE, journal) -> None:
    """The writer may be about to tell as the IOC ends; nobody would let go any more."""
    connected = Journalling(RE, journal)
    (observer,) = journal.observers
    connected.close()
    journal.says = "the disk is full"
    observer()
    assert reasons(RE) == []


@pytest.mark.parametrize(
    ("says", "lags", "for_long", "told"),
    [
        ("", False, module.SILENT - 0.1, ""),
        ("", False, module.SILENT + 2.0, "the disk has not answered for 12 s"),
        ("", True, 0.0, "the journal is behind: the disk is slower than the plan"),
        ("the disk is full", True, 60.0, "the disk is full"),
    ],
)
def test_why_nothing_is_written_is_told(RE, journal, says, lags, for_long, told) -> None:
    """Also by a disk that has not even failed, or is too slow; it is an alarm."""
    connected = Journalling(RE, journal)
    journal.says, journal.lags, journal.for_long = says, lags, for_long
    status = connected.status
    assert (status.trouble.removeprefix(f"{journal.path}: "), status.state) == (told, "failing" if told else "ok")
    connected.close()
