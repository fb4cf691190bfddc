"""A thread that does what it is told, in order."""

import logging
import threading
import time
from types import SimpleNamespace

import pytest

from reioc.suspenders import courier as courier_module
from reioc.suspenders.courier import PACE, Courier


@pytest.fixture
def courier():
    courier = Courier("test")
    courier.start()
    return courier


def finish(courier):
    """Wait until all that was asked for is done."""
    done = threading.Event()
    courier.call(done.set)
    assert done.wait(10)


def test_calls_are_made_in_order_in_a_thread_of_its_own(courier):
    """First in, first out; and the thread keeps nothing alive."""
    called, threads = [], set()
    for number in range(1000):
        courier.call(lambda number=number: called.append(number))
    courier.call(lambda: threads.add(threading.current_thread()))
    finish(courier)

    assert called == list(range(1000))
    (thread,) = threads
    assert (thread.name, thread.daemon) == ("test", True)
    assert thread is not threading.current_thread()


def test_it_begins_before_anything_else():
    """In its thread, when it is started; what was asked for before is not lost."""
    called = []
    courier = Courier("test", lambda: called.append(threading.current_thread().name))
    courier.call(lambda: called.append("early"))
    assert called == []
    courier.start()
    finish(courier)

    assert called == ["test", "early"]


def test_starting_twice_is_one_thread():
    """It begins once."""
    begun = []
    courier = Courier("test", lambda: begun.append(1))
    courier.start()
    courier.start()
    finish(courier)

    assert begun == [1]


def test_one_that_raises_does_not_stop_the_others(courier, caplog):
    """It is logged."""

    def broken():
        raise ValueError("no such PV")

    with caplog.at_level(logging.ERROR):
        courier.call(broken)
        finish(courier)

    assert "no such PV" in caplog.text


def test_a_beginning_that_raises_is_logged_and_it_works_on(caplog):
    """What needs it will say what is missing."""

    def broken():
        raise OSError("no libca")

    courier = Courier("test", broken)
    with caplog.at_level(logging.ERROR):
        courier.start()
        finish(courier)

    assert "no libca" in caplog.text


def test_a_call_may_ask_for_more():
    """It is done after what was asked for before."""
    called, done, courier = [], threading.Event(), Courier("test")

    def third():
        called.append("third")
        done.set()

    def first():
        courier.call(third)
        called.append("first")

    courier.call(first)
    courier.call(lambda: called.append("second"))
    courier.start()

    assert done.wait(10)
    assert called == ["first", "second", "third"]


def test_later_calls_come_at_their_time(courier):
    """In the order of their times, not in that in which they were asked for, and not before."""
    called, done, began = [], threading.Event(), time.monotonic()

    def ask():
        courier.call_later(0.05, lambda: (called.append("second"), done.set()))
        courier.call_later(0.02, lambda: called.append("first"))

    courier.call(ask)
    assert done.wait(10)

    assert called == ["first", "second"]
    assert time.monotonic() - began >= 0.05


def test_a_flood_is_worked_off_in_rounds(monkeypatch):
    """All that has come is done in one; then there is a rest, so that a thousand rounds a second are the most."""
    happened = []
    monkeypatch.setattr(courier_module, "time", SimpleNamespace(monotonic=time.monotonic, sleep=happened.append))
    courier = Courier("test")
    for _ in range(1000):
        courier.call(lambda: happened.append("call"))
    courier.start()
    deadline = time.monotonic() + 10
    while PACE not in happened and time.monotonic() < deadline:
        finish(courier)

    assert happened[:1001] == ["call"] * 1000 + [PACE]
    assert PACE >= 0.001
