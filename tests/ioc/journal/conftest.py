"""A journal for each test, closed afterwards."""

from __future__ import annotations

import pytest

from reioc.ioc.journal import Journal


@pytest.fixture
def path(tmp_path):
    return tmp_path / "beamline.journal"


@pytest.fixture
def journal(path):
    """One that tries again soon."""
    journal = Journal(path, retry=0.01)
    yield journal
    journal.close(timeout=0.2)
