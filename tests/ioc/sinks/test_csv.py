"""A CSV file per run and stream, and what is said beside it."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from reioc.ioc.sinks.csv_files import CsvFiles
from reioc.ioc.sinks.runs import StoredRuns
from reioc.ioc.sinks.sink import Unacceptable

from .. import documents as docs
from .support import run_of

UID = "0a1b2c3d-4e5f"
STEM = "00007-scan-0a1b2c3d"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def make(journal, folder):
    """A sink as after a start of the service."""

    def make() -> CsvFiles:
        sink = CsvFiles("csv", folder, StoredRuns(journal.open), "{scan_id:05d}-{plan}-{uid8}")
        sink.open()
        return sink

    return make


def a_run(points: int = 3, uid: str = UID):
    return run_of(points, uid, plan_name="scan", scan_id=7)


def begin(data_keys, name="primary"):
    keys = {field: {"source": field, "dtype": "number", "shape": []} | about for field, about in data_keys.items()}
    return [docs.start(UID, plan_name="scan", scan_id=7), docs.descriptor(name, UID, keys)]


def rows(folder, name="primary"):
    with (folder / f"{STEM}-{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def about(folder):
    return json.loads((folder / f"{STEM}.json").read_text())


def test_a_stream_is_a_table_with_a_row_per_event(journal, make, folder) -> None:
    """The first line has the names of the columns."""
    make().put(journal.record(*a_run(2)))
    assert (folder / f"{STEM}-primary.csv").read_bytes() == (
        b"seq_num,time,m1,det\n1,1001.0,0.1,1.1\n2,1002.0,0.2,2.2\n"
    )


def test_rows_are_there_while_the_run_goes_on(journal, make, folder) -> None:
    """After each batch, for whoever looks in between."""
    make().put(journal.record(*a_run(2)[:3]))
    assert rows(folder)[1:] == [["1", "1001.0", "0.1", "1.1"]]
    assert about(folder)["stop"] is None


def test_numbers_have_all_their_digits(journal, make, folder) -> None:
    """What is read is what was written, to the last bit."""
    values = [0.1 + 0.2, 1e-300, -0.0, 2.0**53 + 2, float(np.nextafter(1.0, 2.0)), np.float64(1 / 3)]
    events = [docs.event(n, {"det": value}, run=UID) for n, value in enumerate(values, 1)]
    make().put(journal.record(*begin({"det": {}}), *events))
    assert [float(row[2]) for row in rows(folder)[1:]] == values


def test_every_kind_of_value_has_a_cell(journal, make, folder) -> None:
    """Also texts with commas, quotes and line ends, and arrays where one value was announced."""
    data = {
        "int": 2**63,
        "bool": True,
        "nan": float("nan"),
        "inf": -float("inf"),
        "text": 'a "b", c\nd',
        "one": np.array([5.5]),
        "two": np.array([1, 2]),
        "bytes": b"\x00\xff",
        "odd": "\udc80",
    }
    make().put(journal.record(*begin({key: {} for key in [*data, "missing"]}), docs.event(1, data, run=UID)))
    (row,) = rows(folder)[1:]
    assert row[2:] == [str(2**63), "True", "nan", "-inf", 'a "b", c\nd', "5.5", "[1, 2]", "AP8=", "\\udc80", ""]


def test_arrays_and_external_data_are_left_out_and_it_is_said(journal, make, folder) -> None:
    """In the file beside the table, with the reason."""
    keys = {
        "image": {"dtype": "array", "shape": [512, 512], "external": "FILESTORE:"},
        "trace": {"dtype": "array", "shape": [5]},
        "det": {},
    }
    make().put(journal.record(*begin(keys), docs.event(1, {"trace": [1] * 5, "det": 3}, run=UID)))
    assert rows(folder) == [["seq_num", "time", "det"], ["1", "1001.0", "3"]]
    (table,) = about(folder)["streams"]["primary"]
    assert table["left_out"] == {"image": "its data are elsewhere", "trace": "an array of shape [5]"}


def test_the_metadata_are_beside_it(journal, make, folder) -> None:
    """Start, descriptors and stop, and which file has which stream."""
    run = a_run(1)
    make().put(journal.record(*run))
    found = about(folder)
    assert (found["start"], found["stop"]) == (run[0][1], run[-1][1])
    (table,) = found["streams"]["primary"]
    assert (table["file"], table["descriptors"]) == (f"{STEM}-primary.csv", [run[1][1]])


def test_fields_that_are_called_like_our_columns_are_told_apart(journal, make, folder) -> None:
    """No two columns have one name."""
    make().put(journal.record(*begin({"time": {}, "det": {}}), docs.event(1, {"time": 5, "det": 6}, run=UID)))
    assert rows(folder) == [["seq_num", "time", "data.time", "det"], ["1", "1001.0", "5", "6"]]


def test_of_a_point_that_was_taken_again_the_last_counts(journal, make, folder) -> None:
    """In the end the table is sorted, with each point once."""
    sink = make()
    events = [docs.event(n, {"det": value}, run=UID) for n, value in ((1, "a"), (2, "b"), (3, "c"), (2, "B"), (3, "C"))]
    sink.put(journal.record(*begin({"det": {}}), *events))
    assert [row[2] for row in rows(folder)[1:]] == ["a", "b", "c", "B", "C"]
    sink.put(journal.record(docs.event(4, {"det": "d"}, run=UID), docs.stop(run=UID)))
    assert [(row[0], row[2]) for row in rows(folder)[1:]] == [("1", "a"), ("2", "B"), ("3", "C"), ("4", "d")]


def test_event_pages_are_rows(journal, make, folder) -> None:
    """One for each event in them."""
    page = {"descriptor": f"{UID}/primary", "seq_num": [1, 2], "time": [5.0, 6.0], "data": {"det": [7, 8]}}
    make().put(journal.record(*begin({"det": {}}), ("event_page", page)))
    assert rows(folder)[1:] == [["1", "5.0", "7"], ["2", "6.0", "8"]]


def test_each_stream_has_its_table(journal, make, folder) -> None:
    """Also streams whose names are no file names, or the same when made ones."""
    run = [docs.start(UID, plan_name="scan", scan_id=7)]
    for name in ("primary", "a/b", "a_b"):
        run += [docs.descriptor(name, UID, {"det": {"dtype": "string", "shape": []}})]
        run += [docs.event(1, {"det": name}, name=name, run=UID)]
    make().put(journal.record(*run))
    assert [rows(folder, name)[1][2] for name in ("primary", "a_b", "a_b-2")] == ["primary", "a/b", "a_b"]


def test_other_columns_begin_another_table(journal, make, folder) -> None:
    """After a configuration that changes them; one that leaves them goes on in the same."""

    def described(uid, *fields):
        name, doc = docs.descriptor(run=UID, data_keys={field: {"shape": []} for field in fields})
        return name, doc | {"uid": uid}

    def event(seq_num, descriptor, **data):
        name, doc = docs.event(seq_num, data, run=UID)
        return name, doc | {"descriptor": descriptor}

    run = [
        docs.start(UID, plan_name="scan", scan_id=7),
        described("A", "x"),
        event(1, "A", x=1),
        event(2, "A", x=2),
        described("B", "x"),
        event(3, "B", x=3),
        described("C", "x", "y"),
        event(3, "C", x=30, y=31),
        docs.stop(run=UID),
    ]
    make().put(journal.record(*run))
    assert [row[2:] for row in rows(folder)] == [["x"], ["1"], ["2"]]
    assert [row[2:] for row in rows(folder, "primary-2")] == [["x", "y"], ["30", "31"]]
    tables = about(folder)["streams"]["primary"]
    assert [[doc["uid"] for doc in table["descriptors"]] for table in tables] == [["A", "B"], ["C"]]


def test_after_a_restart_a_run_goes_on(journal, make, folder) -> None:
    """Its tables are what they would have been without."""
    documents = journal.record(*a_run(1300))
    make().put(documents)
    whole, described = rows(folder), about(folder)
    make().put(documents[:700])
    make().put(documents[650:])
    assert (rows(folder), about(folder)) == (whole, described)
    assert len(whole) == 1301


def test_a_table_that_somebody_shortens_is_made_whole(journal, make, folder) -> None:
    """As after a crash."""
    documents = journal.record(*a_run(4))
    sink = make()
    sink.put(documents[:4])
    path = folder / f"{STEM}-primary.csv"
    path.write_bytes(path.read_bytes()[:-5])
    sink.put(documents[4:])
    assert [row[0] for row in rows(folder)[1:]] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("name", [f"{STEM}.json", f"{STEM}-primary.csv"])
def test_files_of_others_stay_as_they_are(journal, make, folder, name) -> None:
    """The run gets another name."""
    folder.mkdir()
    (folder / name).write_text("something else")
    make().put(journal.record(*a_run(1)))
    assert (folder / name).read_text() == "something else"
    assert (folder / f"{STEM}-2.json").exists()
    assert (folder / f"{STEM}-2-primary.csv").exists()


def test_an_event_that_makes_no_row_is_unacceptable(journal, make, folder) -> None:
    """The others are written, and it stays passed over when the run is read again."""
    documents = journal.record(*a_run(1)[:-1], ("event", {"descriptor": f"{UID}/primary"}), *a_run(2)[3:])
    sink = make()
    with pytest.raises(Unacceptable, match=r"document 4 .*this event makes no rows: KeyError: 'seq_num'"):
        sink.put(documents)
    others = [numbered for numbered in documents if numbered[0] != 4]
    sink.put(others)
    assert [row[0] for row in rows(folder)[1:]] == ["1", "2"]
    make().put(others[-1:])
    assert [row[0] for row in rows(folder)[1:]] == ["1", "2"]


def test_a_run_without_streams_has_its_metadata(journal, make, folder) -> None:
    """And no table."""
    make().put(journal.record(docs.start(UID, plan_name="scan", scan_id=7), docs.stop("fail", "no", run=UID)))
    assert about(folder)["stop"]["exit_status"] == "fail"
    assert [path.name for path in folder.iterdir()] == [f"{STEM}.json"]


@pytest.mark.parametrize("wrong", [{"data_keys": {"x": None}}, {"data_keys": 7}, {"name": ["primary"]}])
def test_a_descriptor_that_is_none_is_unacceptable_and_the_run_goes_on(journal, make, wrong) -> None:
    """Also when the run is read again."""
    start, descriptor, *rest = run_of(1)
    numbered = journal.record(start, ("descriptor", {**descriptor[1], "uid": "wrong", **wrong}), descriptor, *rest)
    sink = make()
    with pytest.raises(Unacceptable, match="document 2 cannot be taken: this descriptor is not as one should be"):
        sink.put(numbered[:3])
    sink.put(numbered[2:4])
    make().put(numbered[4:])
    assert numbered[4][1] == "stop"
