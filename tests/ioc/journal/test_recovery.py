"""Runs that were open when the engine died."""

import sqlite3
import time

import event_model
import pytest

from reioc.ioc.journal import Journal, JournalReader
from reioc.ioc.journal.schema import make_tables
from tests.ioc.journal.support import descriptor, event, keep, page, start, stop, stored, whole_run


def abandon(path, *documents):
    """What is there after a process that has recorded these has died."""
    journal = Journal(path)
    keep(journal, *documents)
    journal.close()


OPEN = [start(scan_id=4, plan_name="scan"), descriptor(), descriptor(stream="baseline")]


def test_an_open_run_gets_its_run_stop(path):
    """An honest one, with the events that are there; it is the last document."""
    abandon(path, *whole_run("run-zzzz"), *OPEN, event(1), event(2), event(2), page([3, 4, 5]))
    before = time.time()
    journal = Journal(path)
    journal.close()

    (run,) = journal.recovered
    assert (run.uid, run.scan_id, run.plan_name) == ("run-aaaa", 4, "scan")
    name, doc = stored(path)[-1]
    assert (name, doc) == ("stop", run.stop)
    assert before <= doc.pop("time") <= time.time()
    assert len(doc.pop("uid")) == 36
    assert doc == {
        "run_start": "run-aaaa",
        "exit_status": "fail",
        "reason": "engine died",
        "num_events": {"primary": 5, "baseline": 0},
    }


def test_it_is_as_the_schema_wants_it(path):
    """event-model's own."""
    abandon(path, *OPEN)
    journal = Journal(path)
    journal.close()

    event_model.schema_validators[event_model.DocumentNames.stop].validate(journal.recovered[0].stop)


def test_runs_say_how_they_ended(path):
    """In the list of runs as in the documents."""
    abandon(path, *OPEN, event(1))
    Journal(path).close()

    with JournalReader(path) as reader:
        (run,) = reader.runs()
    assert (run.exit_status, run.reason, run.events, run.ended) == ("fail", "engine died", 1, run.stop["time"])


def test_it_happens_once(path):
    """The next opening finds nothing to do."""
    abandon(path, *OPEN)
    Journal(path).close()
    journal = Journal(path)
    journal.close()

    assert journal.recovered == ()
    assert len(stored(path)) == 4


def test_several_runs_are_closed(path):
    """In the order in which they were opened; those that are over stay as they are."""
    abandon(path, start("run-1"), start("run-2"), *whole_run("run-3"), start("run-4"))
    journal = Journal(path)
    journal.close()

    assert [run.uid for run in journal.recovered] == ["run-1", "run-2", "run-4"]


def test_a_run_without_a_number_and_a_name_is_closed_too(path):
    """Its RunStart said neither."""
    abandon(path, start())
    journal = Journal(path)
    journal.close()

    assert [(run.scan_id, run.plan_name, run.stop["num_events"]) for run in journal.recovered] == [(None, "", {})]


def test_the_next_run_is_numbered_on(path):
    """After the RunStops that were added."""
    abandon(path, *OPEN)
    journal = Journal(path)
    keep(journal, *whole_run("run-next", 5))
    journal.close()

    with JournalReader(path) as reader:
        assert [seq for seq, _, _ in reader.after(0)] == list(range(1, 9))
        assert [name for _, name, _ in reader.documents("run-next")] == ["start", "descriptor", "event", "stop"]


def test_what_comes_late_is_kept(path):
    """An event of a run that was closed: it belongs to no run, and is not lost."""
    abandon(path, *OPEN)
    journal = Journal(path)
    keep(journal, event(1), stop())
    journal.close()

    assert stored(path)[-2:] == [event(1), stop()]


@pytest.fixture
def many(path):
    """A journal with 100,000 runs, of which the middle one is open."""
    connection = sqlite3.connect(path, isolation_level=None)
    make_tables(connection)
    numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(
        f"{numbers} INSERT INTO runs (number, uid, scan_id, plan_name, started, about, start_seq, stop_seq) "
        "SELECT i, 'run-' || i, i, 'count', i, '', i, nullif(i, 50000) FROM n"
    )
    connection.execute(f"{numbers} INSERT INTO documents (seq, run, name, doc) SELECT i, i, 'start', x'80' FROM n")
    connection.close()
    return path


def test_many_runs_do_not_make_it_slow(many):
    """It asks for those that are open, and reads no others."""
    begin = time.monotonic()
    journal = Journal(many)
    took = time.monotonic() - begin
    journal.close()

    assert [run.uid for run in journal.recovered] == ["run-50000"]
    assert took < 0.5
