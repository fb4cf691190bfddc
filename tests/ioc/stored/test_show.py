"""`reioc runs show`."""

from __future__ import annotations

import json

import numpy as np
import pytest

from reioc.ioc.stored.texts import plan_call, sample_of

from .support import BROKEN, ODD, OPEN, OPEN_UID, PAUSED, SCAN, reioc, written


def test_all_about_a_run(journal, reader):
    """Times, plan with arguments, who, metadata, streams with their fields, the first and last events."""
    run = reader.find(str(SCAN))
    lines = written("runs", "show", journal, SCAN)
    facts = dict(line.split(None, 1) for line in lines if line.startswith("  "))

    assert lines[0] == "scan 1 · scan · success"
    assert facts["uid"] == run.uid
    assert facts["plan"] == "scan(detectors=[det], num=5, args=[motor, -1, 1])"
    assert facts["started"].split() == ["by", "ada@desk"]
    assert (facts["operator"], facts["purpose"]) == ("ada", "alignment")
    assert "stream primary: 5 events" in lines
    assert [line.split()[0] for line in lines[-6:]] == ["#", "1", "2", "3", "4", "5"]
    assert lines[-1].split()[2:] == ["0.607", "1.000", "1.000"]


def test_units_precision_and_shape(journal):
    """A field's line has its kind, shape, units, precision and source; arrays are not in the table of events."""
    lines = written("runs", "show", journal, ODD)
    start = next(n for n, line in enumerate(lines) if line.startswith("  #"))

    assert "  odd_picture    array             3 × 4                     SIM:odd" in lines
    assert "  odd_gaps       number                   mA      2          SIM:odd" in lines
    assert lines[start].split() == ["#", "time", "odd_text", "odd_mixed", "odd_gaps", "odd_nothing", "time"]


def test_arrays_among_the_arguments_are_told_by_their_shape():
    """A plan may put anything in its metadata, and numpy compares an array item by item."""
    start = {"plan_name": "energies", "plan_args": {"points": np.arange(3), "md": None}, "sample": np.arange(2)}
    assert plan_call(start) == "energies(points=(3 int64))"
    assert sample_of(start) == "(2 int64)"


def test_a_failed_run_says_why(journal):
    """The reason of its RunStop."""
    lines = written("runs", "show", journal, BROKEN)

    assert lines[0] == "scan 4 · broken · fail"
    assert [line.split(None, 1)[1] for line in lines if line.startswith("  reason")] == ["the filter wheel is stuck"]


def test_interruptions_are_told(journal):
    """Each with its time, and for how long the run was paused in all."""
    lines = written("runs", "show", journal, PAUSED)

    assert [line.split()[-1] for line in lines[lines.index("interruptions") + 1 :]] == ["pause", "resume"]
    assert "paused for" in "\n".join(lines)


def test_an_open_run_has_no_end(journal):
    """What is known so far is shown."""
    lines = written("runs", "show", journal, "-1")

    assert lines[0] == "scan 7 · count · open"
    assert not any(line.startswith("  ended") for line in lines)


def test_json_has_the_same_for_programs(journal):
    """Fields as the descriptors have them, and the events at both ends."""
    found = json.loads("\n".join(written("runs", "show", journal, SCAN, "--format", "json")))
    primary = found["streams"]["primary"]

    assert (found["exit_status"], found["by"], found["suspended"]) == ("success", "ada@desk", 0)
    assert primary["events"] == 5
    assert primary["fields"]["motor"]["precision"] == 3
    assert [event["data"]["motor"] for event in primary["first_and_last"]] == [-1.0, -0.5, 0.0, 0.5, 1.0]


@pytest.mark.parametrize("which", [str(OPEN), "-1", OPEN_UID, OPEN_UID[:7]])
def test_a_run_by_its_names(journal, which):
    """Scan id, place from the end, uid, or the beginning of one."""
    assert written("runs", "show", journal, which)[0] == "scan 7 · count · open"


@pytest.mark.parametrize(
    ("which", "complaint"),
    [
        ("9", "there is no scan 9 (the nearest are scan 7, 0penrun- (count); scan 6"),
        ("-8", "there is no run -8: it has 7 runs"),
        ("qqqqqq", "there is no run whose uid begins with 'qqqqqq' (the last are scan 7"),
        ("1-3", "1-3 are 3 runs: name one of them"),
        ("8-9", "there is no run with a scan id from 8 to 9 (the last are scan 7"),
    ],
)
def test_a_run_that_is_not_there(journal, which, complaint):
    """One line, with runs that are near; status 1."""
    said = reioc("runs", "show", journal, which)

    assert (said.status, said.out, said.err.count("\n")) == (1, "", 1)
    assert complaint in said.err
