"""Which run a document belongs to."""

from __future__ import annotations

import pytest

from reioc.ioc.sinks.runs import RunIndex, StoredRuns

from .support import run_of


@pytest.mark.parametrize("name", ["start", "descriptor", "event", "event_page", "datum", "stop", "notes"])
def test_what_is_no_document_has_no_run(journal, name) -> None:
    """Python may emit anything; as trouble of the sink's it would hold up all that comes after it, for ever."""
    journal.record(*run_of(1)[:2])
    index = RunIndex(StoredRuns(journal.open))
    for doc in ({}, {"uid": 7, "run_start": ["x"], "descriptor": 5, "resource": None}):
        (numbered,) = journal.record((name, doc))
        assert index.run_of(numbered) is None
