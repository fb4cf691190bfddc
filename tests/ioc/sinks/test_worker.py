"""What brings documents to a sink, whatever the sink does."""

from __future__ import annotations

import logging
import threading

import pytest

from reioc.ioc.sinks.sink import Unacceptable
from reioc.ioc.sinks.status import SinkState, told

from .support import Recording, StillTime, Worked, run_of, until


@pytest.fixture
def sink():
    return Recording()


def test_a_sink_gets_what_comes_in_order(journal, sink) -> None:
    """Everything after its cursor, as it becomes durable."""
    journal.record(*run_of(3))
    with Worked(sink, journal, cursor=2) as worker:
        until(lambda: sink.numbers == [3, 4, 5, 6])
        journal.record(*run_of(1, "other"))
        until(lambda: sink.numbers == list(range(3, 11)))
        until(lambda: worker.status().behind == 0)
    assert [doc for _, _, doc in sink.taken] == [doc for _, doc in [*run_of(3)[2:], *run_of(1, "other")]]


def test_batches_are_bounded(journal, sink) -> None:
    """What a sink has missed comes in batches of at most 500."""
    journal.record(*run_of(1400))
    with Worked(sink, journal):
        until(lambda: len(sink.taken) == 1403)
    assert sink.batches == [500, 500, 403]


def test_it_ends_where_it_was(journal, sink) -> None:
    """The cursor that is kept in the end is that of the last document delivered."""
    journal.record(*run_of(5))
    worked = Worked(sink, journal)
    with worked:
        until(lambda: len(sink.taken) == 8)
    assert worked.saved[-1] == 8
    assert (sink.opens, sink.closes, journal.opened) == (1, 1, 0)


def test_the_cursor_is_kept_at_most_once_a_second(journal, sink) -> None:
    """Keeping it is a transaction of the journal, whose commit wakes the worker: it must not go round in circles."""
    time = StillTime()
    worked = Worked(sink, journal, clock=time.clock, wait=time.wait)
    with worked:
        for number in range(5):
            journal.record(*run_of(1, str(number)))
            until(lambda number=number: len(sink.taken) == 4 * (number + 1))
        until(lambda: worked.saved == [4])
        time.advance(1.0)
        until(lambda: worked.saved == [4, 20])


def test_a_cursor_that_cannot_be_kept_stops_nothing(journal, sink, caplog) -> None:
    """It is said, and documents go on being delivered."""
    worked = Worked(sink, journal)

    def refuse(_: int) -> None:
        raise OSError("the disk is full")

    worked.worker._save_cursor = refuse
    with worked:
        journal.record(*run_of(1))
        until(lambda: len(sink.taken) == 4)
    assert "OSError: the disk is full" in caplog.text


def test_a_sink_that_fails_is_tried_again_later_and_loses_nothing(journal, sink) -> None:
    """After 1 s, 2 s, 4 s … up to a minute; then with the same documents."""
    time = StillTime()
    sink.trouble = ConnectionError("connection refused")
    with Worked(sink, journal, clock=time.clock, wait=time.wait) as worker:
        journal.record(*run_of(1))
        for attempt, delay in enumerate((1, 2, 4, 8, 16, 32, 60, 60), start=1):
            until(lambda attempt=attempt: sink.attempts == attempt)
            until(lambda delay=delay: worker.status().message.endswith(f"tried again after {delay} s"))
            time.advance(delay - 0.5)
            journal.record(*run_of(1, str(attempt)))  # news do not cut it short
            assert sink.attempts == attempt
            time.advance(0.5)
        until(lambda: sink.attempts == 9)
        sink.trouble = None
        time.advance(60)
        until(lambda: worker.status().state is SinkState.OK)
        assert sink.numbers == list(range(1, 37))


def test_what_is_wrong_is_told_with_its_root(journal, sink) -> None:
    """Kind and text of the error and of what caused it, since when, and how far behind."""
    time = StillTime()
    sink.trouble = RuntimeError("cannot write")
    sink.trouble.__cause__ = OSError(28, "No space left on device")
    with Worked(sink, journal, clock=time.clock, wall_clock=time.wall_clock, wait=time.wait) as worker:
        journal.record(*run_of(1))
        until(lambda: worker.status().state is SinkState.FAILING)
        message = worker.status().message
    assert message.startswith(
        "RuntimeError: cannot write (because of OSError: [Errno 28] No space left on device); since 2023-"
    )
    assert message.endswith(", 4 documents behind; tried again after 1 s")


def test_what_is_wrong_is_told_once() -> None:
    """A cause that says the same adds nothing; Python's own mkdir has such."""
    error = FileNotFoundError(2, "No such file or directory", "/proc/nothing")
    error.__context__ = FileNotFoundError(2, "No such file or directory", "/proc/nothing")
    assert told(error) == "FileNotFoundError: [Errno 2] No such file or directory: '/proc/nothing'"


def test_a_library_that_exits_does_not_end_the_thread(journal, sink) -> None:
    """It is a failure like others."""
    sink.trouble = SystemExit(2)
    with Worked(sink, journal) as worker:
        journal.record(*run_of(1))
        until(lambda: worker.status().message.startswith("SystemExit: 2; since "))


def test_switching_it_on_tries_again_at_once(journal, sink) -> None:
    """An operator who has mended it need not wait."""
    time = StillTime()
    sink.trouble = ConnectionError("connection refused")
    with Worked(sink, journal, clock=time.clock, wait=time.wait) as worker:
        journal.record(*run_of(1))
        until(lambda: worker.status().state is SinkState.FAILING)
        sink.trouble = None
        worker.enabled = True
        until(lambda: sink.numbers == [1, 2, 3, 4])


def test_a_sink_that_cannot_be_opened_is_tried_again(journal, sink) -> None:
    """It is opened when it can be, and is then given everything."""
    time = StillTime()

    def fail() -> None:
        raise OSError("no route to host")

    journal.record(*run_of(1))
    sink.open = fail
    with Worked(sink, journal, clock=time.clock, wait=time.wait) as worker:
        until(lambda: "no route to host" in worker.status().message)
        assert worker.status().behind == 4
        del sink.open
        time.advance(1.0)
        until(lambda: sink.numbers == [1, 2, 3, 4])


def test_a_document_that_can_never_be_taken_is_passed_over(journal, sink, caplog) -> None:
    """It is counted and told of; the others are delivered, once."""
    journal.record(*run_of(3))
    sink.refused = {3: Unacceptable(3, "a wheel is no number"), 5: Unacceptable(5, "nor is a spoke")}
    worked = Worked(sink, journal)
    with worked as worker, caplog.at_level(logging.WARNING):
        until(lambda: worker.status().delivered == 4)
        status = worker.status()
    assert sink.numbers == [1, 2, 4, 6]
    assert (status.rejected, status.behind, status.state) == (2, 0, SinkState.OK)
    assert status.message == "document 5 cannot be taken: nor is a spoke: it was passed over"
    assert "a wheel is no number" in caplog.text
    assert worked.saved[-1] == 6


def test_refusing_what_was_not_given_is_a_failure(journal, sink) -> None:
    """A sink that names a wrong number must not make the worker turn for ever."""
    sink.refused = {1: Unacceptable(77, "no")}
    with Worked(sink, journal) as worker:
        journal.record(*run_of(1))
        until(lambda: "it refuses a document that it was not given, 77" in worker.status().message)


def test_a_sink_that_hangs_concerns_nobody_else(journal, sink) -> None:
    """Another gets everything meanwhile; that it does not answer is seen."""
    time, other = StillTime(), Recording("other")
    sink.may_answer.clear()
    settings = {"clock": time.clock, "wait": time.wait}
    with Worked(sink, journal, **settings) as hanging, Worked(other, journal, **settings) as working:
        journal.record(*run_of(200))
        until(lambda: len(other.taken) == 203)
        until(lambda: working.status().behind == 0)
        until(lambda: sink.attempts == 1)
        assert hanging.status().state is SinkState.OK
        time.advance(35)
        status = hanging.status()
        assert (status.state, status.behind) == (SinkState.FAILING, 203)
        assert status.message == "not answering for 35 s; 203 documents behind"
        assert working.status().state is SinkState.OK


def test_closing_one_that_hangs_is_bounded(journal, sink, caplog) -> None:
    """It is left, and said so; its place stays where it was."""
    sink.may_answer.clear()
    worked = Worked(sink, journal)
    with worked as worker:
        journal.record(*run_of(1))
        until(lambda: sink.attempts == 1)
        assert not worker.close(timeout=0.01)
        assert "does not answer: it is left, with 4 documents to come" in caplog.text
        assert worked.saved == []


def test_what_is_there_is_delivered_before_the_end(journal, sink) -> None:
    """A service that ends has just recorded the end of its run."""
    sink.may_answer.clear()
    worked = Worked(sink, journal)
    with worked as worker:
        journal.record(*run_of(1))
        until(lambda: sink.attempts == 1)
        journal.record(*run_of(700, "last"))
        worker.finish(timeout=10)
        sink.may_answer.set()
    assert len(sink.taken) == 4 + 703
    assert worked.saved[-1] == 707


def test_one_that_fails_delays_no_end(journal, sink) -> None:
    """Its documents stay in the journal until the next start."""
    sink.trouble = ConnectionError("connection refused")
    with Worked(sink, journal) as worker:
        journal.record(*run_of(1))
        until(lambda: worker.status().state is SinkState.FAILING)
        assert worker.close()
        assert sink.attempts == 1


def test_switched_off_it_gets_nothing_and_catches_up_later(journal, sink) -> None:
    """Its place is kept, and it is closed meanwhile."""
    with Worked(sink, journal) as worker:
        journal.record(*run_of(1))
        until(lambda: sink.numbers == [1, 2, 3, 4])
        worker.enabled = False
        until(lambda: sink.closes == 1)
        journal.record(*run_of(1, "other"))
        status = worker.status()
        assert (status.state, status.behind, status.enabled) == (SinkState.OFF, 4, False)
        assert status.message == "switched off; it catches up when switched on: 4 documents"
        worker.enabled = True
        until(lambda: sink.numbers == list(range(1, 9)))
    assert sink.opens == 2


def test_far_behind_is_a_state(journal, sink) -> None:
    """What is a batch or less is what comes between two turns."""
    sink.may_answer.clear()
    with Worked(sink, journal) as worker:
        journal.record(*run_of(497))
        assert worker.status().state is SinkState.OK
        journal.record(*run_of(1, "one more"))
        assert worker.status().state is SinkState.BEHIND


def test_a_journal_that_cannot_be_read_is_trouble_of_the_same_kind(journal, sink) -> None:
    """It is told, and opened again at the next attempt."""
    time = StillTime()
    worked = Worked(sink, journal, clock=time.clock, wait=time.wait)
    opened, worked.worker._open_journal = worked.worker._open_journal, None
    with worked as worker:
        journal.record(*run_of(1))
        until(lambda: worker.status().state is SinkState.FAILING)
        worker._open_journal = opened
        time.advance(1.0)
        until(lambda: sink.numbers == [1, 2, 3, 4])


def test_nobody_who_records_waits(journal, sink) -> None:
    """The journal's thread is not kept, even while the sink hangs."""
    sink.may_answer.clear()
    with Worked(sink, journal):
        journal.record(*run_of(1))
        until(lambda: sink.attempts == 1)
        writer = threading.Thread(target=lambda: journal.record(*run_of(100, "more")))
        writer.start()
        writer.join(5.0)
        assert not writer.is_alive()
