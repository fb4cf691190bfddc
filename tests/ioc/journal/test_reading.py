"""Reading a journal."""

import sqlite3

import numpy as np
import pytest

from reioc.ioc.journal import Journal, JournalError, JournalReader, reading
from tests.ioc.journal.support import descriptor, event, keep, start, stored, whole_run


@pytest.fixture
def reader(journal, path):
    """Of a journal that is open, with four runs."""
    keep(journal, *whole_run("abcdef-1", 1, plan_name="count", time_of_day="night", sample="LaB6"))
    keep(journal, *whole_run("abcdef-2", 2, plan_name="scan", exit_status="abort", operator={"name": "Ada"}))
    keep(journal, *whole_run("123456-3", 2, plan_name="scan", detectors=["det_1", "50%"]))
    keep(journal, start("fedcba-4", plan_name="fly"), descriptor("fedcba-4"), event(1, "fedcba-4"))
    with JournalReader(path) as reader:
        yield reader


def uids(runs):
    return [run.uid for run in runs]


def test_a_summary_says_what_a_run_was(reader):
    """Numbers and texts, and both its ends."""
    run = reader.runs(scan_id=1)[0]

    assert (run.number, run.uid, run.scan_id, run.plan_name) == (1, "abcdef-1", 1, "count")
    assert (run.started, run.ended, run.exit_status, run.reason, run.events) == (1000.0, 1100.0, "success", "", 1)
    assert (run.start["sample"], run.stop["uid"]) == ("LaB6", "abcdef-1/stop")


def test_an_open_run_has_no_end(reader):
    """And counts its events meanwhile."""
    run = reader.runs(1)[0]

    assert (run.uid, run.stop, run.ended, run.exit_status, run.events) == ("fedcba-4", None, None, "", 1)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["fedcba-4", "123456-3", "abcdef-2", "abcdef-1"]),
        ({"limit": 2}, ["fedcba-4", "123456-3"]),
        ({"limit": 0}, []),
        ({"plan": "scan"}, ["123456-3", "abcdef-2"]),
        ({"plan": "scan", "exit_status": "abort"}, ["abcdef-2"]),
        ({"exit_status": ""}, ["fedcba-4"]),
        ({"scan_id": 2, "limit": 1}, ["123456-3"]),
        ({"text": "lab6"}, ["abcdef-1"]),
        ({"text": "ada"}, ["abcdef-2"]),
        ({"text": "det_1"}, ["123456-3"]),
        ({"text": "det%1"}, []),
        ({"text": "50%"}, ["123456-3"]),
        ({"since": 1000.0, "plan": "fly"}, ["fedcba-4"]),
        ({"since": 1000.1}, []),
        ({"until": 1000.0}, []),
    ],
)
def test_runs_are_filtered(reader, filters, expected):
    """Newest first; all filters must be true."""
    assert uids(reader.runs(**filters)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", "abcdef-1"),
        ("2", "123456-3"),
        ("-1", "fedcba-4"),
        ("-4", "abcdef-1"),
        ("abcdef-1", "abcdef-1"),
        ("123456", "123456-3"),
        (" fedcba", "fedcba-4"),
    ],
)
def test_a_run_is_found_by_what_people_say(reader, text, expected):
    """A scan id, a place from the end, the beginning of a uid."""
    assert reader.find(text).uid == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abcdef", r"'abcdef' may be abcdef-2 \(scan 2\), abcdef-1 \(scan 1\): write more of it"),
        ("abcde", "there is no run 'abcde': a scan id, -1 for the last run, or at least six characters"),
        ("99", "there is no run '99'"),
        ("ffffffff", "there is no run whose uid begins with 'ffffffff'"),
        ("-5", "there is no run -5: it has 4 runs, the last one is -1"),
        ("-0", "there is no run -0"),
        ("", "there is no run ''"),
    ],
)
def test_a_run_that_is_not_found_says_what_would_be(reader, text, expected):
    """Or names those that it may be."""
    with pytest.raises(JournalError, match=expected):
        reader.find(text)


def test_documents_of_a_run_are_read_in_parts(journal, path, monkeypatch):
    """However many there are, and however large; and also while more of them come."""
    monkeypatch.setattr(reading, "_PART", 3)
    keep(journal, start(), descriptor(), *(event(number) for number in range(1, 9)))
    with JournalReader(path) as reader:
        documents = reader.documents("run-aaaa")
        first = next(documents)
        keep(journal, event(9))
        rest = list(documents)
        monkeypatch.setattr(reading, "_PART_BYTES", 1)
        assert list(reader.documents("run-aaaa"))[:10] == [first, *rest]

    assert [seq for seq, _, _ in (first, *rest)] == list(range(1, 11))


def test_documents_of_an_unknown_run_are_refused(reader):
    """It takes the whole uid."""
    with pytest.raises(JournalError, match="there is no run with the uid 'abcdef'"):
        next(reader.documents("abcdef"))


def test_who_follows_gets_each_document_once(journal, path):
    """From where it was; large ones in smaller lots."""
    with JournalReader(path) as reader:
        keep(journal, start(), descriptor(), event(1))
        assert [seq for seq, _, _ in reader.after(0, 2)] == [1, 2]
        assert [seq for seq, _, _ in reader.after(2, 2)] == [3]
        assert (reader.after(3), reader.last_seq) == ([], 3)

        image = np.zeros(9_000_000, "u1")
        keep(journal, *(("event", {"image": image}) for _ in range(3)))
        assert [seq for seq, _, _ in reader.after(3)] == [4, 5]
        assert [seq for seq, _, _ in reader.after(5)] == [6]


def test_a_journal_that_nobody_has_open_is_read(path):
    """Nothing is changed by that."""
    journal = Journal(path)
    keep(journal, *whole_run("run-aaaa"))
    journal.close()
    before = path.read_bytes()

    assert len(stored(path)) == 4
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "expected"),
    [(None, "there is no journal"), (b"", "there is no journal"), (b"x", "this is no journal")],
)
def test_what_is_no_journal_is_not_read(path, content, expected):
    """The text names the file."""
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(JournalError, match=f"{path}: {expected}"):
        JournalReader(path)


def test_what_is_damaged_says_so(reader, path):
    """A document that is not as it was written, say."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE documents SET doc = x'c1' WHERE seq = 1")
    connection.close()

    with pytest.raises(JournalError, match=f"{path} cannot be read: "):
        reader.after(0)
