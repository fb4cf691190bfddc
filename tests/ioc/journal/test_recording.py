"""Documents, from the engine into the file."""

import logging
import threading

import numpy as np
import pytest

from reioc.ioc.journal import Journal, JournalReader
from tests.ioc.journal.support import (
    descriptor,
    event,
    eventually,
    keep,
    page,
    record,
    start,
    stop,
    stored,
    wait_until_kept,
    whole_run,
)


def test_documents_come_back_in_order(journal, path):
    """Each as it was recorded, under numbers without holes."""
    documents = [*whole_run("run-aaaa"), *whole_run("run-bbbb")]
    keep(journal, *documents)

    with JournalReader(path) as reader:
        found = reader.after(0)
    assert [(name, doc) for _, name, doc in found] == documents
    assert [seq for seq, _, _ in found] == list(range(1, len(documents) + 1))


def test_numbers_go_on_after_a_restart(path):
    """There is no hole between what two processes wrote, and runs are counted on as well."""
    for uid in ("run-aaaa", "run-bbbb"):
        journal = Journal(path)
        keep(journal, *whole_run(uid))
        journal.close()

    with JournalReader(path) as reader:
        assert [seq for seq, _, _ in reader.after(0)] == list(range(1, 9))
        assert [run.number for run in reader.runs()] == [2, 1]


def test_what_is_waited_for_is_durable(journal, path):
    """Another connection finds it at once."""
    keep(journal, *whole_run("run-aaaa"))

    assert len(stored(path)) == 4
    assert (journal.backlog, journal.kept()) == (0, None)


def test_what_nobody_waits_for_becomes_durable(journal, path):
    """After a rest, in which others join the transaction."""
    record(journal, start())
    eventually(lambda: journal.backlog == 0)

    assert stored(path) == [start()]


def test_documents_share_transactions(path):
    """A thousand documents take a few of them."""
    journal = Journal(path, rest=0.1)
    commits = []
    journal.on_commit.append(commits.append)
    record(journal, start(), descriptor(), *(event(number) for number in range(1, 1001)))
    eventually(lambda: journal.backlog == 0)
    journal.close()

    assert commits[-1] == 1002
    assert len(commits) < 20


@pytest.mark.parametrize("number", [3, 17, 257, 4097])
def test_batches_of_every_size_are_whole(journal, path, number):
    """Also those that are no power of four, and those that take two transactions."""
    documents = [start(), *(event(each) for each in range(number))]
    keep(journal, *documents)

    assert stored(path) == documents


def test_an_observer_that_fails_costs_nothing(journal, path, caplog):
    """The others are told, and the next documents are stored."""
    told = []

    def broken(seq):
        raise RuntimeError("the screen is gone")

    journal.on_commit += [broken, told.append]
    with caplog.at_level(logging.ERROR, "reioc.ioc"):
        keep(journal, start())
        keep(journal, stop())
        eventually(lambda: told == [1, 2])

    assert "the screen is gone" in caplog.text


def test_documents_find_their_run(journal, path):
    """Of two runs at once: by descriptor, by resource, and by what refers to those."""
    mixed = [
        *(start(uid) for uid in ("run-aaaa", "run-bbbb")),
        *(descriptor(uid) for uid in ("run-aaaa", "run-bbbb")),
        ("resource", {"uid": "file", "run_start": "run-aaaa"}),
        ("stream_resource", {"uid": "stream", "run_start": "run-bbbb"}),
        ("datum", {"resource": "file"}),
        ("stream_datum", {"stream_resource": "stream", "descriptor": "run-bbbb/primary"}),
        event(1, "run-aaaa"),
        page([1, 2], "run-bbbb"),
        stop("run-aaaa"),
        stop("run-bbbb"),
    ]
    keep(journal, *mixed)

    with JournalReader(path) as reader:
        found = [[name for _, name, _ in reader.documents(uid)] for uid in ("run-aaaa", "run-bbbb")]
    assert found == [
        ["start", "descriptor", "resource", "datum", "event", "stop"],
        ["start", "descriptor", "stream_resource", "stream_datum", "event_page", "stop"],
    ]


def test_events_of_two_runs_take_turns(journal, path):
    """Each belongs to its own run, as it was, though they come into the file together."""
    runs = ("run-aaaa", "run-bbbb")
    events = [event(1, "run-aaaa"), *(event(number, uid) for number in (2, 3) for uid in runs)]
    first, *others = events
    keep(journal, *map(start, runs), descriptor("run-aaaa"), first, descriptor("run-bbbb"), *others)

    with JournalReader(path) as reader:
        for uid in runs:
            found = [doc for _, name, doc in reader.documents(uid) if name == "event"]
            assert found == [doc for _, doc in events if doc["descriptor"] == f"{uid}/primary"]
        assert [run.events for run in reader.runs()] == [2, 3]


def test_an_event_after_the_end_is_not_of_the_run(journal, path):
    """It is stored, and belongs to the run that is open; what the ended one had is not counted again."""
    keep(journal, start(), descriptor(), event(1), event(2), stop(), event(3), start("run-bbbb"), event(4))

    with JournalReader(path) as reader:
        assert [doc["seq_num"] for _, name, doc in reader.documents("run-bbbb") if name == "event"] == [4]
        assert [run.events for run in reader.runs()] == [0, 2]


def test_events_are_counted_once(journal, path):
    """One that is taken again after an interruption has the number that it had."""
    taken = [event(1), event(2), event(3), event(2), event(3), event(4), page([5, 6, 7]), event(1, stream="baseline")]
    keep(journal, start(), descriptor(), descriptor(stream="baseline"), *taken)

    with JournalReader(path) as reader:
        assert reader.runs()[0].events == 8
        keep(journal, stop())
        assert reader.runs()[0].events == 8


def test_whatever_is_recorded_is_stored(journal, path):
    """What is no document of any schema neither raises nor ends the writer."""
    odd = [
        ("start", {"uid": 5, "time": "noon", "scan_id": "s1", "plan_name": None, "x": "\ud800"}),
        ("start", {"uid": "r\0", "scan_id": 2**70}),
        ("event", {"descriptor": None, "seq_num": "first"}),
        ("event_page", {"descriptor": ["a"], "seq_num": [1.5, 2**80]}),
        ("stop", {"run_start": "nobody's"}),
        ("weather", {"sun": True}),
        ("start", {"uid": "run-aaaa", "scan_id": np.int64(7)}),
    ]
    keep(journal, *odd)

    assert stored(path) == odd
    assert journal.last_scan_id == 7
    assert journal.trouble == ""


def test_two_runs_with_one_uid_are_both_there(journal, path):
    """A mistake of who chose the uid; the last one is what is found by it."""
    keep(journal, *whole_run("run-aaaa", 1), *whole_run("run-aaaa", 2))

    with JournalReader(path) as reader:
        assert [run.scan_id for run in reader.runs()] == [2, 1]
        assert next(reader.documents("run-aaaa"))[2]["scan_id"] == 2


def test_many_threads_may_record(journal, path):
    """Nothing is lost, and each one's documents stay in order."""

    def work(uid):
        record(journal, start(uid), *(event(number, uid) for number in range(200)))

    threads = [threading.Thread(target=work, args=(f"run-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    wait_until_kept(journal)

    found = stored(path)
    assert len(found) == 804
    for number in range(4):
        of_one = [doc["seq_num"] for name, doc in found if name == "event" and doc["uid"].startswith(f"run-{number}/")]
        assert of_one == list(range(200))


def test_the_last_scan_id_outlives_a_restart(path):
    """It is that of the last run that has one."""
    journal = Journal(path)
    assert journal.last_scan_id == 0
    keep(journal, *whole_run("run-aaaa", 12), *whole_run("run-bbbb", 7), *whole_run("run-cccc"))
    assert journal.last_scan_id == 7
    journal.close()

    journal = Journal(path)
    assert journal.last_scan_id == 7
    journal.close()


def test_what_comes_after_the_end_is_logged(path, caplog):
    """Nobody is told of it but by the log: nothing may raise in the engine."""
    journal = Journal(path)
    journal.close()
    journal.close()
    with caplog.at_level(logging.ERROR, "reioc.ioc"):
        record(journal, start())

    assert f"a start came after the journal {path} was closed" in caplog.text
    assert (stored(path), journal.kept()) == ([], None)


def test_what_comes_after_the_end_is_logged_once_for_a_run(path, caplog):
    """A plan that goes on would fill the log with its events."""
    journal = Journal(path)
    journal.close()
    with caplog.at_level(logging.ERROR, "reioc.ioc"):
        record(journal, event(7), *map(event, range(8, 20)), stop(), *whole_run("run-bbbb"))

    assert [entry.message.split()[:2] for entry in caplog.records] == [["a", "event"], ["a", "start"]]
