"""The benchmarks run. What they measure is not judged here: that takes a quiet machine."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

CASES = {
    "engine.py": [
        "null messages",
        "one null message, reused",
        "messages kept to repeat",
        "events, validated",
        "ophyd.sim scan points",
        "the same, bluesky's plan",
        "calls of an empty plan",
        "the same, at a prompt",
        "one-point counts",
    ],
    "breakdown.py": [
        "a null message",
        "an event and its checkpoint",
        "a point of an ophyd.sim scan",
        "a call of an empty plan",
    ],
    "memory.py": ["with checkpoints", "without checkpoints"],
    "suspenders.py": [
        "PV bad → suspended, p50",
        "PV bad → suspended, p95",
        "PV good → running, p50",
        "PV good → running, p95",
        "null messages",
        "events, validated",
    ],
    "ioc.py": [
        "start → a PV is connected, median",
        *(
            f"{what}, {figure}"
            for what in (
                "put of a number",
                "put of a switch",
                "put of a text",
                "get of a number",
                "get of a long text",
                "get of 1000 numbers",
                "put → own monitor",
                "search → connected",
                "put, 100 others watch",
            )
            for figure in ("p50", "p99", "CPU")
        ),
        "puts, none waited for",
        "gets, none waited for",
        "start → running",
        "pause → paused",
        "resume → running",
        "abort → idle",
        "pause → completed",
    ],
    "queued.py": [
        "queued runs of one point per s",
        *(f"{what}, {figure}" for what in ("move to the front", "remove") for figure in ("p50", "p99")),
        "12 added, one after the other",
        "12 added, none waited for",
    ],
    "journal.py": [
        "events per s",
        "an event every 3 ms",
        "as fast as it goes",
        "close_run, p50",
        "close_run, p99",
        "MB per s, 1 MB an event",
        "an event in the file, bytes",
        "opening it with 1,000 documents, s",
    ],
}
LITTLE = {
    "engine.py": ["--rounds", "1", "--share", "0.002"],
    "breakdown.py": ["--rounds", "1", "--share", "0.01"],
    "memory.py": ["--events", "100"],
    "suspenders.py": ["--rounds", "1", "--trips", "2", "--share", "0.0001"],
    "ioc.py": ["--rounds", "1", "--number", "2", "--starts", "1", "--pauses", "1"],
    "queued.py": ["--rounds", "1", "--number", "2", "--many", "12", "--changes", "1"],
    "journal.py": ["--rounds", "1", "--share", "0.001"],
}


@pytest.mark.parametrize("script", CASES)
def test_each_case_has_its_line(script):
    """A benchmark that is given next to nothing to do prints a line with figures for each case."""
    command = [sys.executable, BENCHMARKS / script, *LITTLE[script]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)

    assert done.returncode == 0, done.stderr
    for case in CASES[script]:
        assert re.search(rf"^{re.escape(case)} .*\d(x| µs)?$", done.stdout, re.MULTILINE), done.stdout


def test_a_peer_that_is_not_there_is_named():
    """Without queueserver its benchmark says what is missing, and does not begin."""
    command = [sys.executable, BENCHMARKS / "queueserver.py", sys.executable, "redis-server"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)

    assert done.returncode == 1
    assert "No module named 'bluesky_queueserver'" in done.stderr
