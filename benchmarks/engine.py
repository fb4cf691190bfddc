"""How fast the engine is, as ratios to bluesky's in the same run; part of `make bench`.

Each case is run by both engines in turn, in short rounds; the best of each counts, since a machine is only ever slowed
down. What is printed are rates of this machine, to be read as ratios. What they mean: docs/explanation/speed.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import bluesky
from workloads import (
    OUR_PLANS,
    OURS,
    THEIR_PLANS,
    THEIRS,
    Plan,
    bare_nulls,
    bare_points,
    count,
    events,
    kept,
    nothing,
    nulls,
    one_null,
    scan,
)

from reioc.engine import RunEngine


@dataclass(frozen=True)
class Case:
    """A plan for each engine, how much of it each is given, and what the same costs without an engine."""

    what: str
    ours: Plan
    theirs: Plan
    number: int
    fewer: int
    bare: Callable[[int], None] | None = None
    calls: bool = False
    """Whether it is calls that are counted, not what one call does."""
    typed: bool = False
    """Whether engines are called as people type it: with their own Ctrl-C handling, which waits for a prompt."""

    @property
    def plans(self) -> tuple[Plan, Plan]:
        """Ours and theirs."""
        return self.ours, self.theirs


CASES = (
    Case("null messages", nulls(OURS), nulls(THEIRS), 50_000, 5_000, bare_nulls),
    Case("one null message, reused", one_null(OURS), one_null(THEIRS), 50_000, 5_000),
    Case("messages kept to repeat", kept(OURS), kept(THEIRS), 20_000, 20_000),
    Case("events, validated", events(OURS), events(THEIRS), 1_000, 200),
    Case("ophyd.sim scan points", scan(OUR_PLANS), scan(THEIR_PLANS), 100, 100, bare_points),
    Case("the same, bluesky's plan", scan(THEIR_PLANS), scan(THEIR_PLANS), 50, 50),
    Case("calls of an empty plan", nothing, nothing, 100, 100, calls=True),
    Case("the same, at a prompt", nothing, nothing, 100, 50, calls=True, typed=True),
    Case("one-point counts", count(OUR_PLANS), count(THEIR_PLANS), 30, 20, calls=True),
)


def rate(run: Callable[[int], object], number: int) -> float:
    """How many things `run(number)` does per second."""
    start = time.perf_counter()
    run(number)
    return number / (time.perf_counter() - start)


def by(engine: Any, plan: Plan, *, calls: bool) -> Callable[[int], None]:
    """So many things, done by an engine: in one plan, or in as many calls."""

    def run(number: int) -> None:
        for _ in range(number if calls else 1):
            engine(plan(1 if calls else number))

    return run


def compare(case: Case, engines: tuple[Any, Any], rounds: int, share: float) -> str:
    """One line of the table, or two: what both engines reach, in turn, and what no engine costs."""
    mine, peers = (by(engine, plan, calls=case.calls) for engine, plan in zip(engines, case.plans, strict=True))
    number, fewer = max(1, int(case.number * share)), max(1, int(case.fewer * share))
    best = peer = bare = 0.0
    for _ in range(rounds):
        best = max(best, rate(mine, number))
        peer = max(peer, rate(peers, fewer))
        bare = max(bare, rate(case.bare, number) if case.bare else 0)
    line = f"{case.what:26}{best:14,.0f}{peer:14,.0f}{best / peer:8.1f}x"
    return f"{line}\n{'  the same, no engine':26}{bare:14,.0f}{'':14}{best / bare:8.2f}x" if bare else line


@contextmanager
def prompt() -> Iterator[None]:
    """What an engine that handles Ctrl-C only where somebody types takes for a prompt."""
    sys.ps1 = ">>> "
    try:
        yield
    finally:
        del sys.ps1


def main() -> None:
    """Run every case and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="how often each case is run by each engine")
    parser.add_argument("--share", type=float, default=1.0, help="how much of each case is run")
    given = parser.parse_args()
    plain = RunEngine(context_managers=[]), bluesky.RunEngine(context_managers=[])
    typed = RunEngine(), bluesky.RunEngine()
    print(f"{'':26}{'reioc /s':>14}{'bluesky /s':>14}{'ratio':>9}")
    for case in CASES:
        with prompt() if case.typed else nullcontext():
            print(compare(case, typed if case.typed else plain, given.rounds, given.share), flush=True)
    plain[0].close()
    typed[0].close()


if __name__ == "__main__":
    main()
