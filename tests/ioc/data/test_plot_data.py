"""The curve that the hints speak of, from documents."""

from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ophyd.sim import NullStatus, SynAxis, SynGauss

from reioc.engine.plans import count, fly, scan
from reioc.ioc.data.plot_data import PlotData

from ..documents import descriptor, event, start

SCALAR = {"dtype": "number", "shape": []}
KEYS = {
    "det": SCALAR,
    "image": {"dtype": "array", "shape": [2, 2]},
    "m1": SCALAR,
    "label": {"dtype": "string", "shape": []},
}
HINTS = {"det": {"fields": ["image", "label", "det"]}, "m1": {"fields": ["m1"]}}
ALONG_M1 = {"dimensions": [(["m1"], "primary")]}


def opened(length: int = 10, dimensions: Any = ALONG_M1, hints: Any = HINTS) -> PlotData:
    plot = PlotData(length)
    plot.document(*start(hints=dimensions))
    plot.document(*descriptor(data_keys=KEYS, hints=hints))
    return plot


def add(plot: PlotData, seq_num: int, x: Any, y: Any) -> None:
    plot.document(*event(seq_num, {"m1": x, "det": y}))


def curve(plot: PlotData) -> list[tuple[float, float]]:
    (x, y, *_), n = plot.arrays()
    return list(zip(x[:n].tolist(), y[:n].tolist(), strict=True))


def names(plot: PlotData) -> tuple[str, ...]:
    """Fields of x and y."""
    return plot.axes.fields[:2]


def count_of(plot: PlotData) -> int:
    return plot.arrays()[1]


def test_x_is_the_dimension_and_y_the_first_hinted_scalar():
    """Images and texts cannot be drawn, a motor is not drawn against itself."""
    plot = opened()
    assert names(plot) == ("m1", "det")


def test_points_are_drawn():
    """Each event is a point."""
    plot = opened()
    add(plot, 1, -1.0, 5)
    add(plot, 2, 0.0, 7)
    assert curve(plot) == [(-1.0, 5.0), (0.0, 7.0)]


def test_rest_repeats_the_last_point():
    """A plot of the whole array draws no line to 0,0."""
    plot = opened(length=4)
    add(plot, 1, -1.0, 5)
    add(plot, 2, 0.5, 7)
    (x, y, *_), n = plot.arrays()
    assert (x.tolist(), y.tolist(), n) == ([-1.0, 0.5, 0.5, 0.5], [5.0, 7.0, 7.0, 7.0], 2)
    assert x.dtype == y.dtype == np.float64


def test_nothing_is_zeros():
    """Before the first point the arrays have their length already."""
    (x, y, *_), n = PlotData(3).arrays()
    assert (x.tolist(), y.tolist(), n) == ([0.0] * 3, [0.0] * 3, 0)


def test_point_taken_again_replaces_the_old_one():
    """After a rewind the point comes with the same number, and stays in its place."""
    plot = opened()
    for seq_num, y in ((1, 5), (2, 6), (1, 50)):
        add(plot, seq_num, seq_num, y)
    assert curve(plot) == [(1.0, 50.0), (2.0, 6.0)]


def test_time_is_seconds_since_the_start():
    """A count has the dimension time."""
    plot = opened(dimensions={"dimensions": [(("time",), "primary")]})
    plot.document(*event(1, {"det": 5, "m1": 0}, at=2.5))
    assert (names(plot)[0], curve(plot)) == ("time", [(2.5, 5.0)])


@pytest.mark.parametrize(
    "hints",
    [{}, None, {"dimensions": []}, {"dimensions": "m1"}, {"dimensions": [5]}, {"dimensions": [([], "primary")]}],
)
def test_without_a_usable_dimension_x_is_time(hints):
    """What a plan's author wrote into the hints may be anything."""
    assert names(opened(dimensions=hints))[0] == "time"


def test_no_dimension_is_drawn_as_y():
    """Of a grid neither motor is the signal."""
    dimensions = {"dimensions": [(["m2"], "primary"), (["m1"], "primary")]}
    plot = opened(dimensions=dimensions, hints={"m1": {"fields": ["m1"]}, "det": {"fields": ["det"]}})
    assert names(plot)[1] == "det"


def test_without_hints_nothing_is_drawn():
    """A stream without a hinted scalar gives no curve, and no error."""
    plot = opened(hints={})
    add(plot, 1, 1, 1)
    assert (names(plot)[1], count_of(plot)) == ("", 0)


def test_only_the_stream_of_the_dimension_is_drawn():
    """A baseline does not disturb the curve."""
    plot = opened()
    plot.document(*descriptor("baseline", data_keys={"temp": SCALAR}, hints={"temp": {"fields": ["temp"]}}))
    plot.document(*event(1, {"temp": 20}, name="baseline"))
    assert (names(plot)[1], count_of(plot)) == ("det", 0)


def test_a_map_has_a_highest_point_and_no_width():
    """Across the lines of a grid there is always a crossing at both ends: their distance would be no width."""
    plot = opened(20, {"dimensions": [(["m1"], "primary"), (["m2"], "primary")]})
    for seq_num, y in enumerate((0, 5, 0, 0, 9, 0, 0, 5, 0), 1):
        add(plot, seq_num, (seq_num - 1) // 3, y)
    found = plot.statistics()
    assert (found.max_y, found.max_x) == (9, 1)
    assert np.isnan([found.center, found.fwhm, found.com]).all()


def test_next_run_begins_with_an_empty_curve():
    """Nothing of the last run is left."""
    plot = opened()
    add(plot, 1, 1, 1)
    plot.document(*start("next"))
    assert (*names(plot), count_of(plot)) == ("time", "", 0)


@pytest.mark.parametrize("value", [None, "12", [1, 2], [[1], [2, 3]], {}, float("nan"), float("inf"), object()])
def test_what_is_no_number_is_skipped(value):
    """A reading that cannot be drawn leaves the other points alone."""
    plot = opened()
    add(plot, 1, 1, 5)
    add(plot, 2, 2, value)
    add(plot, 3, value, 5)
    assert curve(plot) == [(1.0, 5.0)]


@pytest.mark.parametrize("value", [True, 1, 1.0, np.float32(1), np.int8(1), np.array(1), np.array([1])])
def test_every_kind_of_number_is_drawn(value):
    """Numbers of numpy and arrays of one are numbers."""
    plot = opened()
    add(plot, 1, 0, value)
    assert curve(plot) == [(0.0, 1.0)]


def test_point_taken_again_without_a_number_goes():
    """The old value is no longer true."""
    plot = opened()
    add(plot, 1, 1, 5)
    add(plot, 1, 1, None)
    assert curve(plot) == []


def test_missing_field_is_skipped():
    """An event without the field is no error."""
    plot = opened()
    plot.document(*event(1, {"det": 5}))
    assert count_of(plot) == 0


def test_full_curve_is_kept_whole():
    """As many points as there is room for are all there."""
    plot = opened(length=4)
    for seq_num in range(1, 5):
        add(plot, seq_num, seq_num, 0)
    assert (plot.stride, [x for x, _ in curve(plot)]) == (1, [1, 2, 3, 4])


def test_one_point_more_halves_the_curve():
    """Every second point goes, the first stays, and `stride` says so."""
    plot = opened(length=4)
    for seq_num in range(1, 6):
        add(plot, seq_num, seq_num, 0)
    assert (plot.stride, [x for x, _ in curve(plot)]) == (2, [1, 3, 5])


def test_next_run_is_not_decimated():
    """The stride of a long run is forgotten."""
    plot = opened(length=2)
    for seq_num in range(1, 4):
        add(plot, seq_num, seq_num, 0)
    plot.document(*start("next"))
    assert plot.stride == 1


@settings(deadline=None)
@given(st.integers(2, 40), st.lists(st.integers(1, 500), max_size=200))
def test_any_order_of_points_fits_and_is_evenly_spaced(length, numbers):
    """Whatever is replayed, there are never more points than room; all on the stride, none lost, the newest of each."""
    plot = opened(length)
    newest: dict[int, int] = {}
    for index, seq_num in enumerate(numbers):
        add(plot, seq_num, seq_num, index)
        newest[seq_num] = index
    (x, y, *_), n = plot.arrays()
    assert len(x) == len(y) == length
    kept = {number: index for number, index in newest.items() if (number - 1) % plot.stride == 0}
    assert dict(curve(plot)) == kept
    assert [x for x, _ in curve(plot)] == sorted(kept)
    assert n <= length


@pytest.mark.parametrize("length", [-1, 0, 1])
def test_room_for_less_than_two_points_is_refused(length):
    """A curve of one point is none."""
    with pytest.raises(ValueError, match="at least 2 points"):
        PlotData(length)


def test_scan_of_the_engine_is_drawn(RE):
    """The documents of our own engine are understood."""
    m1 = SynAxis(name="m1")
    det = SynGauss("det", m1, "m1", center=0, Imax=1, sigma=1)
    plot = PlotData(10)
    RE.subscribe(plot.document)
    RE(scan([det], m1, -1, 1, num=3))
    assert names(plot) == ("m1", "det")
    assert curve(plot) == [(-1.0, pytest.approx(0.6065, abs=1e-4)), (0.0, 1.0), (1.0, pytest.approx(0.6065, abs=1e-4))]


def test_count_of_the_engine_is_drawn_over_time(RE):
    """A count has no motor."""
    m1 = SynAxis(name="m1")
    det = SynGauss("det", m1, "m1", center=0, Imax=1, sigma=1)
    plot = PlotData(10)
    RE.subscribe(plot.document)
    RE(count([det], num=3))
    (x, *_), n = plot.arrays()
    assert (*names(plot), n) == ("time", "det", 3)
    assert 0 <= x[0] <= x[1] <= x[2] < 30


class Flyer:
    """Measures three points by itself, and hands them over in one page."""

    name = "flyer"
    parent = None
    hints: ClassVar = {"fields": ["det"]}

    def kickoff(self) -> NullStatus:
        return NullStatus()

    complete = kickoff

    def describe_collect(self) -> dict[str, Any]:
        return {"primary": {"det": {"source": "sim", **SCALAR}}}

    def collect_pages(self):
        data = {"det": [5.0, 6.0, 7.0]}
        times = [1.0, 2.0, 3.0]
        yield {"data": data, "timestamps": {"det": times}, "time": times, "filled": {}}


def test_what_a_flyer_has_collected_is_drawn(RE):
    """Its points come in pages."""
    plot = PlotData(10)
    RE.subscribe(plot.document)
    RE(fly([Flyer()]))
    plot.select("Y", "det")
    plot.select("X", "seq_num")
    assert curve(plot) == [(1, 5), (2, 6), (3, 7)]


def test_events_of_a_stream_that_is_not_drawn_are_let_go():
    """They may hold images; their numbers are kept."""
    plot = opened()
    plot.document(*descriptor("cameras", data_keys=KEYS))
    plot.document(*event(1, {"det": 5, "image": np.zeros((2, 2))}, name="cameras"))
    plot.arrays()
    table = plot._tables["cameras"]
    assert (table._waiting, table.column("det").tolist()) == ([], [5])
