"""The demo's second part: plans that wait for their turn, and what is left of them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .queue.client import QueueClient, QueueError

__all__ = ["ITEMS", "QueueFailed", "run_a_queue", "show_what_is_kept"]

ITEMS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("scan", {"detectors": ["det1"], "args": ["m1", -1, 1], "num": 5}),
    ("count", {"detectors": ["det1", "ring"], "num": 3}),
)
LONGEST = 60.0
"""Seconds that the queue may take."""
SOON = 10.0
"""Seconds within which what was measured is in the files."""

Say = Callable[[str], None]


class QueueFailed(Exception):
    """The queue, or what is kept of it, is not as it should be; says what."""


def run_a_queue(prefix: str, say: Say) -> None:
    """Add two plans, run them, and tell what became of them. Raises QueueFailed."""
    try:
        with QueueClient(prefix) as queue:
            for plan, params in ITEMS:
                queue.add(plan, params)
                say(f"queued: {plan} {json.dumps(params)}")
            say(f"queue: {queue.start(timeout=LONGEST)}")
            done = queue.history()[: len(ITEMS)]
    except QueueError as error:
        raise QueueFailed(str(error)) from error
    for entry in reversed(done):
        say(f"scan {entry['scan_ids'][0]}: {entry['plan']}, {entry['points']} points: {entry['exit_status']}")
    ended = [(entry["plan"], entry["exit_status"]) for entry in reversed(done)]
    if ended != [(plan, "success") for plan, _ in ITEMS]:
        raise QueueFailed(f"the plans of the queue ended so: {ended}")


def show_what_is_kept(configuration: Path, runs: int, say: Say) -> None:
    """List the runs in the journal, and wait for the files beside it. Raises QueueFailed."""
    command = ["runs", "list", str(configuration)]
    say(f"kept: reioc {' '.join(command)}")
    listed = subprocess.run(
        [sys.executable, "-m", "reioc.ioc", *command], capture_output=True, text=True, check=False, timeout=LONGEST
    )
    if listed.returncode or len(lines := listed.stdout.splitlines()) != runs + 1:
        raise QueueFailed(f"{runs} runs should be listed: {listed.stdout}{listed.stderr}")
    for line in lines:
        say(f"    {line}")
    deadline = time.monotonic() + SOON
    while (whole := _whole_files(configuration.parent)) != runs:
        if time.monotonic() > deadline:
            raise QueueFailed(f"of {runs} runs {whole} are in files of JSON lines")
        time.sleep(0.05)
    say(f"and as JSON lines and CSV files in {configuration.parent / 'data'}")


def _whole_files(folder: Path) -> int:
    """How many files of JSON lines have a whole run."""
    texts = [file.read_text() for file in (folder / "data").rglob("*.jsonl")]
    return sum(text.endswith("\n") and text.splitlines()[-1].startswith('["stop"') for text in texts)
