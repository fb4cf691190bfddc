"""One journal for all of these tests, which only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reioc.ioc.journal import JournalReader

from .support import make_journal


@pytest.fixture(scope="session")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file, which nobody writes any more."""
    path = tmp_path_factory.mktemp("stored") / "bl.journal.sqlite"
    make_journal(path)
    return path


@pytest.fixture
def reader(journal: Path):
    """The journal, opened for reading."""
    with JournalReader(journal) as opened:
        yield opened
