"""What is in an exported HDF5 file, as a NeXus program finds it."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime

import h5py
import numpy as np
import pytest

from reioc.ioc.journal import JournalReader
from reioc.ioc.stored.hdf5 import write_hdf5

from .. import documents as docs
from ..sinks.support import Kept
from .support import BROKEN, COLUMNS, GRID, ODD, OPEN, ROWS, SCAN, SPIRAL, reioc


@pytest.fixture(scope="module")
def exported(journal, tmp_path_factory):
    """All runs in one file, and what was said of it."""
    path = tmp_path_factory.mktemp("hdf5") / "all.h5"
    said = reioc("runs", "export", journal, "1-7", "-o", str(path))
    assert said.status == 0
    with h5py.File(path) as file:
        yield file, said.err.splitlines()


def column(reader, scan_id, field):
    """The values of the primary stream's events."""
    documents = reader.documents(reader.find(str(scan_id)).uid)
    return [doc["data"][field] for _, name, doc in documents if name == "event" and field in doc["data"]]


def default_plot(file, entry=None):
    """Signal and axes, as NeXus says that they are found."""
    entry = file[entry or file.attrs["default"]]
    assert (file.attrs["NX_class"], entry.attrs["NX_class"]) == ("NXroot", "NXentry")
    data = entry[entry.attrs["default"]]
    assert data.attrs["NX_class"] == "NXdata"
    return data[data.attrs["signal"]], [data[axis] for axis in data.attrs["axes"] if axis != "."], data


def test_fields_are_the_events(exported, reader):
    """A dataset for each field of a stream, a value for each event, in their order."""
    file, _ = exported
    primary = file["scan_1/instrument/primary"]

    for field in ("det", "motor", "motor_setpoint"):
        assert primary[field][()].tolist() == column(reader, SCAN, field)
    assert primary["seq_num"][()].tolist() == [1, 2, 3, 4, 5]
    assert (primary["motor"].attrs["precision"], primary["motor"].attrs["source"]) == (3, "SIM:motor")
    assert primary["epoch"][0] == pytest.approx(primary["time"][0] + reader.find("1").started)


def test_the_default_plot_of_a_scan(exported, reader):
    """From the root by its attributes to the detector along the motor."""
    signal, axes, data = default_plot(exported[0])

    assert signal[()].tolist() == column(reader, SCAN, "det")
    assert [axis[()].tolist() for axis in axes] == [[-1.0, -0.5, 0.0, 0.5, 1.0]]
    assert (data.attrs["motor_indices"], signal.attrs["target"]) == (0, "/scan_1/instrument/primary/det")


def test_the_default_plot_of_a_grid(exported, reader):
    """Two axes; what went to and fro is put where it belongs."""
    signal, (outer, inner), _ = default_plot(exported[0], f"scan_{GRID}")
    taken = np.array(column(reader, GRID, "det4")).reshape(ROWS, COLUMNS)
    taken[1::2] = taken[1::2, ::-1]

    assert np.array_equal(signal[()], taken)
    assert outer[()] == pytest.approx(np.linspace(-1, 1, ROWS))
    assert inner[()] == pytest.approx(np.linspace(-2, 2, COLUMNS))


def test_the_default_plot_of_scattered_points(exported, reader):
    """A value and two positions for each."""
    signal, axes, _ = default_plot(exported[0], f"scan_{SPIRAL}")

    assert signal[()].tolist() == column(reader, SPIRAL, "det4")
    assert [axis[()].tolist() for axis in axes] == [column(reader, SPIRAL, name) for name in ("motor1", "motor2")]


def test_the_default_plot_of_pictures(exported):
    """A stack of them along the time, if they are all that is hinted at."""
    signal, axes, data = default_plot(exported[0], f"scan_{ODD}")

    assert (signal.shape, signal.attrs["interpretation"]) == ((3, 3, 4), "image")
    assert signal.chunks == (3, 3, 4)
    assert (data.attrs["axes"].tolist(), len(axes)) == (["time", ".", "."], 1)


def test_a_run_without_points_has_no_plot(exported):
    """It is there all the same, with its reason."""
    entry = exported[0][f"scan_{BROKEN}"]

    assert "default" not in entry.attrs
    assert (entry["exit_status"][()], entry["reason"][()]) == (b"fail", b"the filter wheel is stuck")


def test_what_a_run_was_about(exported, reader):
    """Title, times, sample, users and program, where NeXus has them; the documents as JSON."""
    run, entry = reader.find("1"), exported[0]["scan_1"]

    assert entry["title"][()].decode() == "scan(detectors=[det], num=5, args=[motor, -1, 1])"
    assert datetime.fromisoformat(entry["start_time"][()].decode()).timestamp() == pytest.approx(run.started)
    assert datetime.fromisoformat(entry["end_time"][()].decode()).timestamp() == pytest.approx(run.ended)
    assert (entry["program_name"][()], entry["experiment_identifier"][()]) == (b"reioc", b"p-42")
    assert (entry["sample"].attrs["NX_class"], entry["sample/name"][()]) == ("NXsample", b"Cu foil")
    assert (entry["user"].attrs["NX_class"], entry["user/name"][()]) == ("NXuser", b"ada")
    assert json.loads(entry.attrs["start"]) == run.start
    assert json.loads(entry.attrs["stop"]) == run.stop


def test_several_users(exported):
    """One group each, be they described or just named."""
    entry = exported[0][f"scan_{ODD}"]

    assert (entry["user/name"][()], entry["user_2/name"][()]) == (b"Ada", b"Bob")


def test_arrays_of_different_lengths(exported):
    """Each is as long as it was; those of two dimensions lie flat beside their shapes."""
    primary = exported[0][f"scan_{ODD}/instrument/primary"]

    assert [each.tolist() for each in primary["odd_spectrum"]] == [[0], [0, 1], [0, 1, 2]]
    assert primary["odd_spectrum"].attrs["units"] == "counts"
    views = [flat.reshape(shape) for flat, shape in zip(primary["odd_views"], primary["odd_views_shape"], strict=True)]
    assert [view.tolist() for view in views] == [[[n] * 2] * n for n in (1, 2, 3)]


def test_texts_gaps_and_odd_values(exported):
    """Texts stay texts, a number that is missing is NaN, and what is neither is JSON and says so."""
    primary = exported[0][f"scan_{ODD}/instrument/primary"]

    assert primary["odd_labels"].asstr()[()].tolist() == [["a", "b"]] * 3
    assert primary["odd_text"].asstr()[()].tolist() == ["n°1\\0", "n°2\\0", "n°3\\0"]
    assert np.array_equal(primary["odd_gaps"][()], [1, np.nan, 3], equal_nan=True)
    assert primary["odd_mixed"].attrs["encoding"] == "json"
    assert json.loads(primary["odd_mixed"][1]) == [2, "two", {"three": 2**70}]


def test_a_field_that_is_called_like_ours(exported):
    """It has another name beside the time of the events."""
    primary = exported[0][f"scan_{ODD}/instrument/primary"]

    assert (primary["data_time"][()].tolist(), primary["data_time"].attrs["long_name"]) == ([10, 20, 30], "time")
    assert primary["time"].attrs["units"] == "s"


def test_the_configuration_of_devices(exported):
    """As it was when the stream was described."""
    configuration = exported[0][f"scan_{ODD}/instrument/primary/configuration/odd"]

    assert configuration["odd_gain"][()] == 7
    assert json.loads(configuration["odd_modes"][()]) == ["x", 1]


def test_what_is_left_out_is_told(exported):
    """Fields without any value, and data that are elsewhere, by name."""
    assert exported[1] == [
        "scan 3: odd_mixed of primary: kept as JSON, its values are no array",
        "scan 3: odd_nothing of primary: it has no value in any event",
        "scan 3: odd-elsewhere of primary: its data are elsewhere (the group assets says where)",
    ]


def test_an_open_run_is_written_so_far(exported):
    """Without an end."""
    entry = exported[0][f"scan_{OPEN}"]

    assert (entry["exit_status"][()], "end_time" in entry, entry.attrs["stop"]) == (b"open", False, "null")
    assert entry["instrument/primary/det"][()].tolist() == [1.5]


@pytest.fixture
def written(tmp_path):
    """Writes documents as a run, and gives the file and what is left out."""
    with closing(Kept(tmp_path / "j.sqlite")) as kept:

        def write(*documents, **about):
            kept.record(docs.start(scan_id=1, **about), *documents, docs.stop())
            with JournalReader(kept.path) as reader:
                left_out = write_hdf5(tmp_path / "run.h5", reader, [reader.find("1")])
            return h5py.File(tmp_path / "run.h5"), left_out

        yield write


DET = {"det": {"source": "x", "dtype": "number", "shape": []}}


def test_a_point_that_was_taken_again(written):
    """The last one counts, wherever it comes."""
    events = [docs.event(n, {"det": value}) for n, value in ((1, 1.0), (2, 2.0), (3, 3.0), (2, 2.5))]
    file, left_out = written(docs.descriptor(data_keys=DET), *events)
    with file:
        assert file["scan_1/instrument/primary/det"][()].tolist() == [1.0, 2.5, 3.0]
    assert left_out == []


def test_the_default_plot_of_a_fly_scan(written):
    """Its only stream is the flyer's, and the plan hints at nothing."""
    events = [docs.event(n, {"det": float(n)}, name="flyer1") for n in (1, 2)]
    file, _ = written(docs.descriptor("flyer1", data_keys=DET), *events)
    with file:
        signal, (axis,), _ = default_plot(file)
        assert signal[()].tolist() == [1.0, 2.0]
        assert axis.name == "/scan_1/data/time"


def test_pages_and_many_events(written):
    """More events than are in memory at a time, one by one and in pages."""
    events = [docs.event(n, {"det": float(n)}) for n in range(1, 1202)]
    page = {"descriptor": "run/primary", "seq_num": [1202, 1203], "time": [1.0, 2.0], "data": {"det": [1202.0, 1203.0]}}
    file, _ = written(docs.descriptor(data_keys=DET), *events, ("event_page", page))
    with file:
        assert file["scan_1/instrument/primary/det"][()].tolist() == list(range(1, 1204))


def test_documents_that_are_none(written):
    """They are named, and the rest is written."""
    stranger = docs.event(1, {"det": 1.0}, name="nobody")
    torn = ("event", {"descriptor": "run/primary", "seq_num": "x", "time": 0, "data": {}})
    good = docs.event(1, {"det": 1.0})
    file, left_out = written(docs.descriptor(data_keys=DET), stranger, torn, good)
    with file:
        assert file["scan_1/instrument/primary/det"][()].tolist() == [1.0]
    assert [text.split(":")[:2] for text in left_out] == [
        ["scan 1", " document 3, a event"],
        ["scan 1", " document 4, a event"],
    ]


def test_a_scan_of_a_grid_that_was_aborted(written):
    """Rows that were not reached are left out, points of the last row that are missing are NaN."""
    keys = {**DET, "y": DET["det"], "x": DET["det"]}
    dimensions = [[["y"], "primary"], [["x"], "primary"]]
    events = [docs.event(n + 1, {"y": n // 3, "x": n % 3, "det": float(n)}) for n in range(5)]
    hints = {"d": {"fields": ["det"]}}
    about = {"shape": [4, 3], "hints": {"dimensions": dimensions, "gridding": "rectilinear"}}
    file, _ = written(docs.descriptor(data_keys=keys, hints=hints), *events, **about)
    with file:
        signal, (y, x), _ = default_plot(file)

        assert np.array_equal(signal[()], [[0, 1, 2], [3, 4, np.nan]], equal_nan=True)
        assert (y[()].tolist(), x[()].tolist()) == ([0, 1], [0, 1, 2])


def test_metadata_of_any_kind(written):
    """Large, nested, with strange keys: all of it is there, as a dataset or as JSON."""
    about = {"note": "x" * 100_000, "a/b": {"1st": [1, None]}, "half": "\ud800", "half\0": np.float32(1.5), "": {}}
    file, left_out = written(**about)
    with file:
        entry = file["scan_1"]

        assert json.loads(entry.attrs["start"])["note"] == about["note"]
        assert entry["metadata/a_b"].attrs["name"] == "a/b"
        assert json.loads(entry["metadata/a_b/_1st"][()]) == [1, None]
        assert entry["metadata/half"][()] == b"\\ud800"
        assert entry["metadata/half_"][()] == 1.5
    assert left_out == []
