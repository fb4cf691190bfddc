"""What the fields of a run read now."""

from __future__ import annotations

import numpy as np
import pytest

from reioc.ioc.data.field_readings import FieldReading
from reioc.ioc.data.plot_data import PlotData

from ..documents import descriptor
from .support import SCALAR, begin, point, stream


def of(value, **said):
    """What a field reads that has this value; `said` is in its data key."""
    plot = PlotData(10)
    begin(plot)
    plot.document(*descriptor("primary", data_keys={"a": {**SCALAR, **said}}))
    point(plot, 1, a=value)
    return plot.readings(1)[0].value


@pytest.mark.parametrize(
    ("value", "precision", "text"),
    [
        (1.23456789, 3, "1.235"),
        (1.23456789, None, "1.23457"),
        (3.7, 0, "3.7"),
        (1e-6, 3, "1e-06"),
        (0.0, 3, "0.000"),
        (1e50, 3, "1e+50"),
        (np.float64(2.5), 1, "2.5"),
        (np.array([7]), 2, "7"),
        (12, 3, "12"),
        (10**400, None, "1" + "0" * 35 + "..."),
        (True, None, "true"),
        (float("nan"), 2, "nan"),
        ("open\nwide", None, "open wide"),
        ("x" * 50, None, "x" * 36 + "..."),
        ("日本", None, "日本"),
        ("é" * 20, None, "é" * 18 + "..."),
        (None, 2, ""),
        ([1, 2], 2, "[1, 2]"),
        (np.zeros(100), 2, "100 float64"),
    ],
)
def test_a_value_is_told_with_a_sensible_precision(value, precision, text):
    """That of its device, where it says more than zeros; whatever else it is, it is told in 39 bytes."""
    assert of(value, precision=precision) == text


def test_the_fields_are_those_that_can_be_drawn_in_their_order():
    """Each as in the last event of its own stream, time since the run began; the first of them."""
    plot = PlotData(10)
    begin(plot, "m1")
    plot.document(*descriptor("baseline", data_keys={"temp": {**SCALAR, "units": "°C"}}))
    plot.document(*descriptor("primary", data_keys={"m1": {**SCALAR, "units": "mm", "precision": 2}, "a": SCALAR}))
    before = [reading.value for reading in plot.readings(16)]
    point(plot, 1, m1=0.5, a=3)
    point(plot, 2, m1=1.5, a=4)
    point(plot, 1, name="baseline", temp=20)

    assert before == [""] * 5
    assert [reading.name for reading in plot.readings(16)] == list(plot.fields)
    assert plot.readings(4) == [
        FieldReading("m1", "1.50", "mm"),
        FieldReading("a", "4", ""),
        FieldReading("temp", "20", "°C"),
        FieldReading("time", "2.0", "s"),
    ]
    assert plot.readings(16)[4] == FieldReading("seq_num", "2", "")


def test_the_next_run_begins_with_nothing():
    """What the last one has read is not taken for its own."""
    plot = PlotData(10)
    assert plot.readings(16) == []
    begin(plot)
    stream(plot, "primary", "a")
    point(plot, 1, a=3)
    begin(plot, run="next")
    assert plot.readings(16) == []
    stream(plot, "primary", "a", run="next")

    assert [reading.value for reading in plot.readings(16)] == ["", "", ""]


def test_the_last_event_of_a_page_counts():
    """As a flyer sends them; an empty page says nothing."""
    plot = PlotData(10)
    begin(plot)
    stream(plot, "fly", "a")
    page = {"descriptor": "run/fly", "seq_num": [1, 2], "time": [1001.0, 1003.0], "data": {"a": [5, 6]}}
    plot.document("event_page", page)
    plot.document("event_page", {**page, "seq_num": [], "time": [], "data": {"a": []}})

    assert [reading.value for reading in plot.readings(3)] == ["6", "3.0", "2"]
