"""Order of delivery, whatever thread asks."""

import threading

from reioc.suspenders.outbox import Outbox


def test_items_are_delivered_in_order():
    """First in, first out."""
    got = []
    outbox = Outbox(got.append)
    outbox.put([1, 2])
    outbox.put([3])
    outbox.flush()

    assert got == [1, 2, 3]


def test_a_call_back_does_not_overtake():
    """What a delivery causes is delivered after it, not within it."""
    got = []

    def deliver(item):
        if item == "first":
            outbox.put(["third"])
            outbox.flush()
        got.append(item)

    outbox = Outbox(deliver)
    outbox.put(["first", "second"])
    outbox.flush()

    assert got == ["first", "second", "third"]


def test_another_thread_does_not_wait_and_its_items_are_not_lost():
    """While one thread delivers, another one leaves its items and goes."""
    got, entered, go_on = [], threading.Event(), threading.Event()

    def deliver(item):
        if item == "slow":
            entered.set()
            go_on.wait(10)
        got.append(item)

    outbox = Outbox(deliver)
    outbox.put(["slow"])
    thread = threading.Thread(target=outbox.flush)
    thread.start()
    assert entered.wait(10)
    outbox.put(["quick"])
    outbox.flush()
    before = list(got)
    go_on.set()
    thread.join(10)

    assert before == []
    assert got == ["slow", "quick"]
