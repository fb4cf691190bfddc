"""The points that are kept."""

import numpy as np
import pytest

from reioc.ioc.data.table import BATCH, Table


def event(seq_num, **data):
    return {"seq_num": seq_num, "time": 1000.0 + seq_num, "data": data}


def page(*seq_nums, **data):
    return {"seq_num": list(seq_nums), "time": [1000.0 + number for number in seq_nums], "data": data}


def table(length=10):
    made = Table(length, began=1000.0)
    made.want(["a"])
    return made


def kept(made, field="a"):
    return made.column(field).tolist()


def test_a_page_is_as_its_events():
    """With time and number."""
    made = table()
    made.page(page(1, 2, a=[5, 6]))
    assert (kept(made), kept(made, "time"), kept(made, "seq_num")) == ([5, 6], [1, 2], [1, 2])


def test_events_and_pages_keep_their_order():
    """A later one with the same number counts."""
    made = table()
    made.event(event(1, a=1))
    made.page(page(1, 2, a=[10, 20]))
    made.event(event(2, a=200))
    assert kept(made) == [10, 200]


@pytest.mark.parametrize("data", [{}, {"a": [1]}, {"a": ["x", "y"]}])
def test_a_page_without_usable_numbers_is_gaps(data):
    """A column may be missing, too short, or be texts."""
    made = table()
    made.page(page(1, 2, **data))
    assert np.isnan(kept(made)).tolist() == [True, True]


def test_a_page_that_is_longer_than_the_table_is_thinned_out():
    """At once."""
    made = table(length=4)
    made.page(page(*range(1, 18), a=list(range(1, 18))))
    assert (made.stride, kept(made)) == (8, [1, 9, 17])


def test_a_page_of_numpy_arrays_is_taken():
    """As a flyer may have made it."""
    made = table()
    made.page({"seq_num": np.array([1, 2]), "time": np.array([1001.0, 1002.0]), "data": {"a": np.array([5, np.inf])}})
    assert kept(made)[0] == 5
    assert np.isnan(kept(made)[1])


def test_memory_is_bounded_over_many_events():
    """No more events wait than a batch, no more points are kept than there is room for, evenly spaced."""
    made = table(length=100)
    for seq_num in range(1, 20_001):
        made.event(event(seq_num, a=seq_num))
    assert len(made._waiting) < BATCH
    points = kept(made)
    assert (made.stride, points) == (256, list(range(1, 20_001, 256)))
    assert made._capacity <= 100 + BATCH


@pytest.mark.parametrize("value", [10**400, [10**400, 1.0]])
def test_what_is_beyond_every_float_is_a_gap(value):
    """Python's whole numbers know no limit."""
    made = table()
    made.event(event(1, a=value))
    made.event(event(2, a=2))
    assert np.isnan(kept(made)).tolist() == [True, False]
