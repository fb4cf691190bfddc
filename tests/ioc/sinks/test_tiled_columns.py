"""What becomes of values before they are written to Tiled: one type a column, nothing lost."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from reioc.ioc.sinks.tiled_columns import Columns, Widened

from .. import documents as docs


def written(key: dict[str, Any], *values: Any) -> tuple[dict[str, Any], list[Any]]:
    """The description and the values of a field as they are written in the end."""
    columns = Columns()
    documents = [
        docs.descriptor(data_keys={"x": {"source": "x", "shape": [], **key}}),
        *(docs.event(n, {"x": value}) for n, value in enumerate(values, 1)),
    ]
    for _ in range(10):
        try:
            fitted = [doc for name, doc in documents for _, doc in columns.fitted(name, doc)]
        except Widened:
            continue
        return fitted[0]["data_keys"]["x"], [event["data"]["x"] for event in fitted[1:]]
    raise AssertionError("it widens for ever")


@pytest.mark.parametrize(
    ("declared", "values", "dtype", "expected"),
    [
        ("number", [1, 1.5, None], "number", [1.0, 1.5, math.nan]),
        ("integer", [1, 2**62], "integer", [1, 2**62]),
        ("integer", [1, 1.5], "number", [1.0, 1.5]),
        ("integer", [1, None], "number", [1.0, math.nan]),
        ("integer", [1, 2**64], "string", ["1", "18446744073709551616"]),
        ("boolean", [True, False], "boolean", [True, False]),
        ("boolean", [True, 2], "integer", [1, 2]),
        ("string", ["a", 3, None], "string", ["a", "3", None]),
        ("number", [1.5, "open"], "string", ["1.5", "open"]),
        ("number", [np.float64(1.5), np.array(2)], "number", [1.5, 2.0]),
    ],
)
def test_scalars_have_one_type(declared, values, dtype, expected):
    """A column is as narrow as its values allow, from its declared type on."""
    key, found = written({"dtype": declared}, *values)

    assert key["dtype"] == dtype
    np.testing.assert_equal(found, expected)
    assert [type(value) for value in found] == [type(value) for value in expected]


@pytest.mark.parametrize(
    ("declared", "values", "shape", "element"),
    [
        ({"shape": [3]}, [[1, 2, 3], [4.5, 5, 6]], [3], "<f8"),
        ({"shape": [3]}, [[1, 2, 3], [4, 5]], [None], "<f8"),
        ({"shape": [0]}, [[1, 2], [3, 4]], [2], "<f8"),
        ({"shape": [0]}, [[], [1.0]], [None], "<f8"),
        ({"shape": [1]}, [5.0], [1], "<f8"),
        ({"shape": [2], "dtype_numpy": "<u2"}, [[1, 2], [1, 70_000]], [2], "<i8"),
        ({"shape": [2], "dtype_numpy": "<u2"}, [[1, 2], [1, 2.5]], [2], "<f8"),
        ({"shape": [2]}, [[2**60 + 1, 2]], [2], "<i8"),
        ({"shape": [2]}, [["a", "b"], ["c" * 50, "d"]], [2], "<U100"),
        ({"shape": [2, 2]}, [np.eye(2)], [2, 2], "<f8"),
    ],
)
def test_arrays_have_one_shape_and_element(declared, values, shape, element):
    """An array column takes all of its values without a digit, letter or element lost."""
    key, found = written({"dtype": "array", **declared}, *values)

    assert (key["dtype"], key["shape"], key["dtype_numpy"]) == ("array", shape, element)
    for value, expected in zip(found, values, strict=True):
        np.testing.assert_array_equal(value, np.atleast_1d(expected))


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([[1.0, 2.0], [[1.0, 2.0], [3.0, 4.0]]], ["[1.0, 2.0]", "[[1.0, 2.0], [3.0, 4.0]]"]),
        ([["a"], ["b", "c"]], ['["a"]', '["b", "c"]']),
        ([[1.0], ["a"]], ["[1.0]", '["a"]']),
        ([[[1], [2, 3]]], ["[[1], [2, 3]]"]),
    ],
)
def test_arrays_that_have_nothing_in_common_become_text(values, text):
    """Where no array type takes all values, each is written as JSON."""
    key, found = written({"dtype": "array", "shape": [1]}, *values)

    assert (key["dtype"], found) == ("string", text)


def test_a_list_in_a_scalar_column_makes_it_an_array():
    """A field that was declared a number, and is a list."""
    key, found = written({"dtype": "number"}, [1, 2])

    assert (key["dtype"], key["shape"]) == ("array", [2])
    np.testing.assert_array_equal(found[0], [1.0, 2.0])


def test_pages_become_events():
    """A page of events is written event by event, with times that are floats."""
    columns = Columns()
    list(columns.fitted(*docs.descriptor(data_keys={"x": {"source": "x", "dtype": "number", "shape": []}})))
    page = {
        "descriptor": "run/primary",
        "uid": ["a", "b"],
        "seq_num": [1, 2],
        "time": [10, 11],
        "data": {"x": [1, 2]},
        "timestamps": {"x": [10, 11]},
        "filled": {},
    }

    events = [(name, doc["seq_num"], doc["time"], doc["data"]) for name, doc in columns.fitted("event_page", page)]

    assert events == [("event", 1, 10.0, {"x": 1.0}), ("event", 2, 11.0, {"x": 2.0})]


def test_without_assets_what_is_in_files_is_left_out():
    """Fields that point to files go from descriptors and events, and the documents about files with them."""
    columns = Columns()
    columns.assets = False
    keys = {
        "x": {"source": "x", "dtype": "number", "shape": []},
        "image": {"source": "i", "dtype": "array", "shape": [2, 2], "external": "FILESTORE:"},
    }
    name, doc = docs.descriptor(data_keys=keys)
    doc["object_keys"] = {"det": ["x", "image"]}

    ((_, descriptor),) = columns.fitted(name, doc)
    ((_, event),) = columns.fitted(*docs.event(1, {"x": 1.0, "image": "datum/1"}))

    assert list(descriptor["data_keys"]) == ["x"]
    assert descriptor["object_keys"] == {"det": ["x"]}
    assert event["data"] == {"x": 1.0}
    assert list(columns.fitted("stream_resource", {"uid": "r"})) == []
