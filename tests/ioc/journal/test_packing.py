"""Documents to bytes and back."""

import logging
import math
import threading
from collections import ChainMap, deque
from datetime import UTC, datetime
from enum import Enum, IntEnum
from pathlib import Path

import msgpack
import msgpack_numpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reioc.ioc.journal.packing import pack, unpack

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.binary() | st.text()
KEYS = st.text() | st.integers(-(2**63), 2**64 - 1) | st.tuples(st.text(), st.integers(0, 9))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))
DTYPES = hnp.scalar_dtypes() | hnp.unicode_string_dtypes() | hnp.byte_string_dtypes()


def through(value):
    return unpack(pack({"value": value}))["value"]


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_what_documents_are_made_of_comes_back(value):
    """Numbers of any size, text, bytes, lists and dicts, whatever their keys."""
    assert through(value) == value


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, min_side=0, max_side=3)))
def test_an_array_comes_back(array):
    """Its type, byte order and shape too, and it can be written to."""
    found = through(array)

    assert (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())
    assert found.flags.writeable


@pytest.mark.parametrize("value", [np.float32(0.1), np.int8(-3), np.bool_(True), np.datetime64("2026-01-01", "ms")])
def test_a_scalar_of_numpy_comes_back(value):
    """With its type."""
    found = through(value)

    assert (found, type(found), found.dtype) == (value, type(value), value.dtype)


def test_it_is_ours_whoever_patches_msgpack(monkeypatch):
    """Consumers of bluesky's have `msgpack_numpy` take the place of msgpack, in the whole process."""
    for name in ("Packer", "Unpacker", "load", "loads", "dump", "dumps", "pack", "packb", "unpack", "unpackb"):
        monkeypatch.setattr(msgpack, name, getattr(msgpack, name))  # put back afterwards
    msgpack_numpy.patch()
    document = {"image": np.ones(2), ("a", 1): "tuple"}

    packed: list[bytes] = []
    thread = threading.Thread(target=lambda: packed.append(pack(document)))  # a thread's packer is made once
    thread.start()
    thread.join()
    found = unpack(packed[0])

    assert found["image"].tolist() == [1, 1]
    assert found["a", 1] == "tuple"


def test_an_array_with_fields_comes_back():
    """With the names of its fields."""
    array = np.array([(1, 2.5), (3, 4.5)], [("counts", "<i4"), ("energy", ">f8")])

    assert (through(array).dtype, through(array).tolist()) == (array.dtype, array.tolist())


def test_numbers_that_are_none_come_back():
    """NaN and the infinities."""
    nan, *infinities = through([math.nan, math.inf, -math.inf])

    assert math.isnan(nan)
    assert infinities == [math.inf, -math.inf]


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


class Mute:
    def __str__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((1, (2,)), [1, [2]]),
        ({7}, [7]),
        (deque([1]), [1]),
        (range(3), [0, 1, 2]),
        (ChainMap({"a": 1}), {"a": 1}),
        (np.array([1, "x", None], object), [1, "x", None]),
        (np.ma.array([1, 2], mask=[False, True]), [1, None]),
        (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02T03:04:00+00:00"),
        (Path("/data/a.h5"), "/data/a.h5"),
        (Colour.RED, "Colour.RED"),
        (Level.LOW, 1),
        (1 + 2j, 1 + 2j),
        ("\ud800", "\ud800"),
        (Mute(), "<Mute without a text>"),
    ],
)
def test_what_is_not_plain_becomes_what_is(value, expected):
    """Tuples and sets are lists, dates and objects are texts: nothing is refused."""
    assert through(value) == expected


def test_what_cannot_be_packed_costs_nothing_else(caplog):
    """A dict within itself is kept as its text, the keys beside it as they are."""
    within = {"a": 1}
    within["self"] = within
    with caplog.at_level(logging.ERROR, "reioc.ioc"):
        found = unpack(pack({"uid": "x", "settings": within}))

    assert found == {"uid": "x", "settings": "{'a': 1, 'self': {...}}"}
    assert "of settings only the text is kept" in caplog.text


def test_a_document_is_packed_as_it_is_now():
    """A device may use its array again."""
    array = np.arange(3)
    packed = pack({"image": array})
    array[:] = 0

    assert unpack(packed)["image"].tolist() == [0, 1, 2]


def test_threads_pack_at_the_same_time():
    """A thread that was given up, held up by the text of a device, does not disturb the one after it."""
    asked, answer = threading.Event(), threading.Event()

    class Slow:
        def __str__(self):
            asked.set()
            assert answer.wait(10)
            return "slow"

    found = []
    thread = threading.Thread(target=lambda: found.append(through(["before", Slow(), "after"])))
    thread.start()
    assert asked.wait(10)
    other = through([1, 2])
    answer.set()
    thread.join(10)

    assert (found, other) == ([["before", "slow", "after"]], [1, 2])
