"""`reioc runs export`, as JSON lines and CSV, and where the files go."""

from __future__ import annotations

import csv
import json

import pytest

from reioc.ioc.journal import JournalReader
from reioc.ioc.sinks.json_text import json_text

from .support import GRID, ODD, SCAN, reioc, written


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Files without a place go to a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def stem(reader, scan_id):
    run = reader.find(str(scan_id))
    return f"{scan_id:05d}-{run.plan_name}-{run.uid[:8]}"


def lines_of(reader, scan_id):
    """What JSON lines have of a run."""
    return [json.loads(json_text([name, doc])) for _, name, doc in reader.documents(reader.find(str(scan_id)).uid)]


def test_json_lines_are_the_documents(journal, reader, here):
    """A file per run, named by number, plan and uid, with a line for each document."""
    printed = written("runs", "export", journal, "1-2", "--format", "jsonl")

    assert printed == names(here) == [f"{stem(reader, SCAN)}.jsonl", f"{stem(reader, GRID)}.jsonl"]
    lines = (here / printed[0]).read_text().splitlines()
    assert [json.loads(line) for line in lines] == lines_of(reader, SCAN)


def test_several_runs_in_one_file(journal, reader, here):
    """The file that is named has them all, in the order in which they were."""
    written("runs", "export", journal, "2", "1", "-o", "both.jsonl")
    lines = (here / "both.jsonl").read_text().splitlines()

    assert [json.loads(line) for line in lines] == lines_of(reader, GRID) + lines_of(reader, SCAN)
    assert names(here) == ["both.jsonl"]


def test_json_lines_to_the_standard_output(journal, reader, here):
    """For a pipe; nothing else is written there."""
    lines = written("runs", "export", journal, "1", "-o", "-")

    assert [json.loads(line) for line in lines] == lines_of(reader, SCAN)
    assert names(here) == []


def test_csv_has_a_file_for_each_stream(journal, here):
    """And one beside them that describes them; what has no column is named."""
    said = reioc("runs", "export", journal, str(SCAN), "-o", "scan.csv")
    with (here / "scan-primary.csv").open() as file:
        rows = list(csv.DictReader(file))

    assert said.status == 0
    assert names(here) == ["scan-interruptions.csv", "scan-primary.csv", "scan.json"]
    assert [float(row["motor"]) for row in rows] == [-1.0, -0.5, 0.0, 0.5, 1.0]


def test_what_csv_leaves_out_is_told(journal):
    """Arrays and data that are elsewhere, each by its name; the rest is written."""
    said = reioc("runs", "export", journal, str(ODD), "--format", "csv")

    assert said.status == 0
    assert "scan 3: left out: odd_picture of primary: an array of shape [3, 4]" in said.err.splitlines()


@pytest.mark.parametrize("form", ["jsonl", "csv", "hdf5"])
def test_what_is_there_is_replaced_only_by_force(journal, here, form):
    """Nothing at all is written if one of the files is there."""
    written("runs", "export", journal, "2", "--format", form)
    before = {path: path.read_bytes() for path in here.iterdir()}
    mark = next(path for path in before if path.suffix in (".jsonl", ".json", ".h5"))
    mark.write_bytes(b"mine")

    refused = reioc("runs", "export", journal, "1-2", "--format", form)
    content = mark.read_bytes()
    forced = reioc("runs", "export", journal, "2", "--format", form, "--force")

    assert (refused.status, refused.out, refused.err.count("\n")) == (1, "", 1)
    assert f"{mark.name} exists already: --force replaces it" in refused.err
    assert content == b"mine"
    assert (forced.status, mark.read_bytes() != b"mine", names(here)) == (0, True, sorted(p.name for p in before))


def test_no_half_done_file_stays(journal, here, monkeypatch):
    """When the journal cannot be read to its end there is no file at all."""
    documents = JournalReader.documents

    def torn(self, uid):
        yield from list(documents(self, uid))[:3]
        raise KeyboardInterrupt

    monkeypatch.setattr(JournalReader, "documents", torn)
    said = reioc("runs", "export", journal, "1", "--format", "jsonl")

    assert (said.status, names(here)) == (130, [])


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        (["1", "2", "-o", "one.csv"], "a CSV file holds a stream of one run"),
        (["1", "--format", "hdf5", "-o", "-"], "only jsonl can be written to the standard output"),
        (["1", "-o", "/dev/null/x.jsonl"], "/dev/null: cannot be written"),
    ],
)
def test_places_that_do_not_fit(journal, here, argv, complaint):
    """One line that says what would be right."""
    said = reioc("runs", "export", journal, *argv)

    assert (said.status, names(here)) == (1, [])
    assert complaint in said.err


def test_a_missing_extra_is_named(journal, monkeypatch):
    """Without h5py, how to get it."""
    monkeypatch.setitem(__import__("sys").modules, "reioc.ioc.stored.hdf5", None)
    said = reioc("runs", "export", journal, "1", "--format", "hdf5")

    assert said.status == 1
    assert "pip install 'reioc[hdf5]'" in said.err
