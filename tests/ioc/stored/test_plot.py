"""`reioc runs plot`, by what is in the picture."""

from __future__ import annotations

import sys
from contextlib import closing

import numpy as np
import pytest
from matplotlib.image import imread

from reioc.ioc.journal import JournalReader
from reioc.ioc.stored.choosing import chosen
from reioc.ioc.stored.curves import curves_of
from reioc.ioc.stored.plotting import plot

from .. import documents as docs
from ..sinks.support import Kept
from .support import COLUMNS, GRID, ODD, ROWS, SCAN, SPIRAL, reioc, written

BLUE, ORANGE = (0x1F, 0x77, 0xB4), (0xFF, 0x7F, 0x0E)
"""matplotlib's first two colours."""
DARKEST, BRIGHTEST = (0x44, 0x01, 0x54), (0xFD, 0xE7, 0x25)
"""Of its map of colours."""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def picture(*argv):
    """The pixels of the picture that is drawn, 0 to 255."""
    (name,) = written("runs", "plot", *argv)
    return (imread(name)[..., :3] * 255).round().astype(int)


def places(pixels, colour):
    """Rows and columns that have a colour."""
    return np.nonzero((pixels == colour).all(axis=-1))


def test_a_scan_is_a_curve(journal):
    """The peak in the middle, the ends at the bottom."""
    pixels = picture(journal, SCAN, "-o", "scan.png")
    rows, columns = places(pixels, BLUE)
    middle = (columns.min() + columns.max()) / 2

    assert columns.max() - columns.min() > pixels.shape[1] / 2
    assert abs(columns[rows == rows.min()].mean() - middle) < 3
    assert rows[columns < columns.min() + 3].max() > rows.max() - 10


def test_a_grid_is_a_picture_of_its_values(journal):
    """The corners are dark, what is highest is bright, in the middle, and as wide as one of the columns."""
    pixels = picture(journal, GRID, "-o", "grid.png")
    inside = pixels[:, : int(0.87 * pixels.shape[1])]  # beside it are the colours with their numbers
    dark_rows, dark_columns = places(inside, DARKEST)
    rows, columns = places(inside, BRIGHTEST)

    assert abs((rows.min() + rows.max()) - (dark_rows.min() + dark_rows.max())) < 5
    assert abs((columns.min() + columns.max()) - (dark_columns.min() + dark_columns.max())) < 5
    assert abs(np.ptp(columns) - np.ptp(dark_columns) / COLUMNS) < 5


def test_a_grid_is_drawn_where_it_was_measured(journal, reader):
    """The outer motor upwards, the inner one to the right, every second row backwards."""
    (run,) = chosen(reader, [str(GRID)])
    curves = curves_of(reader, run, None, ())

    assert (curves.x.name, curves.second.name) == ("motor2", "motor1")
    assert [len(axis) for axis in curves.grid.axes] == [ROWS, COLUMNS]
    filled = curves.grid.filled(curves.x.values)
    assert filled.tolist() == pytest.approx(np.tile(np.linspace(-2, 2, COLUMNS), (ROWS, 1)))


def test_scattered_points_keep_their_places(reader):
    """The first dimension to the right, the second upwards, and no grid."""
    curves = curves_of(reader, reader.find(str(SPIRAL)), None, ())

    assert (curves.x.name, curves.second.name, curves.grid) == ("motor1", "motor2", None)


def test_several_runs_over_one_another(journal):
    """Each in its colour, in one pair of axes."""
    pixels = picture(journal, SCAN, SPIRAL, "--x", "seq_num", "--y", "time", "-o", "both.png")

    assert all(places(pixels, colour)[0].size > 100 for colour in (BLUE, ORANGE))


def test_every_field_has_its_own_axes(journal):
    """What is asked for is drawn below one another."""
    one = picture(journal, SCAN, "--y", "det", "-o", "one.png")
    two = picture(journal, SCAN, "--y", "det", "motor", "-o", "two.png")
    rows, _ = places(two, BLUE)

    assert np.diff(np.unique(rows)).max() > 20
    assert np.diff(np.unique(places(one, BLUE)[0])).max() < 20


def test_readings_without_a_logarithm_are_no_picture(tmp_path):
    """None of them is above 0."""
    with closing(Kept(tmp_path / "j.sqlite")) as kept:
        keys = {"det": {"source": "x", "dtype": "number", "shape": []}}
        events = [docs.event(n, {"det": -n}) for n in (1, 2)]
        kept.record(docs.start(scan_id=1), docs.descriptor(data_keys=keys), *events, docs.stop())
        said = reioc("runs", "plot", kept.path, "1", "--log")
    assert said.status == 1
    assert "det has no value above 0" in said.err


def test_a_logarithmic_scale(tmp_path):
    """An exponential is a straight line on it."""
    key = {"source": "x", "dtype": "number", "shape": []}
    with closing(Kept(tmp_path / "j.sqlite")) as kept:
        events = [docs.event(n, {"x": n, "det": 10.0**n}) for n in range(1, 6)]
        hints = {"dimensions": [[["x"], "primary"]]}
        kept.record(
            docs.start(scan_id=1, hints=hints, sample="$broken {math"),
            docs.descriptor(data_keys={"x": key, "det": key}, hints={"d": {"fields": ["det"]}}),
            *events,
            docs.stop(),
        )
        rows, columns = places(picture(kept.path, "1", "--log", "-o", "log.png"), BLUE)
    slope, offset = np.polyfit(columns, rows, 1)

    assert np.abs(rows - slope * columns - offset).max() < 8


def test_the_name_of_a_picture(journal, reader, here):
    """Number, plan and uid of the run, where nothing else is said; SVG and PDF by their endings."""
    run = reader.find(str(SCAN))

    assert written("runs", "plot", journal, SCAN) == [f"00001-scan-{run.uid[:8]}.png"]
    assert written("runs", "plot", journal, SCAN, "-o", "scan.svg") == ["scan.svg"]
    assert b"<svg" in (here / "scan.svg").read_bytes()


def test_a_picture_is_drawn_without_a_screen(reader, here, monkeypatch):
    """No state of pyplot is made, and no display is asked for."""
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    monkeypatch.delenv("DISPLAY", raising=False)

    assert plot(reader, [reader.find("1")], "x.png").exists()


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        (["4"], "scan 4 has no points to draw; its streams: interruptions (0 events)"),
        (["1", "--y", "detector"], "scan 1: the run has no field 'detector' to draw; it has: "),
        (["1", "--y", "a", "b", "c", "d", "e"], "at most 4 fields are drawn of a run, not 5"),
        (["1", "-o", "x.gif"], "x.gif: a picture's name ends with .png, .svg, .pdf"),
        (["3", "--y", "odd_nothing"], "scan 3 has nothing to draw: at no point is odd_nothing a finite number"),
    ],
)
def test_what_cannot_be_drawn(journal, here, argv, complaint):
    """One line, and no file."""
    said = reioc("runs", "plot", journal, *argv)

    assert (said.status, said.err.count("\n"), list(here.iterdir())) == (1, 1, [])
    assert complaint in said.err


def test_a_run_of_pictures_draws_its_numbers(reader):
    """Where devices hint at no number, the others are drawn."""
    with JournalReader(reader.path) as again:
        curves = curves_of(again, again.find(str(ODD)), None, ())

    assert [field.label for field in curves.ys] == ["odd_gaps (mA)", "odd_nothing"]


def test_a_missing_extra_is_named(journal, monkeypatch):
    """Without matplotlib, how to get it."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    said = reioc("runs", "plot", journal, "1")

    assert said.status == 1
    assert "pip install 'reioc[plot]'" in said.err
