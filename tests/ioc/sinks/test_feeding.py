"""All sinks of a service and its journal, over several starts of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reioc.ioc.sinks.config import SinkConfig
from reioc.ioc.sinks.feeding import Sinks
from reioc.ioc.sinks.status import SinkState

from .support import Kept, run_of, until


@contextmanager
def service(folder: Path, *configs: dict[str, Any]) -> Iterator[tuple[Kept, Sinks]]:
    """From its start to its end: a journal, and sinks that write into `folder`."""
    kept = Kept(folder / "journal.sqlite")
    defaults = {"kind": "jsonl", "folder": "data", "template": "{uid}"}
    sinks = Sinks([SinkConfig(**(defaults | config)) for config in configs], folder, kept.journal)
    sinks.start()
    try:
        yield kept, sinks
    finally:
        sinks.close()
        kept.close()
    assert kept.journal.on_commit == []


def names(folder: Path, run: str, ending: str = "jsonl") -> list[str]:
    """Of the documents in a run's file."""
    path = folder / "data" / f"{run}.{ending}"
    return [json.loads(line)[0] for line in path.read_text().splitlines()]


def idle(sinks: Sinks) -> bool:
    return all(status.behind == 0 and status.state is SinkState.OK for status in sinks.statuses())


def test_what_is_recorded_is_in_the_files_when_the_service_has_ended(tmp_path) -> None:
    """Also what came last."""
    with service(tmp_path, {}, {"kind": "csv"}) as (journal, _):
        journal.record(*run_of(2))
    assert names(tmp_path, "run") == ["start", "descriptor", "event", "event", "stop"]
    assert (tmp_path / "data" / "run-primary.csv").read_text().count("\n") == 3


def test_a_new_sink_begins_with_what_comes_from_now_on(tmp_path) -> None:
    """Unless it is configured to have everything from the start."""
    with service(tmp_path) as (journal, _):
        journal.record(*run_of(1, "before"))
    with service(tmp_path, {}, {"name": "all", "folder": "all", "from_start": True}) as (journal, _):
        journal.record(*run_of(1, "after"))
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["after.jsonl"]
    assert {path.name for path in (tmp_path / "all").iterdir()} == {"before.jsonl", "after.jsonl"}


def test_a_sink_goes_on_where_it_was(tmp_path) -> None:
    """What was recorded while it was not there comes later."""
    with service(tmp_path, {}) as (journal, _):
        journal.record(*run_of(1, "first"))
    with service(tmp_path) as (journal, _):
        journal.record(*run_of(1, "second"))
    with service(tmp_path, {}) as (_, sinks):
        until(lambda: idle(sinks))
        assert sinks.statuses()[0].delivered == 4
    assert names(tmp_path, "second") == ["start", "descriptor", "event", "stop"]


def test_a_run_that_a_crash_has_cut_off_is_completed(tmp_path) -> None:
    """With the stop that the journal gives it at the next start."""
    with service(tmp_path, {}) as (journal, _):
        journal.record(*run_of(3)[:4])
    assert names(tmp_path, "run") == ["start", "descriptor", "event", "event"]
    with service(tmp_path, {}) as (_, sinks):
        until(lambda: idle(sinks))
    assert names(tmp_path, "run") == ["start", "descriptor", "event", "event", "stop"]


def test_one_sink_that_cannot_be_made_is_in_trouble_alone(tmp_path) -> None:
    """The service starts, and the others work."""
    (tmp_path / "file").write_text("")
    with service(tmp_path, {"name": "bad", "folder": "file/data"}, {"name": "good"}) as (journal, sinks):
        journal.record(*run_of(1))
        until(lambda: sinks.statuses()[0].state is SinkState.FAILING)
        until(lambda: sinks.statuses()[1].delivered == 4)
        assert "NotADirectoryError" in sinks.statuses()[0].message
    assert names(tmp_path, "run") == ["start", "descriptor", "event", "stop"]


def test_whether_it_is_enabled_outlives_a_restart(tmp_path) -> None:
    """Until the configuration is changed."""
    with service(tmp_path, {}) as (_, sinks):
        sinks.enable("jsonl", False)
    with service(tmp_path, {}) as (_, sinks):
        assert not sinks.is_enabled("jsonl")
        sinks.enable("jsonl", True)
    with service(tmp_path, {"enabled": False}) as (_, sinks):
        assert not sinks.is_enabled("jsonl")


def test_there_is_no_such_sink(tmp_path) -> None:
    """It is named."""
    with service(tmp_path, {}) as (_, sinks), pytest.raises(KeyError, match="csv"):
        sinks.enable("csv", True)


def test_ten_thousand_documents_are_caught_up_soon(tmp_path) -> None:
    """In batches, by both kinds of files at the same time."""
    with service(tmp_path) as (journal, _):
        journal.record(*run_of(10_000))
    both = ({"from_start": True}, {"kind": "csv", "from_start": True})
    with service(tmp_path, *both) as (_, sinks):
        until(lambda: all(status.delivered == 10_003 for status in sinks.statuses()))
    assert len(names(tmp_path, "run")) == 10_003
