"""Documents to subscribers."""

import gc
import logging
import threading

import pytest
from event_model import DocumentNames

from reioc.engine import Dispatcher
from reioc.engine.dispatcher import normalize_subs


@pytest.fixture
def dispatcher():
    return Dispatcher()


def failing(name, doc):
    raise ValueError(f"cannot take a {name}")


def test_order_of_subscription(dispatcher):
    """Subscribers are called in the order in which they subscribed, whatever they subscribed to."""
    calls = []
    dispatcher.subscribe(lambda *_: calls.append("all"))
    dispatcher.subscribe(lambda *_: calls.append("start"), "start")
    dispatcher.subscribe(lambda *_: calls.append("all too"))

    dispatcher.process("start", {})
    dispatcher.process("stop", {})

    assert calls == ["all", "start", "all too", "all", "all too"]


def test_names_and_document(dispatcher):
    """A subscriber gets the name as text and the document itself; event-model's names are taken as well."""
    calls, doc = [], {"uid": "1"}
    dispatcher.subscribe(lambda *args: calls.append(args), DocumentNames.start)
    dispatcher.process(DocumentNames.start, doc)

    assert calls == [("start", doc)]
    assert calls[0][1] is doc


def test_unsubscribe(dispatcher):
    """What is unsubscribed is not called any more; doing it twice does no harm."""
    calls = []
    token = dispatcher.subscribe(lambda name, _: calls.append(name))
    dispatcher.process("start", {})
    dispatcher.unsubscribe(token)
    dispatcher.unsubscribe(token)
    dispatcher.process("stop", {})

    assert calls == ["start"]


def test_unsubscribe_all(dispatcher):
    """Afterwards nobody is called."""
    calls = []
    dispatcher.subscribe(lambda name, _: calls.append(name))
    dispatcher.process("start", {})
    dispatcher.unsubscribe_all()
    dispatcher.process("start", {})

    assert calls == ["start"]


def test_subscribe_after_a_document(dispatcher):
    """Who subscribes later gets what comes later."""
    calls = []
    dispatcher.process("start", {})
    dispatcher.subscribe(lambda name, _: calls.append(name))
    dispatcher.process("start", {})

    assert calls == ["start"]


def test_subscriber_that_unsubscribes_itself(dispatcher):
    """Unsubscribing while a document is handed out does not disturb the others."""
    calls = []

    def once(name, doc):
        calls.append("once")
        dispatcher.unsubscribe(token)

    token = dispatcher.subscribe(once)
    dispatcher.subscribe(lambda *_: calls.append("other"))
    dispatcher.process("start", {})
    dispatcher.process("start", {})

    assert calls == ["once", "other", "other"]


@pytest.mark.parametrize(
    ("ignore", "on_error", "raises"),
    [
        (True, None, False),
        (False, None, True),
        (True, "warn", False),
        (False, "warn", False),
        (True, "fail", True),
        (False, "fail", True),
    ],
)
def test_policies(dispatcher, caplog, ignore, on_error, raises):
    """A subscription's own policy decides; without one the engine's setting does. What is ignored is logged."""
    calls = []
    dispatcher.ignore_exceptions = ignore
    dispatcher.subscribe(failing, on_error=on_error)
    dispatcher.subscribe(lambda name, _: calls.append(name))

    with caplog.at_level(logging.ERROR, "reioc.engine"):
        if raises:
            with pytest.raises(ValueError, match="cannot take a start"):
                dispatcher.process("start", {})
        else:
            dispatcher.process("start", {})
            assert calls == ["start"]
            assert "failing" in caplog.text
            assert "cannot take a start" in caplog.text


def test_bad_subscriptions(dispatcher):
    """An unknown name and what cannot be called are refused, with what there is."""
    with pytest.raises(ValueError, match=r"no documents named 'begin'; there are: all, start, descriptor"):
        dispatcher.subscribe(print, "begin")
    with pytest.raises(TypeError, match="not 3"):
        dispatcher.subscribe(3)


def test_subscribe_each_is_all_or_nothing(dispatcher):
    """Where one of several is refused none is subscribed."""
    calls = []

    def note(name, doc):
        calls.append(name)

    with pytest.raises(ValueError, match="begin"):
        dispatcher.subscribe_each([("start", note), ("begin", note)])
    dispatcher.process("start", {})
    assert calls == []

    tokens = dispatcher.subscribe_each([("start", note), ("stop", note)])
    dispatcher.process("start", {})
    assert (len(tokens), calls) == (2, ["start"])


@pytest.mark.parametrize(
    ("subs", "expected"),
    [
        (None, []),
        (print, [("all", print)]),
        ([print, repr], [("all", print), ("all", repr)]),
        ({"start": print, "stop": [print, repr]}, [("start", print), ("stop", print), ("stop", repr)]),
        ({}, []),
        ({"stop": repr, "all": print, "start": None}, [("all", print), ("stop", repr)]),
        ((print, repr), [("all", print), ("all", repr)]),
    ],
)
def test_normalize_subs(subs, expected):
    """What people write as subscriptions, as pairs."""
    assert normalize_subs(subs) == expected


@pytest.mark.parametrize(
    ("subs", "error", "text"),
    [
        (5, TypeError, "not 5"),
        ([print, 5], TypeError, "not 5"),
        ({"stop": 5}, TypeError, "not 5"),
        ({"begin": print}, KeyError, "no documents named 'begin'"),
    ],
)
def test_normalize_what_is_no_subscription(subs, error, text):
    """It is refused with what it is."""
    with pytest.raises(error, match=text):
        normalize_subs(subs)


def test_subscribing_from_other_threads(dispatcher):
    """Subscribing while documents are handed out neither fails nor loses the subscriber."""
    total = 300
    received = [0] * total

    def subscribe_many():
        for number in range(total):

            def note(name, doc, number=number):
                received[number] += 1

            dispatcher.subscribe(note)

    thread = threading.Thread(target=subscribe_many)
    thread.start()
    while thread.is_alive():
        dispatcher.process("event", {})
    thread.join()
    before = list(received)
    dispatcher.process("event", {})

    assert [after - old for after, old in zip(received, before, strict=True)] == [1] * total


def test_subscribed_twice_called_once(dispatcher):
    """A function gets each document once, however often it is subscribed, until its last subscription is gone."""
    calls = []

    def note(name, doc):
        calls.append(name)

    tokens = [dispatcher.subscribe(note), dispatcher.subscribe(note, "start"), dispatcher.subscribe(note)]
    dispatcher.process("start", {})
    dispatcher.process("stop", {})
    assert calls == ["start", "stop"]

    dispatcher.unsubscribe(tokens[0])
    dispatcher.process("stop", {})
    dispatcher.unsubscribe(tokens[2])
    dispatcher.process("stop", {})
    dispatcher.process("start", {})
    assert calls == ["start", "stop", "stop", "start"]


def test_of_two_subscriptions_the_one_that_must_not_fail_counts(dispatcher):
    """A writer that is subscribed with `fail` fails, though the same function was subscribed without before."""
    dispatcher.subscribe(failing)
    dispatcher.process("start", {})
    dispatcher.subscribe(failing, on_error="fail")

    with pytest.raises(ValueError, match="cannot take a start"):
        dispatcher.process("start", {})


def test_a_method_stays(dispatcher):
    """Its object lives as long as the subscription, though nobody else holds it; bluesky forgets it."""
    calls = []

    class Listener:
        def listen(self, name, doc):
            calls.append(name)

    dispatcher.subscribe(Listener().listen)
    gc.collect()
    dispatcher.process("start", {})

    assert calls == ["start"]


def test_what_cannot_be_hashed_can_be_subscribed(dispatcher):
    """A callable that is a dataclass, for instance."""

    class Table(list):
        __hash__ = None

        def __call__(self, name, doc):
            self.append(name)

    table = Table()
    dispatcher.subscribe(table)
    dispatcher.process("start", {})

    assert table == ["start"]


def test_the_old_order_of_arguments(dispatcher):
    """Name first, as bluesky once had it: it is taken, with a warning that says how to write it."""
    calls = []
    with pytest.warns(UserWarning, match=r"write subscribe\(func, name\)"):
        dispatcher.subscribe("stop", lambda name, _: calls.append(name))
    dispatcher.process("start", {})
    dispatcher.process("stop", {})

    assert calls == ["stop"]
