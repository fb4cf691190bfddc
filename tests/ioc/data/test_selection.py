"""What is drawn: selected, or hinted."""

import math

import pytest

from reioc.ioc.data.plot_data import PlotData
from reioc.ioc.data.selection import find_field, shown_as, shown_names

from .support import begin, drawn, point, stream

LONG = "spectrometer_detector_region_of_interest_number"


@pytest.fixture
def plot():
    """A scan along m1 with three detectors that are hinted at and one that is not, and a baseline."""
    plot = PlotData(10)
    begin(plot, "m1")
    stream(plot, "baseline", "temp", "pressure", hinted=("temp",))
    stream(plot, "primary", "m1", "a", "b", "c", "quiet", hinted=("m1", "a", "b", "c"))
    for seq_num in (1, 2):
        point(plot, seq_num, m1=seq_num / 10, a=seq_num, b=10 * seq_num, c=0, quiet=7)
    point(plot, 1, name="baseline", temp=20, pressure=5)
    return plot


def fields(plot):
    return plot.axes.fields


def test_the_hinted_are_drawn_in_order(plot):
    """X is the dimension, Y and what follows are the detectors."""
    assert fields(plot) == ("m1", "a", "b", "c", "")


def test_a_run_that_is_all_in_a_flyers_stream_is_drawn():
    """Nothing is hinted at and there is no primary stream; the baseline is not what was measured."""
    plot = PlotData(10)
    begin(plot)
    stream(plot, "baseline", "temp", hinted=("temp",))
    stream(plot, "flyer1", "counts", hinted=("counts",))
    point(plot, 1, name="flyer1", counts=5)
    assert (plot.axes.stream, fields(plot)[:2], drawn(plot, 1)) == ("flyer1", ("time", "counts"), [5])


def test_all_that_can_be_drawn_is_told_the_primary_stream_first(plot):
    """Also what nobody hints at, and what every stream has."""
    assert plot.fields == ("m1", "a", "b", "c", "quiet", "temp", "pressure", "time", "seq_num")


def test_nothing_can_be_drawn_before_the_first_run():
    """There is nothing to choose from."""
    assert PlotData(10).fields == ()


def test_a_selection_in_the_middle_is_drawn_from_the_start(plot):
    """All fields are kept."""
    assert plot.select("Y", "quiet") == "quiet"
    assert (drawn(plot, 0), drawn(plot, 1)) == ([0.1, 0.2], [7, 7])


def test_what_is_not_selected_is_drawn_as_hinted_and_nothing_twice(plot):
    """A detector that was selected is not drawn along another axis as well."""
    plot.select("Y", "b")
    assert fields(plot) == ("m1", "b", "a", "c", "")


def test_auto_gives_an_axis_back(plot):
    """As an empty text does."""
    for text in ("auto", ""):
        plot.select("Y", "quiet")
        assert plot.select("Y", text) == "a"


@pytest.mark.parametrize(("axis", "field", "expected"), [("X", "time", [1, 2]), ("Y2", "seq_num", [1, 2])])
def test_time_and_number_can_be_drawn(plot, axis, field, expected):
    """Of each stream."""
    plot.select(axis, field)
    assert drawn(plot, {"X": 0, "Y2": 2}[axis]) == expected


def test_an_unknown_field_is_refused(plot):
    """With those that there are, and the nearest; what was drawn stays."""
    with pytest.raises(ValueError, match=r"no field 'tempp' to draw; it has: m1, a.*did you mean 'temp'"):
        plot.select("Y", "tempp")
    assert fields(plot)[1] == "a"


def test_any_name_is_taken_before_the_first_run():
    """It is drawn when a run has it."""
    plot = PlotData(10)
    assert plot.select("Y", "b") == "b"
    begin(plot, "m1")
    stream(plot, "primary", "m1", "a", "b", hinted=("a",))
    assert fields(plot)[:3] == ("m1", "b", "a")


def test_a_run_without_the_field_is_drawn_as_hinted_and_the_selection_comes_back(plot):
    """It is a wish that stays."""
    plot.select("Y", "quiet")
    begin(plot, "m2", run="other")
    stream(plot, "primary", "m2", "a", hinted=("a",), run="other")
    assert fields(plot)[:2] == ("m2", "a")

    begin(plot, "m2", run="third")
    stream(plot, "primary", "m2", "quiet", run="third")
    assert fields(plot)[:2] == ("m2", "quiet")


def test_a_field_of_another_stream_is_drawn_over_its_own_time(plot):
    """The motor is not in that stream, and comes back with the detector."""
    plot.select("Y", "temp")
    assert (fields(plot)[:2], drawn(plot, 0), drawn(plot, 1)) == (("time", "temp"), [1], [20])
    plot.select("Y", "auto")
    assert fields(plot)[:2] == ("m1", "a")


def test_x_of_another_stream_brings_that_stream(plot):
    """As long as no Y is selected."""
    assert plot.select("X", "pressure") == "pressure"
    assert fields(plot) == ("pressure", "temp", "", "", "")


@pytest.mark.parametrize("axis", ["X", "Y2"])
def test_what_is_of_another_stream_than_y_is_refused(plot, axis):
    """It says which streams these are."""
    plot.select("Y", "a")
    with pytest.raises(ValueError, match=r"pressure is in the stream baseline, and a.* in primary: .*select Y first"):
        plot.select(axis, "pressure")


def test_the_field_of_an_axis_is_no_hint_for_another(plot):
    """With a detector along X, it is not drawn against itself."""
    plot.select("X", "a")
    assert fields(plot) == ("a", "b", "c", "", "")


def test_a_hinted_dimension_that_the_stream_does_not_have_is_replaced(plot):
    """By the next one of that dimension, or by the time."""
    for dimension, x in ((("virtual", "m1"), "m1"), (("virtual",), "time")):
        begin(plot, *dimension)
        stream(plot, "primary", "m1", "a", hinted=("a",))
        assert fields(plot)[:2] == (x, "a")


def test_what_was_selected_is_selected_again(plot):
    """After a restart; what is no axis is no matter."""
    plot.select("X", "time")
    plot.select("Y3", "quiet")
    again = PlotData(10)
    again.restore({**plot.selected, "Z": "a"})

    assert again.selected == {"X": "time", "Y3": "quiet"}


def test_a_field_that_comes_with_a_later_description_can_be_drawn(plot):
    """A device was configured in the middle of the run; before that there are gaps."""
    stream(plot, "primary", "m1", "a", "gain", hinted=("a",))
    point(plot, 3, m1=0.3, a=3, gain=100)
    plot.select("Y2", "gain")
    gaps = drawn(plot, 2)
    assert ([math.isnan(each) for each in gaps], gaps[2]) == ([True, True, False], 100)


def test_gaps_are_nan_in_the_further_axes_only(plot):
    """A point without X or Y is left out; an axis along which nothing is drawn is no line at 0."""
    point(plot, 3, m1=0.3, a=3, b="broken", c=0)
    point(plot, 4, m1=0.4, b=40)
    assert drawn(plot, 1) == [1, 2, 3]
    assert drawn(plot, 2)[:2] == [10, 20]
    assert math.isnan(drawn(plot, 2)[2])
    assert all(map(math.isnan, plot.arrays()[0][4]))


def test_short_names_are_shown_as_they_are():
    """And found."""
    assert shown_names(["m1", "det"]) == {"m1": "m1", "det": "det"}


def test_long_names_are_cut_and_told_apart():
    """Each can be selected by what is shown of it."""
    long = [f"{LONG}_{number}" for number in range(3)]
    shown = [shown_as(name, long) for name in long]

    assert shown[0] == long[0][:39]
    assert len(set(shown)) == 3
    assert max(map(len, shown)) == 39
    assert [find_field(each, long) for each in shown] == long


def test_names_that_string_pvs_cannot_show_are_found_by_what_is_shown():
    """What is not ASCII is a question mark."""
    assert find_field("?-axis", ["θ-axis"]) == "θ-axis"


def test_a_field_can_be_selected_by_its_place(plot):
    """As a row of a screen does, which does not know its name; a field of that name comes first."""
    assert plot.select("Y", "#3") == "b"
    assert plot.select("Y", " #5 ") == "quiet"
    assert find_field("#1", ["a", "#1"]) == "#1"


@pytest.mark.parametrize("text", ["#0", "#10", "#999999"])
def test_a_place_that_there_is_not_is_refused(plot, text):
    """It says how many there are."""
    with pytest.raises(ValueError, match=f"there is no field {text}: there are 9"):
        plot.select("Y", text)


def test_before_the_first_run_no_field_has_a_place():
    """A name may be selected beforehand, a place says nothing yet."""
    with pytest.raises(ValueError, match="there is no field #1: there is none before the first run"):
        PlotData(10).select("Y", "#1")
