"""A file of JSON lines per run."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from reioc.ioc.sinks import jsonl
from reioc.ioc.sinks.jsonl import JsonLines
from reioc.ioc.sinks.runs import StoredRuns
from reioc.ioc.sinks.sink import Unacceptable

from .. import documents as docs
from .support import run_of

UID = "0a1b2c3d-4e5f"
NAME = "1970-01-01/00007-scan-0a1b2c3d.jsonl"


@pytest.fixture
def make(journal, tmp_path):
    """A sink as after a start of the service."""

    def make(template: str = "1970-01-01/{scan_id:05d}-{plan}-{uid8}") -> JsonLines:
        sink = JsonLines("jsonl", tmp_path / "data", StoredRuns(journal.open), template)
        sink.open()
        return sink

    return make


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / NAME


def a_run(points: int = 3, uid: str = UID, **metadata):
    return run_of(points, uid, plan_name="scan", scan_id=7, **metadata)


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def in_lines(documents):
    return json.loads(json.dumps(documents))


def test_a_run_is_a_file_of_names_and_documents(journal, make, path) -> None:
    """In the order in which they came, the last one is the stop."""
    run = a_run()
    make().put(journal.record(*run))
    assert lines(path) == in_lines(run)


def test_the_default_name_has_date_scan_plan_and_uid(journal, tmp_path) -> None:
    """A folder per day."""
    sink = JsonLines("jsonl", tmp_path, StoredRuns(journal.open))
    sink.open()
    sink.put(journal.record(*a_run()))
    (file,) = tmp_path.glob("*/*")
    assert file.name == "00007-scan-0a1b2c3d.jsonl"
    assert file.parent.name in ("1970-01-01", "1969-12-31")  # START_TIME, anywhere


def test_interleaved_runs_keep_apart(journal, make, path) -> None:
    """Each in its own file."""
    inner = a_run(uid="inner")
    outer = a_run()
    make().put(journal.record(*outer[:3], *inner[:3], *outer[3:5], *inner[3:], *outer[5:]))
    assert lines(path) == in_lines(outer)
    assert lines(path.with_name("00007-scan-inner.jsonl")) == in_lines(inner)


def test_a_run_is_read_again_no_further_than_needed(journal, tmp_path) -> None:
    """Not what comes after the document where it goes on, which may be hours of it."""

    class Earlier(StoredRuns):
        def documents(self, uid):
            for numbered in super().documents(uid):
                read.append(numbered[0])
                yield numbered

    read: list[int] = []
    numbered = journal.record(*a_run(20))
    JsonLines("jsonl", tmp_path / "data", Earlier(journal.open)).put(numbered[3:4])
    assert read == [seq for seq, _, _ in numbered[:4]]


def test_documents_that_come_again_are_not_written_again(journal, make, path) -> None:
    """By the same sink, or after a restart."""
    run = a_run()
    documents = journal.record(*run)
    sink = make()
    sink.put(documents[:4])
    sink.put(documents[2:])
    sink.put(documents)
    make().put(documents[3:])
    assert lines(path) == in_lines(run)


def test_after_a_restart_a_run_goes_on(journal, make, path) -> None:
    """Though its start came before what the sink is given then."""
    run = a_run(1200)
    documents = journal.record(*run)
    make().put(documents[:600])
    make().put(documents[600:])
    assert lines(path) == in_lines(run)


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.3, 0.5, 0.999], ids=lambda kept: f"{kept:.1%}")
def test_what_a_crash_has_left_is_completed(journal, make, path, kept) -> None:
    """Wherever the file was torn, also in its first line."""
    run = a_run()
    documents = journal.record(*run)
    make().put(documents[:5])
    content = path.read_bytes()
    path.write_bytes(content[: round(len(content) * kept)])
    make().put(documents[5:])
    assert lines(path) == in_lines(run)


def test_a_long_torn_line_leaves_nothing_behind(journal, make, path) -> None:
    """Whatever a crash has left after the last complete line."""
    run = a_run()
    documents = journal.record(*run)
    make().put(documents[:5])
    with path.open("ab") as file:
        file.write(b"\0" * 10_000)
    make().put(documents[5:])
    assert lines(path) == in_lines(run)


def test_a_long_run_that_is_read_again_takes_little_memory(journal, make, path, monkeypatch) -> None:
    """Lines are written when they are many bytes together, however few they are."""
    journal.record(*a_run(2)[:3])
    monkeypatch.setattr(jsonl, "_HELD_BACK", 100)
    monkeypatch.setattr(jsonl._RunFile, "flush", lambda _self: None)
    make().put(journal.record(a_run(2)[3]))
    assert len(lines(path)) == 4


def test_a_run_that_is_over_is_on_the_disk(journal, make, path, monkeypatch) -> None:
    """Before its cursor is kept: file and folder are synced with the stop, not with each event."""
    synced = []
    monkeypatch.setattr("reioc.ioc.sinks.jsonl.sync", synced.extend)
    documents = journal.record(*a_run())
    sink = make()
    sink.put(documents[:4])
    assert synced == []
    sink.put(documents[4:])
    assert synced == [path]


def test_a_run_that_is_over_is_forgotten(journal, make) -> None:
    """A service that runs for months must not remember every run."""
    sink = make()
    sink.put(journal.record(*a_run()))
    assert (sink._writers, sink._index._runs) == ({}, {})


def test_a_file_that_somebody_changes_is_made_whole(journal, make, path) -> None:
    """Removed or shortened while the run goes on: it is read again from the journal."""
    run = a_run(4)
    documents = journal.record(*run)
    sink = make()
    sink.put(documents[:3])
    path.unlink()
    sink.put(documents[3:5])
    path.write_bytes(path.read_bytes()[:-20])
    sink.put(documents[5:])
    assert lines(path) == in_lines(run)


@pytest.mark.parametrize("torn", [0, 150])
def test_after_an_error_of_the_disk_nothing_is_missing_or_twice(journal, make, path, monkeypatch, torn) -> None:
    """The same documents are put again, when half of them were written."""
    run = a_run(4)
    documents = journal.record(*run)
    sink = make()
    sink.put(documents[:3])
    monkeypatch.setattr("reioc.ioc.sinks.jsonl._RunFile._append", lambda file: _tear(file, torn))
    with pytest.raises(OSError, match="No space left"):
        sink.put(documents[3:])
    monkeypatch.undo()
    sink.put(documents[3:])
    assert lines(path) == in_lines(run)


def _tear(run_file, size: int) -> None:
    with run_file._path.open("ab") as file:
        file.write(b"".join(run_file._new)[:size])
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("content", ["something else\n", '["start", {"uid": "another"}]\n', "x", '{"a": 1}\n'])
def test_files_of_others_stay_as_they_are(journal, make, path, content) -> None:
    """The run gets another name, and goes on under it."""
    path.parent.mkdir(parents=True)
    path.write_text(content)
    run = a_run()
    documents = journal.record(*run)
    make().put(documents[:3])
    make().put(documents[3:])
    assert path.read_text() == content
    assert lines(path.with_name("00007-scan-0a1b2c3d-2.jsonl")) == in_lines(run)


@pytest.mark.parametrize("plan", ["../../evil", "/etc/passwd", "a/b", "..", ".hidden", "", None, "x" * 500, "a\0b"])
def test_metadata_never_lead_out_of_the_folder(journal, make, tmp_path, plan) -> None:
    """Whatever a plan or sample is called, its file is one in the folder."""
    sink = make("{sample}/{plan}-{uid8}")
    sink.put(journal.record(*run_of(1, UID, plan_name=plan, sample=plan)))
    (file,) = tmp_path.rglob("*.jsonl")
    assert file.parent.parent == tmp_path / "data"
    assert not file.name.startswith(".")


def test_every_kind_of_value_has_a_form(journal, make, path) -> None:
    """Arrays are lists, bytes base64, and what JSON does not know is text; nothing is refused."""
    data = {
        "image": np.arange(4, dtype="u2").reshape(2, 2),
        "number": np.float64(0.1),
        "nan": math.nan,
        "inf": np.array([math.inf, -math.inf]),
        "bytes": b"\x00\xff",
        "complex": 1 + 2j,
        "text": "Öl",
        "time": np.datetime64("2026-01-01"),
        "keys": {1: "a", (1, 2): "b"},
        "set": {3},
    }
    make().put(journal.record(docs.start(UID, plan_name="scan", scan_id=7), docs.descriptor(run=UID)))
    make().put(journal.record(docs.event(1, data, run=UID)))
    found = lines(path)[2][1]["data"]
    assert math.isnan(found.pop("nan"))
    assert found == {
        "image": [[0, 1], [2, 3]],
        "number": 0.1,
        "inf": [math.inf, -math.inf],
        "bytes": "AP8=",
        "complex": [1.0, 2.0],
        "text": "Öl",
        "time": "2026-01-01",
        "keys": {"1": "a", "(1, 2)": "b"},
        "set": [3],
    }


def test_assets_go_to_their_run(journal, make, path) -> None:
    """By resource or descriptor, also where the sink has not seen those."""
    assets = [
        ("resource", {"uid": f"{UID}/r", "run_start": UID, "spec": "X"}),
        ("stream_resource", {"uid": f"{UID}/s", "run_start": UID, "mimetype": "x"}),
        ("datum", {"resource": f"{UID}/r", "datum_id": "r/1"}),
        ("datum_page", {"resource": f"{UID}/r", "datum_id": ["r/2"]}),
        ("stream_datum", {"descriptor": f"{UID}/primary", "stream_resource": f"{UID}/s", "uid": "d"}),
        ("event_page", {"descriptor": f"{UID}/primary", "seq_num": [1], "time": [1.0], "data": {}}),
    ]
    run = [*a_run(0)[:2], *assets, docs.stop(run=UID)]
    documents = journal.record(*run)
    make().put(documents[:4])
    make().put(documents[4:])
    assert lines(path) == in_lines(run)


def test_a_document_of_no_run_is_unacceptable(journal, make) -> None:
    """It is named, and looked for in the journal once only."""
    documents = journal.record(docs.event(1, run="nobody"), docs.event(2, run="nobody"))
    sink = make()
    with pytest.raises(Unacceptable, match=r"document 1 .*the run of this event is not in the journal"):
        sink.put(documents)
    sink._stored = sink._index._stored = None
    with pytest.raises(Unacceptable, match="document 2 "):
        sink.put(documents[1:])


def test_a_run_whose_start_is_lost_is_unacceptable(journal, make, tmp_path) -> None:
    """No file is begun for it."""
    documents = journal.record(*a_run()[1:])
    with pytest.raises(Unacceptable, match="the start of its run 0a1b2c3d-4e5f is not in the journal"):
        make().put(documents)
    assert not list((tmp_path / "data").rglob("*.jsonl"))


def test_a_folder_that_cannot_be_made_is_told(journal, tmp_path) -> None:
    """When the sink is opened."""
    (tmp_path / "data").write_text("a file")
    with pytest.raises(FileExistsError, match="data"):
        JsonLines("jsonl", tmp_path / "data", StoredRuns(journal.open)).open()
