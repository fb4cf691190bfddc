"""The queue, its history, named values."""

import math

import numpy as np
import pytest

from reioc.ioc.journal import (
    Journal,
    JournalError,
    add_history,
    drop_item,
    drop_items,
    move_item,
    put_item,
    put_value,
)
from tests.ioc.journal.support import TIMEOUT, done, record, start, stored


def test_items_come_back_by_rank(journal):
    """Put, changed, moved, dropped."""
    done(journal.store(put_item("a", 1, {"plan": "count"}), put_item("b", 2, {}), put_item("c", 3, {})))
    done(journal.store(put_item("b", 2, {"plan": "scan"}), move_item("c", 0), drop_item("a"), drop_item("nobody")))

    assert journal.items() == [("c", 0, {}), ("b", 2, {"plan": "scan"})]


def test_statements_count_in_their_order(journal):
    """Also those that are about one item, of which the last one is true."""
    done(
        journal.store(
            put_item("a", 1, {}),
            move_item("a", 5),
            move_item("a", 7),
            put_item("b", 6, {"n": 1}),
            put_item("b", 6, {"n": 2}),
            drop_items(),
            put_item("c", 9, {}),
            put_item("d", 1, {}),
            move_item("c", 4),
            move_item("c", 0),
        )
    )

    assert journal.items() == [("c", 0, {}), ("d", 1, {})]


def test_items_outlive_a_restart(path):
    """As do values and the history."""
    journal = Journal(path)
    journal.store(put_item("a", 1, {"kwargs": {"num": 3}}), put_value("loop", True), add_history({"uid": "h"}))
    journal.close()

    journal = Journal(path)
    assert (journal.items(), journal.value("loop")) == ([("a", 1, {"kwargs": {"num": 3}})], True)
    assert journal.history() == [{"uid": "h"}]
    journal.close()


def test_ten_thousand_items_take_one_transaction(journal):
    """And come back in order."""
    items = [(str(number), number, {"plan": "count", "num": number}) for number in range(10_000)]
    done(journal.store(*(put_item(*item) for item in items)))

    assert journal.items() == items


def test_a_store_comes_after_what_was_recorded(journal, path):
    """When it is durable, so is that."""
    record(journal, start())
    done(journal.store(put_value("key", 1)))

    assert stored(path) == [start()]


def test_values_come_back(journal):
    """By name; there is a default for what is not there."""
    value = {"text": "½ \ud800", "list": [1, None, True], "nan": math.inf, "array": [1.5, 2.5]}
    done(journal.store(put_value("key", {**value, "array": np.array([1.5, 2.5])})))
    done(journal.store(put_value("other", 1), put_value("other", 2)))

    assert (journal.value("key"), journal.value("other")) == (value, 2)
    assert (journal.value("nobody"), journal.value("nobody", 5)) == (None, 5)


def test_the_history_is_newest_first(journal):
    """All of it, the last ones, or those of one plan."""
    entries = [{"uid": str(number), "plan": plan} for number, plan in enumerate(["scan", "count", "scan"])]
    done(journal.store(*map(add_history, entries)))

    assert journal.history() == entries[::-1]
    assert journal.history(1) == entries[2:]
    assert journal.history(5, plan="scan") == [entries[2], entries[0]]


@pytest.mark.parametrize(
    "make",
    [
        lambda: put_item("", 1, {}),
        lambda: put_item("a", 1.5, {}),
        lambda: put_item("a", 2**63, {}),
        lambda: put_item("a", 1, {"device": object()}),
        lambda: put_value(None, 1),
    ],
)
def test_what_cannot_be_stored_is_refused_where_it_is_made(make):
    """Before anything of the store is."""
    with pytest.raises(TypeError, match=r"a uid or a key is|a rank is|cannot be stored as JSON"):
        make()


def test_a_store_cannot_be_cancelled(journal):
    """It is done, whoever has given up waiting for it."""
    future = journal.store(put_value("key", 1))

    assert not future.cancel()
    done(future)


def test_a_journal_that_is_closed_stores_nothing(path):
    """And says so."""
    journal = Journal(path)
    journal.close()

    with pytest.raises(JournalError, match=f"the journal {path} is closed"):
        journal.store(put_value("key", 1)).result(TIMEOUT)
