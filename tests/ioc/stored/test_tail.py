"""`reioc runs tail`."""

from __future__ import annotations

import io
import json
import re
from contextlib import closing

import pytest

from reioc.ioc.stored.tailing import POLL, tail

from .. import documents as docs
from ..sinks.support import Kept
from .support import SCAN, parsed, reioc, written


def new_run(uid, scan_id):
    """Documents of a run of one point."""
    keys = {"det": {"source": "x", "dtype": "number", "shape": [], "units": "mA", "precision": 1}}
    return [
        docs.start(uid, scan_id=scan_id, plan_name="count"),
        docs.descriptor(run=uid, data_keys=keys),
        docs.event(1, {"det": 2.04}, run=uid),
        docs.stop("abort", "enough", run=uid),
    ]


@pytest.fixture
def kept(tmp_path):
    with closing(Kept(tmp_path / "j.sqlite")) as kept:
        yield kept


def without_times(text):
    return re.sub(r"\d\d:\d\d:\d\d ", "", text).splitlines()


def test_the_last_run_as_lines(kept):
    """Its documents, for people."""
    kept.record(*new_run("first", 1), *new_run("second", 2))
    out = "\n".join(written("runs", "tail", kept.path))

    assert [line.strip() for line in without_times(out)] == [
        "scan 2 begins: count() second",
        "scan 2 primary: det (mA)",
        "scan 2 primary #1 det=2.0",
        "scan 2 ends: abort, enough",
    ]


def test_json_lines_are_the_documents(kept):
    """A list of name and document for each, as they are stored."""
    kept.record(*new_run("first", 1))
    lines = written("runs", "tail", kept.path, "--format", "jsonl")

    assert [json.loads(line) for line in lines] == [list(each) for each in new_run("first", 1)]


def test_it_follows_what_comes_until_ctrl_c(kept, monkeypatch):
    """Documents are written as soon as they are durable, those of later runs too; then it ends with status 130."""
    run, later = new_run("first", 1), new_run("second", 2)
    steps = iter([run[2:], later])
    kept.record(*run[:2])
    out, rests, counts = io.StringIO(), [], []

    def rest(seconds):
        rests.append(seconds)
        counts.append(len(out.getvalue().splitlines()))
        step = next(steps, None)
        if step is None:
            raise KeyboardInterrupt
        kept.record(*step)

    monkeypatch.setattr(
        "reioc.ioc.stored.tailing.tail", lambda path, out, **options: tail(path, out, rest=rest, **options)
    )
    said = reioc("runs", "tail", kept.path, "--follow", out=out)

    assert (said.status, said.err) == (130, "")
    assert (rests, counts) == ([POLL] * 3, [2, 4, 8])
    assert without_times(said.out)[-1].strip() == "scan 2 ends: abort, enough"


def test_it_waits_for_the_first_run(kept):
    """An empty journal can be followed."""
    out = io.StringIO()

    def rest(seconds):
        if out.getvalue():
            raise KeyboardInterrupt
        kept.record(*new_run("first", 1))

    with pytest.raises(KeyboardInterrupt):
        tail(kept.path, out, follow=True, rest=rest)

    assert without_times(out.getvalue())[0] == "scan 1 begins: count() first"


def test_an_event_of_a_run_that_began_before(kept):
    """Of a run that has not been followed from its start, what can be told is told."""
    older = new_run("older", 1)
    kept.record(*older[:2], *new_run("newer", 2), *older[2:])
    out = io.StringIO()

    def rest(seconds):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tail(kept.path, out, follow=True, rest=rest)

    assert without_times(out.getvalue())[-2].strip() == "a run that began before event"


def test_nobody_reads_any_more(journal):
    """When the reader of a pipe is gone it ends quietly, with the status that a shell has for SIGPIPE."""

    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    said = reioc("runs", "tail", journal, out=Closed())

    assert (said.status, said.err) == (141, "")


def test_the_command_line_writes_to_the_standard_output(journal, capsys):
    """What was parsed can be run as it is."""
    options = parsed("runs", "show", journal, SCAN)

    assert options.run(options) == 0
    assert capsys.readouterr().out.startswith("scan 1 · scan · success")
