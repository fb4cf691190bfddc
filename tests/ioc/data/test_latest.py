"""The last event as a text."""

import json

import numpy as np
import pytest

from reioc.ioc.data.latest import latest_text
from reioc.ioc.data.plot_data import PlotData

from .support import begin, point, stream


def latest(longest=2000, **data):
    return json.loads(latest_text("primary", {"seq_num": 3, "time": 12.5, "data": data}, longest))


def test_it_tells_number_time_stream_and_data():
    """By field."""
    assert latest(m1=1.5, det=7) == {"seq_num": 3, "time": 12.5, "stream": "primary", "data": {"m1": 1.5, "det": 7}}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (float("nan"), None),
        (np.float32(0.5), 0.5),
        (np.inf, None),
        (np.int64(3), 3),
        (True, True),
        ("in", "in"),
        ([1, float("nan")], [1, None]),
        (np.arange(3), [0, 1, 2]),
        (np.zeros((512, 256), dtype="u2"), "512 × 256 uint16"),
        (list(range(17)), "17 values"),
        ({"a": (1, 2)}, {"a": [1, 2]}),
        ("x" * 500, "x" * 200 + "…"),
        (1j, "1j"),
    ],
)
def test_each_reading_is_told_as_json_has_it(value, told):
    """Long arrays by their shape, what is no number by null."""
    assert latest(a=value)["data"]["a"] == told


def test_what_does_not_fit_is_counted():
    """The text is JSON, however many fields there are."""
    many = {f"field{number}": number for number in range(1000)}
    text = latest_text("primary", {"seq_num": 1, "time": 0.0, "data": many}, 500)
    found = json.loads(text)

    assert len(text.encode()) <= 500
    assert len(found["data"]) > 10
    assert len(found["data"]) + found["…"] == 1000


def test_it_is_of_any_stream_of_the_open_run():
    """And gone with the next run."""
    plot = PlotData(10)
    begin(plot)
    stream(plot, "primary", "a")
    stream(plot, "baseline", "temp")
    assert plot.latest() == ""
    point(plot, 1, a=1)
    point(plot, 1, name="baseline", temp=20)
    assert json.loads(plot.latest())["stream"] == "baseline"
    begin(plot, run="next")
    assert plot.latest() == ""


def test_the_last_event_of_a_page_is_the_last():
    """A page without events changes nothing."""
    plot = PlotData(10)
    begin(plot)
    stream(plot, "primary", "a")
    page = {"descriptor": "run/primary", "seq_num": [1, 2], "time": [1001.0, 1002.0], "data": {"a": [5, 6]}}
    plot.document("event_page", page)
    plot.document("event_page", {**page, "seq_num": [], "time": [], "data": {"a": []}})
    assert json.loads(plot.latest()) == {"seq_num": 2, "time": 1002.0, "stream": "primary", "data": {"a": 6}}
