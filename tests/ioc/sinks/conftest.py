"""A journal for each test."""

from __future__ import annotations

import pytest

from .support import Kept


@pytest.fixture
def journal(tmp_path):
    kept = Kept(tmp_path / "journal.sqlite")
    yield kept
    kept.close()
