"""Whether a long run fills the memory: what stays behind per event, in both engines; part of `make bench`.

Each run is watched from the end of its warm-up to its last event. Objects are counted exactly; the size of the process
is in pages, and what it is given it keeps: a few bytes per event, or fewer than none, are its noise.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bluesky
from workloads import OURS, THEIRS, Plan, events

from reioc.engine import RunEngine

WARM_UP = 0.25
"""The share of the events in which caches may fill, and the record of a plan without checkpoints."""


@dataclass(frozen=True)
class Kept:
    """What has stayed behind, per event."""

    objects: float
    size: float

    def __str__(self) -> str:
        return f"{self.objects:12.3f}{self.size:10.1f}"


def kept(engine: Any, plan: Plan, number: int) -> Kept:
    """What stays behind of a run of `number` events."""
    seen: list[tuple[int, int]] = []
    warm = int(number * WARM_UP)

    def watched() -> Iterator[Any]:
        saved = 0
        for msg in plan(number):
            yield msg
            saved += msg.command == "save"
            if msg.command == "save" and saved in (warm, number):
                gc.collect()
                seen.append((sys.getallocatedblocks(), resident()))

    engine(watched())
    objects, size = (after - before for before, after in zip(*seen, strict=True))
    return Kept(objects / (number - warm), size / (number - warm))


def resident() -> int:
    """The size of this process in bytes."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Run both engines with and without checkpoints and print what they keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="events of our engine; bluesky's has a tenth")
    number = parser.parse_args().events
    ours, theirs = RunEngine(), bluesky.RunEngine(context_managers=[])
    print(f"{'kept per event':26}{'reioc: objects':>16}{'bytes':>6}{'bluesky: objects':>18}{'bytes':>6}")
    for what, checkpoints in (("with checkpoints", True), ("without checkpoints", False)):
        mine = kept(ours, events(OURS, checkpoints=checkpoints), number)
        peer = kept(theirs, events(THEIRS, checkpoints=checkpoints), max(20, number // 10))
        print(f"{what:26}{mine!s:>22}{peer!s:>24}", flush=True)
    ours.close()


if __name__ == "__main__":
    main()
