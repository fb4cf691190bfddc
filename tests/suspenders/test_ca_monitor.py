"""One monitor: what is heard, and what is done about a storm."""

import ctypes
import threading

import pytest

from reioc.suspenders import ca_monitor
from reioc.suspenders.ca_monitor import PAUSE, STORM, Monitor
from reioc.suspenders.ca_thread import dbr

from .fake_ca import DISCONNECTED, NORMAL, FakeCA

MASK = dbr.DBE_VALUE | dbr.DBE_ALARM


@pytest.fixture
def ca(monkeypatch):
    return FakeCA(monkeypatch)


def numbers(told):
    """The values in what was told."""
    return [None if raw is None else dbr.time_double.from_buffer_copy(raw).value for raw in told]


def monitored(ca, dbr_type=dbr.TIME_DOUBLE, count=1, **how):
    """A monitor, and what it tells."""
    told = []
    return Monitor("chid", dbr_type, count, MASK, told.append, **how), told


def test_it_subscribes_at_once(ca):
    """With what it was given, and sees to it that the request is sent."""
    monitored(ca)
    (made,) = ca.made

    assert (made.chid, made.dbr_type, made.count, made.mask) == ("chid", dbr.TIME_DOUBLE, 1, MASK)
    assert ca.flushed == 1


def test_a_subscription_that_fails_is_an_error(ca):
    """With what libca says."""
    ca.status = DISCONNECTED

    with pytest.raises(OSError, match="no subscription: status 192"):
        monitored(ca)


def test_what_came_is_told_in_the_channel_access_thread(ca):
    """Not in the callback."""
    _, told = monitored(ca)
    ca.made[0].send(5.0)
    assert told == []
    ca.thread.run()

    assert numbers(told) == [5.0]


def test_only_the_latest_is_told(ca):
    """However many came before it was looked at: the callback only puts them down, and asks once."""
    _, told = monitored(ca)
    for value in (1.0, 2.0, 3.0):
        ca.made[0].send(value)
    assert len(ca.thread.calls) == 1
    ca.thread.run()
    ca.made[0].send(4.0)
    ca.thread.run()

    assert numbers(told) == [3.0, 4.0]


def test_what_comes_while_it_is_told_is_told_next(ca):
    """Nothing is lost in between."""
    told = []

    def tell(raw):
        told.append(raw)
        if len(told) == 1:
            ca.made[0].send(2.0)

    Monitor("chid", dbr.TIME_DOUBLE, 1, MASK, tell)
    ca.made[0].send(1.0)
    ca.thread.run()

    assert numbers(told) == [1.0, 2.0]


def test_bytes_are_copied(ca):
    """What libca has is gone when the callback returns; of an array all elements are there."""
    _, told = monitored(ca, dbr.TIME_CHAR, 10)
    ca.made[0].send(b"0123456789")
    ca.thread.run()
    (raw,) = told

    assert len(raw) == ctypes.sizeof(dbr.time_char) + 9
    assert raw[dbr.time_char.value.offset :][:10] == b"0123456789"


def test_an_event_that_is_none_says_that_nothing_is_known(ca):
    """Such as that the PV may not be read any longer."""
    _, told = monitored(ca)
    ca.made[0].send(5.0)
    ca.made[0].send(status=DISCONNECTED)
    ca.thread.run()

    assert told == [None]


def test_what_is_lost_is_told(ca):
    """Once, though something came just before."""
    monitor, told = monitored(ca)
    ca.made[0].send(5.0)
    monitor.lose()
    assert len(ca.thread.calls) == 1
    ca.thread.run()
    monitor.lose()
    monitor.lose()
    assert len(ca.thread.calls) == 1
    ca.thread.run()

    assert told == [None, None]


def test_cleared_it_hears_no_more(ca):
    """The subscription is gone; once more is harmless."""
    monitor, _ = monitored(ca)
    monitor.clear()
    monitor.clear()

    assert ca.subscriptions == {}


# At once


def test_where_it_is_wanted_it_is_told_at_once(ca):
    """In the callback, and so is what is lost; no other thread is asked."""
    monitor, told = monitored(ca, at_once=True)
    ca.made[0].send(5.0)
    monitor.lose()

    assert numbers(told) == [5.0, None]
    assert ca.thread.calls == []


def test_what_comes_while_it_is_told_at_once_is_told_after_it(ca):
    """One at a time, and in order; of several the latest."""
    told = []

    def tell(raw):
        if not told:
            ca.made[0].send(2.0)
            ca.made[0].send(3.0)
        told.append(raw)

    Monitor("chid", dbr.TIME_DOUBLE, 1, MASK, tell, at_once=True)
    ca.made[0].send(1.0)

    assert numbers(told) == [1.0, 3.0]


def test_two_threads_do_not_tell_at_the_same_time(ca):
    """Whoever comes second leaves what came to the first one, and does not wait."""
    told, entered, go_on = [], threading.Event(), threading.Event()

    def tell(raw):
        if not entered.is_set():
            entered.set()
            go_on.wait(10)
        told.append(raw)

    Monitor("chid", dbr.TIME_DOUBLE, 1, MASK, tell, at_once=True)
    first = threading.Thread(target=ca.made[0].send, args=(1.0,))
    first.start()
    assert entered.wait(10)
    ca.made[0].send(2.0)
    before = list(told)
    go_on.set()
    first.join(10)

    assert before == []
    assert numbers(told) == [1.0, 2.0]


def test_in_a_storm_nothing_is_told_at_once(ca):
    """It is paused, and told by the Channel Access thread until it is over."""
    _, told = begin_storm(ca, at_once=True)
    for _ in range(3):
        ca.thread.run_later()
        before = len(told)
        ca.made[-1].send(1.0)
        assert len(told) == before
        ca.thread.run()
        assert len(told) == before + 1
    ca.made[-1].send(2.0)

    assert numbers(told[-1:]) == [2.0]
    assert len(ca.subscriptions) == 1


# Storms


def run_for(ca, seconds, rate):
    """Events at this rate, looked at every 10 ms, for as long as nobody pauses the subscription."""
    per_look = round(rate * 0.01)
    for _ in range(round(seconds / 0.01)):
        for _ in range(per_look if ca.subscriptions else 0):
            ca.made[-1].send(1.0)
        ca.now += 0.01
        ca.thread.run()


def begin_storm(ca, **how):
    told = monitored(ca, **how)
    run_for(ca, 0.1, 3 * STORM)
    assert ca.subscriptions == {}
    return told


def test_a_storm_is_paused(ca):
    """For some milliseconds: then it is heard again."""
    begin_storm(ca)
    ((seconds, _),) = ca.thread.later
    assert seconds == PAUSE
    ca.thread.run_later()

    assert len(ca.subscriptions) == 1
    assert ca.flushed == 2


@pytest.mark.parametrize("rate", [100, STORM / 2, 0.9 * STORM])
def test_less_than_a_storm_is_not_paused(ca, rate):
    """However long it lasts."""
    _, told = monitored(ca)
    run_for(ca, 5.0, rate)

    assert len(ca.made) == 1
    assert len(told) == 500


def test_in_a_storm_each_first_event_is_told_and_pauses_again(ca):
    """It is the latest value: the longest that anything is late is the pause."""
    _, told = begin_storm(ca)
    for value in range(5):
        ca.thread.run_later()
        before = len(told)
        ca.made[-1].send(float(value))
        ca.made[-1].send(float(value) + 0.5)
        ca.thread.run()
        assert numbers(told[before:]) == [value + 0.5]
        assert ca.subscriptions == {}
        assert [seconds for seconds, _ in ca.thread.later] == [PAUSE]


def test_a_storm_that_is_over_is_not_paused_any_more(ca):
    """When three times in a row there was but one event; a second one in between begins to count anew."""
    begin_storm(ca)
    paused = []
    for events in (1, 1, 2, 1, 1, 1):
        ca.thread.run_later()
        for _ in range(events):
            ca.made[-1].send(1.0)
        ca.thread.run()
        paused.append(not ca.subscriptions)
        ca.now += PAUSE

    assert paused == [True, True, True, True, True, False]
    made = len(ca.made)
    run_for(ca, 1.0, STORM / 2)
    assert len(ca.made) == made


def test_after_a_storm_there_may_be_another(ca):
    """It is paused as the first one was."""
    begin_storm(ca)
    for _ in range(3):
        ca.thread.run_later()
        ca.made[-1].send(1.0)
        ca.thread.run()
    assert len(ca.subscriptions) == 1
    run_for(ca, 0.1, 3 * STORM)

    assert ca.subscriptions == {}


def test_cleared_while_paused_it_stays_so(ca):
    """The end of the pause subscribes to nothing."""
    monitor, _ = begin_storm(ca)
    made = len(ca.made)
    monitor.clear()
    ca.thread.run_later()

    assert (len(ca.made), ca.subscriptions) == (made, {})


def test_lost_while_paused_is_told(ca):
    """A disconnection does not wait, and does not make the pause longer."""
    monitor, told = begin_storm(ca)
    monitor.lose()
    ca.thread.run()

    assert told[-1] is None
    assert len(ca.thread.later) == 1


def test_what_counts_as_a_storm():
    """More than Python can well do without noticing, and a pause that nobody notices either."""
    assert STORM >= 1000
    assert 0 < ca_monitor.PAUSE <= 0.1


def test_one_that_cannot_go_on_after_a_pause_is_lost_and_tries_again(ca):
    """A subscription that fails in the middle of a storm: nothing is known any more, until one succeeds."""
    _, told = monitored(ca)
    for value in range(int(STORM)):
        ca.made[-1].send(float(value))
    ca.thread.run()
    ca.status = DISCONNECTED
    ca.thread.run_later()
    ca.thread.run()
    assert told[-1] is None
    ca.status = NORMAL
    ca.thread.run_later()
    ca.made[-1].send(7.0)
    ca.thread.run()

    assert numbers(told)[-1] == 7.0


def test_at_once_it_is_told_in_the_callback_but_not_in_a_storm(ca):
    """Where the callback is known to be quick no other thread is woken; a storm is left to the thread, and ends."""
    told = []
    Monitor("chid", dbr.TIME_DOUBLE, 1, MASK, told.append, at_once=True)
    ca.made[0].send(1.0)
    assert numbers(told) == [1.0]
    for value in range(int(STORM)):
        ca.made[0].send(float(value))
    in_callbacks = len(told)
    assert in_callbacks < STORM
    ca.thread.run()
    assert len(ca.subscriptions) == 0

    assert numbers(told)[-1] == STORM - 1


def test_a_callback_that_raises_is_logged_and_the_next_event_is_told(ca, caplog):
    """In libca's thread nobody else would hear of it."""
    told = []

    def tell(raw):
        told.append(raw)
        if len(told) == 1:
            raise ValueError("not this one")

    Monitor("chid", dbr.TIME_DOUBLE, 1, MASK, tell, at_once=True)
    ca.made[0].send(1.0)
    ca.made[0].send(2.0)

    assert numbers(told) == [1.0, 2.0]
    assert "not this one" in caplog.text
