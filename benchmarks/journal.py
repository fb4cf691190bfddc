"""What the journal costs the engine, and how soon what is recorded is safe; part of `make bench`.

The same events are made with the journal and without it, in turn; at least 0.7 of the rate is to be left, and an event
is to be durable within 100 ms. What the disk by itself takes is measured beside it: a plain write, and fdatasync. What
the figures mean: docs/explanation/speed.md.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from figures import QUANTILES, head, line, quantile, versus
from recorded import Watched, durable, plain_writes
from workloads import OURS, Soft, events

from reioc.engine import Msg, RunEngine
from reioc.ioc.journal import Journal
from reioc.ioc.journalling import Journalling

PACE = 0.003
"""Seconds between two events of a scan that waits for its motors."""
PAGE = 4096
MEGABYTE = 1_000_000
LARGE = 8
"""Bytes of a number."""
MANY, IMAGES = 10_000, 64
"""Documents that may wait for the disk."""


def rates(RE: RunEngine, journal: Journal, rounds: int, number: int) -> None:
    """Print how many events there are per second with the journal and without, and what is left."""
    best = bare = 0.0
    journalling = Journalling(RE, journal)
    for _ in range(rounds):
        RE.recorder = journal
        best = max(best, _rate(RE, number))
        durable(journal)
        RE.recorder = None
        bare = max(bare, _rate(RE, number))
    journalling.close()
    print(head("", "journal", "no journal"))
    print(line("events per s", best, bare, ".0f"), flush=True)


def _rate(RE: RunEngine, number: int) -> float:
    begun = time.perf_counter()
    RE(events(OURS)(number))
    return number / (time.perf_counter() - begun)


def paced(number: int, pace: float) -> Iterator[Msg]:
    """Events with time between them; the plan's own kind of a wait, as a motor's."""
    soft = Soft()
    yield Msg("open_run")
    for _ in range(number):
        yield Msg("checkpoint")
        yield Msg("create", name="primary")
        yield Msg("read", soft)
        yield Msg("save")
        yield Msg("sleep", None, pace)
    yield Msg("close_run")


def until_durable(RE: RunEngine, journal: Journal, number: int, many: int) -> None:
    """Print how long it takes until a document is durable: of a scan at its pace, and of one that never waits."""
    print(f"{'until a document is durable':34}{'p50 ms':>14}{'p99 ms':>14}{'longest':>9}")
    plans = {f"an event every {1000 * PACE:g} ms": paced(number, PACE), "as fast as it goes": events(OURS)(many)}
    journalling = Journalling(RE, journal)
    for what, plan in plans.items():
        RE.recorder = watched = Watched(journal)
        RE(plan)
        took = watched.close()
        p50, p99 = (1000 * quantile(took, of) for _, of in QUANTILES)
        print(f"{what:34}{p50:14.2f}{p99:14.2f}{1000 * max(took):9.2f}", flush=True)
    journalling.close()


def closing(RE: RunEngine, journal: Journal, folder: Path, number: int) -> None:
    """Print how long a plan waits for its RunStop to be durable, and what the disk takes for a write as small."""
    waited: list[float] = []

    def runs() -> Iterator[Msg]:
        soft = Soft()
        for _ in range(number):
            yield Msg("open_run")
            yield Msg("create", name="primary")
            yield Msg("read", soft)
            yield Msg("save")
            begun = time.perf_counter()
            yield Msg("close_run")
            waited.append(time.perf_counter() - begun)

    RE.recorder = journal
    RE(runs())
    RE.recorder = None
    print(head("", "journal ms", "plain write"))
    print(versus("close_run", waited, plain_writes(folder / "plain", b"x" * PAGE, number)), flush=True)


def arrays(journal: Journal, folder: Path, number: int) -> None:
    """Print how many megabytes per second events can have that are large."""
    image = np.random.default_rng(1).random(MEGABYTE // LARGE)
    run = Run(journal)
    begun = time.perf_counter()
    for _ in range(number):
        run.event(image)
        keep_up(journal, IMAGES)
    durable(journal)
    took = time.perf_counter() - begun
    run.close()
    plain = sum(plain_writes(folder / "plain", image.tobytes(), number))
    print(head("", "journal", "plain write"))
    print(line("MB per s, 1 MB an event", number / took, number / plain, ".0f"), flush=True)


class Run:
    """A run whose documents are given to a journal without an engine."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._uid, self._descriptor = str(uuid.uuid4()), str(uuid.uuid4())
        self._number, now = 0, time.time()
        key = {"dtype": "array", "shape": [MEGABYTE // LARGE], "source": "bench"}
        keys = {"data_keys": {"soft": key}, "object_keys": {"soft": ["soft"]}}
        journal.record("start", {"uid": self._uid, "time": now, "scan_id": 1, "plan_name": "bench"})
        descriptor = {"uid": self._descriptor, "run_start": self._uid, "time": now, "name": "primary"}
        journal.record("descriptor", descriptor | keys)

    def event(self, value: Any) -> None:
        """One event with this value."""
        self._number += 1
        now = time.time()
        made = {"uid": str(uuid.uuid4()), "descriptor": self._descriptor, "seq_num": self._number, "time": now}
        self._journal.record("event", {**made, "data": {"soft": value}, "timestamps": {"soft": now}, "filled": {}})

    def close(self) -> None:
        """The RunStop."""
        stop = {"uid": str(uuid.uuid4()), "run_start": self._uid, "time": time.time(), "exit_status": "success"}
        self._journal.record("stop", {**stop, "reason": "", "num_events": {"primary": self._number}})


def keep_up(journal: Journal, most: int) -> None:
    """Let no more than so many documents wait."""
    if journal.backlog > most:
        durable(journal)


def size(file: Path, number: int) -> None:
    """Print how large an event is in the file."""
    engine, journal = RunEngine(context_managers=[]), Journal(file)
    Journalling(engine, journal)
    engine(events(OURS)(number))
    engine.close()
    journal.close()
    print(f"{'an event in the file, bytes':34}{file.stat().st_size / number:14.0f}", flush=True)


def opening(file: Path, number: int) -> None:
    """Print how long it takes to open a journal of so many documents, and to close the run that was open."""
    journal = Journal(file)
    run = Run(journal)
    for _ in range(number - 2):
        run.event(1.0)
        keep_up(journal, MANY)
    journal.close(timeout=60.0)
    begun = time.perf_counter()
    again = Journal(file)
    took = time.perf_counter() - begun
    if not again.recovered:
        raise RuntimeError("the run that was open was not closed")
    again.close()
    print(f"{f'opening it with {number:,} documents, s':34}{took:14.3f}", flush=True)


def main() -> None:
    """Run everything and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12, help="how often events are made with it, and without")
    parser.add_argument("--share", type=float, default=1.0, help="how much of each case is run")
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"), help="where the journal is to be: on a disk")
    given = parser.parse_args()

    def of(number: int) -> int:
        return max(3, int(number * given.share))

    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        RE, journal = RunEngine(context_managers=[]), Journal(folder / "journal.sqlite")
        rates(RE, journal, given.rounds, of(30_000))
        until_durable(RE, journal, of(1_000), of(200_000))
        closing(RE, journal, folder, of(300))
        arrays(journal, folder, of(300))
        RE.close()
        journal.close()
        size(folder / "size.sqlite", of(50_000))
        opening(folder / "large.sqlite", of(1_000_000))


if __name__ == "__main__":
    main()
