"""The real timers: one thread, in order."""

import logging
import threading
import time

from reioc.suspenders.timers import start_timer


def occupied():
    """Keeps the timers' thread busy; the event that lets it go on."""
    busy, go_on = threading.Event(), threading.Event()

    def occupy():
        busy.set()
        go_on.wait(10)

    start_timer(0.0, occupy)
    assert busy.wait(10)
    return go_on


def test_it_calls_once_and_not_before_its_time():
    """With the machine's clock."""
    called, done, began = [], threading.Event(), time.monotonic()
    start_timer(0.05, lambda: called.append(time.monotonic() - began))
    start_timer(0.1, done.set)

    assert done.wait(10)
    assert len(called) == 1
    assert called[0] >= 0.05


def test_what_is_due_first_is_called_first():
    """Whatever the order in which they were started; of two at the same time the one that was started first."""
    called, done, go_on = [], threading.Event(), occupied()
    # Long overdue, all of them: so that no delay of this thread changes their order.
    start_timer(-10, lambda: called.append("third"))
    start_timer(-30, lambda: called.append("first"))
    start_timer(-20, lambda: called.append("second"))
    start_timer(0, done.set)
    go_on.set()

    assert done.wait(10)
    assert called == ["first", "second", "third"]


def test_a_shorter_one_does_not_wait_for_a_longer_one():
    """The thread that waits for an hour is woken."""
    called = threading.Event()
    long = start_timer(3600, lambda: None)
    start_timer(0.01, called.set)

    assert called.wait(10)
    long.cancel()


def test_what_is_cancelled_is_not_called():
    """Not even if it is due already; cancelling once more, or after the call, does nothing."""
    called, done, go_on = [], threading.Event(), occupied()
    cancelled = start_timer(0, lambda: called.append("cancelled"))
    kept = start_timer(0, lambda: called.append("kept"))
    start_timer(0, done.set)
    cancelled.cancel()
    go_on.set()
    assert done.wait(10)
    kept.cancel()
    cancelled.cancel()

    assert called == ["kept"]


def test_one_that_raises_does_not_stop_the_others(caplog):
    """It is logged."""
    done = threading.Event()

    def broken():
        raise ValueError("no such screen")

    with caplog.at_level(logging.ERROR):
        start_timer(0, broken)
        start_timer(0, done.set)
        assert done.wait(10)

    assert "which a timer called" in caplog.text
    assert "no such screen" in caplog.text


def test_they_share_one_thread_that_keeps_nothing_alive():
    """However many there are."""
    threads, done = set(), threading.Event()
    for _ in range(10):
        start_timer(0, lambda: threads.add(threading.current_thread()))
    start_timer(0.01, done.set)

    assert done.wait(10)
    (thread,) = threads
    assert thread.daemon
