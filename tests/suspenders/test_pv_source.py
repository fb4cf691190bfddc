"""A PV as a source, without a network."""

import threading
from types import SimpleNamespace

import pytest

from reioc.suspenders import Floor, PVSource, Sample, Severity, SuspenderBase, ca_thread
from reioc.suspenders import pv_source as module
from reioc.suspenders.ca_thread import dbr
from reioc.suspenders.conditions import Predicates, Reading
from reioc.suspenders.sources import Source, as_source

from .fake_ca import DISCONNECTED, FakeCA
from .support import RecordingKeeper

SINCE_1970 = dbr.EPICS2UNIX_EPOCH


@pytest.fixture
def ca(monkeypatch):
    return FakeCA(monkeypatch)


def started(ca, native=dbr.DOUBLE, elements=1):
    """A source that is connected to a PV of this type, and what it reports."""
    samples, source = [], PVSource("X:PV")
    ca.native, ca.elements = native, elements
    source.start(samples.append)
    ca.thread.run()
    ca.connect()
    return source, samples


def send(ca, value, **more):
    ca.made[-1].send(value, **more)
    ca.thread.run()


def test_making_one_connects_to_nothing(ca):
    """Only `start` does, by pyepics and without a monitor of its own."""
    source = PVSource("X:PV")
    assert isinstance(source, Source)
    assert as_source(source) is source
    assert ca.pvs == []
    source.start(print)
    ca.thread.run()
    (pv,) = ca.pvs

    assert (source.name, pv.name) == ("X:PV", "X:PV")
    assert pv.settings["auto_monitor"] is False


def test_libca_is_initialised_where_the_first_pv_is_watched(monkeypatch):
    """In the caller's thread, and before ours is there."""
    order = []
    monkeypatch.setattr(ca_thread, "ca", SimpleNamespace(current_context=lambda: order.append(threading.get_ident())))
    monkeypatch.setattr(ca_thread, "ca_thread", SimpleNamespace(start=lambda: order.append("start")))
    ca_thread.start_ca_thread()

    assert order == [threading.get_ident(), "start"]


def test_a_number_with_its_severity_and_time_stamp(ca):
    """By one monitor, for values and alarms."""
    _, samples = started(ca)
    send(ca, 5.5, severity=2, stamp=(1000, 500_000_000))
    (made,) = ca.made

    assert samples == [Sample(5.5, Severity.MAJOR, True, SINCE_1970 + 1000.5)]
    assert (made.dbr_type, made.count, made.mask) == (dbr.TIME_DOUBLE, 1, dbr.DBE_VALUE | dbr.DBE_ALARM)


def test_connected_is_said_with_a_value(ca):
    """Nothing is reported on connection."""
    _, samples = started(ca)

    assert samples == []


@pytest.mark.parametrize("native", [dbr.SHORT, dbr.FLOAT, dbr.CHAR, dbr.LONG, dbr.DOUBLE])
def test_numbers_of_every_type_come_as_numbers(ca, native):
    """The server converts them."""
    _, samples = started(ca, native)
    send(ca, 7.0)

    assert [sample.value for sample in samples] == [7.0]
    assert ca.made[0].dbr_type == dbr.TIME_DOUBLE


def test_for_a_quick_callback_it_is_reported_at_once(ca):
    """In libca's thread; labels as well, which come first."""
    samples, source = [], PVSource("X:PV")
    source.at_once = True
    ca.native = dbr.ENUM
    source.start(samples.append)
    ca.thread.run()
    ca.connect()
    ca.made[0].send_labels("Closed", "Open")
    ca.made[1].send(1)

    assert [(sample.value, sample.labels) for sample in samples] == [(1, ("Closed", "Open"))]
    assert ca.thread.calls == []


def test_conditions_of_ours_are_quick(ca):
    """A suspender asks for reports at once where no code of a beamline is called."""

    class Own(Floor):
        pass

    asked = []
    for condition in (Floor(1), Own(1), Predicates(bool, bool)):
        source = PVSource("X:PV")
        suspender = SuspenderBase(source, condition=condition)
        suspender.install(RecordingKeeper())
        asked.append(source.at_once)
        suspender.remove()

    assert asked == [True, False, False]


def test_an_enum_has_its_labels(ca):
    """By a monitor of their own, which is asked for first; the value is the number."""
    _, samples = started(ca, dbr.ENUM)
    labels, values = ca.made
    labels.send_labels("Closed", "Open")
    values.send(1)
    ca.thread.run()

    assert (labels.dbr_type, labels.mask) == (dbr.CTRL_ENUM, 8)
    assert values.dbr_type == dbr.TIME_ENUM
    assert [(sample.value, sample.labels) for sample in samples] == [(1, ("Closed", "Open"))]


def test_labels_that_change_come_with_the_next_value(ca):
    """They are no report by themselves."""
    _, samples = started(ca, dbr.ENUM)
    labels, values = ca.made
    for pair in (("Closed", "Open"), ("In", "Out")):
        labels.send_labels(*pair)
        ca.thread.run()
        values.send(0)
        ca.thread.run()

    assert [sample.labels for sample in samples] == [("Closed", "Open"), ("In", "Out")]


def test_a_text(ca):
    """A string record's."""
    _, samples = started(ca, dbr.STRING)
    send(ca, "2-BM-Ä".encode("latin-1"))

    assert samples[0].value == "2-BM-Ä"


def test_an_array_of_characters_is_a_text(ca):
    """Up to the first 0."""
    _, samples = started(ca, dbr.CHAR, 20)
    send(ca, "Größe\0rest".encode())

    assert samples[0].value == "Größe"
    assert (ca.made[0].dbr_type, ca.made[0].count) == (dbr.TIME_CHAR, 20)


def test_what_is_no_text_after_all_does_no_harm(ca):
    """Characters that cannot be read are marked."""
    _, samples = started(ca, dbr.CHAR, 20)
    send(ca, b"a\xff\0")

    assert samples[0].value == "a�"


def test_other_arrays_fit_no_condition(ca):
    """They are not sent, but said to be one."""
    _, samples = started(ca, dbr.DOUBLE, 4096)
    send(ca, 1.0)
    (sample,) = samples

    assert ca.made[0].count == 1
    assert Floor(1).misfit(Reading(sample.value)) == "is an array of 4096 elements, and 'floor' compares one number"
    assert repr(sample.value) == "<array of 4096>"


def test_a_disconnection_is_reported(ca):
    """INVALID, without a value; the next event says that it is back."""
    _, samples = started(ca)
    send(ca, 5.0)
    ca.disconnect()
    ca.connect()
    assert [(sample.value, sample.severity, sample.connected) for sample in samples[1:]] == [
        (None, Severity.INVALID, False)
    ]
    send(ca, 6.0)

    assert (samples[-1].value, samples[-1].connected) == (6.0, True)


def test_a_reconnection_to_the_same_subscribes_to_nothing(ca):
    """It is libca that does."""
    started(ca)
    ca.disconnect()
    ca.connect()

    assert len(ca.made) == 1


def test_a_reconnection_to_another_type_subscribes_anew(ca):
    """An IOC may come back with another record; the old subscription is cleared, and its labels forgotten."""
    _, samples = started(ca, dbr.ENUM)
    ca.made[0].send_labels("Closed", "Open")
    ca.disconnect()
    ca.native = dbr.DOUBLE
    ca.connect()
    send(ca, 5.5)

    assert list(ca.subscriptions.values()) == [ca.made[2]]
    assert (samples[-1].value, samples[-1].labels) == (5.5, ())


def test_a_pv_that_may_not_be_read_is_not_known(ca):
    """The access right is withdrawn, or an event says so."""
    _, samples = started(ca)
    for lose in (lambda: ca.pvs[0].on_access(False, False, pv=None), lambda: ca.made[0].send(status=DISCONNECTED)):
        send(ca, 5.0)
        lose()
        ca.thread.run()

    assert [sample.connected for sample in samples] == [True, False, True, False]


def test_a_right_that_is_there_is_no_news(ca):
    """Read access that is granted, and write access, do not matter."""
    _, samples = started(ca)
    send(ca, 5.0)
    ca.pvs[0].on_access(True, False, pv=None)
    ca.thread.run()

    assert len(samples) == 1


def test_a_disconnection_before_the_first_connection_is_no_news(ca):
    """There is nothing to lose yet."""
    samples, source = [], PVSource("X:PV")
    source.start(samples.append)
    ca.thread.run()
    ca.disconnect()

    assert samples == []


def test_a_value_that_cannot_be_read_is_a_problem(ca, monkeypatch):
    """It is reported as one, and nothing is thrown away with it."""
    _, samples = started(ca)
    with monkeypatch.context() as broken:
        broken.setattr(module, "severity_of", lambda _: 1 / 0)
        send(ca, 5.0)
    send(ca, 6.0)

    assert samples[0].problem == "its value cannot be read: division by zero"
    assert (samples[1].value, samples[1].problem) == (6.0, "")


def test_stopped_it_reports_no_more(ca):
    """At once, also what is on its way; subscription and channel are cleared in their thread."""
    source, samples = started(ca)
    ca.made[0].send(5.0)
    source.stop()
    ca.thread.run()
    source.stop()

    assert samples == []
    assert ca.subscriptions == {}
    assert [pv.closed for pv in ca.pvs] == [True]
    assert ca.thread.calls == []


def test_it_can_be_started_again(ca):
    """With another callback."""
    source, first = started(ca)
    source.stop()
    second = []
    source.start(second.append)
    ca.thread.run()
    ca.connect()
    send(ca, 5.0)

    assert first == []
    assert [sample.value for sample in second] == [5.0]
    assert len(ca.subscriptions) == 1
    assert [pv.closed for pv in ca.pvs] == [True, False]


def test_a_connection_that_is_gone_again_subscribes_to_nothing(ca):
    """By the time that the thread hears of it."""
    PVSource("X:PV").start(print)
    ca.thread.run()
    ca.pvs[0].on_connection(conn=True, pv=ca.pvs[0])
    ca.thread.run()

    assert ca.made == []


def test_started_and_stopped_before_anything_happened(ca):
    """Nothing is left, in whatever state the thread finds it."""
    source = PVSource("X:PV")
    source.start(print)
    source.stop()
    ca.thread.run()

    assert ca.subscriptions == {}
    assert all(pv.closed for pv in ca.pvs)
