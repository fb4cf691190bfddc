"""How fast plans that wait in the queue are run, as a ratio to bluesky-queueserver's; part of `make bench`.

    python benchmarks/queued.py [--python VENV/bin/python --redis PATH/redis-server]

`reioc serve` has its journal on a disk; items are added, moved and removed by puts, and the queue is started by one. At
least 50 times queueserver's rate is wanted. Where queueserver is at hand (see benchmarks/queueserver.py) it takes turns
with ours; otherwise ours is compared with the rate that it had when it was. What the figures mean:
docs/explanation/speed.md.
"""

from __future__ import annotations

import argparse
import json
import queue
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asking import rate
from ca_client import CHAR, DOUBLE, ENUM, PATIENCE, STRING, Channel, connected, leave
from figures import head, line, versus
from queueserver import Peer, queueserver, require
from served import OURS, service

from reioc.ioc.journal import JournalReader

BEFORE = 2.0
"""Queued runs of one point per second, of queueserver 0.0.25 when it was measured: 30 in 14.9 s."""
ITEM = json.dumps({"plan": "count", "params": {"detectors": ["det"], "num": 1}})
FEW = 10
"""Items that wait, where the queue is short."""


class Queue:
    """The queue of our engine, as a client sees it."""

    def __init__(self, prefix: str) -> None:
        kinds = {"Add": CHAR, "Start": ENUM, "Clear": ENUM, "MoveFront": STRING, "Remove": STRING}
        self._pvs = {name: connected(f"{prefix}Queue:{name}", kind) for name, kind in kinds.items()}
        self._message: Channel = connected(f"{prefix}Cmd:Message", CHAR)
        self._told: queue.SimpleQueue[tuple[float, float]] = queue.SimpleQueue()
        all_done = connected(f"{prefix}AllDone", DOUBLE)
        all_done.subscribe(lambda value, when: self._told.put((value, when)))
        self._done, _ = self._told.get(timeout=PATIENCE)

    def add(self) -> str:
        """Add an item that counts one point: its uid, which the acknowledgement begins with."""
        self._pvs["Add"].put(ITEM)
        return self._message.text().partition(" ")[0]

    def add_many(self, number: int) -> None:
        """Add so many, each when the one before is in the queue."""
        for _ in range(number):
            self._pvs["Add"].put(ITEM)

    def add_at_once(self, number: int) -> None:
        """Add so many without waiting, and wait for the last."""
        for _ in range(number - 1):
            self._pvs["Add"].just_put(ITEM)
        self._pvs["Add"].put(ITEM)

    def clear(self) -> None:
        """Remove all."""
        self._pvs["Clear"].put(1)

    def run(self) -> None:
        """Start it, and wait until AllDone says that nothing is left to do. Raises queue.Empty."""
        start, before = self._pvs["Start"], self._done
        start.begin_put(1)
        while self._done == before:
            self._done, _ = self._told.get(timeout=10 * PATIENCE)
        start.wait()

    def timed(self, name: str, uid: str) -> float:
        """The seconds until a put of a uid is completed."""
        begun = time.perf_counter()
        return self._pvs[name].put(uid) - begun


def runs(ours: Queue, theirs: Peer | None, rounds: int, number: int, fewer: int) -> None:
    """Print how many queued runs there are per second."""
    best = 0.0
    peer = 0.0 if theirs else BEFORE
    for _ in range(rounds):
        ours.add_many(number)
        best = max(best, rate(ours.run, number))
        peer = max(peer, theirs.queued(fewer)) if theirs else peer
    print(head("", "reioc", "queueserver"))
    if theirs is None:
        print("queueserver is not measured now: its rate is the one that it had before")
    print(line("queued runs of one point per s", best, peer, ".1f"), flush=True)


def all_kept(folder: Path, number: int) -> None:
    """Raises RuntimeError unless the journal has so many runs that have succeeded, and no others."""
    (file,) = folder.glob("*.journal.sqlite")
    with JournalReader(file) as reader:
        found = [run.exit_status for run in reader.runs(limit=number + 1)]
    if found != ["success"] * number:
        raise RuntimeError(f"{number} runs were queued; the journal has {len(found)}: {set(found)}")


def changes(ours: Queue, number: int) -> tuple[list[float], list[float]]:
    """The seconds that a move from the end to the front takes, and then a removal."""
    moved, removed = [], []
    for _ in range(number):
        uid = ours.add()
        moved.append(ours.timed("MoveFront", uid))
        removed.append(ours.timed("Remove", uid))
    return moved, removed


def lengths(ours: Queue, many: int, number: int) -> None:
    """Print what a change takes in a long queue and in a short one, and how long it takes to fill it."""
    ours.add_many(FEW)
    short = changes(ours, number)
    one_by_one = rate(lambda: ours.add_many(many - FEW), many - FEW)
    long = changes(ours, number)
    print(head("", f"{many:,} wait: ms", f"{FEW} wait: ms"))
    for what, here, there in zip(("move to the front", "remove"), long, short, strict=True):
        print(versus(what, here, there), flush=True)
    ours.clear()
    at_once = rate(lambda: ours.add_at_once(many), many)
    print(f"{'':34}{'s':>14}{'items /s':>14}")
    for what, per_second in (("one after the other", one_by_one), ("none waited for", at_once)):
        print(f"{f'{many:,} added, {what}':34}{many / per_second:14.2f}{per_second:14,.0f}", flush=True)
    ours.clear()


@contextmanager
def peer(python: Path | None, redis: Path | None, folder: Path) -> Iterator[Peer | None]:
    """A queueserver, if there is one."""
    if python is None or redis is None:
        yield None
        return
    with queueserver(python, redis, folder) as found:
        yield found


def main() -> None:
    """Run everything and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each queue is run")
    parser.add_argument("--number", type=int, default=300, help="how many items ours has then")
    parser.add_argument("--fewer", type=int, default=10, help="how many queueserver's has, which takes its time")
    parser.add_argument("--many", type=int, default=10_000, help="items of a long queue")
    parser.add_argument("--changes", type=int, default=200, help="how often an item is moved and removed")
    parser.add_argument("--python", type=Path, help="the Python of an environment that has bluesky-queueserver")
    parser.add_argument("--redis", type=Path, help="redis-server")
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"), help="where the journal is to be: on a disk")
    given = parser.parse_args()
    if (given.python is None) != (given.redis is None):
        parser.error("queueserver needs both --python and --redis")
    if given.python is not None:
        require(given.python, given.redis)
    with tempfile.TemporaryDirectory(dir=given.folder) as name, service(folder := Path(name)):
        try:
            with peer(given.python, given.redis, folder) as theirs:
                ours = Queue(OURS)
                runs(ours, theirs, given.rounds, given.number, given.fewer)
            all_kept(folder, given.rounds * given.number)
            lengths(ours, given.many, given.changes)
        finally:
            leave()


if __name__ == "__main__":
    main()
